import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { compileCondition, variablesOf } from "../../../policies/condition.ts";
import type { Facts } from "../../../policies/facts.ts";
import { evaluate } from "./evaluate.ts";
import { factsOf } from "./facts.ts";

const PIECES = [
  "arguments", "caller", "roles", "time", "x", ".", ".a", ".x", "[0]", '["x"]', "(", ")", "[", "]", "{", "}", ",", ":", "?", "!", "-", " + ", " - ", " * ", " / ", " % ", " == ", " != ", " < ", " >= ", " in ", " && ", " || ",
  "1", "0", "1.5", "9223372036854775807", '"x"', "'y'", 'r"\\d"', "true", "false", "null", "size(", "int(", "string(", "dyn(", 'duration("1h")', 'timestamp("2026-01-01T00:00:00Z")', "has(arguments.x)",
  ".exists(x, ", ".all(x, ", ".map(x, ", ".filter(x, ", ".exists_one(x, ", '.matches("x")', '.contains("x")', ".getHours()", '.getHours("Europe/Berlin")', ".lowerAscii()", "__proto__", "constructor", "//", "\n", "`a b`", "\\", "\"",
] as const;

const VALID = [
  'arguments.x > 100.0 && caller.roles.exists(r, r == "clerk")', "arguments.x == arguments.y", "arguments.x in arguments.y || arguments.y in arguments.x", "size(arguments.x) + size(arguments.y) > 2", "arguments.x.all(k, k < arguments.y)",
  "arguments.x.map(k, [k, arguments.y]) == arguments.y.filter(k, k == arguments.x)", 'has(arguments.x.y) ? arguments.x.y : arguments.x["y"] == 1', "arguments.x + arguments.y == arguments.y + arguments.x", "arguments.x[arguments.y] == arguments.y[arguments.x]",
  'string(arguments.x).contains(string(arguments.y)) || arguments.x.matches("a.*b")', "arguments.x - time < duration(arguments.y)", "timestamp(arguments.x).getHours() == int(arguments.y)", "arguments.x.exists(a, arguments.y.exists(b, a == b))",
  '{"a": arguments.x, string(arguments.y): 1}.a == arguments.x', "-arguments.x == arguments.y || !arguments.x", "arguments == arguments", "arguments.x < arguments.y || arguments.x >= arguments.y", "arguments.x.lowerAscii() == arguments.y.upperAscii()",
];

/** Whatever an application may hand to a tool, and more. */
const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withObjectString: true, withSet: true, withSparseArray: true, withTypedArray: true, withBoxedValues: true, maxDepth: 4 }),
  fc.constantFrom<unknown>(Number.NaN, -0, Number.POSITIVE_INFINITY, 2n ** 70n, -(2n ** 63n), "\ud800", "2026-01-01T00:00:00Z", "1h", new Date(Number.NaN), Symbol("x"), () => 1, /x/, new Error("x"), Object.create(null), JSON.parse('{"__proto__": {"x": 1}}')),
  fc.record({ x: fc.anything(), y: fc.anything() }),
);
/** What conditions are written for. */
const plausible: fc.Arbitrary<unknown> = fc.oneof(
  fc.integer({ min: -3, max: 3 }), fc.double(), fc.boolean(), fc.bigInt({ min: -3n, max: 3n }), fc.constantFrom("x", "aXb", "1h", "2026-01-01T00:00:00Z", ""), fc.date({ noInvalidDate: true }),
  fc.array(fc.integer({ min: -3, max: 3 }), { maxLength: 3 }), fc.array(fc.constantFrom("x", "y"), { maxLength: 3 }), fc.dictionary(fc.constantFrom("x", "y"), fc.integer({ min: -3, max: 3 })),
);
const facts: fc.Arbitrary<Facts> = fc.oneof(fc.record({ x: plausible, y: plausible }), fc.record({ x: hostile, y: hostile }), hostile).map(factsOf);

/** A bool, or why there is none; anything else fails the test. */
function decide(source: string, given: Facts): boolean | string {
  let condition: (facts: Facts) => boolean;
  try {
    condition = compileCondition(source);
  } catch (thrown) {
    assert.equal((thrown as Error).constructor, Error, source);
    assert.match((thrown as Error).message, /^\d+:\d+: /, source);
    return "refused";
  }
  assert.ok(Array.isArray(variablesOf(source)));
  try {
    const value = condition(given);
    assert.equal(typeof value, "boolean", source);
    return value;
  } catch (thrown) {
    assert.ok(thrown instanceof Error && !(thrown instanceof TypeError) && !(thrown instanceof RangeError) && !(thrown instanceof SyntaxError), `${source}: ${String(thrown)}`);
    return thrown.message;
  }
}

