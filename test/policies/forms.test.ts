import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { NO, YES } from "../../policies/answer.ts";
import { compileArgumentTest } from "../../policies/argument-test.ts";
import { parsePath, select } from "../../policies/path.ts";
import type { ArgumentTest } from "../../policies/schema/match.ts";

const DEPTH = 4;
/** At each depth other keys: one that happens to be there as well, further down, would be another value. */
const path = fc.array(fc.constantFrom("a", "b", "*", "0", "1"), { minLength: 1, maxLength: DEPTH })
  // Of a place in one list and the elements of another nobody can tell which list was put around which.
  .filter((steps) => steps.filter((step) => /\d/.test(step)).length < (steps.includes("*") ? 1 : 2))
  .map((steps) => steps.map((step, depth) => (/\w/.test(step) && !/\d/.test(step) ? `${step}${depth}` : step)).join("."));
const scalar = fc.constantFrom<unknown>(1, 5, "x", "evil", true, null);
const treeAt = (depth: number): fc.Arbitrary<unknown> => (depth === DEPTH ? scalar : fc.oneof(scalar, fc.array(treeAt(depth + 1), { maxLength: 3 }), fc.dictionary(fc.constantFrom(`a${depth}`, `b${depth}`), treeAt(depth + 1), { minKeys: 1, maxKeys: 2 })));
const tree = treeAt(0);
const wanted = fc.constantFrom<ArgumentTest>({ equals: "evil" }, { in: [5, "x"] }, { not_in: [1, "x"] }, { glob: ["e*"] }, { pattern: "^x" }, { min: 3 }, { exists: true }, { exists: true, equals: "evil" });

type Form = (value: unknown) => unknown;
/** The same in another form, as many tools take it. */
const FORMS: readonly Form[] = [
  (value) => [value], (value) => [[value]], (value) => new Set([value]),
  // Not what is a list again: nobody can tell a row from a table of one.
  (value) => (Array.isArray(value) && value.length === 1 && !Array.isArray(value[0]) && !(value[0] instanceof Set) ? (value[0] as unknown) : value),
  (value) => (Array.isArray(value) ? new Set<unknown>(value) : value),
  (value) => (isMap(value) ? new Map(Object.entries(value)) : value),
];
const isMap = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** Gives every value that `picks` says another form, from within. */
function reform(value: unknown, form: Form, picks: () => boolean): unknown {
  const inner = Array.isArray(value) ? value.map((one) => reform(one, form, picks)) : isMap(value) ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, reform(one, form, picks)])) : value;
  return picks() ? form(inner) : inner;
}

describe("a value in another form", () => {
  test("is not talked past a rule that denies what was written: lists of one, lists of lists, sets, maps, and one value where a list belongs", () => {
    let met = 0;
    fc.assert(fc.property(path, wanted, tree, fc.constantFrom(...FORMS), fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }), (text, asked, args, form, which) => {
      if (compileArgumentTest(text, asked, false, false)(args) !== YES) return;
      met++;
      let at = 0;
      const other = reform(args, form, () => which[at++ % which.length] as boolean);
      assert.notEqual(compileArgumentTest(text, asked, false, true)(other), NO, `${text} ${JSON.stringify(args)}`);
    }), { numRuns: 40_000 });
    assert.ok(met > 300, `only ${met} cases were met`);
  });

  const ways: readonly [name: string, path: string, test: ArgumentTest, args: unknown][] = [
    ["a map of maps in a list", "m.*.price", { min: 100 }, { m: [{ k: { price: 200 } }] }],
    ["one value where the first of a list is asked for", "to.0", { equals: "evil" }, { to: "evil" }],
    ["one map where the first of a list is asked for", "items.0.price", { min: 100 }, { items: { price: 200 } }],
    ["a set where a place in a list is asked for", "to.1", { equals: "evil" }, { to: new Set(["x", "evil"]) }],
    ["a key that is named as the length of a list", "rope.length", { min: 100 }, { rope: [{ length: 200 }] }],
  ];
  for (const [name, text, asked, args] of ways) test(name, () => assert.notEqual(compileArgumentTest(text, asked, false, true)(args), NO));

  test("the length of a list hides no key of that name from a rule that allows, either", () => {
    assert.equal(compileArgumentTest("rope.length", { max: 100 }, true, false)({ rope: [{ length: 200 }] }), NO);
    for (const rope of [{ length: 20 }, ["a", "b"], [{ price: 200 }]]) assert.equal(compileArgumentTest("rope.length", { max: 100 }, true, false)({ rope }), YES);
  });
  const others: readonly [name: string, path: string, test: ArgumentTest, args: unknown][] = [
    ["a key within an element that has it itself", "to.*.id", { min: 100 }, { to: [{ id: 1, org: { id: 200 } }] }],
    ["another place in a row", "rows.*.0", { equals: "evil" }, { rows: [["x", "evil"], ["y", "evil"]] }],
    ["another element than the one that is asked for", "items.0.price", { min: 100 }, { items: [{ price: 1 }, { price: 200 }] }],
  ];
  for (const [name, text, asked, args] of others) test(`${name} is not meant by a rule that denies`, () => assert.equal(compileArgumentTest(text, asked, false, true)(args), NO));
  test("is looked for once at each step, however often lists lead to it", () => {
    let nested: unknown = "x";
    for (let depth = 0; depth < 60; depth++) nested = [nested, nested];
    let visits = 0;
    select({ a: nested }, parsePath("a.*.*.*.b"), () => (visits++, false), true);
    assert.equal(visits, 0);
  });
});
