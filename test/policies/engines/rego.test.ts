import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compileRego } from "../../../policies/engines/rego.ts";
import { assertAnswer, call, caller, rego } from "./calls.ts";

/** Answers with what stands in `arguments.result`. */
const result = rego("faults", "faults/result");
/** Denies, with `arguments` as OPA read them for its reason. */
const echo = rego("faults", "faults/echo");

const RESULTS: readonly (readonly [value: unknown, effect: string, rule: string, reason: RegExp])[] = [
  [true, "allow", "org", /^allowed by engine org$/],
  [false, "deny", "org", /^denied by engine org$/],
  [undefined, "deny", "default", /^engine org has no result for this call$/],
  [{ effect: "allow", rule: "a", reason: "b" }, "allow", "a", /^b$/],
  [{ effect: "deny", rule: "a", reason: "b" }, "deny", "a", /^b$/],
  [{ effect: "approve", rule: "a", reason: "b" }, "approve", "a", /^b$/],
  [{ effect: "defer", rule: "a", reason: "b" }, "defer", "a", /^b$/],
  [{ effect: "none" }, "none", "org", /^rule org of engine org$/],
  [{ effect: "allow", rule: "a" }, "allow", "a", /^rule a of engine org$/],
  [{ effect: "allow", reason: "b" }, "allow", "org", /^b$/],
  [null, "deny", "fail-closed", /neither a boolean nor an object/],
  ["allow", "deny", "fail-closed", /neither a boolean nor an object/],
  [1, "deny", "fail-closed", /neither a boolean nor an object/],
  [[], "deny", "fail-closed", /neither a boolean nor an object/],
  [[true], "deny", "fail-closed", /neither a boolean nor an object/],
  [{}, "deny", "fail-closed", /no valid effect/],
  [{ effect: "Allow" }, "deny", "fail-closed", /no valid effect/],
  [{ effect: "modify" }, "deny", "fail-closed", /no valid effect/],
  [{ effect: ["allow"] }, "deny", "fail-closed", /no valid effect/],
  [{ effect: "toString" }, "deny", "fail-closed", /no valid effect/],
  [{ allow: true }, "deny", "fail-closed", /no valid effect/],
  [{ effect: "allow", unless: "x" }, "deny", "fail-closed", /unknown key "unless"/],
  [{ effect: "allow", rule: "" }, "deny", "fail-closed", /rule in the result/],
  [{ effect: "allow", rule: 7 }, "deny", "fail-closed", /rule in the result/],
  [{ effect: "allow", rule: null }, "deny", "fail-closed", /rule in the result/],
  [{ effect: "allow", rule: "r".repeat(257) }, "deny", "fail-closed", /rule in the result/],
  [{ effect: "allow", reason: "" }, "deny", "fail-closed", /reason in the result/],
  [{ effect: "allow", reason: ["b"] }, "deny", "fail-closed", /reason in the result/],
];

for (const [value, effect, rule, reason] of RESULTS) {
  test(`the result ${JSON.stringify(value)?.slice(0, 60)} of a policy is ${effect}`, () => {
    const given = result(call({ arguments: { result: value } }));
    assert.deepEqual([given.effect, given.rule], [effect, rule]);
    assert.match(given.reason, reason);
    assertAnswer(given);
  });
}

test("a reason that is too long is cut, between characters, and says so", () => {
  const given = result(call({ arguments: { result: { effect: "allow", reason: "😀".repeat(300) } } }));
  assert.equal(given.reason.length, 500);
  assert.match(given.reason, /^(?:😀){249}\ufffd?…$/u);
  assertAnswer(given);
});

test("a policy with two results at once, and a function that throws, are denials that say what happened", () => {
  const conflict = rego("faults", "faults/conflict")(call());
  assert.deepEqual([conflict.effect, conflict.rule], ["deny", "fail-closed"]);
  assert.match(conflict.reason, /faults\.rego:\d+:1: var assignment conflict/);
  const trap = rego("faults", "faults/trap")(call({ arguments: { amount: "x" } }));
  assert.deepEqual([trap.effect, trap.rule], ["deny", "fail-closed"]);
  assert.match(trap.reason, /expecting number but found string/);
});

// The WebAssembly stack of an instance is used up after some 4,100 of them.
test("after 5,000 calls that failed halfway the policy still decides", () => {
  const trap = rego("faults", "faults/trap");
  for (let index = 0; index < 5_000; index++) assert.equal(trap(call({ arguments: { amount: "x" } })).effect, "deny");
  assert.deepEqual(trap(call({ arguments: { amount: 7 } })), { effect: "allow", rule: "org", reason: "7" });
});

