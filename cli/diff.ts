import { loadPolicy } from "../policies/index.ts";
import { decidedBy, replay } from "../policies/replay.ts";
import { CALLS_HELP, DEFAULT_CALLS, readCalls } from "./calls.ts";
import { action, type AddCommand, EXIT, exitCodes } from "./command.ts";
import { print } from "./output.ts";
import { replayText } from "./replayed.ts";

export const diff: AddCommand = (program) => {
  program.command("diff").argument("<old>", "a policy file, or the name of a pack").argument("<new>", "another")
    .summary("tell on which calls two policies differ")
    .description("Decides the same calls by both policies and tells which of them the new one blocks, allows or decides otherwise.")
    .option("--calls <source>", CALLS_HELP, DEFAULT_CALLS)
    .option("--all", "list every call, not just those that change")
    .option("--json", "one JSON object on standard output")
    .addHelpText("after", exitCodes("the policies decide every call alike", "the policies differ on some call"))
    .action(action((before: string, after: string, { calls, all, json }: { calls: string; all?: boolean; json?: boolean }) => {
      const result = replay(loadPolicy(after), decidedBy(loadPolicy(before), readCalls(calls)));
      print(json, result, () => replayText(result, all ?? false));
      return result.totals.same === result.totals.calls ? EXIT.ok : EXIT.found;
    }));
};
