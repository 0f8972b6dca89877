import { align, type Spelling } from "./align.ts";

/** As much of a tokenizer of `@huggingface/transformers` as is used. */
export interface Tokenizer {
  readonly unk_token: string;
  tokenize(text: string): string[];
  encode(text: string, options: { readonly add_special_tokens: boolean }): number[];
}

/** A piece of a text that the model has an opinion on. */
export interface Token {
  readonly id: number;
  /** In UTF-16 code units of the text. */
  readonly start: number;
  readonly end: number;
  /** It begins a word or a sign, and is no continuation of one: only of these does the model's opinion count. */
  readonly first: boolean;
}

/** Scripts from here on put no spaces between words. */
const UNSPACED = 0x2e80;
/** Longest stretch without a blank that is given to a tokenizer at once: what it costs may grow with its square. */
const LONGEST = 256;
const LETTER = /[\p{L}\p{N}\p{M}]/u;

/** The tokens of a text, word by word, which is how all tokenizers work that separate words by blanks. */
export function tokensOf(text: string, tokenizer: Tokenizer, spelling: Spelling): Token[] {
  const tokens: Token[] = [];
  for (const [word, at] of words(text)) {
    // A tokenizer of bytes takes the blank before a word to be a part of it.
    const spoken = spelling === "bytes" ? ` ${word}` : word;
    const written = tokenizer.tokenize(spoken);
    const ids = tokenizer.encode(spoken, { add_special_tokens: false });
    const spans = align(word, written, tokenizer.unk_token, spelling);
    let before = 0;
    for (const [index, { start, end }] of spans.entries()) {
      const goesOn = index > 0 && start > 0 && start >= before && (written[index]?.startsWith("##") || isWithin(word, start));
      tokens.push({ id: ids[index] as number, start: at + start, end: at + end, first: !goesOn });
      before = end;
    }
  }
  return tokens;
}

function* words(text: string): Generator<readonly [word: string, at: number]> {
  for (const { 0: word, index } of text.matchAll(/\S+/g)) {
    for (let at = 0; at < word.length; at += LONGEST) yield [word.slice(at, at + LONGEST), index + at];
  }
}

/** Between two letters of a script that puts spaces between words. */
function isWithin(word: string, at: number): boolean {
  const [before, after] = [word.charCodeAt(at - 1), word.charCodeAt(at)];
  return before < UNSPACED && after < UNSPACED && LETTER.test(word[at - 1] as string) && LETTER.test(word[at] as string);
}
