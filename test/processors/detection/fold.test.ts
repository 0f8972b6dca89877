import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { fold } from "../../../processors/detection/fold.ts";
import { origin } from "../../../processors/detection/mapped.ts";

const folded = (text: string): string => fold(text, 0, text.length)?.text ?? text;
/** All of Unicode, lone surrogates too, with what is treated apart more often than by chance. */
const anyText = fc.string({ unit: fc.oneof(fc.string({ unit: "binary", minLength: 1, maxLength: 1 }), fc.constantFrom("a", "1", " ", "а", "Ε", "\u200b", "\u0308", "\ud800", "\udc00", "\u{e0041}", "１", "ﬁ", "㎞", "\x1b[31m", "𐊠")) });

const FOLDED: Readonly<Record<string, readonly [text: string, as: string]>> = {
  "full-width forms": ["ｇｈｐ＿ａ１", "ghp_a1"],
  "mathematical letters": ["𝐠𝒉𝓹", "ghp"],
  "circled letters": ["ⓐⓝⓝ", "ann"],
  superscripts: ["x²", "x2"],
  "a no-break space": ["rm\u00a0-rf", "rm -rf"],
  "zero width space, joiner, non-joiner and word joiner": ["g\u200bh\u200dp\u200c_\u2060a", "ghp_a"],
  "soft hyphens": ["AK\u00adIA", "AKIA"],
  "variation selectors": ["A\ufe0fK\u{e0101}IA", "AKIA"],
  "Hangul fillers": ["AK\u3164IA", "AKIA"],
  "tag characters": ["\u{e0041}\u{e004b}\u{e0049}\u{e0041}\u{e007f}", "AKIA"],
  "bidirectional controls": ["\u202eAKIA\u202c\u2066x\u2069", "AKIAx"],
  "Cyrillic in a word with Latin": ["ghр_АKIА", "ghp_AKIA"],
  "Greek in a word with Latin": ["ΑKIΑ ρassword", "AKIA password"],
  "Arabic-Indic and Devanagari digits": ["٤١١١ ४१११", "4111 4111"],
  "stacked marks": ["g\u0308\u0301h\u0335p", "ghp"],
  "letters with marks": ["ïgnörê", "ignore"],
  "letters with strokes, in a word with Latin": ["paśswørd", "password"],
  "a non-breaking hyphen and other dashes": ["536\u201122\u20131234\u2212", "536-22-1234-"],
  "fraction and division slashes": ["..\u2044..\u2215etc", "../../etc"],
  "control characters": ["gh\x00p\x08_", "ghp_"],
  "terminal sequences": ["\x1b[31mAKIA\x1b[0m", "AKIA"],
  "lone surrogates": ["gh\ud800p\udc00", "ghp"],
  "typographic quotes": ["‘a’", "'a'"],
  "line separators": ["a\u2028b\u0085c", "a\nb\nc"],
};

describe("a text is folded to what it reads as", () => {
  for (const [name, [text, as]] of Object.entries(FOLDED)) test(name, () => assert.equal(folded(text), as));
});

describe("a text in another script stays what it is", () => {
  for (const text of [
    "Привет, как дела? Мы встретимся в 15:00 у метро.", "Καλημέρα κόσμε, πώς είσαι;", "こんにちは世界。今日は天気がいいですね", "你好,世界", "안녕하세요 세계", "مرحبا بالعالم", "नमस्ते दुनिया", "สวัสดีชาวโลก", "שלום עולם", "🙂 👍🏽",
  ]) test(text, () => assert.equal(folded(text), text));
});

test("printable ASCII is never touched", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme-ascii" }), (text) => fold(text, 0, text.length) === undefined));
});

test("folding what is folded changes nothing", () => {
  fc.assert(fc.property(anyText, (text) => assert.equal(folded(folded(text)), folded(text))), { numRuns: 2_000 });
});

test("each character knows where it came from: in order, within the text, and what is unchanged at its own place", () => {
  fc.assert(fc.property(anyText, (text) => {
    const mapped = fold(text, 0, text.length);
    if (!mapped) return;
    assert.equal(mapped.from.length, mapped.text.length + 1);
    for (let index = 0; index < mapped.text.length; index++) {
      const [start, end] = origin(mapped, index, index + 1);
      assert.ok(start >= 0 && start < end && end <= text.length, `${index}: ${start}-${end}`);
      assert.ok((mapped.from[index] as number) <= (mapped.from[index + 1] as number));
      const from = text.slice(start, end);
      // A plain character stands for itself, with what is not seen around it.
      if (/^[\x20-\x7e]+$/.test(from)) assert.equal(from, mapped.text[index]);
    }
    // All of the text is accounted for by all of the folded one, but for what stands before its first character.
    if (mapped.text.length > 0) assert.deepEqual(origin(mapped, 0, mapped.text.length), [mapped.from[0], text.length]);
  }), { numRuns: 2_000 });
});

test("a part of a text is folded by itself", () => {
  const text = "xx\u200bghр\u200b_ yy";
  const mapped = fold(text, 3, 9);
  assert.equal(mapped?.text, "ghp_ ");
  assert.deepEqual(origin(mapped as NonNullable<typeof mapped>, 0, 4), [3, 8]);
});
