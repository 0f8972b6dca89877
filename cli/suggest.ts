import { suggest as suggestPolicy } from "../policies/suggest.ts";
import { CALLS_HELP, DEFAULT_CALLS, readCalls } from "./calls.ts";
import { action, type AddCommand, EXIT } from "./command.ts";
import { output, policyText } from "./write.ts";

export const suggest: AddCommand = (program) => {
  program.command("suggest").argument("[calls]", CALLS_HELP, DEFAULT_CALLS)
    .summary("a least-privilege policy from recorded calls")
    .description("Writes one rule a tool, for the agents and roles and within the arguments that were seen. Calls that were refused are left out. Read it before you enforce it: it allows what happened, not what should.")
    .option("-o, --output <file>", "write to a file instead of standard output")
    .option("--force", "write over a file that is there")
    .option("--name <name>", "name of the policy", "suggested")
    .option("--json", "the policy, counts and notes as one JSON object")
    .action(action((source: string, { output: file, force, name, json }: { output?: string; force?: boolean; name: string; json?: boolean }) => {
      const result = suggestPolicy(readCalls(source), name);
      const counts = Object.entries(result.calls).map(([tool, count]) => `${tool}: ${count}`);
      output(file, json ? `${JSON.stringify(result, null, 2)}\n` : policyText(result.policy, ["Made from recorded calls:", ...counts.map((line) => `  ${line}`), ...result.notes]), force);
      return EXIT.ok;
    }));
};