describe("only a bool or an Error comes back", () => {
  test("of any text", () => {
    fc.assert(fc.property(fc.oneof(fc.string({ maxLength: 60 }), fc.string({ unit: "binary", maxLength: 60 })), facts, (source, given) => void decide(source, given)), { numRuns: 1_000 });
  });

  test("of any row of tokens", () => {
    const source = fc.array(fc.constantFrom(...PIECES), { maxLength: 14 }).map((pieces) => pieces.join(""));
    fc.assert(fc.property(source, facts, (text, given) => void decide(text, given)), { numRuns: 5_000 });
  });

  test("of a valid condition with something put in, taken out or doubled", () => {
    const edit = fc.record({ at: fc.nat(80), cut: fc.nat(6), piece: fc.constantFrom("", "", ...PIECES) });
    const source = fc.tuple(fc.constantFrom(...VALID), fc.array(edit, { maxLength: 3 })).map(([valid, edits]) =>
      edits.reduce((text, { at, cut, piece }) => text.slice(0, at) + piece + text.slice(at + cut), valid));
    fc.assert(fc.property(source, facts, (text, given) => void decide(text, given)), { numRuns: 5_000 });
  });

  test("of a valid condition over hostile arguments", () => {
    fc.assert(fc.property(fc.constantFrom(...VALID), facts, (source, given) => void decide(source, given)), { numRuns: 10_000 });
  });

  test("and the samples above are not all refused", () => {
    for (const source of VALID) assert.notEqual(decide(source, factsOf({ x: 1, y: 1 })), "refused", source);
  });
});

/** JSON without -0, which is 0 to CEL. */
const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);

describe("the operators mean what they mean elsewhere", () => {
  test("== is equality by content", () => {
    fc.assert(fc.property(json, json, (a, b) => {
      assert.equal(evaluate("a == b", { a, b }), isDeepStrictEqual(a, b));
      assert.equal(evaluate("a == b", { a, b: structuredClone(a) }), true);
      assert.equal(evaluate("a != b", { a, b }), !isDeepStrictEqual(a, b));
    }));
  });

  test("in is one of the items", () => {
    fc.assert(fc.property(json, fc.array(json), (a, list) => assert.equal(evaluate("a in list", { a, list }), list.some((item) => isDeepStrictEqual(a, item)))));
  });

  test("texts are ordered as their bytes in UTF-8, and sized in characters", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "\u007f", "\u0080", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{10ffff}"), maxLength: 4 });
    fc.assert(fc.property(text, text, (a, b) => {
      assert.equal(evaluate("a < b", { a, b }), Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0);
      assert.equal(evaluate("size(a)", { a }), BigInt([...a].length));
    }));
  });

  test("ints are 64 bits wide, and say so when that is not enough", () => {
    const int = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -10n, max: 10n }));
    const exact: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = { "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b, "%": (a, b) => a % b };
    fc.assert(fc.property(int, int, fc.constantFrom(...Object.keys(exact)), (a, b, operator) => {
      if (b === 0n && "/%".includes(operator)) return void assert.throws(() => evaluate(`a ${operator} b`, { a, b }), { message: "division by zero" });
      const result = (exact[operator] as (a: bigint, b: bigint) => bigint)(a, b);
      if (BigInt.asIntN(64, result) === result) assert.equal(evaluate(`a ${operator} b`, { a, b }), result);
      else assert.throws(() => evaluate(`a ${operator} b`, { a, b }), { message: "integer overflow" });
    }));
  });

  test("&& and || do not care in which order their operands stand, nor all and exists in which order the items", () => {
    const operand = fc.constantFrom("t", "f", "m.missing", "n");
    const variables = { t: true, f: false, m: {}, n: 1 };
    const outcome = (source: string): unknown => {
      try {
        return evaluate(source, variables);
      } catch {
        return "failed";
      }
    };
    fc.assert(fc.property(fc.array(operand, { minLength: 2, maxLength: 5 }), (operands) => {
      const [forth, back] = [operands, operands.toReversed()];
      for (const operator of ["&&", "||"]) {
        const decisive = operator === "||" ? "t" : "f";
        const expected = operands.includes(decisive) ? operator === "||" : operands.some((one) => one === "m.missing" || one === "n") ? "failed" : operator === "&&";
        for (const order of [forth, back]) assert.equal(outcome(order.join(` ${operator} `)), expected);
        const macro = operator === "||" ? "exists" : "all";
        for (const order of [forth, back]) assert.equal(outcome(`[${order.map((one) => JSON.stringify(one)).join(", ")}].${macro}(o, o == "t" ? t : o == "f" ? f : o == "n" ? dyn(n) : m.missing)`), expected);
      }
    }));
  });

  test("time plus a duration minus the time is the duration", () => {
    const nanos = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });
    const date = fc.date({ min: new Date("1900-01-01T00:00:00Z"), max: new Date("2200-01-01T00:00:00Z"), noInvalidDate: true });
    fc.assert(fc.property(date, nanos, (time, count) => {
      const variables = { time, span: `${count}ns` };
      assert.equal(evaluate("(time + duration(span)) - time == duration(span)", variables), true);
      assert.equal(evaluate("timestamp(string(time + duration(span))) == time + duration(span)", variables), true);
      assert.equal(evaluate("duration(string(duration(span))) == duration(span)", variables), true);
      assert.equal(evaluate("time + duration(span) > time", variables), count > 0n);
    }));
  });
});
