import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { definePolicy } from "../../policies/index.ts";
import type { Invocation } from "../../policies/index.ts";
import { RateLimitProcessor } from "../../processors/rate-limit.ts";
import { ballotOf, cast } from "../../processors/verdict.ts";

function limiter(...rate: object[]): { passes(tool: string, at: number, caller?: string): boolean } {
  let now = 0;
  const processor = new RateLimitProcessor(definePolicy({ spangate: 1, name: "p", limits: { rate } }), () => now);
  return {
    passes(tool, at, caller) {
      now = at;
      return processor.judge({ tool, arguments: {}, framework: "test", caller, time: 0 } satisfies Invocation)?.effect !== "deny";
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
  const processor = new RateLimitProcessor(definePolicy({ spangate: 1, name: "p", limits: { rate: [{ id: "a", max: 1, window: "1m" }] } }));
  const invocation = (): Invocation => ({ tool: "x", arguments: {}, framework: "test", time: 0 });
  const denied = invocation();
  cast(ballotOf(denied), "policy", { effect: "deny", rule: "no" });
  assert.equal(processor.judge(denied), undefined);
  assert.equal(processor.judge(invocation()), undefined);
  assert.equal(processor.judge(invocation())?.effect, "deny");
});
