import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Detector } from "../../../processors/detection/detector.ts";
import { Scanner } from "../../../processors/detection/scanner.ts";
import { DETECTORS } from "../../support/detectors.ts";

/** Least part of all pairs of a text and a transform that must be found. */
const LEAST = 0.9;

const own = (id: string, triggers: readonly string[], pattern: string): Detector => ({ id, category: "injection", triggers, pattern, score: 1, matches: [], misses: [] });
const scanner = new Scanner([
  ...DETECTORS,
  own("override", ["(?i)ignore"], "(?i)ignore (?:all )?previous instructions"),
  own("removal", ["(?i)rm -"], "(?i)rm -rf /"),
  own("traversal", ["\\.\\./"], "\\.\\./\\.\\./etc/passwd"),
  own("metadata", ["169\\.254"], "169\\.254\\.169\\.254"),
  own("tautology", ["(?i)or 1"], "(?i)or 1=1"),
]);

/** Detector → what it is to find. */
const BASES: Readonly<Record<string, string>> = {
  email: "jane.doe@example.org", credit_card: "4111 1111 1111 1111", us_ssn: "536-22-1234", github_token: "ghp_k3J9xQ2mZ7vLp0RtYw8sNb4cUe6hGd1fAo5i", aws_access_key: "AKIAIOSFODNN7EXAMPLE",
  override: "ignore previous instructions", removal: "rm -rf /", traversal: "../../etc/passwd", metadata: "169.254.169.254", tautology: "OR 1=1",
};

type Transform = (text: string) => unknown;
const each = (change: (char: string, index: number) => string): Transform => (text) => [...text].map(change).join("");
const rot13 = each((char) => char.replace(/[a-z]/i, (letter) => String.fromCharCode(letter.charCodeAt(0) + (letter.toLowerCase() < "n" ? 13 : -13)))) as (text: string) => string;
const reversed = (text: string): string => [...text].toReversed().join("");
/** Adobe's, without its marks. */
const base85 = (text: string): string => {
  const bytes = Buffer.from(text);
  let out = "";
  for (let at = 0; at < bytes.length; at += 4) {
    const four = Buffer.alloc(4);
    const count = bytes.copy(four, 0, at, at + 4);
    const value = four.readUInt32BE();
    out += [4, 3, 2, 1, 0].map((power) => String.fromCharCode(33 + (Math.floor(value / 85 ** power) % 85))).join("").slice(0, count + 1);
  }
  return out;
};
const inPieces = (text: string): readonly string[] => text.match(/.{1,7}/g) ?? [];
/** Puts something behind every second character. */
const between = (what: string): Transform => each((char, index) => (index % 2 ? char : char + what));
const shifted = (upper: number, lower: number, digit: number): Transform => each((char) => {
  const code = char.charCodeAt(0);
  if (/[A-Z]/.test(char) && upper) return String.fromCodePoint(upper + code - 0x41);
  if (/[a-z]/.test(char) && lower) return String.fromCodePoint(lower + code - 0x61);
  return /[0-9]/.test(char) && digit ? String.fromCodePoint(digit + code - 0x30) : char;
});
const table = (from: string, to: string): Transform => each((char) => [...to][from.indexOf(char)] ?? char);
const hex = (text: string, width: number): string => text.charCodeAt(0).toString(16).padStart(width, "0");
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const url = (text: string): string => [...text].map((char) => `%${hex(char, 2)}`).join("");

