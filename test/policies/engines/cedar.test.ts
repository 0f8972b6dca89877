import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { cedarLibrary, discreet } from "../../../policies/engines/cedar/library.ts";
import { assertAnswer, call, caller, cedar, fixture } from "./calls.ts";

const entities = JSON.parse(fixture("cedar/entities.json").toString()) as unknown;
const schema = fixture("cedar/typed.cedarschema").toString();
const typedPolicies = fixture("cedar/typed.cedar").toString();

/** Whether a permit with this condition permits the call. */
function holds(condition: string, facts: Parameters<typeof call>[0] = {}): boolean {
  return cedar(`permit (principal, action, resource) when { ${condition} };`)(call(facts)).effect === "allow";
}

const CONDITIONS: readonly (readonly [what: string, facts: Parameters<typeof call>[0], condition: string])[] = [
  ["the caller", {}, `principal == Spangate::Caller::"ann" && principal.id == "ann" && principal.roles == ["support"]`],
  ["what the caller belongs to", { caller: { id: "ann", roles: [], tenant: "acme", on_behalf_of: "bob" } }, `principal.tenant == "acme" && principal.on_behalf_of == "bob"`],
  ["the roles of the caller", {}, `principal in Spangate::Role::"support" && !(principal in Spangate::Role::"sales")`],
  ["a caller that nobody knows", caller(""), `principal == Spangate::Caller::"anonymous" && principal.id == ""`],
  ["the tool", { tool: "a \"quoted\" tool" }, `action == Spangate::Action::"a \\"quoted\\" tool" && context.tool == "a \\"quoted\\" tool"`],
  ["the target", { target: { type: "database", name: "orders", environment: "prod", sensitivity: "internal" } }, `resource == Spangate::Target::"orders" && resource.name == "orders" && resource.type == "database" && resource.environment == "prod" && context.target.sensitivity == resource.sensitivity`],
  ["no target", {}, `resource == Spangate::Target::""`],
  ["every other fact", { server: "s", risk: "high", context: { team: "a" } }, `context.framework == "ai" && context.server == "s" && context.agent == "helper" && context.session == "s1" && context.caller.id == "ann" && context.environment == "production" && context.context.team == "a" && context.action.reversible == false && context.risk == "high"`],
  ["the time", {}, `context.time == datetime("2026-03-01T10:00:00Z") && context.time.toTime() < duration("11h")`],
  ["the facts as a whole", {}, `(if true then context else context).agent == "helper"`],
  ["a list, as a set", { arguments: { to: ["b", "a", "b"] } }, `context.arguments.to == ["a", "b"]`],
  ["what is nested", { arguments: { a: [{ b: { c: true } }] } }, `context.arguments.a.contains({ b: { c: true } })`],
  ["a list for arguments", { arguments: ["a"] }, `context.arguments.contains("a")`],
  ["a date", { arguments: { at: new Date(0) } }, `context.arguments.at == "1970-01-01T00:00:00.000Z"`],
  ["a key named __proto__", { arguments: JSON.parse('{"__proto__":{"a":1}}') as unknown }, `context.arguments["__proto__"].a == 1`],
  ["null, as an absent property that is listed", { arguments: { a: null, b: { "c/~": null }, d: [{ e: null }] } }, `!(context.arguments has a) && !(context.arguments.b has "c/~") && context.nulls == ["/a", "/b/c~1~0", "/d/0/e"]`],
  ["null for arguments", { arguments: null }, `!(context has arguments) && context.nulls == []`],
  ["nulls, also where nothing else of the arguments is asked", { arguments: { a: null } }, `context.nulls == ["/a"]`],
];

for (const [what, facts, condition] of CONDITIONS) {
  test(`Cedar is given ${what}`, () => {
    assert.equal(holds(condition, facts), true);
    assert.equal(holds(`!(${condition})`, facts), false);
  });
}

