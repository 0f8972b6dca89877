import { loadPolicy } from "../policies/index.ts";
import { replay } from "../policies/replay.ts";
import { CALLS_HELP, DEFAULT_CALLS, readCalls } from "./calls.ts";
import { action, type AddCommand, EXIT, exitCodes } from "./command.ts";
import { print } from "./output.ts";
import { replayText } from "./replayed.ts";

export const dryRun: AddCommand = (program) => {
  program.command("dry-run").argument("<policy>", "a policy file, or the name of a pack")
    .summary("decide yesterday's calls by a policy")
    .description("Tells per call and in total what a policy would newly block, newly allow or decide otherwise, and which of its rules matched nothing. Limits are not counted, since they depend on time.")
    .option("--calls <source>", CALLS_HELP, DEFAULT_CALLS)
    .option("--all", "list every call, not just those that change")
    .option("--json", "one JSON object on standard output")
    .addHelpText("after", exitCodes("no call would change from run to blocked, or back", "a call that ran would be blocked, or one that was blocked would run"))
    .action(action((file: string, { calls, all, json }: { calls: string; all?: boolean; json?: boolean }) => {
      const result = replay(loadPolicy(file), readCalls(calls));
      print(json, result, () => replayText(result, all ?? false));
      return result.totals.newly_blocked + result.totals.newly_allowed > 0 ? EXIT.found : EXIT.ok;
    }));
};
