import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { definePolicy, type CompiledPolicy, type Decision, type Invocation } from "../../policies/index.ts";
import { call } from "../support/call.ts";

const policyOf = (rules: readonly object[], more: object = {}): CompiledPolicy => definePolicy({ spangate: 1, name: "p", rules, ...more });
const decided = (policy: CompiledPolicy, tool: string, more: Partial<Invocation> = {}): string => textOf(policy.decide(call(tool, more)));
const textOf = ({ ruling: { effect, rule } }: Decision): string => `${effect} ${rule}`;

describe("deny overrides, then priority, then the strictest", () => {
  const rules = [
    { id: "yes", tool: "read_*", effect: "allow" },
    { id: "no", tool: "*_secret", effect: "deny", reason: "secrets stay here" },
    { id: "ask", tool: "read_payroll", effect: "approve" },
    { id: "wait", tool: "read_late", effect: "defer" },
    { id: "sure", tool: "read_payroll", caller: { role: "auditor" }, effect: "allow", priority: 5 },
  ];
  const cases: readonly [tool: string, more: Partial<Invocation>, expected: string][] = [
    ["read_mail", {}, "allow yes"],
    ["read_secret", {}, "deny no"],
    ["read_payroll", {}, "approve ask"],
    ["read_payroll", { roles: ["auditor"] }, "allow sure"],
    ["read_late", {}, "defer wait"],
    ["wipe", {}, "deny default"],
  ];
  for (const [tool, more, expected] of cases) {
    test(`${tool} ${JSON.stringify(more)}: ${expected}, whatever the order of the rules`, () => {
      assert.equal(decided(policyOf(rules), tool, more), expected);
      assert.equal(decided(policyOf(rules.toReversed()), tool, more), expected);
    });
  }

  test("a denial stands against any priority", () => {
    assert.equal(decided(policyOf([{ id: "a", tool: "x", effect: "allow", priority: 1_000 }, { id: "d", tool: "x", effect: "deny", priority: -1_000 }]), "x"), "deny d");
  });

  test("the reason is the author's, else names rule and policy", () => {
    assert.equal(policyOf(rules).decide(call("read_secret")).ruling.reason, "secrets stay here");
    assert.equal(policyOf(rules).decide(call("read_mail")).ruling.reason, "rule yes of policy p");
    assert.match(policyOf(rules).decide(call("wipe")).ruling.reason, /no rule of policy p allows/);
  });
});

describe("shadow rules", () => {
  test("a shadow alone does not keep the default from speaking, and what it would do is told", () => {
    const decision = policyOf([{ id: "s", tool: "x", effect: "allow", mode: "observe" }]).decide(call("x"));
    assert.equal(textOf(decision), "deny default");
    assert.deepEqual([decision.shadow?.effect, decision.shadow?.rule], ["allow", "s"]);
  });

  test("a shadow that would change nothing is not told", () => {
    assert.equal(policyOf([{ id: "a", tool: "x", effect: "allow" }, { id: "s", tool: "*", effect: "allow", mode: "observe" }]).decide(call("x")).shadow, undefined);
  });

  test("a policy that only observes decides as if it were enforced", () => {
    const rules = [{ id: "a", tool: "x", effect: "allow" }, { id: "s", tool: "x", effect: "deny", mode: "observe" }];
    assert.deepEqual(policyOf(rules, { mode: "observe" }).decide(call("x")), policyOf(rules).decide(call("x")));
  });
});

