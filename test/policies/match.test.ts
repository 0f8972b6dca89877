import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { definePolicy, type CompiledPolicy, type Invocation } from "../../policies/index.ts";
import { call } from "../support/call.ts";

const policyOf = (rule: object, more: object = {}): CompiledPolicy => definePolicy({ spangate: 1, name: "p", default: "deny", rules: [{ id: "r", ...rule }], ...more });
const effectOf = (policy: CompiledPolicy, invocation: Invocation): string => policy.decide(invocation).ruling.effect;

/** Whether a rule that allows, and one that denies, match. Unlike each other only where a call cannot be judged. */
function matching(match: object, invocation: Invocation, more: object = {}): string {
  const allows = effectOf(policyOf({ ...match, effect: "allow" }, more), invocation) === "allow";
  const denies = effectOf(policyOf({ ...match, effect: "deny" }, { ...more, default: "allow" }), invocation) === "deny";
  return allows === denies ? (allows ? "yes" : "no") : "unsure";
}

describe("who, where, how", () => {
  const cases: readonly [match: object, more: Partial<Invocation>, expected: string][] = [
    [{ tool: ["a", "x*"] }, {}, "yes"], [{ tool: "y" }, {}, "no"],
    [{ framework: "mcp.*" }, { framework: "mcp.client" }, "yes"], [{ framework: "mcp.*" }, { framework: "ai" }, "no"],
    [{ server: "github" }, { server: "github" }, "yes"], [{ server: "github" }, {}, "no"],
    [{ caller: { id: "u-*" } }, { caller: "u-1" }, "yes"], [{ caller: { id: "u-*" } }, {}, "no"],
    [{ caller: { role: ["clerk", "boss"] } }, { roles: ["guest", "boss"] }, "yes"], [{ caller: { role: "clerk" } }, { roles: [] }, "no"], [{ caller: { role: "clerk" } }, {}, "no"],
    [{ caller: { tenant: "acme", role: "clerk" } }, { tenant: "acme", roles: ["clerk"] }, "yes"], [{ caller: { tenant: "acme", role: "clerk" } }, { tenant: "evil", roles: ["clerk"] }, "no"],
    [{ caller: { on_behalf_of: "jane" } }, { onBehalfOf: "jane" }, "yes"],
    [{ agent: "support-*" }, { agent: "support-eu" }, "yes"], [{ session: "s" }, { session: "t" }, "no"],
    [{ environment: "production" }, { environment: "production" }, "yes"], [{ environment: "production" }, {}, "no"],
    [{ context: { beta: "on" } }, { context: { beta: "on", other: "x" } }, "yes"], [{ context: { beta: "on" } }, { context: {} }, "no"], [{ context: { toString: "*" } }, { context: {} }, "yes"],
    [{ context: { constructor: "?*" } }, { context: {} }, "no"],
  ];
  for (const [match, more, expected] of cases) {
    test(`${JSON.stringify(match)} against ${JSON.stringify(more)}: ${expected}`, () => assert.equal(matching(match, call("x", more)), expected));
  }
});

