import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { invocationOfCase } from "../../policies/case.ts";
import { type CompiledPolicy, loadPolicy } from "../../policies/index.ts";
import type { CaseCall } from "../../policies/schema/world.ts";
import { readYaml } from "../../policies/yaml.ts";
import { sha256 } from "../../sha256.ts";

export const FOLDER: string = fileURLToPath(new URL(".", import.meta.url));
export const VERDICTS: string = join(FOLDER, "verdicts.jsonl");
/** When a call was made that does not say it. */
const NOON = "2026-11-25T12:00:00Z";

export interface Golden {
  readonly policy: CompiledPolicy;
  readonly calls: readonly CaseCall[];
}

/** Name of a policy → the policy, and the calls that it judges. */
export function golden(): ReadonlyMap<string, Golden> {
  const { value } = readYaml(read("calls.yaml"), "calls.yaml") as { readonly value: Readonly<Record<string, readonly CaseCall[]>> };
  return new Map(globSync("policies/*.yaml", { cwd: FOLDER }).sort().map((file) => {
    const name = basename(file, ".yaml");
    return [name, { policy: loadPolicy(join(FOLDER, file)), calls: (value[name] ?? []).map((call) => ({ time: NOON, ...call })) }];
  }));
}

/** One line of JSON for each call: what a policy decides of it. */
export function verdicts(): readonly string[] {
  return [...golden()].flatMap(([name, { policy, calls }]) => calls.map((call, index) => {
    const { ruling: { effect, rule }, shadow, arguments: changed } = policy.decide(invocationOfCase(call));
    return JSON.stringify({ policy: name, call: index, effect, rule, ...(shadow && { shadow: `${shadow.effect}:${shadow.rule}` }), ...(changed !== undefined && { arguments: changed }) });
  }));
}

/** The line that CHANGELOG.md must have: whoever changes a policy, a call or a verdict says so there. */
export function changelogLine(): string {
  const files = globSync(["policies/*", "actions/*", "calls.yaml", "verdicts.jsonl"], { cwd: FOLDER }).sort();
  return `golden vectors ${sha256(files.map((file) => `${file}\n${read(file)}`).join("\n"), "hex").slice(0, 12)}`;
}

function read(file: string): string {
  return readFileSync(join(FOLDER, file), "utf8");
}