describe("modify", () => {
  const rules = [
    { id: "all", tool: "search", effect: "allow" },
    { id: "clamp", tool: "search", effect: "modify", modify: [{ path: "limit", max: 10 }, { path: "safe", set: true }] },
  ];
  const modified = (args: unknown, more: readonly object[] = []): Decision => policyOf([...rules, ...more]).decide(call("search", { arguments: args }));

  test("changes the arguments and lets the call run", () => {
    const args = Object.freeze({ limit: 99, query: "q" });
    const decision = modified(args);
    assert.equal(textOf(decision), "modify clamp");
    assert.deepEqual(decision.arguments, { limit: 10, query: "q", safe: true });
    assert.equal(args.limit, 99);
  });

  test("what cannot be changed as asked is a denial", () => {
    const decision = modified({ limit: "99" });
    assert.equal(decision.ruling.effect, "deny");
    assert.match(decision.ruling.reason, /limit is not a number/);
  });

  test("changes stand beside an approval, and fall with a denial", () => {
    assert.deepEqual(modified({ limit: 99 }, [{ id: "ask", tool: "search", effect: "approve" }]).arguments, { limit: 10, safe: true });
    assert.equal("arguments" in modified({ limit: 99 }, [{ id: "no", tool: "search", effect: "deny" }]), false);
  });

  test("a higher priority that allows as it is leaves the arguments alone", () => {
    assert.equal(modified({ limit: 99 }, [{ id: "free", tool: "search", effect: "allow", priority: 1 }]).arguments, undefined);
  });

  const changes: readonly [name: string, change: object, before: unknown, after: unknown][] = [
    ["set adds a key", { path: "a", set: 1 }, {}, { a: 1 }],
    ["set replaces in every element", { path: "to.*.cc", set: null }, { to: [{ cc: 1 }, {}] }, { to: [{ cc: null }, { cc: null }] }],
    ["remove", { path: "a.b", remove: true }, { a: { b: 1, c: 2 } }, { a: { c: 2 } }],
    ["remove of an element", { path: "list.0", remove: true }, { list: [1, 2] }, { list: [2] }],
    ["min and max", { path: "n", min: 2, max: 3 }, { n: 1 }, { n: 2 }],
    ["truncate a text", { path: "t", truncate: 2 }, { t: "abc" }, { t: "ab" }],
    ["truncate between surrogates leaves valid text", { path: "t", truncate: 1 }, { t: "\u{1F600}" }, { t: "\uFFFD" }],
    ["truncate a list", { path: "t", truncate: 1 }, { t: [1, 2] }, { t: [1] }],
    ["a pointer, for keys with dots", { path: "/a.b", set: 2 }, { "a.b": 1 }, { "a.b": 2 }],
    ["what is not there is not clamped", { path: "n", max: 3 }, { x: 1 }, { x: 1 }],
  ];
  for (const [name, change, before, after] of changes) {
    test(name, () => {
      const policy = policyOf([{ id: "m", tool: "x", effect: "modify", modify: [change] }]);
      assert.deepEqual(policy.decide(call("x", { arguments: before })).arguments, after);
    });
  }

  test("set with no place to stand is a denial", () => {
    const policy = policyOf([{ id: "m", tool: "x", effect: "modify", modify: [{ path: "a.b", set: 1 }] }]);
    assert.equal(policy.decide(call("x", { arguments: "text" })).ruling.effect, "deny");
  });

  test("a path cannot reach a prototype", () => {
    const policy = policyOf([{ id: "m", tool: "x", effect: "modify", modify: [{ path: "__proto__.polluted", set: true }] }]);
    policy.decide(call("x", { arguments: {} }));
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });
});

test("what is remembered of tool names is bounded, and made-up names do not keep real ones out", () => {
  const policy = policyOf([{ id: "yes", tool: ["read_*"], effect: "allow" }]);
  for (let index = 0; index < 20_000; index++) assert.equal(decided(policy, `made_up_${index}`), "deny default");
  assert.equal(decided(policy, "read_x"), "allow yes");
});

test("the decision does not depend on the order of the rules", () => {
  const rule = fc.record({
    tool: fc.constantFrom("a", "b", "*", "a*"), effect: fc.constantFrom("allow", "deny", "approve", "defer"), priority: fc.integer({ min: -2, max: 2 }),
  });
  fc.assert(fc.property(fc.array(rule, { maxLength: 8 }), fc.constantFrom("a", "b", "ab"), (written, tool) => {
    const rules = written.map((one, index) => ({ ...one, id: `r${index}` }));
    const effects = [rules, rules.toReversed()].map((order) => policyOf(order).decide(call(tool)).ruling.effect);
    return effects[0] === effects[1];
  }));
});

test("one more denial never allows more", () => {
  const rule = fc.record({ tool: fc.constantFrom("a", "b", "*"), effect: fc.constantFrom("allow", "approve", "deny") });
  const permits = (rules: readonly object[], tool: string): boolean => policyOf(rules).decide(call(tool)).ruling.effect === "allow";
  fc.assert(fc.property(fc.array(rule, { maxLength: 6 }), rule, fc.constantFrom("a", "b"), (written, extra, tool) => {
    const rules = written.map((one, index) => ({ ...one, id: `r${index}` }));
    return !permits([...rules, { ...extra, id: "extra", effect: "deny" }], tool) || permits(rules, tool);
  }));
});