describe("arguments", () => {
  const cases: readonly [test: object, args: unknown, expected: string][] = [
    [{ n: 1 }, { n: 1 }, "yes"], [{ n: 1 }, { n: 2 }, "no"], [{ n: 1 }, {}, "no"], [{ n: 1 }, { n: "1" }, "unsure"], [{ n: 1 }, { n: [1] }, "unsure"], [{ n: null }, { n: null }, "yes"],
    [{ n: [1, 2] }, { n: 2 }, "yes"], [{ n: { not_in: [1] } }, { n: 2 }, "yes"], [{ n: { not_in: [1] } }, { n: 1 }, "no"],
    [{ n: { max: 10 } }, { n: 10 }, "yes"], [{ n: { max: 10 } }, { n: 10.5 }, "no"], [{ n: { max: 10 } }, { n: "5" }, "unsure"], [{ n: { max: 10 } }, { n: Number.NaN }, "unsure"],
    [{ n: { min: 1, max: 3 } }, { n: 2n }, "yes"], [{ n: { min: 1 } }, { n: -Infinity }, "no"],
    [{ t: { glob: ["*.example", "a"] } }, { t: "x.example" }, "yes"], [{ t: { glob: "*.example" } }, { t: 7 }, "unsure"],
    [{ t: { pattern: "^rm\\b" } }, { t: "rm -rf" }, "yes"], [{ t: { pattern: "^rm\\b" } }, { t: "format" }, "no"], [{ t: { pattern: "secret" } }, { t: "\ud800secret" }, "yes"],
    [{ t: { not_pattern: "\\.\\." } }, { t: "a/b" }, "yes"], [{ t: { not_pattern: "\\.\\." } }, { t: "../b" }, "no"],
    [{ t: { max_length: 2 } }, { t: "ab" }, "yes"], [{ t: { max_length: 2 } }, { t: [1, 2, 3] }, "no"], [{ t: { max_length: 2 } }, { t: 7 }, "unsure"],
    [{ t: { exists: true } }, { t: null }, "yes"], [{ t: { exists: true } }, {}, "no"], [{ t: { exists: false } }, {}, "yes"], [{ t: { exists: false } }, { t: 1 }, "no"],
    [{ "a.b": 1 }, { a: { b: 1 } }, "yes"], [{ "/a.b": 1 }, { "a.b": 1 }, "yes"], [{ "/a~1b~0": 1 }, { "a/b~": 1 }, "yes"],
    [{ "to.*": { glob: "*@us.example" } }, { to: ["a@us.example", "b@us.example"] }, "yes"], [{ "to.*": "x" }, { to: [] }, "no"],
    [{ constructor: { exists: true } }, {}, "no"], [{ "__proto__.x": { exists: true } }, {}, "no"], [{ length: { exists: true } }, [1], "yes"],
    [{ n: 1 }, null, "no"], [{ n: 1 }, "text", "no"],
  ];
  for (const [tests, args, expected] of cases) {
    test(`${JSON.stringify(tests)} on ${typeof args === "object" && args !== null && "n" in args ? String(args.n) : JSON.stringify(args)}: ${expected}`, () => {
      assert.equal(matching({ arguments: tests }, call("x", { arguments: args })), expected);
    });
  }

  test("a rule that allows wants every element to pass, any other is content with one", () => {
    const mixed = call("x", { arguments: { to: ["a@us.example", "b@evil.example"] } });
    assert.equal(effectOf(policyOf({ effect: "allow", arguments: { "to.*": { glob: "*@us.example" } } }), mixed), "deny");
    assert.equal(effectOf(policyOf({ effect: "deny", arguments: { "to.*": { glob: "*@evil.example" } } }, { default: "allow" }), mixed), "deny");
  });

  test("a getter is not called twice, and one that throws counts against the call by failing the judge", () => {
    const args = Object.defineProperty({}, "n", { enumerable: true, get: () => { throw new Error("no"); } });
    assert.throws(() => policyOf({ effect: "allow", arguments: { n: 1 } }).decide(call("x", { arguments: args })));
  });
});

describe("time", () => {
  const at = (time: string): Invocation => call("x", { time: Date.parse(time) });
  const office = { days: ["mon", "tue", "wed", "thu", "fri"], from: "08:00", to: "18:00", zone: "Europe/Berlin" };
  const night = { days: ["fri"], from: "22:00", to: "06:00" };
  const cases: readonly [window: object, time: string, expected: string][] = [
    [office, "2026-11-25T07:00:00Z", "yes"], [office, "2026-11-25T06:59:59Z", "no"], [office, "2026-11-25T16:59:00Z", "yes"], [office, "2026-11-25T17:00:00Z", "no"], [office, "2026-11-28T10:00:00Z", "no"],
    [office, "2026-07-01T06:00:00Z", "yes"],
    [night, "2026-11-27T23:00:00Z", "yes"], [night, "2026-11-28T05:59:00Z", "yes"], [night, "2026-11-28T06:00:00Z", "no"], [night, "2026-11-27T05:00:00Z", "no"], [night, "2026-11-28T23:00:00Z", "no"],
    [{ after: "2026-12-01" }, "2026-11-30T23:59:59Z", "no"], [{ after: "2026-12-01" }, "2026-12-01T00:00:00Z", "yes"], [{ before: "2026-12-01T00:00:00+01:00" }, "2026-11-30T23:00:00Z", "no"],
  ];
  for (const [time, moment, expected] of cases) test(`${JSON.stringify(time)} at ${moment}: ${expected}`, () => assert.equal(matching({ time }, at(moment)), expected));
});