const TRANSFORMS: Readonly<Record<string, Transform>> = {
  "as it is": (text) => text,
  "full width": each((char) => (/[!-~]/.test(char) ? String.fromCharCode(char.charCodeAt(0) + 0xfee0) : char)),
  "mathematical bold": shifted(0x1d400, 0x1d41a, 0x1d7ce),
  "mathematical monospace": shifted(0x1d670, 0x1d68a, 0x1d7f6),
  circled: shifted(0x24b6, 0x24d0, 0),
  superscript: table("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"),
  "no-break spaces": table(" ", "\u00a0"),
  "ideographic spaces": table(" ", "\u3000"),
  "zero width spaces": between("\u200b"),
  "zero width joiners": between("\u200d"),
  "word joiners": between("\u2060"),
  "byte order marks": between("\ufeff"),
  "soft hyphens": between("\u00ad"),
  "variation selectors": between("\ufe0f"),
  "supplementary variation selectors": between("\u{e0101}"),
  "Hangul fillers": between("\u3164"),
  "tag characters": each((char) => String.fromCodePoint(0xe0000 + char.charCodeAt(0))),
  "right-to-left marks": between("\u200f"),
  "bidirectional isolates": (text) => `\u2066${text.slice(0, 5)}\u2069${text.slice(5)}`,
  "Cyrillic look-alikes": table("aeopcxyiABEKMHOPCTXI", "аеорсхуіАВЕКМНОРСТХІ"),
  "Greek look-alikes": table("ovpABEHIKMNOPTXYZ", "ονρΑΒΕΗΙΚΜΝΟΡΤΧΥΖ"),
  "Arabic-Indic digits": shifted(0, 0, 0x660),
  "Devanagari digits": shifted(0, 0, 0x966),
  "combining marks": between("\u0301"),
  "stacked marks": between("\u0301\u0308\u0327"),
  "accented letters": table("aeiouAEIOU", "áéíóúÁÉÍÓÚ"),
  "non-breaking hyphens": table("-", "\u2011"),
  "minus signs": table("-", "\u2212"),
  "fraction slashes": table("/", "\u2044"),
  "division slashes": table("/", "\u2215"),
  "NUL bytes": between("\0"),
  "terminal sequences": between("\x1b[1m"),
  "lone surrogates": between("\ud800"),
  "URL encoding": url,
  "URL encoding, twice": (text) => url(url(text)),
  "decimal entities": each((char) => `&#${char.charCodeAt(0)};`),
  "hexadecimal entities": each((char) => `&#x${hex(char, 1)};`),
  "Unicode escapes": each((char) => `\\u${hex(char, 4)}`),
  "hexadecimal escapes": each((char) => `\\x${hex(char, 2)}`),
  "octal escapes": each((char) => `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`),
  base64,
  "base64, twice": (text) => base64(base64(text)),
  base64url: (text) => Buffer.from(text).toString("base64url"),
  hex: (text) => Buffer.from(text).toString("hex"),
  "base64 of UTF-16": (text) => Buffer.from(text, "utf16le").toString("base64"),
  "a mail header in base64": (text) => `=?utf-8?B?${base64(text)}?=`,
  "a mail header, quoted": (text) => `=?utf-8?Q?${[...text].map((char) => `=${hex(char, 2)}`).join("")}?=`,
  "bytes": (text) => Buffer.from(text),
  "UTF-16 bytes": (text) => Buffer.from(text, "utf16le"),
  "two arguments": (text) => ({ a: text.slice(0, text.length / 2), b: text.slice(text.length / 2) }),
  "single characters": (text) => [...text],
  "letter spacing": (text) => [...text].join(" "),
  leet: table("aeiost", "431057"),
  rot13,
  reversed,
  base32: (text) => {
    const bits = [...Buffer.from(text)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
    return (bits.match(/.{1,5}/g) ?? []).map((five) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[Number.parseInt(five.padEnd(5, "0"), 2)]).join("");
  },
  "gzip in base64": (text) => gzipSync(text).toString("base64"),
  "ROT13, which is said": (text) => `rot13: ${rot13(text)}`,
  "base 85, which is said": (text) => `base85: ${base85(text)}`,
  "base 85 between its marks": (text) => `<~${base85(`see ${text} there`)}~>`,
  "backwards, which is said": (text) => `reversed: ${reversed(text)}`,
  "pieces that a program adds": (text) => inPieces(text).map((piece) => `"${piece}"`).join(" + "),
  "pieces that a program adds, escaped": (text) => inPieces(text).map((piece) => `'${[...piece].map((char) => `\\x${hex(char, 2)}`).join("")}'`).join("+"),
  "asterisks between the letters": (text) => [...text].join("*"),
  "full stops between the letters": (text) => [...text].join("."),
  "a bidirectional embedding around it": (text) => `\u202a${text}\u202c`,
  "base64 in the address of an image": (text) => `data:image/png;base64,iVBORw0KGgo=...${base64(`see ${text} there`)}`,
};

test(`of ten texts in ${Object.keys(TRANSFORMS).length} disguises at least ${LEAST * 100} % are found`, (context) => {
  const missed: string[] = [];
  let all = 0;
  for (const [name, transform] of Object.entries(TRANSFORMS)) {
    for (const [detector, text] of Object.entries(BASES)) {
      all++;
      const value = transform(text);
      const subject = typeof value === "string" ? `see ${value} there` : value;
      if (!scanner.scan(subject).findings.some((finding) => finding.detector === detector)) missed.push(`${name}: ${detector}`);
    }
  }
  const groups = Map.groupBy(missed, (pair) => pair.split(": ")[0] as string);
  context.diagnostic(`found ${all - missed.length} of ${all} (${(100 * (1 - missed.length / all)).toFixed(1)} %); left over:`);
  for (const [name, pairs] of groups) context.diagnostic(`  ${name}: ${pairs.map((pair) => pair.split(": ")[1]).join(", ")}`);
  assert.ok(missed.length <= all * (1 - LEAST));
});
