import { readFileSync } from "node:fs";
import { Option } from "commander";
import { messageOf } from "../../errors.ts";
import { FOREIGN_FORMATS, type ForeignFormat, type Imported, importPolicy } from "../../policies/import/import.ts";
import { readYaml } from "../../policies/yaml.ts";
import { action, type AddCommand, EXIT, exitCodes, usage } from "../command.ts";
import { output, policyText, suiteText } from "../write.ts";

export const importPolicies: AddCommand = (program) => {
  program.command("import").argument("<file...>", "policy files; of Agent-Safe also inventory, actions and tests, of EnforceCore the parents first")
    .summary("turn EnforceCore or Agent-Safe policies into ours")
    .description("Writes a policy that allows nothing which the original denies, and lists what could not be carried over as it stood.")
    .addOption(new Option("--from <format>", "the format; found out where it is left out").choices(FOREIGN_FORMATS))
    .option("-o, --output <file>", "write the policy to a file instead of standard output")
    .option("--suite <file>", "write the tests that came with it to a file")
    .option("--force", "write over files that are there")
    .option("--json", "policy, suite and notes as one JSON object")
    .addHelpText("after", exitCodes("everything was carried over", "something could not be carried over as it stood"))
    .action(action((files: string[], { from, output: to, suite, force, json }: { from?: ForeignFormat; output?: string; suite?: string; force?: boolean; json?: boolean }) => {
      const values = files.map((file) => readYaml(readText(file), file).value);
      let imported: Imported;
      try {
        imported = importPolicy(values.length === 1 ? values[0] : values, from);
      } catch (thrown) {
        throw usage(`${files.join(", ")}: ${messageOf(thrown)}`);
      }
      output(to, json ? `${JSON.stringify(imported, null, 2)}\n` : policyText(imported.policy, [`Imported from ${imported.format}.`]), force);
      if (suite !== undefined && imported.suite) output(suite, suiteText(imported.suite), force);
      if (!json) for (const { kind, path, what } of imported.notes) process.stderr.write(`${kind}: ${path}: ${what}\n`);
      return imported.notes.length > 0 ? EXIT.found : EXIT.ok;
    }));
};

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    throw usage(`cannot read ${file}: ${messageOf(thrown)}`);
  }
}
