import type { Finder, RegexEngine } from "../../policies/regex.ts";
import { Automaton } from "./automaton.ts";
import { coresOf } from "./cores.ts";
import type { Detector } from "./detector.ts";
import { findSpaced } from "./runs.ts";

/** Bytes around the core of a trigger in which the rest of it must stand. */
const AROUND = 128;
/** So often in one text the rest of triggers is looked at; from then on their cores are enough, and the limit of work decides. */
const MOST_LOOKS = 2_048;
/** Longest name of an HTML entity, with its ends. */
const LONGEST_ENTITY = 16;
const [AMPERSAND, PERCENT, BACKSLASH] = [0x26, 0x25, 0x5c];
/** What stands behind a backslash in an escape. */
const ESCAPES: readonly number[] = [...Buffer.from("uUx0123nrtbfv\"'`/\\")];

/** One pattern, and who asked for it. */
export interface Trigger {
  /** Indices of detectors. */
  readonly detectors: readonly number[];
  /** What it announces may be split over two texts: a value of its own form, not a word that speaks for one. */
  readonly splits: boolean;
}

/** What in a text asks for a closer look. */
export class Signals {
  /** Pairs: index of a trigger, and the byte behind it; in the order of the text. */
  readonly triggers: number[] = [];
  /** Control characters of ASCII. */
  hidden = false;
  /** `%41`, `&#65;`, `\u0041` and their kind. */
  escaped = false;
  /** `=?utf-8?Q?…?=` of mail headers. */
  word = false;
  /** Letters that stand one by one. */
  spaced = false;

  get none(): boolean {
    return this.triggers.length === 0 && !this.hidden && !this.escaped && !this.word && !this.spaced;
  }

  clear(): void {
    this.triggers.length = 0;
    this.hidden = this.escaped = this.word = this.spaced = false;
  }
}

interface Compiled extends Trigger {
  /** The forms of a trigger that is nothing but text in this case. */
  readonly exact: readonly Buffer[] | undefined;
  /** Set where more than a core has to match. */
  readonly finder: (() => Finder) | undefined;
}

type SignName = "hidden" | "escaped" | "word";
/** What a text of the automaton stands for: indices of triggers, or a sign. */
type Meaning = readonly number[] | SignName;

/** Text → what it is a sign of, whatever the detectors are. */
const SIGNS: readonly (readonly [text: string, sign: SignName])[] = [
  ["%", "escaped"], ["&", "escaped"], ["\\", "escaped"], ["=?", "word"],
  ...Array.from("\x00\x01\x02\x03\x04\x05\x06\x07\b\v\f\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f", (char) => [char, "hidden"] as const),
];

/**
 * All triggers of all detectors as one automaton over the texts that must stand in them; what else belongs to a
 * trigger is looked at where such a text stands.
 */
export class Triggers {
  readonly list: readonly Trigger[];
  readonly #compiled: readonly Compiled[];
  /** Of ASCII, and of the others, which are looked for only where there is something else. */
  readonly #automata: readonly [ascii: Searched, other: Searched];
  readonly #raw: number[] = [];

  /** @throws TypeError for a trigger without text of its own */
  constructor(detectors: readonly Detector[], engine: RegexEngine) {
    const users = new Map<string, number[]>();
    for (const [index, { triggers }] of detectors.entries()) for (const pattern of new Set(triggers)) users.set(pattern, [...(users.get(pattern) ?? []), index]);
    const texts = new Map<string, number[]>();
    this.#compiled = Array.from(users, ([pattern, indices], index) => {
      const cores = coresOf(pattern);
      for (const text of cores.texts) texts.set(text, [...(texts.get(text) ?? []), index]);
      let finder: Finder | undefined;
      return {
        detectors: indices, splits: indices.some((user) => !(detectors[user] as Detector).needsContext),
        exact: cores.exact?.map((text) => Buffer.from(text)),
        finder: cores.exact || cores.whole ? undefined : () => (finder ??= engine.compileFinder(pattern)),
      };
    });
    this.list = this.#compiled;
    const all: (readonly [string, Meaning])[] = [...texts, ...SIGNS];
    this.#automata = [searched(all.filter(([text]) => isAscii(text))), searched(all.filter(([text]) => !isAscii(text)))];
  }

  /** Looks through UTF-8; of signs only those in the first `size` bytes count. */
  find(bytes: Buffer, size: number, ascii: boolean, into: Signals): void {
    this.#find(this.#automata[0], bytes, size, into);
    if (!ascii) {
      this.#find(this.#automata[1], bytes, size, into);
      sortPairs(into.triggers);
    }
    into.spaced = findSpaced(bytes, size);
  }

  #find({ automaton, meanings }: Searched, bytes: Buffer, size: number, into: Signals): void {
    const raw = this.#raw;
    raw.length = 0;
    automaton.find(bytes, bytes.length, raw);
    let looks = MOST_LOOKS;
    for (let index = 0; index < raw.length; index += 2) {
      const [meaning, end] = [meanings[raw[index] as number] as Meaning, raw[index + 1] as number];
      if (typeof meaning === "string") {
        if (end <= size && !into[meaning] && (meaning !== "escaped" || isEscape(bytes, end))) into[meaning] = true;
        continue;
      }
      for (const trigger of meaning) {
        const compiled = this.#compiled[trigger] as Compiled;
        if (compiled.finder && looks-- <= 0) into.triggers.push(trigger, end);
        else if (confirms(compiled, bytes, end)) into.triggers.push(trigger, end);
      }
    }
  }
}

/** An automaton and what its texts stand for. */
interface Searched {
  readonly automaton: Automaton;
  readonly meanings: readonly Meaning[];
}

function searched(texts: readonly (readonly [text: string, meaning: Meaning])[]): Searched {
  return { automaton: new Automaton(texts.map(([text]) => text)), meanings: texts.map(([, meaning]) => meaning) };
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}

/** Puts pairs of trigger and end into the order of their ends. */
function sortPairs(pairs: number[]): void {
  const order = Array.from({ length: pairs.length / 2 }, (_, pair) => pair).sort((a, b) => (pairs[2 * a + 1] as number) - (pairs[2 * b + 1] as number));
  const sorted = order.flatMap((pair) => [pairs[2 * pair] as number, pairs[2 * pair + 1] as number]);
  for (let index = 0; index < sorted.length; index++) pairs[index] = sorted[index] as number;
}

function confirms({ exact, finder }: Compiled, bytes: Buffer, end: number): boolean {
  if (exact) return exact.some((text) => text.length <= end && bytes.compare(text, 0, text.length, end - text.length, end) === 0);
  return !finder || finder().findEnd(bytes.subarray(Math.max(0, end - AROUND), end + AROUND), 0) >= 0;
}

/** Whether the sign before `end` begins an escape. */
function isEscape(bytes: Buffer, end: number): boolean {
  const [sign, next] = [bytes[end - 1], bytes[end] as number];
  if (sign === BACKSLASH) return ESCAPES.includes(next);
  if (sign === PERCENT) return isHex(next) || next === 0x75 || next === 0x55;
  if (sign !== AMPERSAND) return false;
  if (next === 0x23) return true;
  const close = bytes.indexOf(0x3b, end);
  return isLetter(next) && close > 0 && close - end < LONGEST_ENTITY;
}

function isHex(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}

function isLetter(byte: number): boolean {
  return (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
}