const NUMBERS: readonly (readonly [value: number, literal: string])[] = [
  [0, "0"], [-0, "0"], [42, "42"], [-7, "-7"], [1e3, "1000"], [2 ** 53 - 1, "9007199254740991"],
  [1.5, `decimal("1.5")`], [-0.25, `decimal("-0.25")`], [99.9999, `decimal("99.9999")`], [2 ** 46 + 0.5, `decimal("70368744177664.5")`],
  [52.520008, `"52.520008"`], [1e-7, `"1e-7"`], [0.1 + 0.2, `"0.30000000000000004"`],
  [2 ** 53, `"9007199254740992"`], [1e21, `"1e+21"`], [-1e300, `"-1e+300"`],
];

for (const [value, literal] of NUMBERS) {
  test(`Cedar is given the number ${value} as ${literal}`, () => {
    assert.equal(holds(`context.arguments.n == ${literal}`, { arguments: { n: value } }), true);
  });
}

test("a number that Cedar has no type for cannot slip under a limit", () => {
  const limit = cedar(`permit (principal, action, resource); @id("limit") forbid (principal, action, resource) when { context.arguments.n > 100 };`);
  for (const n of [1e300, 100.00001, 2 ** 60]) assert.equal(limit(call({ arguments: { n } })).rule, "fail-closed");
});

const FAILING: readonly (readonly [what: string, condition: string, reason: RegExp])[] = [
  ["of the wrong type", `context.arguments.amount > 10`, /policy limit forbids, and fails: type error: expected long, got string/],
  ["that is missing", `context.arguments.total > 10`, /policy limit forbids, and fails: there is no attribute `total`$/],
  ["of an entity that is missing", `principal.clearance > 3`, /policy limit forbids, and fails: there is no attribute `clearance`$/],
  ["that overflows", `9223372036854775807 + 1 > 2`, /policy limit forbids, and fails: integer overflow/],
];

for (const [what, condition, reason] of FAILING) {
  test(`a forbid over a value ${what} is a denial, where Cedar itself would skip the forbid`, () => {
    const policies = `permit (principal, action, resource); @id("limit") forbid (principal, action, resource) when { ${condition} };`;
    const itself = cedarLibrary().isAuthorized({
      principal: { type: "Spangate::Caller", id: "ann" }, action: { type: "Spangate::Action", id: "x" }, resource: { type: "Spangate::Target", id: "" },
      context: { arguments: { amount: "250" } }, entities: [{ uid: { type: "Spangate::Caller", id: "ann" }, attrs: {}, parents: [] }], policies: { staticPolicies: policies },
    });
    assert.equal(itself.type === "success" && itself.response.decision, "allow");
    const given = cedar(policies)(call({ arguments: { amount: "250" } }));
    assert.deepEqual([given.effect, given.rule], ["deny", "fail-closed"]);
    assert.match(given.reason, reason);
  });
}

