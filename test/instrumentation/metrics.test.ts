import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as instruments from "../../exporters/instruments.ts";
import * as names from "../../names.ts";
import { type RunResult, runApp } from "../support/run.ts";

const POLICY = `
spangate: 1
name: shop
version: "7"
mode: enforce
default: deny
rules:
  - { id: rest, tool: [read, fail, big], effect: allow }
  - { id: no-read, tool: read, effect: deny, mode: observe }
  - { id: no-wipe, tool: wipe, effect: deny }
limits: { output: 10kB }
`;
interface Point {
  readonly attributes: Readonly<Record<string, string>>;
  readonly value: number;
}
type Collected = Readonly<Record<string, readonly Point[]>>;

let run: RunResult;
let collected: Readonly<Record<"before" | "broken" | "after", Collected>>;
before(async () => {
  run = await runApp("test/apps/metrics.mjs", { policy: POLICY });
  assert.equal(run.code, 0, run.stderr);
  collected = run.json();
});

const points = (at: keyof typeof collected, { name }: instruments.Instrument): Point[] => (collected[at][name] ?? []).map(({ attributes, value: count }) => ({ attributes, value: count }));
const value = (at: keyof typeof collected, instrument: instruments.Instrument): number | undefined => points(at, instrument)[0]?.value;

test("each run of a tool is timed, with its agent and the class of its error; a refused call is none", () => {
  assert.deepEqual(points("before", instruments.TOOL_DURATION), [
    { attributes: { [names.TOOL_NAME]: "read", [names.AGENT_NAME]: "clerk" }, value: 1 },
    { attributes: { [names.TOOL_NAME]: "fail", [names.ERROR_TYPE]: "RangeError" }, value: 1 },
    { attributes: { [names.TOOL_NAME]: "big", [names.ERROR_TYPE]: "spangate_denied" }, value: 1 },
  ]);
  assert.ok(points("after", instruments.TOOL_DURATION).some(({ attributes }) => attributes[names.TOOL_NAME] === "wipe"), "a policy that observes lets it run");
});

test("what an observed rule or an observing policy would have denied is counted as such", () => {
  const shadow = (tool: string, rule: string, scope: string): Point["attributes"] => ({ [names.TOOL_NAME]: tool, [names.RULE_NAME]: rule, [names.DECISION]: "deny", [names.SHADOW_SCOPE]: scope });
  assert.deepEqual(points("before", instruments.SHADOW), [{ attributes: shadow("read", "no-read", "rule"), value: 1 }]);
  assert.deepEqual(points("after", instruments.SHADOW), [
    { attributes: shadow("read", "no-read", "rule"), value: 2 },
    { attributes: shadow("wipe", "no-wipe", "policy"), value: 1 },
  ]);
});

test("the policy in force is named, one that was is 0, and a file that could not be put in force makes it stale", () => {
  const info = (at: keyof typeof collected): unknown[] => points(at, instruments.POLICY_INFO)
    .map(({ attributes, value: inForce }) => [attributes[names.RULESET_NAME], attributes[names.RULESET_VERSION], attributes[names.MODE], attributes[names.AUDIT_MODE], inForce]);
  assert.deepEqual(info("before"), [["shop", "7", "enforce", "strict", 1]]);
  assert.deepEqual(info("broken"), [["shop", "7", "enforce", "strict", 1]]);
  assert.deepEqual(info("after"), [["shop", "7", "enforce", "strict", 0], ["shop", "7", "observe", "strict", 1]]);
  const hashes = points("after", instruments.POLICY_INFO).map(({ attributes }) => attributes[names.POLICY_DIGEST] as string);
  const recorded = run.records().flatMap((record) => (record.t === "open" || record.t === "policy" ? [record.digest] : []));
  assert.deepEqual(hashes, recorded);
  assert.deepEqual((["before", "broken", "after"] as const).map((at) => value(at, instruments.POLICY_STALE)), [0, 1, 0]);
  assert.deepEqual((["before", "after"] as const).map((at) => value(at, instruments.ENFORCING)), [1, 0]);
  const [first, unchanged, last] = (["before", "broken", "after"] as const).map((at) => value(at, instruments.POLICY_TIME) as number) as [number, number, number];
  assert.ok(first === unchanged && last > first, `${first} ${unchanged} ${last}`);
});

test("audit records are counted by type, each of those in the log once, and none is lost", () => {
  const counts = Object.fromEntries(points("after", instruments.AUDIT_RECORDS).map(({ attributes, value: count }) => [attributes[names.AUDIT_TYPE], count]));
  const written = run.records().map(({ t: type }) => type).filter((type) => type !== "close");
  assert.deepEqual(counts, Object.fromEntries([...new Set(written)].map((type) => [type, written.filter((other) => other === type).length])));
  assert.equal(value("after", instruments.AUDIT_LOST), 0);
});

test("records that no checkpoint covers are counted, and the last checkpoint has a time", () => {
  const unsealed = value("after", instruments.AUDIT_UNSEALED) as number;
  assert.ok(unsealed >= 0 && unsealed <= run.records().length, `${unsealed}`);
  const opened = Number(run.records()[0]?.ts) / 1e9;
  assert.ok((value("after", instruments.AUDIT_CHECKPOINT_TIME) as number) >= opened - 1);
});
