import assert from "node:assert/strict";
import { before, test } from "node:test";
import { BUDGET_MAX, BUDGET_SPENT, BUDGET_WINDOW, type Instrument, LIMIT_USAGE, STORE_DEGRADED } from "../../exporters/instruments.ts";
import { CURRENCY, LIMIT_NAME, LIMIT_PER } from "../../names.ts";
import { type RunResult, runApp } from "../support/run.ts";

const POLICY = `
spangate: 1
name: p
default: allow
limits:
  rate: [{ id: calm, max: 8, window: 1h, per: global }]
  budget: [{ id: search-money, tool: search, max: 0.30 USD, window: 1d, cost: 0.15 USD }]
`;
type Collected = Readonly<Record<string, readonly { readonly attributes: Readonly<Record<string, string>>; readonly value: number }[]>>;

let run: RunResult;
let told: { readonly answers: readonly string[]; readonly before: Collected; readonly after: Collected };
before(async () => {
  run = await runApp("test/apps/limits.mjs", { policy: POLICY });
  assert.equal(run.code, 0, run.stderr);
  told = run.json();
});
const points = (at: "before" | "after", { name }: Instrument): unknown[] => (told[at][name] ?? []).map(({ attributes, value }) => [attributes[LIMIT_NAME], attributes[LIMIT_PER], attributes[CURRENCY], value]);

test("a call that a budget has no money for is denied, in the budget's words", () => {
  assert.deepEqual(told.answers.slice(0, 2), ["found", "found"]);
  assert.match(told.answers[2] ?? "", /budget search-money: at most 0\.30 USD in 86400 s per global/);
  const decided = run.records().flatMap((record) => (record.t === "decision" ? [`${record.effect} ${record.rule} ${record.source}`] : []));
  assert.deepEqual(decided, ["allow default policy", "allow default policy", "deny search-money rate_limit"]);
});
test("nothing says that budgets are not enforced", () => assert.doesNotMatch(run.stderr, /not enforced/));
test("metrics show what is used up, spent and allowed", () => {
  assert.deepEqual(points("before", LIMIT_USAGE), [["calm", "global", undefined, 0.25], ["search-money", "global", undefined, 1]]);
  assert.deepEqual(points("before", BUDGET_SPENT), [["search-money", "global", "USD", 0.3]]);
  assert.deepEqual(points("before", BUDGET_MAX), [["search-money", "global", "USD", 0.3]]);
  assert.deepEqual(points("before", BUDGET_WINDOW), [["search-money", "global", undefined, 86_400]]);
});
test("a limit that a new policy does not have is 0, and not its last value for ever", () => {
  assert.deepEqual(points("after", LIMIT_USAGE), [["calm", "global", undefined, 0], ["search-money", "global", undefined, 0]]);
  assert.deepEqual(points("after", BUDGET_MAX), [["search-money", "global", "USD", 0]]);
});
test("without a store nothing is said of one", () => assert.deepEqual(points("before", STORE_DEGRADED), []));