describe("what a call does, and to what", () => {
  const world = {
    tools: { "drop_*": { effect_class: ["write", "execute"], risk: "high", target: { type: "database", from: "db" } }, look: { effect_class: "read", risk: "low", target: { type: "database", from: "db" } } },
    targets: [{ type: "database", name: "prod-*", environment: "production", sensitivity: "restricted" }, { type: "database", sensitivity: "internal" }],
  };
  const cases: readonly [match: object, tool: string, db: string, expected: string][] = [
    [{ effect_class: "read" }, "look", "x", "yes"], [{ effect_class: "write" }, "look", "x", "no"], [{ effect_class: "read" }, "stranger", "x", "unsure"],
    [{ effect_class: ["write", "execute"] }, "drop_x", "x", "yes"],
    [{ target: { environment: "production" } }, "look", "prod-1", "yes"], [{ target: { environment: "production" } }, "look", "dev", "no"],
    [{ target: { type: "database", name: "prod-*", sensitivity: "restricted" } }, "drop_x", "prod-1", "yes"],
    [{ risk: "critical" }, "drop_x", "prod-1", "yes"], [{ risk: "critical" }, "drop_x", "dev", "no"], [{ risk: "high" }, "drop_x", "dev", "yes"], [{ risk: ["low"] }, "look", "dev", "yes"],
    [{ risk: "high" }, "stranger", "x", "yes"],
    [{ when: "action.risk == 'high' && target.sensitivity == 'restricted'" }, "drop_x", "prod-1", "yes"], [{ when: "arguments.nothing == 1" }, "look", "x", "unsure"],
  ];
  for (const [match, tool, db, expected] of cases) {
    test(`${JSON.stringify(match)} for ${tool} on ${db}: ${expected}`, () => assert.equal(matching(match, call(tool, { arguments: { db } }), world), expected));
  }
  test("a tool that also executes is no tool that writes, for a rule that allows; a rule that denies is content with one class", () => {
    assert.equal(effectOf(policyOf({ effect_class: "write", effect: "allow" }, world), call("drop_x")), "deny");
    assert.equal(effectOf(policyOf({ effect_class: "write", effect: "deny" }, { ...world, default: "allow" }), call("drop_x")), "deny");
  });
  test("the matrix of the policy counts", () => {
    const stricter = { ...world, risk: { matrix: { high: { internal: "critical" } } } };
    assert.equal(matching({ risk: "critical" }, call("drop_x", { arguments: { db: "dev" } }), stricter), "yes");
  });
});

describe("schemas of arguments", () => {
  const tools = { send: { arguments: { type: "object", properties: { to: { type: "string", format: "email" }, n: { type: "integer", maximum: 3 }, code: { type: "string", pattern: "^(a+)+$" } }, required: ["to"], additionalProperties: false } } };
  const policy = definePolicy({ spangate: 1, name: "p", default: "allow", tools });
  const cases: readonly [args: unknown, expected: string][] = [
    [{ to: "a@b.example" }, "allow"], [{ to: "nobody" }, "deny"], [{}, "deny"], [undefined, "deny"], [{ to: "a@b.example", n: 4 }, "deny"], [{ to: "a@b.example", n: "1" }, "deny"], [{ to: "a@b.example", bcc: "x" }, "deny"],
    [{ to: "a@b.example", code: `${"a".repeat(50_000)}!` }, "deny"], [JSON.parse('{"to":"a@b.example","__proto__":{"x":1}}'), "deny"],
  ];
  for (const [args, expected] of cases) test(`${JSON.stringify(args)?.slice(0, 60)}: ${expected}`, () => assert.equal(effectOf(policy, call("send", { arguments: args })), expected));
  test("the denial says what does not fit", () => assert.match(policy.decide(call("send", { arguments: { to: "a@b.example", n: 4 } })).ruling.reason, /\/n must be <= 3/));
  test("every schema that matches a tool counts", () => {
    const both = definePolicy({ spangate: 1, name: "p", default: "allow", tools: { "s*": { arguments: { required: ["a"] } }, send: { arguments: { required: ["b"] } } } });
    assert.equal(effectOf(both, call("send", { arguments: { a: 1 } })), "deny");
    assert.equal(effectOf(both, call("send", { arguments: { a: 1, b: 1 } })), "allow");
  });
});
