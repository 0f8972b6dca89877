import { CONFUSABLES } from "./confusables.ts";
import { MappedText, type Mapped } from "./mapped.ts";

/**
 * What happens to a character that is not ASCII. Other values: below LOOKALIKE the ASCII character that it becomes; below
 * REPLACED the one that it becomes in a word that also has ASCII letters or digits, plus LOOKALIKE; else an index.
 */
const KEEP = 0;
const DROP = 1;
/** A combining mark: left out after a letter that is, or becomes, ASCII. */
const MARK = 2;
/** A letter of another script, which is part of a word. */
const LETTER = 3;
const LOOKALIKE = 0x80;
const REPLACED = 0x100;

/** Longest text that one character becomes; some ligatures of Arabic are whole sentences. */
const LONGEST = 5;
const BLOCK = 256;
const ESCAPE = 0x1b;

const lookalikes = new Map<number, number>();
/** Code points by blocks of 256, filled when the first character of a block is met. */
const blocks: (Uint16Array | undefined)[] = [];
const replacements: string[] = [];

/**
 * The text as it reads: compatibility forms, digits of all scripts, dashes, slashes and spaces as ASCII; invisible
 * characters, control characters, terminal sequences, lone surrogates and stacked marks left out; hidden tag characters
 * as the ASCII they carry; characters that look like ASCII as ASCII, where a word mixes them with ASCII (so that
 * text in Russian or Greek stays what it is). Undefined where that changes nothing.
 *
 * Done in one pass. Only for looking at, since it maps back to the text that it came from: nothing is ever replaced by it.
 */
export function fold(text: string, from: number, to: number): Mapped | undefined {
  let first = from;
  while (first < to && isPlain(text.charCodeAt(first))) first++;
  return first === to ? undefined : new Folding(to - from).run(text, from, to);
}

class Folding {
  readonly #out: MappedText;
  #changed = false;
  /** The word that is being written has ASCII letters or digits. */
  #ascii = false;
  /** A mark that follows is left out. */
  #bare = false;
  /** Look-alikes of the word: where they stand in the result, and what they look like. */
  readonly #at: number[] = [];
  readonly #code: number[] = [];
  #pending = 0;

  constructor(length: number) {
    this.#out = new MappedText(length + LONGEST);
  }

  run(text: string, from: number, to: number): Mapped | undefined {
    for (let at = from; at < to;) {
      const code = text.charCodeAt(at);
      if (isPlain(code)) {
        this.#plain(code, at);
        at++;
      } else if (code < 0x80) {
        this.#changed = true;
        at = code === ESCAPE ? afterSequence(text, at, to) : at + 1;
      } else if ((code & 0xf800) === 0xd800) {
        const point = text.codePointAt(at) as number;
        if (point > 0xffff && at + 1 < to) {
          this.#other(point, at);
          at += 2;
        } else {
          this.#changed = true;
          at++;
        }
      } else {
        this.#other(code, at);
        at++;
      }
    }
    this.#endWord();
    return this.#changed ? this.#out.finish(to) : undefined;
  }

  #plain(code: number, at: number): void {
    this.#out.push(code, at);
    if ((code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)) this.#ascii = this.#bare = true;
    else if (code !== 0x5f) {
      this.#endWord();
      // A mark on a slash, a dash or a space is there to hide it.
      this.#bare = true;
    }
  }

  #other(point: number, at: number): void {
    const action = actionOf(point);
    switch (action) {
      case KEEP:
        this.#endWord();
        return this.#out.pushPoint(point, at);
      case LETTER:
        this.#bare = false;
        return this.#out.pushPoint(point, at);
      case MARK:
        if (this.#bare) this.#changed = true;
        else this.#out.pushPoint(point, at);
        return;
      case DROP:
        this.#changed = true;
        return;
      default:
        if (action >= LOOKALIKE && action < REPLACED) {
          this.#at[this.#pending] = this.#out.length;
          this.#code[this.#pending++] = action - LOOKALIKE;
          this.#bare = true;
          return this.#out.pushPoint(point, at);
        }
        this.#changed = true;
        if (action < LOOKALIKE) return this.#plain(action, at);
        for (const char of replacements[action - REPLACED] as string) {
          const part = char.codePointAt(0) as number;
          if (isPlain(part)) this.#plain(part, at);
          else this.#other(part, at);
        }
    }
  }

  #endWord(): void {
    if (this.#ascii && this.#pending > 0) {
      this.#changed = true;
      this.#out.replace(this.#at, this.#code, this.#pending);
    }
    this.#pending = 0;
    this.#ascii = this.#bare = false;
  }
}