test("a permit that fails permits nothing, says so, and does not stand in the way of another", () => {
  const failing = `@id("a") permit (principal, action, resource) when { context.arguments.total > 10 };`;
  const given = cedar(failing)(call());
  assert.deepEqual([given.effect, given.rule], ["deny", "default"]);
  assert.match(given.reason, /^no policy of engine org permits this call \(policy a fails: .*`total`/);
  assert.equal(cedar(`${failing} @id("b") permit (principal, action, resource);`)(call()).rule, "b");
});

const ESCAPES: readonly (readonly [what: string, value: unknown])[] = [
  ["an entity", { __entity: { type: "Spangate::Role", id: "admin" } }],
  ["a function", { __extn: { fn: "decimal", arg: "1.0" } }],
  ["an expression", { __expr: "true" }],
  ["an entity among others", { __entity: { type: "Spangate::Role", id: "admin" }, x: 1 }],
  ["an entity further down", [{ a: { __entity: { type: "Spangate::Role", id: "admin" } } }]],
];

for (const [what, value] of ESCAPES) {
  test(`arguments that Cedar would take for ${what} are a denial`, () => {
    const given = cedar(`permit (principal, action, resource) unless { context.arguments has x };`)(call({ arguments: { value } }));
    assert.deepEqual([given.effect, given.rule], ["deny", "fail-closed"]);
    assert.match(given.reason, /^engine org: a key that Cedar takes for an escape/);
  });
}

test("null in a list is a denial, since no set can hold it", () => {
  const given = cedar(`permit (principal, action, resource) when { context has arguments };`)(call({ arguments: { a: [1, null] } }));
  assert.deepEqual(given, { effect: "deny", rule: "fail-closed", reason: "engine org: null in a list cannot be given to Cedar: arguments.a[1]" });
});

test("the first policy in the text that decided is the rule, by its @id or as Cedar numbers it, with its @reason", () => {
  const twelve = Array.from({ length: 12 }, (_, index) => `permit (principal, action, resource) when { context.arguments.n == ${index} || context.arguments.n == 12 };`);
  const evaluate = cedar(twelve.join("\n"));
  const rules = Array.from({ length: 13 }, (_, n) => evaluate(call({ arguments: { n } })).rule);
  assert.deepEqual(rules, [...twelve.keys().map((index) => `policy${index}`), "policy0"]);
  const named = cedar(`@id("z") @reason("last letter") permit (principal, action, resource); @id("a") permit (principal, action, resource);`);
  assert.deepEqual(named(call()), { effect: "allow", rule: "z", reason: "last letter" });
  const forbidden = cedar(`@id("p") permit (principal, action, resource); @id("f") forbid (principal, action, resource);`);
  assert.deepEqual(forbidden(call()), { effect: "deny", rule: "f", reason: "forbidden by policy f of engine org" });
});

test("engines with the same id and different policies do not mix", () => {
  const [yes, no] = ["permit", "forbid"].map((effect) => cedar(`${effect} (principal, action, resource);`));
  assert.deepEqual([yes, no, yes].map((evaluate) => evaluate?.(call()).effect), ["allow", "deny", "allow"]);
});

test("entities say which role is in which, and add to what the call says of its caller, not against it", () => {
  const lead = caller("zoe", "support-lead");
  assert.equal(cedar(`permit (principal in Spangate::Role::"support", action, resource);`)(call(lead)).effect, "deny");
  assert.equal(cedar(`permit (principal in Spangate::Role::"support", action, resource);`, { entities })(call(lead)).effect, "allow");
  const file = [{ uid: { __entity: { type: "Spangate::Caller", id: "ann" } }, attrs: { level: 3, tenant: "file" }, parents: [{ type: "Spangate::Role", id: "audit" }] }];
  const both = `principal.level == 3 && principal.tenant == "" && principal in Spangate::Role::"audit" && principal in Spangate::Role::"support"`;
  assert.equal(cedar(`permit (principal, action, resource) when { ${both} };`, { entities: file })(call()).effect, "allow");
  const actions = [{ uid: { type: "Spangate::Action", id: "payments.refund" }, attrs: {}, parents: [{ type: "Spangate::Action", id: "money" }] }];
  assert.equal(cedar(`permit (principal, action in Spangate::Action::"money", resource);`, { entities: actions })(call()).effect, "allow");
});

test("leaving out the entities that a call cannot reach changes no decision", () => {
  const ids = ["a", "b", "c", "d", "e", "f"];
  const id = fc.constantFrom(...ids);
  const role = (name: string): { type: string; id: string } => ({ type: "Spangate::Role", id: name });
  const graph = fc.tuple(...ids.map((name, index) => fc.record({
    // Only upwards: Cedar refuses a circle of parents.
    parents: fc.subarray(ids.slice(index + 1)), boss: fc.option(id, { nil: undefined }), tag: fc.option(id, { nil: undefined }), level: fc.integer({ min: 0, max: 3 }),
  }).map(({ parents, boss, tag, level }) => ({
    uid: role(name), parents: parents.map(role), attrs: { level, ...(boss && { boss: { __entity: role(boss) } }) }, tags: tag ? { t: { __entity: role(tag) } } : {},
  }))));
  const condition = fc.oneof(
    id.map((name) => `principal in Spangate::Role::"${name}"`),
    fc.tuple(id, id).map(([one, other]) => `Spangate::Role::"${one}" in Spangate::Role::"${other}"`),
    fc.tuple(id, id).map(([one, other]) => `Spangate::Role::"${one}" has boss && Spangate::Role::"${one}".boss in Spangate::Role::"${other}"`),
    fc.tuple(id, id).map(([one, other]) => `Spangate::Role::"${one}".hasTag("t") && Spangate::Role::"${one}".getTag("t").boss in Spangate::Role::"${other}"`),
    id.map((name) => `Spangate::Role::"${name}".boss.boss.level > 1`),
  );
  fc.assert(fc.property(graph, fc.subarray(ids), fc.array(condition, { minLength: 1, maxLength: 3 }), (all, roles, conditions) => {
    const policies = conditions.map((one) => `permit (principal, action, resource) when { ${one} };`).join("\n");
    const whole = cedarLibrary().isAuthorized({
      principal: { type: "Spangate::Caller", id: "ann" }, action: { type: "Spangate::Action", id: "payments.refund" }, resource: { type: "Spangate::Target", id: "" }, context: {},
      entities: [...all, { uid: { type: "Spangate::Caller", id: "ann" }, attrs: {}, parents: roles.map(role) }], policies: { staticPolicies: policies },
    });
    assert.ok(whole.type === "success");
    assert.equal(cedar(policies, { entities: all })(call(caller("ann", ...roles))).effect, whole.response.decision);
  }), { numRuns: 300 });
});

test("with a schema an integer is the decimal that it declares, and what it does not declare of the arguments is a denial", () => {
  const evaluate = cedar(typedPolicies, { schema, entities });
  assert.equal(evaluate(call({ arguments: { amount: 100 } })).effect, "allow");
  assert.equal(evaluate(call({ arguments: { amount: 99.5, order: "A" }, ...caller("zoe", "support-lead") })).effect, "allow");
  assert.match(evaluate(call({ arguments: { amount: 5, force: true } })).reason, /^engine org: Cedar does not take the call: while parsing context, record attribute `…` should not exist according to the schema$/);
  assert.match(evaluate(call({ arguments: { amount: 5, order: 7 } })).reason, /^engine org: Cedar does not take the call: context `…`$/);
  assert.match(evaluate(call({ arguments: { amount: 5.00001 } })).reason, /^engine org: Cedar does not take the call: error while evaluating `…`$/);
  assert.match(evaluate(call({ arguments: {} })).reason, /there is no attribute `amount`$/);
  assert.match(evaluate(call({ tool: "orders.purge" })).reason, /^engine org: the schema has no action Spangate::Action::"orders\.purge"$/);
  assert.equal(evaluate(call({ context: { team: "a" }, agent: "x" })).effect, "allow", "facts that it does not declare are left out");
});

const MESSAGES: readonly (readonly [message: string, kept: string])[] = [
  ["type error: expected long, got string", "type error: expected long, got string"],
  ["`s3cret` is not a well-formed decimal value", "`…` is not a well-formed decimal value"],
  ["attribute `amount` is odd", "attribute `amount` is odd"],
  ["invalid type: string \"a`amount`s3cret\", expected a map", "invalid type: string …"],
  ["failed to parse `amount`: {\"id\": \"s3cret\"}", "failed to parse `amount`: …"],
  ["the values `amount` and `s3cret` overflow", "the values `…` overflow"],
  ["`s3cret` does not have the attribute `amount`", "there is no attribute `amount`"],
  ["one ` alone s3cret", "one `…` alone s…"],
];

for (const [message, kept] of MESSAGES) {
  test(`of Cedar's message ${message} a reason keeps ${kept}`, () => {
    assert.equal(discreet(message, "context.arguments.amount > 100"), kept);
  });
}

test("no value of the arguments gets into a reason, though Cedar's own messages quote them", () => {
  const mark = "8sEcReT8";
  const around = fc.string({ unit: fc.constantFrom("`", "'", '"', "{", "[", " ", "\n", "a", "1", ":", "\\"), maxLength: 6 });
  const value = fc.tuple(around, around).map(([before, after]) => `${before}${mark}${after}`);
  const bearing = fc.oneof(value, fc.array(value, { maxLength: 2 }), fc.record({ type: value, id: value }), fc.record({ a: value }));
  const over = `permit (principal, action, resource) when { context.arguments.amount > 3 || context.arguments.order.lessThan(decimal("1.0")) };`;
  const parsing = `forbid (principal, action, resource) when { decimal(context.arguments.amount).lessThan(decimal("1.0")) || ip(context.arguments.order).isLoopback() };`;
  const evaluates = [cedar(over), cedar(parsing), cedar(typedPolicies, { schema }), cedar(typedPolicies.replaceAll("Spangate::Role::\"support\"", "Spangate::Role::\"a\""), { schema: schema.replace("order?: String", "order?: Role") })];
  fc.assert(fc.property(bearing, bearing, (amount, order) => {
    for (const evaluate of evaluates) {
      for (const brought of [{ amount, order }, { amount: 5, order }, { order }]) assert.doesNotMatch(evaluate(call({ arguments: brought })).reason, /sEcReT/);
    }
  }), { numRuns: 300 });
});

test("a schema in Cedar's JSON format does the same, and names what it declares through common types", () => {
  const json = cedarLibrary().schemaToJson(`namespace Spangate {
    type Coordinates = { lat: String, lon: String }; type Place = { at: Coordinates };
    entity Caller; entity Target;
    action "map.pin" appliesTo { principal: Caller, resource: Target, context: { arguments: Place, time: datetime, nulls: Set<String> } };
  }`);
  assert.ok(json.type === "success");
  const evaluate = cedar(`permit (principal, action, resource) when { context.arguments.at.lat == "52.520008" && context.arguments.at.lon == "13.4" && context.time > datetime("2026-01-01") };`, { schema: json.json });
  assert.equal(evaluate(call({ tool: "map.pin", arguments: { at: { lat: 52.520008, lon: 13.4 } } })).effect, "allow");
  assert.equal(evaluate(call({ tool: "map.pin", arguments: { at: { lat: 52.520008, lon: 13 } } })).effect, "deny");
});

test("what a schema makes an entity of an argument is found among the entities", () => {
  const declared = `namespace Spangate { entity Role in [Role]; entity Caller; entity Target; action "grant" appliesTo { principal: Caller, resource: Target, context: { arguments: { role: Role } } }; }`;
  const evaluate = cedar(`permit (principal, action, resource) when { context.arguments.role in Spangate::Role::"support" };`, { schema: declared, entities });
  assert.equal(evaluate(call({ tool: "grant", arguments: { role: { type: "Spangate::Role", id: "support-lead" } } })).effect, "allow");
  assert.equal(evaluate(call({ tool: "grant", arguments: { role: { type: "Spangate::Role", id: "sales" } } })).effect, "deny");
});

const REFUSED: readonly (readonly [what: string, compile: () => unknown, message: RegExp])[] = [
  ["a syntax error", () => cedar("// é😀\npermit (principal, action, resource);\n  forbid (principal, action resource);"), /^Error: line 3, column 29: .*unexpected token `resource`/],
  ["a template", () => cedar("permit (principal == ?principal, action, resource);"), /^Error: a policy with a slot/],
  ["a text without policies", () => cedar("// permit (principal, action, resource);"), /^Error: there is no policy in it$/],
  ["an id that is used twice", () => cedar(`@id("a") permit (principal, action, resource); @id("a") forbid (principal, action, resource);`), /^Error: the policy id "a" is used twice$/],
  ["an id that is another's number", () => cedar(`permit (principal, action, resource); @id("policy0") forbid (principal, action, resource);`), /^Error: the policy id "policy0" is used twice$/],
  ["an id that is too long", () => cedar(`@id("${"x".repeat(257)}") permit (principal, action, resource);`), /^Error: the id of policy 0 is longer than 256 characters$/],
  ["an attribute that the schema does not have", () => cedar(typedPolicies.replace("context.arguments.amount.lessThan", "context.arguments.amuont.lessThan"), { schema }), /^Error: line \d+, column \d+: .*`arguments\.amuont`.*did you mean `amount`/],
  ["an action that the schema does not have", () => cedar(typedPolicies.replace(`action == Spangate::Action::"payments.refund"`, `action == Spangate::Action::"payments.refnud"`), { schema }), /^Error: line \d+, column \d+: .*unrecognized action .*refnud/],
  ["a schema with an error", () => cedar(typedPolicies, { schema: "namespace Spangate {\n  entity Caller in [Nobody];\n}" }), /^Error: the schema: line 2, column \d+: failed to resolve type: Nobody/],
  ["a schema that is no object of its format", () => cedar(typedPolicies, { schema: { Spangate: [] } }), /^Error: /],
  ["a schema without our entities", () => cedar("permit (principal, action, resource);", { schema: "entity User; action look appliesTo { principal: User, resource: User };" }), /^Error: the schema declares no entity type Spangate::Caller/],
  ["entities that are no list", () => cedar(typedPolicies, { entities: {} }), /^Error: the entities: .*expected a sequence/],
  ["entities that contradict each other", () => cedar(typedPolicies, { entities: [1, 2].map((level) => ({ uid: { type: "A", id: "a" }, attrs: { level }, parents: [] })) }), /^Error: the entities: duplicate entity/],
  ["entities in a circle", () => cedar(typedPolicies, { entities: ["a", "b"].map((id, index) => ({ uid: { type: "A", id }, attrs: {}, parents: [{ type: "A", id: index ? "a" : "b" }] })) }), /^Error: the entities: .*cycle/],
  ["entities that the schema does not allow", () => cedar(typedPolicies, { schema, entities: [{ uid: { type: "Spangate::Caller", id: "ann" }, attrs: { level: 1 }, parents: [] }] }), /^Error: the entities: .*`level`/],
];

for (const [what, compile, message] of REFUSED) {
  test(`${what} is refused when the policy is loaded`, () => {
    assert.throws(compile, message);
  });
}

test("what Cedar's validator only warns of is said once, with its place", () => {
  const script = `
    import { compileCedar } from ${JSON.stringify(new URL("../../../policies/engines/cedar.ts", import.meta.url).href)};
    compileCedar({ id: "org", policies: 'permit (principal, action, resource);\\nforbid (principal in Spangate::Role::"x", action, resource) when { principal is Spangate::Target };', schema: ${JSON.stringify(schema)} });`;
  const { stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  assert.match(stderr, /^spangate: engine org: line 2, column 1: .*policy is impossible[^\n]*\n$/);
});

test("a policy may be called __proto__", () => {
  const given = cedar(`permit (principal, action, resource); @id("__proto__") forbid (principal, action, resource);`)(call());
  assert.deepEqual([given.effect, given.rule], ["deny", "__proto__"]);
});

test("every answer is valid, whatever ids and reasons a policy has", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme", maxLength: 20 }), fc.string({ maxLength: 600 }), (id, reason) => {
    const quote = (text: string): string => `"${Array.from(text, (one) => `\\u{${(one.codePointAt(0) as number).toString(16)}}`).join("")}"`;
    const given = cedar(`@id(${quote(id)}) @reason(${quote(reason)}) permit (principal, action, resource);`)(call());
    assertAnswer(given);
    assert.equal(given.rule, id === "" ? "policy0" : id);
  }), { numRuns: 50 });
});