test("the policy reads what the call brings, whatever it is", () => {
  fc.assert(fc.property(fc.jsonValue({ stringUnit: "binary", maxDepth: 4 }), (value) => {
    const { reason } = echo(call({ arguments: { value } }));
    if (reason.length < 500) assert.deepEqual(JSON.parse(reason), JSON.parse(JSON.stringify({ value })));
  }), { numRuns: 1_000 });
});

test("dates, addresses and small bigints are carried, undefined is as absent as in JavaScript, and __proto__ is a key", () => {
  const brought = { at: new Date(0), url: new URL("https://a.example/x y"), big: 12n, none: undefined, bare: Object.assign(Object.create(null) as object, { a: null }) };
  assert.deepEqual(JSON.parse(echo(call({ arguments: brought })).reason), { at: "1970-01-01T00:00:00.000Z", url: "https://a.example/x%20y", big: 12, bare: { a: null } });
  assert.equal(echo(call({ arguments: JSON.parse('{"__proto__":{"admin":true}}') as unknown })).reason, '{"__proto__":{"admin":true}}');
});

test("data is what the policy sees as data, apart for each engine", () => {
  const ann = rego("faults", "faults/admin", { admins: ["ann"] });
  const bob = rego("faults", "faults/admin", { admins: ["bob"] });
  const nobody = rego("faults", "faults/admin");
  assert.deepEqual([ann, bob, nobody].map((evaluate) => evaluate(call(caller("ann"))).effect), ["allow", "deny", "deny"]);
  assert.deepEqual([ann, bob, nobody].map((evaluate) => evaluate(call(caller("bob"))).effect), ["deny", "allow", "deny"]);
});

test("data is there again after a call that failed halfway", () => {
  const evaluate = rego("faults", "faults/admin", { admins: ["ann"] });
  assert.match(evaluate(call({ ...caller("bob"), arguments: { fail: "x" } })).reason, /expecting number/);
  assert.deepEqual([caller("ann"), caller("bob")].map((who) => evaluate(call(who)).effect), ["allow", "deny"]);
});

test("arguments of three million characters are decided on, and the next small call as well", () => {
  const large = call({ arguments: { result: true, text: "漢\u0001".repeat(1_500_000) } });
  assert.equal(result(large).effect, "allow");
  assert.equal(result(call({ arguments: { result: true } })).effect, "allow");
});

const REFUSED: readonly (readonly [what: string, compile: () => unknown, message: RegExp])[] = [
  ["a file that is no WebAssembly", () => compileRego({ id: "org", wasm: Buffer.from("package spangate"), entrypoint: "a" }), /^Error: the Rego policy is not WebAssembly \(policy\.wasm out of the bundle/],
  ["an empty file", () => compileRego({ id: "org", wasm: new Uint8Array(), entrypoint: "a" }), /^Error: the Rego policy is not WebAssembly/],
  ["WebAssembly that is no policy", () => compileRego({ id: "org", wasm: Buffer.from("0061736d01000000", "hex"), entrypoint: "a" }), /^Error: the WebAssembly is not a Rego policy/],
  ["an entrypoint that is not there", () => rego("spangate", "spangate/allow"), /^Error: the Rego policy has no entrypoint spangate\/allow, only spangate\/decision/],
  ["an entrypoint named like a method", () => rego("spangate", "toString"), /no entrypoint toString/],
  ["functions of the network, of time, of chance, and what can take forever", () => rego("hosts", "hosts/decision"), /^Error: the Rego policy uses http\.send, rand\.intn, regex\.split, time\.now_ns, yaml\.unmarshal, which cannot be used here/],
  ["data that is a list", () => rego("faults", "faults/admin", ["ann"]), /^Error: the data of a Rego policy is an object$/],
  ["data that is null", () => rego("faults", "faults/admin", null), /^Error: the data of a Rego policy is an object$/],
  ["data that OPA cannot read", () => rego("faults", "faults/admin", { admins: ["\ud800"] }), /^Error: the Rego policy cannot be loaded: illegal string escape character$/],
];

for (const [what, compile, message] of REFUSED) {
  test(`${what} is refused when the policy is loaded`, () => {
    assert.throws(compile, message);
  });
}
