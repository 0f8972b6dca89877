import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { definePolicy } from "../../policies/index.ts";
import { compilePatterns } from "../../policies/pattern.ts";

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

describe("rulings", () => {
  const rules = [
    { id: "yes", tool: "read_*", effect: "allow" },
    { id: "no", tool: "*_secret", effect: "deny", reason: "secrets stay here" },
    { id: "shadow", tool: "read_log", effect: "deny", mode: "observe" },
  ];
  const policy = definePolicy({ spangate: 1, name: "p", rules });

  test("deny stands before allow, whatever the order of the rules", () => {
    for (const order of [rules, rules.toReversed()]) {
      assert.deepEqual(definePolicy({ spangate: 1, name: "p", rules: order }).rulings("read_secret").map(({ rule }) => rule), ["no", "yes"]);
    }
  });

  test("a tool that no rule names gets the default", () => {
    assert.deepEqual(policy.rulings("wipe").map(({ rule, effect }) => [rule, effect]), [["default", "deny"]]);
  });

  test("a shadow rule alone does not keep the default from speaking", () => {
    const shadowAllow = definePolicy({ spangate: 1, name: "p", rules: [{ id: "s", tool: "x", effect: "allow", mode: "observe" }] });
    assert.deepEqual(shadowAllow.rulings("x").map(({ effect, mode }) => [effect, mode]), [["deny", "enforce"], ["allow", "observe"]]);
  });

  test("a rule cannot be stronger than its policy", () => {
    const observing = definePolicy({ spangate: 1, name: "p", mode: "observe", rules: [{ id: "a", tool: "x", effect: "deny", mode: "enforce" }] });
    assert.equal(observing.rulings("x")[0]?.mode, "observe");
  });

  test("what is remembered of tool names is bounded", () => {
    for (let index = 0; index < 5_000; index++) assert.equal(policy.rulings(`made_up_${index}`)[0]?.rule, "default");
  });
});
