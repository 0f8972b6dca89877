import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Scanner } from "../../../processors/detection/scanner.ts";
import { origin } from "../../../processors/detection/mapped.ts";
import { findEncoded } from "../../../processors/detection/runs.ts";
import { unescape } from "../../../processors/detection/unescape.ts";
import { DETECTORS } from "../../support/detectors.ts";

const TOKEN = `ghp_${"a1B2".repeat(9)}`;
const scanner = new Scanner(DETECTORS);
const unescaped = (text: string): string => unescape(text, 0, text.length).map((piece) => piece.text).join("|");
const replaced = (text: string): unknown => scanner.rewrite(text, ({ detector, form }) => `[${detector} ${form}]`).value;

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const base64url = (text: string): string => Buffer.from(text).toString("base64url");
const hex = (text: string): string => Buffer.from(text).toString("hex");
const url = (text: string): string => Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
const entities = (text: string): string => Array.from(text, (char) => `&#${char.charCodeAt(0)};`).join("");
const hexEntities = (text: string): string => Array.from(text, (char) => `&#x${char.charCodeAt(0).toString(16)};`).join("");
const unicode = (text: string): string => Array.from(text, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
const octal = (text: string): string => Array.from(text, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`).join("");
const utf16 = (text: string): string => Buffer.from(text, "utf16le").toString("base64");

const ESCAPES: Readonly<Record<string, readonly [text: string, as: string]>> = {
  "percent": ["a%40b", "a@b"],
  "percent, UTF-8": ["%e2%82%ac %f0%9f%99%82", "€ 🙂"],
  "percent, longer than need be": ["..%c0%af..%e0%80%af", "../../"],
  "percent, not UTF-8": ["caf%e9 x", "café x"],
  "percent, as IIS reads it": ["%u0041", "A"],
  "percent with nothing behind": ["100% of %4", ""],
  "entities by number": ["&#65;&#x42;&#0000067;&#68 x", "ABCD x"],
  "entities by name": ["a&commat;b&period;c&amp;d", "a@b.c&d"],
  "entities that are none": ["a & b; AT&T &nosuch; &#; &#x;", ""],
  "an entity beyond Unicode": ["&#99999999999;", ""],
  "JavaScript": ["\\u0041\\u{42}\\x43\\104\\U00000045", "ABCDE"],
  "JSON in JSON": ['{\\"a\\":\\"b\\nc\\"}', '{"a":"b\nc"}'],
  "a pair of surrogates": ["\\ud83d\\ude42", "🙂"],
  "a backslash that escapes nothing": ["C:\\Program \\8 \\u12 \\x1", ""],
};

describe("one layer of escapes is taken away", () => {
  for (const [name, [text, as]] of Object.entries(ESCAPES)) test(name, () => assert.equal(unescaped(text), as));
});

test("only the surroundings of escapes are looked at again, and know where they came from", () => {
  const text = `${"x".repeat(1_000)}%41${"y".repeat(1_000)}%42${"z".repeat(100)}%43`;
  const pieces = unescape(text, 0, text.length);
  assert.deepEqual(pieces.map((piece) => piece.text), [`${"x".repeat(256)}A${"y".repeat(256)}`, `${"y".repeat(256)}B${"z".repeat(100)}C`]);
  assert.deepEqual(pieces.map((piece) => origin(piece, 256, 257)), [[1_000, 1_003], [2_003, 2_006]]);
});

test("a character knows where it came from", () => {
  const part = fc.oneof(fc.string({ unit: "grapheme-ascii", maxLength: 3 }), fc.constantFrom("%41", "%e2%82%ac", "&#65;", "&amp;", "\\u0041", "\\n", "%", "&", "\\", "€"));
  fc.assert(fc.property(fc.array(part), (parts) => {
    const text = parts.join("");
    for (const piece of unescape(text, 0, text.length)) {
      for (let index = 0; index < piece.text.length; index++) {
        const [start, end] = origin(piece, index, index + 1);
        const from = text.slice(start, end);
        assert.ok(from === piece.text[index] || /^[%&\\]/.test(from), JSON.stringify({ from, to: piece.text[index] }));
      }
    }
  }));
});

describe("what is encoded is found, and replaced as a whole", () => {
  const encodings = { base64, base64url, hex, url, entities, hexEntities, unicode, octal, "base64 of UTF-16": utf16, "capital hex": (text: string) => hex(text).toUpperCase() };
  for (const [name, encode] of Object.entries(encodings)) {
    test(name, () => assert.equal(replaced(`see ${encode(TOKEN)} there`), "see [github_token encoded] there"));
    test(`${name}, in base64 again`, () => assert.equal(replaced(`see ${base64(encode(TOKEN))} there`), "see [github_token encoded] there"));
  }
  test("URL encoding, twice", () => assert.equal(replaced(url(url("ann@example.org"))), "[email encoded]"));
  test("a path or a name before base64", () => assert.equal(replaced(`https://example.org/x/y/${base64url(TOKEN)}`), "https://example.org/x/y/[github_token encoded]"));
  test("words of a mail header", () => assert.equal(replaced(`=?utf-8?B?${base64("ann@example.org")}?= =?UTF-8?q?bob=40example.org?=`), "[email encoded] [email encoded]"));
  test("only the part of a text with escapes that is the finding", () => assert.equal(replaced("to%20ann%40example.org%20now"), "to%20[email encoded]%20now"));
  test("letters one by one", () => assert.equal(replaced(`key: ${[...TOKEN].join(" ")}`), "key: [github_token folded]"));
  test("full width, in base64, in JSON", () => assert.equal(replaced(JSON.stringify({ a: base64("ann＠example.org is the mail") })), '{"a":"[email encoded]"}'));
});

test("three times is decoded, a fourth time is declared", () => {
  const times = (count: number): string => Array.from({ length: count }).reduce<string>((text) => base64(text), `the mail is ${TOKEN}`);
  assert.deepEqual(scanner.scan(times(3)).findings.map(({ detector }) => detector), ["github_token"]);
  const { findings, incomplete } = scanner.scan({ a: times(4) });
  assert.deepEqual([findings, incomplete], [[], [{ kind: "too_encoded", path: ["a"], count: 1 }]]);
  assert.deepEqual(scanner.rewrite({ a: times(4), b: 1 }, () => "").value, { a: "[REDACTED:too_encoded]", b: 1 });
});

test("what only looks encoded is not decoded: names, hashes, UUIDs, paths, numbers, keys", () => {
  for (const text of [
    "get_reservation_details_by_passenger", "internationalization", "5f1c9f3a-7b1e-4c52-9a53-0d8f6c2f7b11", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "/usr/local/share/applications/default", "4111111111111111", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "sk_live_4eC39HqLyjWDarjtT1zdp7dc", "2024-05-15T15-00-00", "================================",
  ]) {
    const into: number[] = [];
    findEncoded(Buffer.from(text), text.length, into);
    assert.deepEqual(into, [], text);
  }
});

test("no text makes decoding go on for ever: each layer is smaller, or the end is declared", () => {
  for (const text of ["%25".repeat(20_000), "\\u005c".repeat(10_000), "&amp;".repeat(10_000), base64("%25".repeat(10_000))]) assert.ok(scanner.scanText(text).findings.length === 0);
});
