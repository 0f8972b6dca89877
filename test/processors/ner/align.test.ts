import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { align, type Spelling } from "../../../processors/detection/ner/align.ts";

interface Case {
  readonly name: string;
  readonly word: string;
  readonly tokens: readonly string[];
  readonly parts: readonly string[];
  readonly spelling?: Spelling;
}

/** As a tokenizer of bytes writes a text: printable bytes as themselves, others as characters from U+0100 on. */
const bytes = (text: string): string => [...Buffer.from(text)].map((byte) => String.fromCharCode(byte === 0x20 ? 0x120 : byte < 0x80 ? byte : 0x100 + byte)).join("");

const CASES: readonly Case[] = [
  { name: "pieces of a word", word: "Johnson", tokens: ["john", "##son"], parts: ["John", "son"] },
  { name: "signs around a word", word: "(Smith),", tokens: ["(", "smith", ")", ","], parts: ["(", "Smith", ")", ","] },
  { name: "accents and case that are gone", word: "MÜLLER", tokens: ["mull", "##er"], parts: ["MÜLL", "ER"] },
  { name: "accents that are characters of their own", word: "Mu\u0308ller", tokens: ["mull", "##er"], parts: ["Mu\u0308ll", "er"] },
  { name: "compatibility forms", word: "ﬁtz", tokens: ["fi", "##tz"], parts: ["ﬁ", "tz"] },
  { name: "a character that became two and was cut between them", word: "ﬁtz", tokens: ["f", "##itz"], parts: ["", "ﬁtz"] },
  { name: "SentencePiece", word: "Johnson", tokens: ["\u2581John", "son"], parts: ["John", "son"] },
  { name: "a blank of its own", word: "Johnson", tokens: ["\u2581", "Johnson"], parts: ["", "Johnson"] },
  { name: "an unknown word between signs", word: "(Xyz)", tokens: ["(", "[UNK]", ")"], parts: ["(", "Xyz", ")"] },
  { name: "an unknown word", word: "\u{1f600}", tokens: ["[UNK]"], parts: ["\u{1f600}"] },
  { name: "characters of two code units", word: "\u{1f600}Bob", tokens: ["[UNK]", "bob"], parts: ["\u{1f600}", "Bob"] },
  { name: "tokens that nobody can follow", word: "Bob", tokens: ["rob", "##ert"], parts: ["Bob", "Bob"] },
  { name: "bytes", word: "Müller,", tokens: [bytes(" Mü"), bytes("ller"), ","], parts: ["Mü", "ller", ","], spelling: "bytes" },
  { name: "bytes of characters of three and four", word: "東\u{1f600}京", tokens: [bytes(" 東"), bytes("\u{1f600}"), bytes("京")], parts: ["東", "\u{1f600}", "京"], spelling: "bytes" },
  { name: "bytes within a character: the whole of it", word: "東京", tokens: [bytes(" 東").slice(0, 2), bytes(" 東京").slice(2)], parts: ["東", "東京"], spelling: "bytes" },
  { name: "bytes without the blank", word: "Bob", tokens: ["Bo", "b"], parts: ["Bo", "b"], spelling: "bytes" },
  { name: "bytes that do not add up", word: "Bob", tokens: ["Bobby"], parts: ["Bob"], spelling: "bytes" },
];

describe("a token stands for", () => {
  for (const { name, word, tokens, parts, spelling = "characters" } of CASES) {
    test(name, () => {
      assert.deepEqual(align(word, tokens, "[UNK]", spelling).map(({ start, end }) => word.slice(start, end)), parts);
    });
  }
});
