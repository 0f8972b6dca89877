import { base85Readings } from "./base85.ts";
import { MappedText, type Mapped } from "./mapped.ts";
import { textualPrefix } from "./runs.ts";

/** So much of a text belongs to the name of an encoding: before it, and behind it, in code units. */
const BEFORE = 512;
const BEHIND = 2_048;
/** Shortest token that is decoded, in characters. */
const LEAST = 10;
/** Shortest token that is read backwards: shorter ones are no secrets. */
const LEAST_REVERSED = 12;
const LETTERS = 13;

/** A token of the text and what it says. */
export interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** An encoding that does not show, so that it is read only where its name stands. */
interface Announced {
  /** Each branch is text. */
  readonly name: RegExp;
  /** Looks at a part of the text; the name ends at `behind`. */
  readonly read: (text: string, from: number, to: number, behind: number) => readonly (Mapped | Token)[];
}

const ENCODINGS: readonly Announced[] = [
  { name: /rot13|rot[-_ ]13/gi, read: (text, from, to) => [rotate(text, from, to)] },
  { name: /<~/g, read: delimited },
  { name: /base85|base[-_ ]85|ascii85|z85/gi, read: (text, _, to, behind) => tokens(text, behind, to, LEAST).flatMap(fromBase85) },
  { name: /reversed|backwards|reverse\(/gi, read: (text, from, to) => tokens(text, from, to, LEAST_REVERSED).flatMap(backwards) },
];

/** What a text says where it names how it is encoded: in ROT13, in base 85, backwards. */
export function readAnnounced(text: string, from: number, to: number): readonly (Mapped | Token)[] {
  const pieces: (Mapped | Token)[] = [];
  const own = text.slice(from, to);
  for (const { name, read } of ENCODINGS) {
    let done = from;
    name.lastIndex = 0;
    for (let found = name.exec(own); found; found = name.exec(own)) {
      const at = from + found.index;
      const end = Math.min(to, at + BEHIND);
      pieces.push(...read(text, Math.max(done, at - BEFORE), end, at + found[0].length));
      done = end;
      name.lastIndex = end - from;
    }
  }
  return pieces;
}

/** Letters moved by half the alphabet. */
function rotate(text: string, from: number, to: number): Mapped {
  const out = new MappedText(to - from);
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    const letter = (code | 0x20) - 0x61;
    out.push(letter >= 0 && letter < 2 * LETTERS && code < 0x80 ? code + (letter < LETTERS ? LETTERS : -LETTERS) : code, at);
  }
  return out.finish(to);
}

/** `<~…~>` of Adobe's base 85, in which white space means nothing. */
function delimited(text: string, _: number, to: number, behind: number): readonly Token[] {
  const length = text.slice(behind, to).indexOf("~>");
  return length < LEAST ? [] : readings(text.slice(behind, behind + length).replace(/\s/g, ""), behind - 2, behind + length + 2);
}

/** As it is, without quotes, and without brackets and what ends a sentence: all of these are digits, too. */
function fromBase85({ text, start, end }: Token): readonly Token[] {
  const unquoted = trim(text, "\"'`:=", "\"'`");
  return [...new Set([text, unquoted, trim(unquoted, "(\"'`", ").,;\"'`")])].flatMap((one) => readings(one, start, end));
}

/** Without such characters at its beginning and its end. */
function trim(text: string, before: string, behind: string): string {
  let [first, last] = [0, text.length];
  while (first < last && before.includes(text[first] as string)) first++;
  while (last > first && behind.includes(text[last - 1] as string)) last--;
  return text.slice(first, last);
}

/** Every reading that is text to its end: by chance hardly any is. */
function readings(text: string, start: number, end: number): readonly Token[] {
  return base85Readings(text).filter((bytes) => bytes.length > 0 && textualPrefix(bytes) === bytes.length).map((bytes) => ({ text: bytes.toString("utf8"), start, end }));
}

/** A token of letters and digits; numbers read backwards are other numbers. */
function backwards({ text, start, end }: Token): readonly Token[] {
  const letters = text.match(/[A-Za-z]/g)?.length ?? 0;
  return 3 * letters >= text.length ? [{ text: text.split("").reverse().join(""), start, end }] : [];
}

/** Words, as white space divides them. */
function tokens(text: string, from: number, to: number, least: number): readonly Token[] {
  const found: Token[] = [];
  for (let at = from; at < to; at++) {
    if (text.charCodeAt(at) <= 0x20) continue;
    const start = at;
    while (at < to && text.charCodeAt(at) > 0x20) at++;
    if (at - start >= least) found.push({ text: text.slice(start, at), start, end: at });
  }
  return found;
}
