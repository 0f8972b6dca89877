import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { compilePatterns, covers, matches, overlaps } from "../../policies/pattern.ts";

describe("tool patterns", () => {
  const cases: readonly [pattern: string, name: string, matches: boolean][] = [
    ["read", "read", true], ["read", "reads", false], ["read", "READ", false],
    ["read_*", "read_file", true], ["read_*", "read_", true], ["read_*", "unread_file", false],
    ["*_file", "read_file", true], ["*file*", "profile_x", true], ["a*b*c", "aXbYc", true], ["a*b*c", "aXcYb", false],
    ["get_?", "get_a", true], ["get_?", "get_", false], ["?", "", false], ["*", "", true],
    ["a.c", "abc", false], ["(a+)+$", "aaaa", false], ["[ab]", "a", false], ["a**b", "ab", true],
  ];
  for (const [pattern, name, matches] of cases) {
    test(`${pattern} ${matches ? "matches" : "does not match"} "${name}"`, () => assert.equal(compilePatterns([pattern])(name), matches));
  }

  test("agrees with a regular expression on any pattern and name", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
    const names = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 });
    fc.assert(fc.property(letters, names, (pattern, name) => {
      const regex = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s");
      return compilePatterns([pattern])(name) === regex.test(name);
    }), { numRuns: 2_000 });
  });
});

describe("patterns against patterns", () => {
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 6 });
  const name = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 8 });

  test("what a pattern covers it matches", () => {
    fc.assert(fc.property(pattern, pattern, name, (general, special, text) => !covers(general, special) || !matches(special, text) || matches(general, text)), { numRuns: 5_000 });
  });

  test("two patterns that share a name overlap", () => {
    fc.assert(fc.property(pattern, pattern, name, (a, b, text) => !(matches(a, text) && matches(b, text)) || overlaps(a, b)), { numRuns: 5_000 });
  });

  const cases: readonly [general: string, special: string, covered: boolean, overlap: boolean][] = [
    ["*", "x*", true, true], ["read_*", "read_file", true, true], ["read_*", "read_*_x", true, true], ["read_file", "read_*", false, true],
    ["a?", "a*", false, true], ["a*", "a?", true, true], ["a*b", "a*", false, true], ["get_*", "set_*", false, false], ["a?c", "abd", false, false], ["*a", "b*", false, true],
  ];
  for (const [general, special, covered, overlap] of cases) {
    test(`${general} ${covered ? "covers" : "does not cover"} ${special}, and they ${overlap ? "overlap" : "do not overlap"}`, () => {
      assert.deepEqual([covers(general, special), overlaps(general, special), overlaps(special, general)], [covered, overlap, overlap]);
    });
  }
});
