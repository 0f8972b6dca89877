import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type CompiledPolicy, type Decision, definePolicy, loadPolicy, parsePolicy } from "../../policies/index.ts";
import { applyFixes } from "../../policies/lint/fix.ts";
import { lint } from "../../policies/lint/lint.ts";
import { readYaml } from "../../policies/yaml.ts";
import { call } from "../support/call.ts";
import { temporaryFolder } from "../support/run.ts";

const policyOf = (rule: object, more: object = {}): CompiledPolicy => definePolicy({ spangate: 1, name: "p", default: "allow", rules: [{ id: "r", tool: "x", ...rule }], ...more });
const decide = (policy: CompiledPolicy, args: unknown): Decision => policy.decide(call("x", { arguments: args }));

describe("what a rule that denies must not be talked past with", () => {
  const cases: readonly [what: string, test: object, args: unknown][] = [
    ["a number as a text", { n: 100 }, { n: "100.0" }], ["a number in another notation", { n: 22 }, { n: "0x16" }], ["a number with space around it", { n: 22 }, { n: " 22\n" }], ["true as a text", { n: true }, { n: "True" }], ["null as a text", { n: [null, 1] }, { n: "NULL" }],
    ["a map of class Map", { "to.*": "evil" }, { to: new Map([["a", "evil"]]) }], ["a key of such a map", { "to.a": "evil" }, { to: new Map([["a", "evil"]]) }], ["a set", { "to.*": "evil" }, { to: new Set(["evil"]) }],
    ["one value where a list belongs", { "to.*": "evil" }, { to: "evil" }], ["one map where a list of them belongs", { "items.*.price": { min: 100 } }, { items: { price: 200 } }],
    ["a list where one map belongs", { "item.price": { min: 100 } }, { item: [{ price: 1 }, { price: 200 }] }], ["a list of lists", { "to.*.name": "evil" }, { to: [[{ name: "evil" }]] }],
  ];
  for (const [what, tests, args] of cases) test(what, () => assert.equal(decide(policyOf({ effect: "deny", arguments: tests }), args).ruling.effect, "deny"));

  test("one value where a list belongs is no list to a rule that allows", () => {
    const policy = definePolicy({ spangate: 1, name: "p", default: "deny", rules: [{ id: "r", tool: "x", effect: "allow", arguments: { "to.*": "friend" } }] });
    assert.deepEqual([["friend"], "friend", { name: "friend" }].map((to) => decide(policy, { to }).ruling.effect), ["allow", "deny", "allow"]);
  });
  test("a rule on what must not be missing is not answered by another form of it", () => {
    const policy = policyOf({ effect: "deny", arguments: { "to.*": { exists: false } } });
    assert.deepEqual([["a"], "a", undefined].map((to) => decide(policy, { to }).ruling.effect), ["allow", "deny", "deny"]);
  });
  for (const [what, name] of [["a list", ["prod-eu"]], ["a map", { name: "prod-eu" }]] as const) {
    test(`${what} where the name of a target belongs: no rule can be sure which one it is`, () => {
      const world = { tools: { x: { target: { type: "cluster", from: "cluster" } } }, targets: [{ type: "cluster", name: "prod-*", environment: "production" }] };
      for (const target of [{ name: "prod-*" }, { environment: "production" }]) {
        assert.equal(decide(policyOf({ effect: "deny", target }, world), { cluster: name }).ruling.effect, "deny");
        assert.equal(decide(definePolicy({ spangate: 1, name: "p", default: "deny", rules: [{ id: "r", tool: "x", effect: "allow", target: { name: "*" } }], ...world }), { cluster: name }).ruling.effect, "deny");
      }
    });
  }
  test("a text that only starts like a number is another text", () => assert.equal(decide(policyOf({ effect: "deny", arguments: { n: [0, 22] } }), { n: "" }).ruling.effect, "allow"));
  test("a moment before 1970", () => assert.equal(policyOf({ effect: "deny", time: { from: "00:00" } }).decide(call("x", { time: -90_000 })).ruling.effect, "deny"));
});

