import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import fc from "fast-check";
import type { Facts } from "../../../policies/facts.ts";
import { library } from "../../../policies/engines/library.ts";

const loaded = (): readonly string[] => Object.keys(createRequire(import.meta.url).cache).filter((file) => /opa-wasm|cedar-wasm/.test(file));

/** Memory of every WebAssembly instance made from here on. */
const memories: { readonly buffer: ArrayBuffer }[] = [];
const scope = globalThis as unknown as { WebAssembly: { Instance: new (...parts: readonly unknown[]) => { readonly exports: { readonly memory: { readonly buffer: ArrayBuffer } } } } };
scope.WebAssembly.Instance = new Proxy(scope.WebAssembly.Instance, {
  construct(target, parts: unknown[]) {
    const instance = new target(...parts);
    memories.push(instance.exports.memory);
    return instance;
  },
});

await Promise.all([import("../../../policies/engines/rego.ts"), import("../../../policies/engines/cedar.ts")]);
const loadedByImporting = loaded();
const { assertAnswer, call, caller, engines, READ } = await import("./calls.ts");

test("neither library is loaded before a policy names its engine", () => {
  assert.deepEqual(loadedByImporting, []);
  assert.equal(loaded().length > 0, true);
});

test("a library that is not installed is named, with the command that installs it", () => {
  assert.throws(() => library("@spangate/no-such-engine/nodejs", "@spangate/no-such-engine"), /^Error: the package @spangate\/no-such-engine is not installed: npm install @spangate\/no-such-engine$/);
});

interface Case {
  readonly what: string;
  readonly facts: Partial<Facts>;
  readonly effect: "allow" | "deny";
  readonly rule: string;
}

const refund = (amount: unknown): Partial<Facts> => ({ arguments: { amount } });
const READ_TWICE: Partial<Facts> = { ...READ, arguments: { order: "\u0000\u2028'\"\\😀" } };

const CASES: readonly Case[] = [
  { what: "a refund within the limit", facts: {}, effect: "allow", rule: "refund" },
  { what: "a refund at the limit", facts: refund(100), effect: "allow", rule: "refund" },
  { what: "a refund above the limit", facts: refund(101), effect: "deny", rule: "default" },
  { what: "a refund just above the limit", facts: refund(100.01), effect: "deny", rule: "default" },
  { what: "a refund of nothing", facts: refund(0), effect: "deny", rule: "default" },
  { what: "a negative refund", facts: refund(-5), effect: "deny", rule: "default" },
  { what: "a refund too large for any integer", facts: refund(1e300), effect: "deny", rule: "" },
  { what: "a refund whose amount is a text", facts: refund("50"), effect: "deny", rule: "" },
  { what: "a refund whose amount is a list", facts: refund([50]), effect: "deny", rule: "" },
  { what: "a refund without an amount", facts: { arguments: {} }, effect: "deny", rule: "" },
  { what: "a refund of null", facts: refund(null), effect: "deny", rule: "" },
  { what: "a refund without arguments", facts: { arguments: undefined }, effect: "deny", rule: "" },
  { what: "a refund by somebody else", facts: caller("bob", "sales"), effect: "deny", rule: "default" },
  { what: "a refund by one of several roles", facts: caller("bob", "sales", "support"), effect: "allow", rule: "refund" },
  { what: "a refund by somebody whose name is the role's", facts: caller("support"), effect: "deny", rule: "default" },
  { what: "a refund by nobody", facts: caller(""), effect: "deny", rule: "default" },
  { what: "a refund outside production", facts: { environment: "staging" }, effect: "deny", rule: "read-only" },
  { what: "a refund nobody knows where", facts: { environment: "" }, effect: "deny", rule: "read-only" },
  { what: "reading outside production", facts: { ...READ, environment: "staging" }, effect: "allow", rule: "read" },
  { what: "reading by nobody", facts: { ...READ, ...caller("") }, effect: "allow", rule: "read" },
  { what: "reading with odd characters", facts: READ_TWICE, effect: "allow", rule: "read" },
  { what: "writing what no rule names", facts: { tool: "orders.delete", arguments: { order: "A" } }, effect: "deny", rule: "default" },
  { what: "writing what nobody has heard of", facts: { tool: "toString", arguments: {} }, effect: "deny", rule: "" },
];

for (const { what, facts, effect, rule } of CASES) {
  test(`equivalent policies in Rego and in Cedar, with a schema and without, say ${effect} to ${what}`, () => {
    for (const [name, evaluate] of Object.entries(engines)) {
      const given = evaluate(call(facts));
      assert.equal(given.effect, effect, `${name}: ${given.reason}`);
      if (rule !== "") assert.equal(given.rule, rule, name);
      assertAnswer(given);
    }
  });
}

test("a fraction within the limit is allowed by all", () => {
  assert.deepEqual(Object.values(engines).map((evaluate) => evaluate(call(refund(99.99))).effect), ["allow", "allow", "allow"]);
});

const cycle: Record<string, unknown> = {};
cycle["self"] = { cycle };
const nested = (levels: number): unknown => (levels === 0 ? 1 : { in: nested(levels - 1) });
/** Thirty objects of which each occurs twice in the next: as JSON, a thousand million. */
const bomb = Array.from({ length: 30 }).reduce<unknown>((inner) => [inner, inner], 1);
class Money {
  amount = 5;
}

