/** Code units that are held back: a value that is no longer than this, with what tells what it is, is never let go of in part. */
export const WINDOW = 256;
/** Text without a break is held back whole up to this length, like the longest match of a detector; so is a value that is recognised by its beginning. */
export const MOST_HELD = 65_536;
/** So much prose must stand before a place for what stands before that to be over; a word may speak for a match that far away. */
const REACH = 64;
/** Longest last word that is prose. */
const WORD = 16;

/** Scripts from here on put no spaces between words; the second range is look-alikes of ASCII. */
const UNSPACED = 0x2e80;
const FULL_WIDTH = [0xff00, 0xffef] as const;
const BREAKS = new Set(Array.from("\"'`,;<>()[]{}|", (char) => char.charCodeAt(0)));
const PUNCTUATION = new Set(Array.from(".,;!?()\u2026\u2013\u2014\u2018\u2019\u201c\u201d", (char) => char.charCodeAt(0)));
const PROSE = /^(?:\p{Lu}?\p{Ll}*|\p{Lu}{1,3})[.,;!?\u2026]?$/u;
const LETTER = /[\p{L}\p{M}]/u;
const UPPER = /\p{Lu}/u;
/** Words in capitals that are none. */
const SHORT_WORDS = new Set(["I", "A"]);

/**
 * Says up to where a text that is still growing can be let go of: a window's length behind its end, or behind prose, up to
 * its last word, for no value that a detector of ours knows begins with several words of it. Digits, signs, capitals and
 * single letters are no prose, and neither is what stands near behind them. By length and never by time: who writes
 * slowly enough would else get a secret through in halves.
 */
export class Settling {
  readonly #eager: boolean;
  /** All places are counted from the beginning of the text. */
  #end = 0;
  #text = "";
  /** Of `#text`, of which no more is kept than needed. */
  #offset = 0;
  /** Behind the last character that may be part of a value. */
  #unsafe: number = -REACH;
  #word = 0;
  #singles = 0;
  #prose = 0;
  /** How far the window's far end has come, and the last break before it. */
  #far = 0;
  #break = 0;

  /** @param eager whether prose is let go of early; not where names, or what a policy's own detectors know, are looked for */
  constructor(eager: boolean) {
    this.#eager = eager;
  }

  grow(text: string): void {
    this.#text += text;
    const end = this.#end + text.length;
    if (this.#eager) for (; this.#end < end; this.#end++) this.#read(this.#end);
    this.#end = end;
    for (const far = end - WINDOW; this.#far < far; this.#far++) if (isBreak(this.#code(this.#far))) this.#break = this.#far + 1;
    const useless = this.#far - this.#offset;
    if (useless > WINDOW) {
      this.#text = this.#text.slice(useless);
      this.#offset += useless;
    }
  }

  /** Up to where the text is settled. `forced`: an unbroken piece of it is longer than is held back. */
  get settled(): { readonly at: number; readonly forced: boolean } {
    const forced = this.#end - this.#break > MOST_HELD + WINDOW;
    return { at: Math.max(this.#prose, forced ? this.#far : this.#break), forced };
  }

  /** Whether the last word is one of prose, which is enough where what comes next is another text. */
  get endsInProse(): boolean {
    const length = this.#end - this.#word;
    return this.#eager && length <= WORD && PROSE.test(this.#text.slice(this.#word - this.#offset));
  }

  #read(at: number): void {
    const code = this.#code(at);
    const isSpace = code === 0x20 || (code >= 0x09 && code <= 0x0d);
    const unspaced = isUnspaced(code);
    // A word that is longer than this is none, and no more of it is kept.
    if (!isProse(code, isSpace) || at - this.#word >= REACH) this.#unsafe = at + 1;
    if (!isSpace && !unspaced) return;
    if (at > this.#word) {
      if (at - this.#word < REACH) this.#judge(this.#text.slice(this.#word - this.#offset, at - this.#offset), at);
      // A word back: one in front of a number may be part of it.
      if (this.#word - this.#unsafe >= REACH) this.#prose = this.#word;
    }
    this.#word = isSpace ? at + 1 : at;
  }

  /** Capitals may be a country or a plate, and single letters something that was spaced out. */
  #judge(word: string, at: number): void {
    if (isUnspaced(word.charCodeAt(0))) return;
    this.#singles = word.length === 1 ? this.#singles + 1 : 0;
    const capitals = UPPER.test(word) && word === word.toUpperCase() && !SHORT_WORDS.has(word);
    if (capitals || this.#singles > 1) this.#unsafe = at;
  }

  #code(at: number): number {
    return this.#text.charCodeAt(at - this.#offset);
  }
}

/** Where a text may be cut without cutting a word, a number or a token. */
export function isBreak(code: number): boolean {
  return code <= 0x20 || code === 0xa0 || BREAKS.has(code) || isUnspaced(code);
}

function isUnspaced(code: number): boolean {
  return code >= UNSPACED && (code < 0xd800 || code > 0xdfff) && (code < FULL_WIDTH[0] || code > FULL_WIDTH[1]) && code !== 0xfeff;
}

function isProse(code: number, isSpace: boolean): boolean {
  if (isSpace) return true;
  if (code < 0x80) return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || PUNCTUATION.has(code);
  return PUNCTUATION.has(code) || LETTER.test(String.fromCharCode(code));
}
