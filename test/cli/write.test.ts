import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { policyText } from "../../cli/write.ts";
import { readYaml } from "../../policies/yaml.ts";

const written = (value: object): string => policyText(value as Readonly<Record<string, unknown>>, ["why"]);

describe("a policy that is written", () => {
  test("reads as what it was, whatever stands in it", () => {
    // readYaml refuses this one as a key.
    const key = fc.string({ minLength: 1 }).filter((name) => name !== "__proto__");
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ depthSize: "small", withCrossShrink: true }, fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.string({ unit: "grapheme", minLength: 60 }), tie("list"), tie("map")),
      list: fc.array(tie("tree"), { maxLength: 4 }),
      map: fc.dictionary(key, tie("tree"), { maxKeys: 4, noNullPrototype: true }),
    }));
    fc.assert(fc.property(fc.dictionary(key, tree as fc.Arbitrary<unknown>, { minKeys: 1, noNullPrototype: true }), (value) => {
      assert.deepEqual(readYaml(written(value), "p.yaml").value, value);
    }), { numRuns: 300 });
  });

  test("has a rule on one line where it fits there, and else key by key", () => {
    const rules = [
      { id: "reads", tool: "get_*", effect: "allow" },
      { id: "refunds", tool: "refund", effect: "allow", caller: { role: ["clerk", "lead"] }, arguments: { "/amount": { min: 1, max: 240 }, "/currency": { equals: "EUR" }, "/order": { max_length: 16 } } },
    ];
    assert.equal(written({ spangate: 1, rules, redact: {} }), `# yaml-language-server: $schema=./policy.schema.json
# Completion in an editor: spangate schema > policy.schema.json
#
# why

spangate: 1
rules:
  - {id: reads, tool: get_*, effect: allow}
  - id: refunds
    tool: refund
    effect: allow
    caller: {role: [clerk, lead]}
    arguments:
      /amount: {min: 1, max: 240}
      /currency: {equals: EUR}
      /order: {max_length: 16}
redact: {}
`);
  });
});
