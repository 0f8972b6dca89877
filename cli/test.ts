import { globSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { messageOf } from "../errors.ts";
import { isFile } from "../policies/assemble.ts";
import { importPolicy } from "../policies/import/import.ts";
import { loadPolicy } from "../policies/index.ts";
import { type CaseResult, runSuite } from "../policies/suite/run.ts";
import { type Suite, suiteFile } from "../policies/suite/schema.ts";
import { validate } from "../policies/validate.ts";
import { readYaml } from "../policies/yaml.ts";
import { action, type AddCommand, EXIT, exitCodes, usage } from "./command.ts";
import { plural, print, style } from "./output.ts";

interface SuiteResult {
  readonly file: string;
  readonly policy: string;
  readonly results: readonly CaseResult[];
}

export const test: AddCommand = (program) => {
  program.command("test").argument("<path...>", "suites (YAML), or folders of them")
    .summary("run test suites of policies")
    .description("Decides every case of every suite and compares. A suite of Agent-Safe is taken as it is; it needs --policy.")
    .option("--policy <policy>", "the policy of suites that name none, or instead of the one they name")
    .option("--json", "one JSON object on standard output")
    .addHelpText("after", exitCodes("every case passed", "a case failed"))
    .action(action((paths: string[], { policy, json }: { policy?: string; json?: boolean }) => {
      const suites = paths.flatMap(suitesIn).map((file): SuiteResult => runFile(file, policy));
      if (suites.length === 0) throw usage(`there is no suite in ${paths.join(", ")}`);
      const results = suites.flatMap((suite) => suite.results);
      const failed = results.filter(({ passed }) => !passed).length;
      print(json, { ok: failed === 0, passed: results.length - failed, failed, suites }, () => text(suites, results.length - failed, failed));
      return failed === 0 ? EXIT.ok : EXIT.found;
    }));
};

/** A file as it is; of a folder every YAML file that says `suite:`. */
function suitesIn(path: string): string[] {
  if (!statSync(path, { throwIfNoEntry: false })) throw usage(`there is no ${path}`);
  if (!statSync(path).isDirectory()) return [path];
  return globSync("**/*.{yaml,yml}", { cwd: path, exclude: ["**/node_modules"] }).map((file) => join(path, file)).filter((file) => /^suite:/m.test(readFileSync(file, "utf8"))).sort();
}

function runFile(file: string, given: string | undefined): SuiteResult {
  const { value, place } = readYaml(readFileSync(file, "utf8"), file);
  if (typeof value === "object" && value !== null && "spangate" in value) throw usage(`${file} is a policy, and no suite; its own cases stand under self_test, and validate runs them`);
  const isOurs = typeof value === "object" && value !== null && "suite" in value;
  const suite: Suite = isOurs ? validate(suiteFile, value, place) : foreign(value, file);
  const policy = given ?? (suite.policy === undefined ? undefined : isFile(suite.policy) ? resolve(dirname(file), suite.policy) : suite.policy);
  if (policy === undefined) throw usage(`${file} names no policy; give one with --policy`);
  return { file, policy, results: runSuite(loadPolicy(policy), suite.cases) };
}

function foreign(value: unknown, file: string): Suite {
  try {
    const { suite } = importPolicy(value, "agent-safe");
    if (suite) return suite;
  } catch (thrown) {
    throw usage(`${file} is neither a suite of ours nor one of Agent-Safe: ${messageOf(thrown)}`);
  }
  throw usage(`${file} is neither a suite of ours nor one of Agent-Safe: it has no tests`);
}

function text(suites: readonly SuiteResult[], passed: number, failed: number): string {
  return [
    ...suites.flatMap(({ file, results }) => [file, ...results.map(({ name, passed: good, expected, found, reason }) =>
      (good ? `  ${style("green", "ok")}      ${name}` : `  ${style("red", "failed")}  ${name}: expected ${expected}, found ${found} (${reason})`))]),
    `${plural(passed + failed, "case")}: ${passed} passed, ${failed} failed`,
  ].join("\n");
}
