import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { replay } from "../../policies/replay.ts";
import { matchShape } from "../../policies/schema/match.ts";
import { EFFECTS } from "../../policies/schema/rule.ts";
import { caseCall } from "../../policies/schema/world.ts";
import { type Schema, shapeOf, unwrap } from "../../policies/schema/walk.ts";
import { policyShape } from "../../policies/schema/policy.ts";
import { validate } from "../../policies/validate.ts";
import { readYaml } from "../../policies/yaml.ts";
import { ROOT } from "../support/run.ts";
import { changelogLine, FOLDER, golden, VERDICTS, verdicts } from "./vectors.ts";

const FEWEST = 400;
const corpus = golden();
const policies = [...corpus.values()].map(({ policy }) => policy);
const rules = policies.flatMap(({ source }) => source.rules);

test("every call is decided as it always was", () => {
  const written = readFileSync(VERDICTS, "utf8").trimEnd().split("\n");
  assert.ok(written.length >= FEWEST);
  assert.deepEqual(verdicts(), written);
});

test("the changelog knows of these policies, calls and verdicts", () => {
  assert.ok(readFileSync(join(ROOT, "CHANGELOG.md"), "utf8").includes(changelogLine()), `CHANGELOG.md must say what changed, and have the line: ${changelogLine()}`);
});

test("every policy has calls, every list of calls its policy, and every call is one", () => {
  const { value } = readYaml(readFileSync(join(FOLDER, "calls.yaml"), "utf8"), "calls.yaml") as { readonly value: Readonly<Record<string, readonly unknown[]>> };
  assert.deepEqual(Object.keys(value).sort(), [...corpus.keys()].sort());
  for (const [name, calls] of Object.entries(value)) for (const [index, call] of calls.entries()) validate(caseCall, call, () => `${name} ${index}`);
});

test("every rule that is written here matches a call, and so does each effect", () => {
  const unused = [...corpus].flatMap(([name, { policy, calls }]) => {
    const inherited = new Set(policy.source.rules.filter(({ layer }) => layer < policy.source.layers.length - 1).map(({ id }) => id));
    return replay(policy, calls.map((call) => ({ call, place: name }))).unusedRules.filter((id) => !inherited.has(id)).map((id) => `${name}: ${id}`);
  });
  assert.deepEqual(unused, []);
  for (const effect of EFFECTS) assert.ok(rules.some((rule) => rule.effect === effect), effect);
});

test("every key that decides something is used, one that is new too", () => {
  const rule = shapeOf(unwrap(policyShape["rules"] as unknown as Schema).element as Schema) ?? {};
  for (const key of Object.keys(rule)) assert.ok(rules.some((one) => Object.hasOwn(one, key)), `rules.${key}`);
  const inner = (key: string, values: readonly object[]): void => {
    for (const under of Object.keys(shapeOf(rule[key] as Schema) ?? {})) assert.ok(values.some((value) => Object.hasOwn(value, under)), `rules.${key}.${under}`);
  };
  for (const key of ["caller", "time", "target"] as const) inner(key, rules.flatMap((one) => one[key] ?? []));
  const tests = rules.flatMap(({ arguments: tested = {} }) => Object.values(tested));
  const test = unwrap(matchShape["arguments"] as unknown as Schema).valueType as Schema;
  for (const key of Object.keys(shapeOf(test) ?? assert.fail("no tests of arguments"))) assert.ok(tests.some((one) => Object.hasOwn(one, key)), `a test of arguments: ${key}`);
  const changes = rules.flatMap(({ modify = [] }) => modify);
  for (const key of Object.keys(shapeOf(unwrap(rule["modify"] as Schema).element as Schema) ?? {})) assert.ok(changes.some((one) => Object.hasOwn(one, key)), `modify: ${key}`);
  for (const key of ["extends", "mode", "overridable", "actions", "tools", "targets", "risk", "engines"]) assert.ok(policies.some(({ sources }) => sources.some(({ value }) => Object.hasOwn(value, key))), key);
  for (const key of ["action", "effect_class", "risk", "arguments", "target"]) assert.ok(policies.some(({ source }) => Object.values(source.tools).some((tool) => Object.hasOwn(tool, key))), `tools: ${key}`);
});
