import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { definePolicy } from "../../../policies/index.ts";
import type { Invocation } from "../../../policies/index.ts";
import { type LimitOptions, LimitProcessor } from "../../../processors/limits/processor.ts";
import { ballotOf, cast, type Opinion } from "../../../processors/verdict.ts";

function limiter(...rate: object[]): { passes(tool: string, at: number, caller?: string): boolean } {
  let now = 0;
  const processor = new LimitProcessor(definePolicy({ spangate: 1, name: "p", limits: { rate } }), { now: () => now });
  return {
    passes(tool, at, caller) {
      now = at;
      return (processor.judge({ tool, arguments: {}, framework: "test", caller, time: 0 } satisfies Invocation) as Opinion | undefined)?.effect !== "deny";
    },
  };
}

test("in no stretch of the window do more than max calls pass", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (gaps, max) => {
    const limit = limiter({ id: "a", max, window: "1s" });
    let now = 0;
    const passed: number[] = [];
    for (const gap of gaps) if (limit.passes("x", (now += gap))) passed.push(now);
    return passed.every((time) => passed.filter((other) => other > time - 1_000 && other <= time).length <= max);
  }));
});

test("a call passes again once the oldest has left the window", () => {
  const limit = limiter({ id: "a", max: 2, window: "1s" });
  assert.deepEqual([0, 500, 900, 1_000, 1_001, 1_500].map((at) => limit.passes("x", at)), [true, true, false, true, false, true]);
});

test("tools, callers and everything are counted apart, as the limit says", () => {
  const perTool = limiter({ id: "a", max: 1, window: "1m", per: "tool" });
  assert.deepEqual([perTool.passes("x", 0), perTool.passes("y", 0), perTool.passes("x", 0)], [true, true, false]);
  const perCaller = limiter({ id: "a", max: 1, window: "1m", per: "caller" });
  assert.deepEqual([perCaller.passes("x", 0, "ann"), perCaller.passes("y", 0, "ann"), perCaller.passes("x", 0, "bob")], [true, false, true]);
  const global = limiter({ id: "a", max: 1, window: "1m", per: "global" });
  assert.deepEqual([global.passes("x", 0, "ann"), global.passes("y", 0, "bob")], [true, false]);
});

test("a call that one limit refuses uses up none of the others", () => {
  const limit = limiter({ id: "narrow", tool: "x", max: 1, window: "1s" }, { id: "wide", max: 3, window: "1m", per: "global" });
  assert.deepEqual([0, 1, 2, 3].map((at) => limit.passes("x", at)), [true, false, false, false]);
  assert.deepEqual([limit.passes("y", 4), limit.passes("y", 5), limit.passes("y", 6)], [true, true, false]);
});

test("a call that the policy has denied is not counted", () => {
  const processor = new LimitProcessor(definePolicy({ spangate: 1, name: "p", limits: { rate: [{ id: "a", max: 1, window: "1m" }] } }));
  const invocation = (): Invocation => ({ tool: "x", arguments: {}, framework: "test", time: 0 });
  const denied = invocation();
  cast(ballotOf(denied), "policy", { effect: "deny", rule: "no" });
  assert.equal(processor.judge(denied), undefined);
  assert.equal(processor.judge(invocation()), undefined);
  assert.equal((processor.judge(invocation()) as Opinion | undefined)?.effect, "deny");
});

