import { readFileSync, writeFileSync } from "node:fs";
import { SpangateError } from "../errors.ts";
import { loadPolicy, loadRegistry, registryNames } from "../policies/load.ts";
import { type Finding, LINT_RULES } from "../policies/lint/finding.ts";
import { applyFixes } from "../policies/lint/fix.ts";
import { lint as findings } from "../policies/lint/lint.ts";
import { readYaml } from "../policies/yaml.ts";
import { action, type AddCommand, EXIT, exitCodes } from "./command.ts";
import { plural, print, style } from "./output.ts";

const LEVEL_STYLES = { error: "red", warning: "yellow", info: "dim" } as const;

export const lint: AddCommand = (program) => {
  program.command("lint").argument("<policy...>", "policy files")
    .summary("look for what is allowed and probably not meant")
    .description("Looks for rules that never decide, contradict each other or allow more than an author is likely to mean.")
    .option("--fix", "mend in the file what can be mended without changing a decision")
    .option("--strict", "warnings count like errors")
    .option("--json", "one JSON object on standard output")
    .addHelpText("after", `${exitCodes("no error was found", "an error was found (with --strict, or a warning)")}\n\nRules:\n${Object.entries(LINT_RULES).map(([rule, text]) => `  ${rule.padEnd(17)}${text}`).join("\n")}`)
    .action(action((files: string[], { fix, strict, json }: { fix?: boolean; strict?: boolean; json?: boolean }) => {
      const actions = registryNames().flatMap((name) => loadRegistry(name).actions);
      const results = files.map((file) => {
        let found: readonly Finding[];
        let fixed = 0;
        try {
          found = findings(loadPolicy(file), actions);
        } catch (thrown) {
          if (!(thrown instanceof SpangateError) || thrown.code === "SG_POLICY_UNREADABLE") throw thrown;
          return { file, fixed, findings: [{ rule: "not-valid", level: "error", place: file, message: `${thrown.code}: ${thrown.message}` } as const] };
        }
        if (fix) {
          // Mending one thing may lay bare another.
          for (let mended = mend(file, found); mended > 0; mended = mend(file, found)) {
            fixed += mended;
            found = findings(loadPolicy(file), actions);
          }
        }
        return { file, fixed, findings: found };
      });
      const all = results.flatMap((result) => result.findings);
      const failed = all.some(({ level }) => level === "error" || (strict && level === "warning"));
      print(json, { ok: !failed, files: results }, () => text(results));
      return failed ? EXIT.found : EXIT.ok;
    }));
};

/** How many findings were mended in the file. */
function mend(file: string, found: readonly Finding[]): number {
  const { text, fixed } = applyFixes(readYaml(readFileSync(file, "utf8"), file), found);
  if (fixed > 0) writeFileSync(file, text);
  return fixed;
}

function text(results: readonly { readonly file: string; readonly fixed: number; readonly findings: readonly Finding[] }[]): string {
  const lines = results.flatMap(({ findings: found, fixed, file }) => [
    ...(fixed ? [`${file}: ${plural(fixed, "finding")} mended`] : []),
    ...found.map(({ rule, level, place, message, fix }) => `${place}: ${style(LEVEL_STYLES[level], level)} ${message} ${style("dim", `(${rule}${fix ? ", --fix mends it" : ""})`)}`),
  ]);
  const all = results.flatMap((result) => result.findings);
  const count = (level: Finding["level"]): number => all.filter((finding) => finding.level === level).length;
  return [...lines, all.length === 0 ? style("green", "nothing found") : `${plural(count("error"), "error")}, ${plural(count("warning"), "warning")}, ${plural(count("info"), "note")}`].join("\n");
}
