import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileCondition } from "../../../policies/condition.ts";
import { evaluate } from "./evaluate.ts";
import { factsOf } from "./facts.ts";

const TOO_MUCH = { message: "evaluation took more than 1000000 steps" };

/** As many values as the arguments of a call can have. */
const numbers = Array.from({ length: 100_000 }, (_, index) => index);
const megabyte = "a".repeat(1_000_000);

/** 2^60 leaves, of 60 arrays. */
function shared(): unknown {
  let value: unknown = [1];
  for (let depth = 0; depth < 60; depth++) value = [value, value];
  return value;
}

function holdingItself(): unknown {
  const value: unknown[] = [];
  value.push(value);
  return value;
}

describe("what costs too much is given up", () => {
  const cases: readonly (readonly [source: string, args: Readonly<Record<string, unknown>>])[] = [
    ["arguments.l.exists(a, arguments.l.exists(b, a == -1.0))", { l: numbers }],
    ["arguments.l.all(a, arguments.l.all(b, arguments.l.all(c, a + b + c >= 0.0)))", { l: numbers.slice(0, 1_000) }],
    ["arguments.l.map(a, arguments.l.filter(b, true)).size() == 0", { l: numbers }],
    ["arguments.l.exists(a, a.x)", { l: numbers }],
    ["arguments.a == arguments.b", { a: shared(), b: shared() }],
    ["arguments.l.exists(a, -1.0 in arguments.l)", { l: numbers }],
    ["arguments.l.exists(a, arguments.l == arguments.m + [1])", { l: numbers, m: numbers }],
    ["arguments.l.exists(a, arguments.s.contains(arguments.n))", { l: numbers, s: megabyte, n: "a".repeat(50) + "b" }],
    ["arguments.s.contains(arguments.n)", { s: megabyte, n: `${"a".repeat(5_000)}b${"a".repeat(5_000)}` }],
    ['arguments.l.exists(a, arguments.s.lowerAscii() == "")', { l: numbers, s: "aA".repeat(100_000) + "é" }],
    ["arguments.l.exists(a, size(arguments.s) == 0)", { l: numbers, s: megabyte }],
    ['arguments.l.exists(a, arguments.s.matches("(a|aa)*b$"))', { l: numbers, s: megabyte }],
    ["arguments.l.exists(a, arguments.s < arguments.s + 'b' && false)", { l: numbers, s: megabyte }],
    ["arguments.l.exists(a, arguments.l.exists(b, double(arguments.s) == 0.5))", { l: numbers, s: "1".repeat(400) }],
    ["arguments.l.exists(a, timestamp(arguments.s) > time)", { l: numbers, s: "2000-01-01T00:00:00Z" }],
    ['arguments.l.exists(a, time.getHours("Europe/Berlin") == -1)', { l: numbers }],
    ["arguments.l.exists_one(a, arguments.l.exists_one(b, a == b && a == -1.0))", { l: numbers.slice(0, 2_000) }],
    ["arguments.l.exists(a, arguments.s == arguments.t)", { l: numbers.slice(0, 1_000), s: `${megabyte}x`, t: `${megabyte}y` }],
    ["arguments.l.exists(a, size(arguments.m) == 0)", { l: numbers, m: Object.fromEntries(numbers.map((n) => [`k${n}`, n])) }],
  ];
  for (const [source, args] of cases) test(source, () => assert.throws(() => compileCondition(source)(factsOf(args)), TOO_MUCH));

  test("and neither || nor exists goes on after it", () => {
    const source = "arguments.l.exists(a, arguments.l.exists(b, a == -1.0)) || [1].exists(x, arguments.l.exists(a, arguments.l.exists(b, a == -1.0)) || true) || true";
    assert.throws(() => compileCondition(source)(factsOf({ l: numbers })), TOO_MUCH);
  });

  test("arguments that hold themselves are not compared for ever", () => {
    for (const source of ["arguments.a == arguments.b", "arguments.a == arguments.b || true", "[1].exists(x, arguments.a == arguments.b || true)"]) {
      assert.throws(() => compileCondition(source)(factsOf({ a: holdingItself(), b: holdingItself() })), { message: "compared deeper than 100 levels" });
    }
  });

  test("the steps of one evaluation do not count in the next", () => {
    const condition = compileCondition("arguments.l.exists(a, a == -1.0)");
    for (let call = 0; call < 20; call++) assert.equal(condition(factsOf({ l: numbers })), false);
  });
});

describe("the largest of what is allowed works", () => {
  test("an expression of nearly 4,096 characters, as deep as it gets", () => {
    let source = "arguments.n";
    while (source.length < 3_700) source = `(${source}${" + 1.0".repeat(50)})`;
    assert.equal(compileCondition(`${source} > 0.0`)(factsOf({ n: 1 })), true);
  });

  test("a chain of && of any length", () => assert.equal(evaluate(Array.from({ length: 400 }, () => "(x)").join(" && "), { x: true }), true));

  test("100,000 values are gone through", () => assert.equal(evaluate("l.all(a, a >= 0.0 && a < 100000.0)", { l: numbers }), true));

  test("a text of a megabyte is looked through", () => assert.equal(evaluate('s.contains("b") || s.matches("b") || s.endsWith("b")', { s: megabyte }), false));
});
