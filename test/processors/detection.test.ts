import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import * as re2js from "re2js";
import { DETECTOR_IDS } from "../../policies/index.ts";
import { DETECTORS } from "../../processors/detection/detectors.ts";
import { native, portable, type RegexEngine } from "../../processors/detection/engine.ts";
import { Scanner } from "../../processors/detection/scanner.ts";

const ENGINES: readonly RegexEngine[] = [...nativeEngine(), portable(re2js)];

/** Where re2 has no binary for this Node, the bootstrap has said so, and re2js is what runs. */
function nativeEngine(): RegexEngine[] {
  try {
    return [native(createRequire(import.meta.url)("re2") as Parameters<typeof native>[0])];
  } catch {
    return [];
  }
}

test("every detector id of the language has a detector, and the other way round", () => {
  assert.deepEqual(DETECTORS.map(({ id }) => id), [...DETECTOR_IDS]);
});

for (const engine of ENGINES) {
  describe(`with ${engine.name}`, () => {
    for (const { id, matches, misses } of DETECTORS) {
      const scanner = new Scanner([id], engine);
      test(`${id} finds its examples`, () => {
        assert.ok(matches.length > 0);
        for (const text of matches) {
          const scrubbed = scanner.scrub(`see ${text}; there`).value;
          assert.equal(scrubbed, `see [REDACTED:${id}]; there`);
        }
      });
      test(`${id} leaves what only looks alike`, () => {
        assert.ok(misses.length > 0);
        for (const text of misses) assert.equal(scanner.scrub(`see ${text} there`).findings, undefined, text);
      });
    }

    test("keys, numbers, maps, sets and deep values are looked at; the input is not changed", () => {
      const value = { "ann@example.org": 4111111111111111, deep: [new Map([["k", "bob@example.org"]]), new Set(["eve@example.org"])] };
      const before = structuredClone(value);
      const { value: scrubbed, findings } = new Scanner("all", engine).scrub(value);
      assert.deepEqual(scrubbed, {
        "[REDACTED:email]": "[REDACTED:credit_card]", deep: [new Map([["k", "[REDACTED:email]"]]), new Set(["[REDACTED:email]"])],
      });
      assert.deepEqual(findings, { email: 3, credit_card: 1 });
      assert.deepEqual(value, before);
    });

    test("a value without findings comes back as it is", () => {
      const value = { plain: "text", n: 1 };
      assert.equal(new Scanner("all", engine).scrub(value).value, value);
    });

    test("what is too deep to be looked at is taken out", () => {
      let value: unknown = "ann@example.org";
      for (let depth = 0; depth < 100; depth++) value = [value];
      assert.doesNotMatch(JSON.stringify(new Scanner("all", engine).scrub(value).value), /example/);
    });

    test("the message and stack of an error are looked at, and its class is kept", () => {
      const scrubbed = new Scanner("all", engine).scrub(new RangeError("no ann@example.org")).value as Error;
      assert.ok(scrubbed instanceof RangeError);
      assert.equal(scrubbed.message, "no [REDACTED:email]");
      assert.doesNotMatch(scrubbed.stack ?? "", /ann@/);
    });

    test("a cycle ends", () => {
      const value: Record<string, unknown> = { mail: "ann@example.org" };
      value["self"] = value;
      const scrubbed = new Scanner("all", engine).scrub(value).value as Record<string, unknown>;
      assert.equal(scrubbed["self"], scrubbed);
      assert.equal(scrubbed["mail"], "[REDACTED:email]");
    });

    test("a text on which backtracking would take minutes takes no time to speak of", () => {
      const scanner = new Scanner("all", engine);
      for (const text of [`${"a".repeat(50_000)}@`, "1".repeat(50_000), `${"a.".repeat(25_000)}@${"a.".repeat(10)}`, "eyJ".repeat(20_000)]) scanner.scrub(text);
    });
  });
}