describe("a budget", () => {
  const usd = (id: string, max: string, cost: string, more: object = {}): object => ({ id, max: `${max} USD`, cost: `${cost} USD`, window: "1s", ...more });
  const judge = (processor: LimitProcessor, tool = "x", more: Partial<Invocation> = {}): Opinion | undefined => processor.judge({ tool, arguments: {}, framework: "test", time: 0, ...more }) as Opinion | undefined;
  const budgets = (budget: object[], options: LimitOptions = {}, more: object = {}): LimitProcessor => new LimitProcessor(definePolicy({ spangate: 1, name: "p", limits: { budget }, ...more }), { now: () => 0, ...options });
  const passed = (processor: LimitProcessor, calls: number): number => Array.from({ length: calls }, () => judge(processor)).filter((opinion) => opinion?.effect !== "deny").length;

  const exact: readonly [max: string, cost: string, calls: number][] = [["0.30", "0.10", 3], ["0.3", "0.1", 3], ["1.00", "0.01", 100], ["0.000003", "0.000001", 3], ["0.29", "0.10", 2], ["5.00", "6.00", 0], ["0.00", "0.01", 0], ["8999999999.999999", "8999999999.999999", 1]];
  for (const [max, cost, calls] of exact) test(`of ${max} pays for ${calls} calls at ${cost}, exactly`, () => assert.equal(passed(budgets([usd("b", max, cost)]), calls + 2), calls));
  test("says what it is in its own words", () => {
    const processor = budgets([{ id: "search-money", tool: "x", max: "5.00 USD", cost: "5.00 USD", window: "1d" }]);
    judge(processor);
    assert.deepEqual(judge(processor), { effect: "deny", rule: "search-money", reason: "budget search-money: at most 5.00 USD in 86400 s per global" });
  });
  test("and a rate are judged together: what one refuses uses up none of the other", () => {
    const processor = new LimitProcessor(definePolicy({ spangate: 1, name: "p", limits: { rate: [{ id: "r", tool: "x", max: 1, window: "1s" }], budget: [usd("b", "2.00", "1.00")] } }), { now: () => 0 });
    assert.deepEqual(["x", "x", "x", "y", "y"].map((tool) => judge(processor, tool)?.rule), [undefined, "r", "r", undefined, "b"]);
  });
  test("that is only observed refuses nothing, and speaks", () => {
    const processor = budgets([usd("b", "1.00", "1.00", { mode: "observe" })]);
    assert.equal(judge(processor), undefined);
    assert.deepEqual([judge(processor)?.mode, judge(processor)?.mode], ["observe", "observe"]);
  });
  test("calls without a session share one", () => {
    const processor = budgets([usd("b", "1.00", "1.00", { per: "session" })]);
    assert.deepEqual([judge(processor), judge(processor)?.rule, judge(processor, "x", { session: "s" })], [undefined, "b", undefined]);
  });
  test("whose maximum changes keeps what was spent; in another currency it is another one", () => {
    const before = budgets([usd("b", "2.00", "1.00")]);
    judge(before);
    const changed = (budget: object): number => passed(new LimitProcessor(definePolicy({ spangate: 1, name: "p", limits: { budget: [budget] } }), { now: () => 0 }, before), 5);
    assert.equal(changed({ id: "b", max: "2.00 EUR", cost: "1.00 EUR", window: "1s" }), 2);
    assert.equal(changed(usd("b", "3.00", "0.50")), 4);
  });
  test("under a policy that observes everything counts, and memory stays bounded", () => {
    const processor = budgets([usd("b", "3.00", "1.00")], {}, { mode: "observe" });
    for (let n = 0; n < 1_000; n++) judge(processor);
    assert.deepEqual(processor.usage().map(({ usage }) => usage), [1]);
  });
  test("of more calls than are kept one by one is counted in steps, and never frees money too early", () => {
    let now = 0;
    const processor = budgets([usd("b", "0.02", "0.000001", { window: "10s" })], { now: () => now });
    const counted: { at: number; calls: number }[] = [];
    for (; now < 20_000; now += 333) {
      let calls = 0;
      while (calls < 1_500 && judge(processor)?.effect !== "deny") calls++;
      counted.push({ at: now, calls });
      assert.ok(counted.filter(({ at }) => at > now - 10_000).reduce((sum, one) => sum + one.calls, 0) <= 20_000, String(now));
    }
    assert.ok(counted.some(({ calls }) => calls === 0) && counted.slice(-30).some(({ calls }) => calls === 1_500));
  });
  test("tells how full it is, by its fullest key, and of every call that it pays", () => {
    const paid: string[] = [];
    const processor = budgets([usd("b", "4.00", "1.00", { per: "session" })], { spent: ({ id }) => paid.push(id) });
    for (const session of ["a", "b", "b", "b"]) judge(processor, "x", { session });
    assert.deepEqual(processor.usage().map(({ limit: { id }, usage }) => [id, usage]), [["b", 0.75]]);
    assert.equal(paid.length, 4);
  });
});
