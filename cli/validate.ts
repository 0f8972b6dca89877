import { SpangateError } from "../errors.ts";
import { type CompiledPolicy, loadPolicy } from "../policies/index.ts";
import { Pipeline } from "../processors/pipeline.ts";
import { action, type AddCommand, EXIT, exitCodes } from "./command.ts";
import { plural, print, style } from "./output.ts";

export const validate: AddCommand = (program) => {
  program.command("validate").argument("<policy...>", "policy files, or names of packs")
    .summary("check that policies can be put in force")
    .description("Reads, composes, compiles and self-tests each policy, just as a process does that is about to enforce it.")
    .option("--json", "one JSON object on standard output")
    .addHelpText("after", exitCodes("every policy is valid", "a policy is not valid"))
    .action(action((files: string[], { json }: { json?: boolean }) => {
      const results = files.map((file) => {
        try {
          const policy = loadPolicy(file);
          // What a process would put in force: detectors and redaction are checked as well.
          return { file, ok: true, ...describe(new Pipeline(policy).policy) };
        } catch (thrown) {
          if (!(thrown instanceof SpangateError)) throw thrown;
          return { file, ok: false, code: thrown.code, message: thrown.message, remedy: thrown.remedy };
        }
      });
      print(json, { ok: results.every(({ ok }) => ok), policies: results }, () => results.map(text).join("\n"));
      return results.every(({ ok }) => ok) ? EXIT.ok : EXIT.found;
    }));
};

function describe({ source, digest, notEnforced, files }: CompiledPolicy): object {
  return {
    name: source.name, version: source.version, mode: source.mode, digest, layers: source.layers.map(({ name }) => name), rules: source.rules.length,
    engines: source.engines.length, selfTests: source.self_test.length, notEnforced, files,
  };
}

function text(result: ReturnType<typeof describe> & { readonly file: string; readonly ok: boolean }): string {
  const { file, ok } = result;
  if (!ok) {
    const { code, message, remedy } = result as unknown as { code: string; message: string; remedy: string };
    return `${style("red", "not valid")}  ${file}\n  ${code}: ${message}\n  ${remedy}`;
  }
  const { name, version, mode, digest, layers, rules, selfTests, notEnforced } = result as unknown as { name: string; version: string; mode: string; digest: string; layers: string[]; rules: number; selfTests: number; notEnforced: string[] };
  return [
    `${style("green", "valid")}  ${file}: ${name}@${version}, ${mode}, ${plural(rules, "rule")}, ${plural(layers.length, "layer")}${selfTests ? `, ${plural(selfTests, "self-test")} passed` : ""}`,
    `  digest ${digest}`,
    ...(notEnforced.length ? [`  ${style("yellow", "checked, but not enforced by this version")}: ${notEnforced.join(", ")}`] : []),
  ].join("\n");
}