describe("a call that perhaps was to be changed does not run as it is", () => {
  const refunds = definePolicy({
    spangate: 1, name: "p", default: "deny", rules: [
      { id: "refunds", tool: "x", effect: "allow" },
      { id: "cap", tool: "x", effect: "modify", priority: 1, arguments: { amount: { min: 101 } }, modify: [{ path: "amount", max: 100 }] },
    ],
  });
  const cases: readonly [what: string, amount: unknown, effect: string, becomes: unknown][] = [
    ["a number above it is changed", 500, "modify", 100], ["one below it runs", 50, "allow", undefined], 
    ["a text", "500", "deny", undefined], ["a list", [500], "deny", undefined], ["a map", { value: 500 }, "deny", undefined],
  ];
  for (const [what, amount, effect, becomes] of cases) {
    test(what, () => {
      const { ruling, arguments: changed } = decide(refunds, { amount });
      assert.equal(ruling.effect, effect, ruling.reason);
      if (becomes !== undefined) assert.deepEqual(changed, { amount: becomes });
      if (effect === "deny") assert.match(ruling.reason, /could not be judged by this rule/);
    });
  }
  test("one without it runs", () => assert.equal(decide(refunds, {}).ruling.effect, "allow"));
  test("a rule of a lower priority would not have changed it, and does not deny it", () => {
    const rules = [{ id: "a", tool: "x", effect: "allow", priority: 1 }, { id: "m", tool: "x", effect: "modify", arguments: { amount: { min: 101 } }, modify: [{ path: "amount", max: 100 }] }] as const;
    assert.equal(decide(definePolicy({ spangate: 1, name: "p", rules: [...rules] }), { amount: "500" }).ruling.effect, "allow");
  });
  test("one of the same priority beside an approval", () => {
    const rules = [{ id: "a", tool: "x", effect: "approve" }, { id: "m", tool: "x", effect: "modify", arguments: { amount: { min: 101 } }, modify: [{ path: "amount", max: 100 }] }] as const;
    assert.equal(decide(definePolicy({ spangate: 1, name: "p", rules: [...rules] }), { amount: "500" }).ruling.effect, "deny");
  });
  test("a list of maps where the rule has one map: changed in each", () => {
    const policy = policyOf({ effect: "modify", arguments: { "item.price": { min: 101 } }, modify: [{ path: "item.price", max: 100 }] });
    const { ruling, arguments: changed } = decide(policy, { item: [{ price: 200 }, { price: 300 }] });
    assert.deepEqual([ruling.effect, changed], ["modify", { item: [{ price: 100 }, { price: 100 }] }]);
  });
  test("a condition that fails, and an effect class that nobody knows", () => {
    for (const rule of [{ when: "arguments.amount > 100.0" }, { effect_class: "write" }]) {
      assert.equal(decide(policyOf({ effect: "modify", ...rule, modify: [{ path: "dry_run", set: true }] }), { amount: "500" }).ruling.effect, "deny");
    }
  });
});

describe("changes to arguments", () => {
  const modify = (args: unknown): Decision => decide(policyOf({ effect: "modify", modify: [{ path: "to.a", set: 1 }] }), args);
  test("leave a key named __proto__ what it is: data", () => {
    const changed = modify({ to: JSON.parse('{"__proto__":{"admin":true}}') as unknown }).arguments as { to: { admin?: boolean } };
    assert.equal(changed.to.admin, undefined);
    assert.deepEqual(Object.keys(changed.to), ["__proto__", "a"]);
  });
  const capped: readonly [what: string, path: string, change: object, args: unknown, becomes: unknown][] = [
    ["in a list where one map belongs", "t.amount", { max: 100 }, { t: [{ amount: 500 }, { amount: 5 }] }, { t: [{ amount: 100 }, { amount: 5 }] }],
    ["in a list of lists", "h.bcc", { remove: true }, { h: [[{ bcc: "x" }]] }, { h: [[{}]] }],
    ["in one value where a list belongs", "to.*", { truncate: 2 }, { to: "abcd" }, "deny"],
    ["in one map where a list of them belongs", "items.*.price", { max: 100 }, { items: { price: 500 } }, "deny"],
    ["in a map of maps in a list", "m.*.price", { max: 100 }, { m: [{ k: { price: 500 } }] }, "deny"],
    ["in no form", "t.amount", { max: 100 }, { t: [{ other: 500 }], to: null }, { t: [{ other: 500 }], to: null }],
  ];
  for (const [what, path, change, args, becomes] of capped) {
    test(`are made, or deny, where what is to be changed is there ${what}`, () => {
      const { ruling, arguments: changed } = decide(policyOf({ effect: "modify", modify: [{ path, ...change }] }), args);
      assert.deepEqual(ruling.effect === "deny" ? "deny" : changed, becomes);
    });
  }
  for (const [what, value] of [["a Map", new Map()], ["a date", new Date()], ["a buffer", new Uint8Array(2)]] as const) {
    test(`within ${what} are a denial: a copy of its properties is none of it`, () => assert.match(modify({ to: value }).ruling.reason, /cannot be changed .* no plain data/));
  }
});