/** Printable ASCII, tab and line ends. */
function isPlain(code: number): boolean {
  return (code >= 0x20 && code < 0x7f) || code === 9 || code === 10 || code === 13;
}

/** Behind a terminal's control sequence (ECMA-48: ESC, `[`, parameters, a final byte from `@` to `~`), or behind ESC alone. */
function afterSequence(text: string, at: number, to: number): number {
  if (text.charCodeAt(at + 1) !== 0x5b) return at + 1;
  let end = at + 2;
  while (end < to && text.charCodeAt(end) >= 0x20 && text.charCodeAt(end) < 0x40) end++;
  return end < to && text.charCodeAt(end) >= 0x40 && text.charCodeAt(end) < 0x7f ? end + 1 : at + 1;
}

function actionOf(point: number): number {
  const block = (blocks[Math.floor(point / BLOCK)] ??= fill(point - (point % BLOCK)));
  return block[point % BLOCK] as number;
}

function fill(first: number): Uint16Array {
  if (lookalikes.size === 0) for (const [ascii, sources] of CONFUSABLES) for (const source of sources) lookalikes.set(source.codePointAt(0) as number, ascii.charCodeAt(0));
  return Uint16Array.from({ length: BLOCK }, (_, index) => decide(first + index));
}

function decide(point: number): number {
  if (point >= 0xe0020 && point <= 0xe007e) return point - 0xe0000;
  const char = String.fromCodePoint(point);
  if (point === 0x2028 || point === 0x2029 || point === 0x85) return 0x0a;
  if (point === 0x2800 || /^\p{Zs}$/u.test(char)) return 0x20;
  if (/^[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\ufffd]$/u.test(char)) return DROP;
  if (/^\p{Nd}$/u.test(char)) return 0x30 + digitValue(point);
  if (/^[\p{Pd}\u2212]$/u.test(char)) return 0x2d;
  if (/^\p{M}$/u.test(char)) return MARK;
  const lookalike = lookalikes.get(point);
  const letter = /^[\p{L}\p{N}]$/u.test(char);
  if (lookalike !== undefined) return letter ? LOOKALIKE + lookalike : lookalike;
  const base = char.normalize("NFKD").replace(/\p{M}/gu, "").replaceAll("\u2044", "/");
  if (/^[ -~]+$/.test(base) && base.length <= LONGEST) return replacement(base);
  const [only = ""] = base;
  if (letter && base === only && base !== char) {
    const inner = lookalikes.get(base.codePointAt(0) as number);
    if (inner !== undefined) return LOOKALIKE + inner;
  }
  const composed = char.normalize("NFKC");
  if (composed !== char && composed.length <= LONGEST) return replacement(composed);
  return letter ? LETTER : KEEP;
}

function replacement(text: string): number {
  if (text.length === 1 && text.charCodeAt(0) < 0x80) return text.charCodeAt(0);
  const known = replacements.indexOf(text);
  return REPLACED + (known >= 0 ? known : replacements.push(text) - 1);
}

/** The digits of a script stand in order, in runs of ten. */
function digitValue(point: number): number {
  let before = 0;
  while (/^\p{Nd}$/u.test(String.fromCodePoint(point - before - 1))) before++;
  return before % 10;
}
