import assert from "node:assert/strict";
import { test } from "node:test";
import { explain } from "../../policies/explain.ts";
import { definePolicy } from "../../policies/index.ts";
import { call } from "../support/call.ts";

const policy = definePolicy({
  spangate: 1, name: "shop", default: "deny",
  tools: { refund: { risk: "high", target: { type: "order", from: "order" } } },
  rules: [
    { id: "small-refunds", tool: "refund", caller: { role: "clerk" }, arguments: { amount: { max: 100 } }, effect: "allow" },
    { id: "odd", tool: "refund", when: "arguments.note.startsWith('x')", effect: "deny" },
    { id: "reads", tool: "get_*", effect: "allow" },
    { id: "trial", tool: "refund", effect: "approve", mode: "observe" },
  ],
});

test("tells which rules matched, which did not and why, and which decided", () => {
  const told = explain(policy, call("refund", { arguments: { amount: 500, note: "", order: "o-1" }, roles: ["clerk"] }));
  assert.deepEqual([told.effect, told.rule, told.otherRules], ["deny", "default", 1]);
  assert.deepEqual(told.rules.map(({ id, matched, decided, shadow }) => [id, matched, decided, shadow]), [
    ["small-refunds", "no", false, false], ["odd", "no", false, false], ["trial", "yes", false, true],
  ]);
  assert.deepEqual(told.rules[0]?.checks, [{ key: "caller.role", holds: "yes" }, { key: "arguments.amount", holds: "no" }]);
  assert.equal(told.shadow?.rule, "trial");
  assert.equal(told.facts.target.name, "o-1");
});

test("tells what would have changed the decision", () => {
  const told = explain(policy, call("refund", { arguments: { amount: 500, note: "" }, roles: ["clerk"] }));
  assert.deepEqual(told.otherwise, [{ effect: "allow", rule: "small-refunds", if: ["arguments.amount"] }]);
  const denied = explain(policy, call("refund", { arguments: { amount: 50, note: "x" }, roles: ["clerk"] }));
  assert.deepEqual(denied.otherwise, [{ effect: "allow", rule: "small-refunds", without: "odd" }]);
});

test("a rule that could not judge the call is told as such, and decides against it", () => {
  const told = explain(policy, call("refund", { arguments: { amount: 50 }, roles: ["clerk"] }));
  assert.deepEqual([told.effect, told.rule, told.rules[1]?.matched], ["deny", "odd", "unsure"]);
});

test("agrees with the decision", () => {
  for (const args of [{}, { amount: 1 }, { amount: "1", note: "y" }]) {
    const invocation = call("refund", { arguments: args, roles: ["clerk"] });
    const { ruling } = policy.decide(invocation);
    assert.deepEqual([explain(policy, invocation).effect, explain(policy, invocation).rule], [ruling.effect, ruling.rule]);
  }
});
