import type { Detector } from "./detector.ts";

/** How far from a match a word may stand, in code units. */
export const NEAR = 64;
/** Scripts from here on put no spaces between words. */
const UNSPACED = 0x2e80;
const SPACE = 0x20;
/** Size of the table that tells most words from those that are looked for; a power of two. */
const TABLE = 8_192;
/** Between the words that an underscore or a dash joins in the name of a field. */
const JOINTS: readonly number[] = [0x5f, 0x2d];

interface Phrase {
  readonly text: string;
  readonly detectors: readonly number[];
}

/** The words that speak for detectors, looked up by the first word of each, so that their number does not matter. */
export class ContextWords {
  /** First word, or first character in scripts without spaces → what begins with it. */
  readonly #phrases = new Map<string, Phrase[]>();
  /** Marks of first words: nearly every word of a text is settled without making a string of it. */
  readonly #table = new Uint8Array(TABLE);

  constructor(detectors: readonly Detector[]) {
    // Many detectors share one list, and its words are read once.
    const lists = Map.groupBy(detectors.keys(), (index) => (detectors[index] as Detector).context);
    const users = new Map<string, number[]>();
    for (const [context = [], indices] of lists) {
      for (const word of context) {
        const text = word.toLowerCase().replace(/[_-]/g, " ");
        const known = users.get(text);
        if (known) known.push(...indices);
        else users.set(text, indices.slice());
      }
    }
    for (const [text, indices] of users) {
      const first = text.charCodeAt(0) >= UNSPACED ? text.slice(0, 1) : text.slice(0, wordEnd(text, 0));
      const known = this.#phrases.get(first);
      if (known) known.push({ text, detectors: indices });
      else this.#phrases.set(first, [{ text, detectors: indices }]);
      this.#table[markOf(first, 0, first.length)] = 1;
      // With the s of a plural.
      this.#table[markOf(`${first}s`, 0, first.length + 1)] = 1;
    }
  }

  /** What speaks in a text and in its key. */
  read(key: string, text: string): Context {
    const context = new Context();
    if (this.#phrases.size === 0) return context;
    this.#search(text.toLowerCase(), context.words);
    // In prose a capital within a word means nothing; in the name of a field it begins one.
    const named = /[a-z][A-Z]/.test(key) ? key.replace(/([a-z])([A-Z])/g, "$1 $2") : key;
    if (named !== "") this.#search(named.toLowerCase(), context.key);
    return context;
  }

  #search(text: string, into: Word[]): void {
    for (let at = 0; at < text.length;) {
      const code = text.charCodeAt(at);
      if (!isLetter(code)) {
        at++;
        continue;
      }
      const end = code >= UNSPACED ? at + 1 : wordEnd(text, at);
      const known = this.#table[markOf(text, at, end)] === 1;
      const phrases = known ? (this.#phrases.get(text.slice(at, end)) ?? this.#phrases.get(text.slice(at, end - 1))) : undefined;
      if (phrases) for (const phrase of phrases) if (stands(phrase.text, text, at)) into.push({ at, end: at + phrase.text.length, detectors: phrase.detectors });
      at = end;
    }
  }
}

/** Words that speak for detectors, in the order of the text. */
interface Word {
  readonly at: number;
  readonly end: number;
  readonly detectors: readonly number[];
}

/** What was found in one line. */
export class Context {
  readonly words: Word[] = [];
  readonly key: Word[] = [];

  /** Whether a word for the detector stands in the key, or near the place that these code units of the line are. */
  speaksFor(detector: number, start: number, end: number): boolean {
    for (const { detectors } of this.key) if (detectors.includes(detector)) return true;
    for (const word of this.words) {
      if (word.at > end + NEAR) return false;
      // What is itself part of the match says nothing of it.
      if (word.end >= start - NEAR && !(word.at >= start && word.end <= end) && word.detectors.includes(detector)) return true;
    }
    return false;
  }

  /** Whether a word for the detector stands near or in that stretch. */
  mayConcern(detector: number, start: number, end: number): boolean {
    for (const { detectors } of this.key) if (detectors.includes(detector)) return true;
    for (const word of this.words) {
      if (word.at > end + NEAR) return false;
      if (word.end >= start - NEAR && word.detectors.includes(detector)) return true;
    }
    return false;
  }
}

function markOf(text: string, at: number, end: number): number {
  return (text.charCodeAt(at) + 31 * text.charCodeAt(end - 1) + 961 * (end - at) + 7 * text.charCodeAt((at + end) >> 1)) & (TABLE - 1);
}

/** As whole words; a plural counts. */
function stands(phrase: string, text: string, at: number): boolean {
  for (let index = 0; index < phrase.length; index++) {
    const [wanted, code] = [phrase.charCodeAt(index), text.charCodeAt(at + index)];
    if (wanted !== code && (wanted !== SPACE || !JOINTS.includes(code))) return false;
  }
  const end = at + phrase.length;
  const last = text.charCodeAt(end - 1);
  if (last >= UNSPACED || !isLetter(last) || !isLetter(text.charCodeAt(end))) return true;
  return text.charCodeAt(end) === 0x73 && !isLetter(text.charCodeAt(end + 1));
}

function wordEnd(text: string, at: number): number {
  let end = at + 1;
  for (let code = text.charCodeAt(end); end < text.length && isLetter(code) && code < UNSPACED; code = text.charCodeAt(end)) end++;
  return end;
}

/** Digits count: `line1` has no word `line`. Of other scripts all that is not a sign of Latin-1, general or CJK punctuation, or a byte order mark. */
function isLetter(code: number): boolean {
  if (code < 0xaa) return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39);
  if (code < 0xc0) return code === 0xaa || code === 0xb5 || code === 0xba;
  return code !== 0xd7 && code !== 0xf7 && (code < 0x2000 || code > 0x206f) && (code < 0x3000 || code > 0x303f) && code !== 0xfeff;
}