describe("names of tools that a model made up", () => {
  const policy = definePolicy({ spangate: 1, name: "p", default: "deny", actions: "sql", rules: [{ id: "r", action: "sql.*", effect: "allow" }] });
  const cases: readonly [what: string, tool: string][] = [["a server within a server, without end", "mcp__a__".repeat(50_000)], ["many places where the name of a server may end", `mcp__${"a__".repeat(200_000)}\n`], ["a server without a tool", "mcp__pg__"]];
  for (const [what, tool] of cases) test(what, () => assert.equal(policy.decide(call(tool, { arguments: { sql: "SELECT 1" } })).ruling.effect, "deny"));
  test("a tool of a server is known by its own name", () => assert.equal(policy.decide(call("mcp__pg__query", { arguments: { sql: "SELECT 1" } })).ruling.effect, "allow"));
});

test("of two rules that say the same, one of them a shadow, the one in force decides, whatever their order", () => {
  const rules = [{ id: "shadow", tool: "*", effect: "allow", mode: "observe" }, { id: "real", tool: "x", effect: "allow" }];
  for (const order of [rules, rules.toReversed()]) {
    const { ruling, shadow } = definePolicy({ spangate: 1, name: "p", rules: order }).decide(call("x"));
    assert.deepEqual([ruling.rule, shadow], ["real", undefined]);
  }
});

describe("schemas of arguments", () => {
  const withSchema = (schema: object): CompiledPolicy => definePolicy({ spangate: 1, name: "p", default: "allow", tools: { x: { arguments: schema } } });
  const list = { additionalProperties: { $ref: "#" }, type: "object" };
  test("one that answers with a promise is refused", () => assert.throws(() => withSchema({ $async: true, required: ["n"] }), /\$async/));
  test("one that refers to itself reaches every depth", () => {
    assert.equal(decide(withSchema(list), { a: { b: {} } }).ruling.effect, "allow");
    assert.equal(decide(withSchema(list), { a: { b: 1 } }).ruling.effect, "deny");
  });
  test("on arguments that hold themselves it is a denial", () => {
    const args: Record<string, unknown> = {};
    args["a"] = args;
    assert.match(decide(withSchema(list), args).ruling.reason, /cannot be checked/);
  });
  test("one that wants different items tells them apart, in lists of any length", () => {
    const distinct = withSchema({ properties: { l: { uniqueItems: true } } });
    const cases: readonly [list: readonly unknown[], expected: string][] = [[[1, "1", true, "true", null, [1], { a: 1 }], "allow"], [[{ a: 1, b: [{ c: 2, d: 3 }] }, { b: [{ d: 3, c: 2 }], a: 1 }], "deny"], [[0, -0], "deny"], [[{ a: 1 }, [["a", 1]]], "allow"], [Array.from({ length: 90_000 }, (_, n) => ({ n })), "allow"]];
    for (const [l, expected] of cases) assert.equal(decide(distinct, { l }).ruling.effect, expected, JSON.stringify(l).slice(0, 60));
  });
  test("two with one $id, again and again", () => {
    for (let load = 0; load < 600; load++) assert.equal(decide(withSchema({ $id: "https://x.example/a", maxProperties: load % 2 }), { n: 1 }).ruling.effect, load % 2 ? "allow" : "deny");
  });
});

describe("policies made in code", () => {
  const self: Record<string, unknown> = {};
  self["a"] = self;
  const caseOf = (args: unknown): object => ({ spangate: 1, name: "p", self_test: [{ call: { tool: "x", arguments: args }, expect: "deny" }] });
  const cases: readonly [what: string, source: unknown, says: RegExp][] = [
    ["a bigint", caseOf({ n: 1n }), /^policy\.self_test\.0\.call\.arguments\.n: a bigint is no plain data/], ["a date", caseOf([new Date()]), /arguments\.0: a Date is/], ["a function", caseOf(() => 1), /a function is/], ["what holds itself", caseOf(self), /nested deeper than 64/],
    ["a test on __proto__, which would be dropped", { spangate: 1, name: "p", rules: [{ id: "r", effect: "allow", arguments: JSON.parse('{"__proto__":1}') as unknown }] }, /^policy\.rules\.0\.arguments: a key must not be named "__proto__"/],
  ];
  for (const [what, source, says] of cases) test(what, () => assert.throws(() => definePolicy(source as Record<string, unknown>), { code: "SG_POLICY_INVALID", message: says }));
});

