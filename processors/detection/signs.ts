import { closesBefore, CLOSINGS, OPENINGS, opensBehind } from "./added.ts";
import { beginsBroken, CUES } from "./broken.ts";

/** Longest name of an HTML entity, with its ends. */
const LONGEST_ENTITY = 16;
const [AMPERSAND, PERCENT, BACKSLASH] = [0x26, 0x25, 0x5c];
/** What stands behind a backslash in an escape. */
const ESCAPES: readonly number[] = [...Buffer.from("uUx0123nrtbfv\"'`/\\")];

/** Control characters of ASCII that are no white space: where one stands, any of them does. */
export const HIDDEN = "\x00\x01\x02\x03\x04\x05\x06\x07\b\v\f\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f";

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
  /** The beginning of a key that does not go on as keys do. */
  broken = false;
  /** `"a" + "b"` and its kind. */
  added = false;
  /** The name of an encoding that a text does not show by itself. */
  announced = false;

  get none(): boolean {
    return this.triggers.length === 0 && !this.lines;
  }

  /** Whether something has to be done with each line. */
  get lines(): boolean {
    return this.hidden || this.escaped || this.word || this.spaced || this.broken || this.added || this.announced;
  }

  clear(): void {
    this.triggers.length = 0;
    this.hidden = this.escaped = this.word = this.spaced = this.broken = this.added = this.announced = false;
  }
}

/** A text that means something whatever the detectors are. */
export interface Sign {
  /** In lower case. */
  readonly text: string;
  readonly flag: "hidden" | "escaped" | "word" | "broken" | "added" | "announced";
  /** Whether it does where it ends before a byte of UTF-8. */
  readonly confirms?: (bytes: Uint8Array, end: number, size: number) => boolean;
}

const sign = (flag: Sign["flag"], texts: Iterable<string>, confirms?: Sign["confirms"]): readonly Sign[] => Array.from(texts, (text) => ({ text, flag, ...(confirms && { confirms }) }));

export const SIGNS: readonly Sign[] = [
  ...sign("escaped", "%&\\", isEscape),
  ...sign("word", ["=?"]),
  ...sign("hidden", HIDDEN.slice(0, 1)),
  ...CUES.flatMap(({ text, whole }) => sign("broken", [text], (bytes, end, size) => beginsBroken(bytes, end, size, text.length, whole))),
  ...sign("added", CLOSINGS, opensBehind), ...sign("added", OPENINGS, closesBefore),
  ...sign("announced", ["rot13", "rot-13", "rot 13", "rot_13", "base85", "base-85", "base 85", "base_85", "ascii85", "z85", "<~", "reversed", "backwards", "reverse("]),
];

/** Whether the sign before `end` begins an escape. */
function isEscape(bytes: Uint8Array, end: number): boolean {
  const [sign, next] = [bytes[end - 1], bytes[end] as number];
  if (sign === BACKSLASH) return ESCAPES.includes(next);
  if (sign === PERCENT) return isHex(next) || next === 0x75 || next === 0x55;
  if (sign !== AMPERSAND) return false;
  if (next === 0x23) return true;
  if (!isLetter(next)) return false;
  for (let at = end + 1; at < bytes.length && at - end < LONGEST_ENTITY; at++) if (bytes[at] === 0x3b) return true;
  return false;
}

function isHex(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}

function isLetter(byte: number): boolean {
  return (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
}
