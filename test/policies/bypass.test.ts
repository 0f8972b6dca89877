import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { definePolicy, type CompiledPolicy } from "../../policies/index.ts";
import { call } from "../support/call.ts";

const policyOf = (rules: readonly object[], more: object = {}): CompiledPolicy => definePolicy({ spangate: 1, name: "p", default: "allow", rules, ...more });
const effectOf = (policy: CompiledPolicy, tool: string, args: unknown = {}): string => policy.decide(call(tool, { arguments: args })).ruling.effect;

/** Ways round a rule, each against one that denies and one that allows. */
describe("a rule is not slipped by", () => {
  const over = policyOf([{ id: "d", tool: "pay", arguments: { amount: { min: 101 } }, effect: "deny" }]);
  const under = policyOf([{ id: "a", tool: "pay", arguments: { amount: { max: 100 } }, effect: "allow" }], { default: "deny" });

  test("a number written as a text", () => {
    for (const amount of ["1000", "1e3", " 1000", "１０００"]) assert.deepEqual([effectOf(over, "pay", { amount }), effectOf(under, "pay", { amount })], ["deny", "deny"]);
  });
  test("a list or a map in the place of a value", () => {
    for (const amount of [[1000], { valueOf: 1000 }, [[1]], {}]) assert.deepEqual([effectOf(over, "pay", { amount }), effectOf(under, "pay", { amount })], ["deny", "deny"]);
  });
  test("a number that is none, or has no end", () => {
    assert.equal(effectOf(over, "pay", { amount: Number.NaN }), "deny");
    assert.equal(effectOf(under, "pay", { amount: Number.NaN }), "deny");
    assert.equal(effectOf(under, "pay", { amount: -Infinity }), "allow");
    assert.equal(effectOf(over, "pay", { amount: 10n ** 30n }), "deny");
  });
  test("a lone surrogate beside a forbidden word", () => {
    const policy = policyOf([{ id: "d", arguments: { text: { pattern: "x.?secret" } }, effect: "deny" }]);
    assert.equal(effectOf(policy, "t", { text: "x\ud800secret" }), "deny");
  });
  test("one good recipient among bad ones", () => {
    const policy = policyOf([{ id: "a", tool: "mail", arguments: { "to.*": { glob: "*@us.example" } }, effect: "allow" }], { default: "deny" });
    assert.equal(effectOf(policy, "mail", { to: ["a@us.example", "b@evil.example"] }), "deny");
    assert.equal(effectOf(policy, "mail", { to: { first: "a@us.example", second: { deep: "b@evil.example" } } }), "deny");
  });
  test("an argument that is inherited instead of its own", () => {
    const policy = policyOf([{ id: "a", tool: "t", arguments: { ok: true }, effect: "allow" }], { default: "deny" });
    assert.equal(effectOf(policy, "t", Object.create({ ok: true }) as object), "deny");
    assert.equal(effectOf(policy, "t", JSON.parse('{"__proto__":{"ok":true}}')), "deny");
  });
  test("a text made to keep a pattern busy", () => {
    const policy = policyOf([{ id: "d", tool: "t", arguments: { text: { pattern: "^(a+)+$" } }, effect: "deny" }]);
    assert.equal(effectOf(policy, "t", { text: `${"a".repeat(200_000)}!` }), "allow");
    assert.equal(effectOf(policy, "t", { text: "a".repeat(200_000) }), "deny");
  });
  test("a list made to keep a condition busy", () => {
    const rules = [{ id: "d", tool: "t", when: "arguments.list.exists(x, arguments.list.exists(y, x == -1 && y == -2))", effect: "deny" }];
    assert.equal(effectOf(policyOf(rules), "t", { list: Array.from({ length: 20_000 }, (_, index) => index) }), "deny");
  });
  test("a tool that says it only reads, and is known to write", () => {
    const tools = { "save_*": { effect_class: "write" }, save_draft: { effect_class: "read", risk: "low" } };
    assert.equal(effectOf(policyOf([{ id: "d", effect_class: "write", effect: "deny" }], { tools }), "save_draft"), "deny");
    assert.equal(effectOf(policyOf([{ id: "a", effect_class: "read", effect: "allow" }], { tools, default: "deny" }), "save_draft"), "deny");
  });
  test("a tool of which nobody knows what it does", () => {
    assert.equal(effectOf(policyOf([{ id: "a", effect_class: "read", effect: "allow" }], { default: "deny" }), "stranger"), "deny");
    assert.equal(effectOf(policyOf([{ id: "d", effect_class: "write", effect: "deny" }]), "stranger"), "deny");
  });
  test("a key of the arguments that a closed schema does not know", () => {
    const policy = policyOf([], { tools: { mail: { arguments: { type: "object", properties: { to: { type: "string" } }, additionalProperties: false } } } });
    assert.equal(effectOf(policy, "mail", { to: "a", bcc: "b" }), "deny");
    assert.equal(effectOf(policy, "mail", JSON.parse('{"to":"a","__proto__":{"bcc":"b"}}')), "deny");
  });
});