describe("the place of a mistake", () => {
  const HEAD = "spangate: 1\nname: p\n";
  test("in a value that is left out", () => assert.throws(() => parsePolicy(`${HEAD}rules:\n`, "p.yaml"), { message: /^p\.yaml:3:6: rules: / }));
  test("in one part of the test of an argument", () => assert.throws(() => parsePolicy(`${HEAD}rules: [{ id: a, effect: deny, arguments: { n: { max: "5" } } }]\n`, "p.yaml"), { message: /^p\.yaml:3:\d+: rules\.0\.arguments\.n\.max: .*expected number/ }));
  test("in a hundred thousand rules", () => assert.throws(() => parsePolicy(`${HEAD}rules:\n${"  - { tol: x, efect: deny }\n".repeat(100_000)}`, "p.yaml"), { code: /^SG_POLICY_(?:INVALID|UNKNOWN_KEY)$/ }));
});

describe("lint --fix", () => {
  const HEAD = "spangate: 1\nname: p\ndefault: allow\nrules:\n";
  const mend = (text: string, policy = parsePolicy(text, "p.yaml"), file = "p.yaml"): string => applyFixes(readYaml(text, file), lint(policy, [])).text;
  const cases: readonly [what: string, text: string, mended: string][] = [
    ["takes a whole rule out, not what stands before its first empty line", `${HEAD}  - id: a\n    tool: x\n    effect: deny\n  - id: b\n    tool: x\n    effect: allow\n\n# a note\n    reason: why not\n`, `${HEAD}  - id: a\n    tool: x\n    effect: deny\n`],
    ["leaves what is still asked where a call cannot be judged", `${HEAD}  - { id: a, tool: x, arguments: { n: { max: 5 } }, effect: allow, priority: 1 }\n  - { id: b, tool: x, arguments: { n: { max: 5 } }, effect: approve }\n`, ""],
    ["puts a line behind the whole value before it", "spangate: 1\nname: >-\n  two\n  lines\nrules: []\n", "spangate: 1\nname: >-\n  two\n  lines\ndefault: deny\nrules: []\n"],
    ["leaves a file in brackets to its author", "{ spangate: 1,\n  name: p,\n  rules: [] }\n", ""],
    ["keeps to the indentation", "  spangate: 1\n  name: p\n", "  spangate: 1\n  name: p\n  default: deny\n"],
    ["leaves an item that others refer to", `${HEAD}  - { id: a, tool: x, effect: deny }\n  - { id: b, tool: &t x, effect: allow }\n  - { id: c, tool: *t, effect: deny, agent: z, overridable: true }\n`, ""],
  ];
  for (const [what, text, mended] of cases) test(what, () => assert.equal(mend(text), mended || text));

  /** A policy under parents. */
  function written(files: Readonly<Record<string, string>>): string {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "x"));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), `spangate: 1\nname: ${name.replace(/\W/g, "")}\n${text}`);
    return folder;
  }
  test("does not take the last item of a list, which would leave nothing where a list belongs", () => {
    const text = "spangate: 1\nname: p\nextends: ./org.yaml\nrules:\n  - { id: e, tool: x, agent: a, effect: allow }\n";
    const folder = written({ "org.yaml": "default: allow\nrules: [{ id: d, tool: x, agent: a, effect: deny }]\n" });
    writeFileSync(join(folder, "p.yaml"), text);
    assert.equal(mend(text, loadPolicy(join(folder, "p.yaml")), join(folder, "p.yaml")), text);
  });
  test("does not take one parent for another of the same name", () => {
    const folder = written({ "a.yaml": "default: allow\nrules: [{ id: d, tool: x, effect: deny }]\n", "x/a.yaml": "default: allow\n", "x/b.yaml": "extends: ./a.yaml\n", "p.yaml": "extends:\n  - ./x/b.yaml\n  - ./a.yaml\n" });
    const file = join(folder, "p.yaml");
    assert.deepEqual(lint(loadPolicy(file), []), []);
  });
});
