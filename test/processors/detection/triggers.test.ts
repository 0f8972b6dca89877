import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Automaton, TextTree } from "../../../processors/detection/automaton.ts";
import { coresOf } from "../../../processors/detection/cores.ts";
import { widen } from "../../../processors/detection/digits.ts";
import { findDigits } from "../../../processors/detection/runs.ts";
import { Signals } from "../../../processors/detection/signs.ts";
import { Triggers } from "../../../processors/detection/triggers.ts";
import { ENGINES } from "../../support/engines.ts";

const CORES: Readonly<Record<string, readonly string[]>> = {
  AKIA: ["akia"],
  "(?i)Tax": ["tax"],
  "gh[po]_": ["ghp_", "gho_"],
  "(?i)api[_-]?key": ["api_key", "api-key", "apikey"],
  "\\bAIza\\w{8}": ["aiza"],
  "(?:^|[^A-Za-z])(?i:tin)(?:$|[^a-z])|[a-z]Tin": ["tin"],
  "(?i)basic\\s+[A-Za-z]": ["basic"],
  "(?:mysql|postgres)(?:\\+[a-z]+)?://": ["mysql", "postgres"],
  "срок": ["срок", "СРОК", "Срок"],
  "@": ["@"],
  "-----BEGIN": ["-----begin"],
  "\\x{41}\\x42C": ["abc"],
  "[^x]yes": ["yes"],
  "[\\w.]+end": ["end"],
  "\\bpin\\b": ["pin"],
  "[\\x{e0061}-\\x{e0063}\\-]x": ["\u{e0061}x", "\u{e0062}x", "\u{e0063}x", "-x"],
  "[\\x{200b}\\x{2060}]": ["\u200b", "\u2060"],
  "\\*{0,2}H\\*{1,2}:": ["h*:", "h**:"],
  "(?:x+one|\\d*two)it": ["one", "two"],
  "(?:\\b(?:void|null))[^.]{1,9}[ab]": ["void", "null"],
  "\\$(?:2[ab]|[15]|sha\\d+)\\$": ["$2a", "$2b", "$1", "$5", ...Array.from("0123456789", (digit) => `$sha${digit}`)],
};

describe("of a trigger the text is known that must stand in what it matches", () => {
  for (const [trigger, texts] of Object.entries(CORES)) test(trigger, () => assert.deepEqual(new Set(coresOf(trigger).texts), new Set(texts)));
  for (const trigger of ["\\d{4}", "[a-z]+", ".*", "a|b", "(?:foo)?", "x*", "(?:abc"]) test(`${trigger} has none`, () => assert.throws(() => coresOf(trigger), TypeError));
});

test("the automaton finds every text, and nothing else, in either case", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "c", "é"), minLength: 1, maxLength: 4 });
  fc.assert(fc.property(fc.uniqueArray(text, { minLength: 1, maxLength: 12 }), fc.string({ unit: fc.constantFrom("a", "b", "c", "A", "B", "é", " "), maxLength: 60 }), (texts, subject) => {
    const bytes = Buffer.from(subject);
    const found: number[] = [];
    const tree = new TextTree();
    for (const [index, wanted] of texts.entries()) tree.add(wanted, index);
    new Automaton(tree).find(bytes, bytes.length, found);
    const lower = Buffer.from(subject.replace(/[A-Z]/g, (char) => char.toLowerCase()));
    const expected = texts.flatMap((wanted, index) => {
      const needle = Buffer.from(wanted);
      return Array.from(lower.keys()).filter((at) => lower.subarray(at, at + needle.length).equals(needle)).map((at) => `${index}@${at + needle.length}`);
    });
    const pairs = Array.from({ length: found.length / 2 }, (_, pair) => `${found[2 * pair]}@${found[2 * pair + 1]}`);
    assert.deepEqual(new Set(pairs), new Set(expected));
    assert.equal(pairs.length, expected.length);
  }));
});

for (const engine of ENGINES) {
  test(`what a trigger does not match is not taken for it, with ${engine.name}`, () => {
    const patterns = ["AKIA", "(?i)secret", "\\btin\\b", "x[0-9]y"];
    const triggers = new Triggers(patterns.map((trigger, index) => ({ id: `d${index}`, category: "secret", triggers: [trigger], pattern: trigger, score: 1, matches: [], misses: [] })), engine);
    const hits = (text: string): readonly number[] => {
      const signals = new Signals();
      triggers.find(Buffer.from(text), Buffer.byteLength(text), false, signals);
      return signals.triggers.filter((_, index) => index % 2 === 0);
    };
    assert.deepEqual(hits("akia AKIa"), []);
    assert.deepEqual(hits("an AKIA and a SeCrEt"), [0, 1]);
    assert.deepEqual(hits("destination"), []);
    assert.deepEqual(hits("a tin, x7y"), [2, 3]);
  });

  test(`a rule that is widened matches at least where it did, with ${engine.name}`, () => {
    const patterns = [
      "\\b[2-6]\\d{3}(?:[ -]?\\d{4}){2}\\b", "(?i)\\b(?:9\\d{2}-(?:5\\d|6[0-5])-\\d{4})\\b", "[A-Z]{2}\\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}", "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)\\.\\d+", "[^0-9]7+[^\\d]", "\\p{L}+-\\x{37}{1,3}",
    ];
    const part = fc.oneof(fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength: 6 }), fc.constantFrom(" ", "-", ".", "DE", "x", "4111 1111 1111", "912-62-1234", "255.1", "a7b", "é-77"));
    for (const pattern of patterns) {
      const widened = widen(pattern);
      assert.ok(widened !== undefined, pattern);
      const [rule, wide] = [engine.compileFinder(pattern), engine.compileFinder(widened)];
      fc.assert(fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const text = parts.join("");
        assert.ok(!rule.find(Buffer.from(text), 0) || wide.find(Buffer.from(text.replace(/[1-9]/g, "0")), 0), text);
      }), { numRuns: 300 });
    }
    assert.equal(widen("[^1-5]x"), undefined);
    assert.equal(widen("\\Dx"), undefined);
  });
}

test("a run of few digits counts only behind a letter, at every place of a text", () => {
  const runs = (text: string): string[] => {
    const [bytes, found] = [Buffer.from(text), [] as number[]];
    findDigits(bytes, bytes.length, 4, 5, found);
    return Array.from({ length: found.length / 2 }, (_, pair) => text.slice(found[2 * pair], found[2 * pair + 1]));
  };
  for (let before = 0; before < 6; before++) {
    const start = " ".repeat(before);
    assert.deepEqual(runs(`${start}A-1042, 1042, x 10 42`), []);
    assert.deepEqual(runs(`${start}A1042; AB-104-2`), ["1042"]);
    assert.deepEqual(runs(`${start}A-10423 and 1-0-4-2-3`), ["10423", "1-0-4-2-3"]);
  }
});

test("bytes that are one to all texts are found by any of them; a long text is found as well", () => {
  const tree = new TextTree("\x00\x01\x1b");
  const long = "abc ".repeat(1_000);
  for (const [index, wanted] of ["\x00", "\x01x", long].entries()) tree.add(wanted, index);
  const automaton = new Automaton(tree);
  const find = (text: string): number[] => {
    const found: number[] = [];
    const bytes = Buffer.from(text);
    automaton.find(bytes, bytes.length, found);
    return found;
  };
  assert.deepEqual(find("a\x1bX"), [0, 2, 1, 3]);
  assert.deepEqual(find(`a${long}b`), [2, long.length + 1]);
  assert.deepEqual(find("a\x02x"), []);
});