const UNCARRIABLE: readonly (readonly [what: string, value: unknown, reason: RegExp])[] = [
  ["NaN", Number.NaN, /NaN cannot be given to an engine: arguments\.order$/],
  ["infinity", [1, Number.NEGATIVE_INFINITY], /-Infinity cannot .*arguments\.order\[1\]$/],
  ["a large bigint", 2n ** 60n, /an integer beyond 2\^53 cannot/],
  ["undefined in a list", [undefined], /type undefined cannot .*arguments\.order\[0\]$/],
  // oxlint-disable-next-line no-sparse-arrays
  ["a hole in a list", [1, , 2], /type undefined cannot .*arguments\.order\[1\]$/],
  ["a function", () => 1, /type function cannot/],
  ["a symbol", Symbol("s"), /type symbol cannot/],
  ["a map", { deep: new Map([["a", 1]]) }, /not plain data \(Map\) cannot .*arguments\.order\.deep$/],
  ["a set", new Set([1]), /not plain data \(Set\)/],
  ["bytes", new Uint8Array(3), /not plain data \(Uint8Array\)/],
  ["an instance of a class", new Money(), /not plain data \(Object\)/],
  ["a boxed number", new Number(5), /not plain data \(Number\)/],
  ["a promise", Promise.resolve(1), /not plain data \(Promise\)/],
  ["an invalid date", new Date(Number.NaN), /an invalid date/],
  ["half a character", "a\ud800b", /half a surrogate pair cannot/],
  ["two halves that OPA would make one character of", "\ud8b8\ud99b", /half a surrogate pair cannot/],
  ["half a character in a key", { "\udc00": 1 }, /half a surrogate pair cannot/],
  ["a cycle", cycle, /nesting beyond 65 levels, or a cycle, cannot/],
  ["deep nesting", nested(65), /nesting beyond 65 levels/],
  ["a list that doubles thirty times", bomb, /more than \d+ values/],
  ["a text without end", "x".repeat(4 * 1024 * 1024), /more than \d+ characters/],
];

for (const [what, order, reason] of UNCARRIABLE) {
  test(`${what} in the arguments is a denial that says so, though the policies would allow the call`, () => {
    for (const evaluate of Object.values(engines)) {
      const given = evaluate(call({ ...READ, arguments: { order } }));
      assert.equal(given.effect, "deny");
      assert.equal(given.rule, "fail-closed");
      assert.match(given.reason, reason);
    }
  });
}

test("what throws when it is looked at is a denial", () => {
  const hostile = [
    new Proxy({}, { ownKeys: () => { throw new Error("boo"); } }),
    { get order(): never { throw Object.create(null); } },
    Object.create(Date.prototype) as unknown,
  ];
  for (const evaluate of Object.values(engines)) {
    for (const order of hostile) {
      const given = evaluate(call({ ...READ, arguments: order }));
      assert.deepEqual([given.effect, given.rule], ["deny", "fail-closed"]);
      assertAnswer(given);
    }
  }
});

const odd = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withTypedArray: true, withNullPrototype: true, withSparseArray: true, withObjectString: true, withBoxedValues: true, maxDepth: 4 }),
  fc.jsonValue({ stringUnit: "binary", maxDepth: 6 }),
  fc.dictionary(fc.constantFrom("__entity", "__extn", "__expr", "__proto__", "toJSON", "type", "id", "fn", "arg"), fc.oneof(fc.string(), fc.dictionary(fc.constantFrom("type", "id", "fn", "arg"), fc.string()))),
);
const amount = fc.oneof({ weight: 2, arbitrary: fc.double({ min: -200, max: 200 }) }, fc.integer({ min: -200, max: 200 }), fc.constantFrom(1e300, "50", "50.0", null, true, [50], { amount: 50 }), odd);

for (const name of ["rego", "cedar", "typed"] as const) {
  test(`${name}: whatever the arguments are, a valid answer comes back, and only a refund of at most 100 is allowed`, () => {
    fc.assert(fc.property(amount, fc.option(odd, { nil: undefined }), (value, order) => {
      const given = engines[name](call({ arguments: { amount: value, order } }));
      assertAnswer(given);
      // A schema makes a decimal of a text that is one.
      const limit = typeof value === "bigint" || (name === "typed" && typeof value === "string") ? Number(value) : value;
      if (given.effect === "allow") assert.ok(typeof limit === "number" && limit > 0 && limit <= 100, String(value));
    }), { numRuns: 500 });
  });
}

test("memory does not grow with the number of calls, nor with calls that are denied because they cannot be carried", () => {
  const rounds = (count: number): void => {
    for (let index = 0; index < count; index++) {
      for (const evaluate of Object.values(engines)) evaluate(call({ arguments: { amount: index % 150, order: index % 7 ? "x".repeat(index % 300) : Number.NaN } }));
    }
  };
  rounds(400);
  const before = memories.map(({ buffer }) => buffer.byteLength);
  rounds(4_000);
  assert.deepEqual(memories.map(({ buffer }) => buffer.byteLength), before);
});
