import { MappedText, type Mapped } from "./mapped.ts";

/** Of the text around an escape so much is looked at with it, in code units; escapes that are nearer share one piece. */
const MARGIN = 256;

/** HTML's names (https://html.spec.whatwg.org/multipage/named-characters.html) of characters that are ASCII, or count as such. */
const NAMED: ReadonlyMap<string, string> = new Map(Object.entries({
  amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " ", Tab: "\t", NewLine: "\n", excl: "!", num: "#", dollar: "$", percnt: "%", lpar: "(",
  rpar: ")", ast: "*", midast: "*", plus: "+", comma: ",", hyphen: "-", dash: "-", period: ".", sol: "/", colon: ":", semi: ";", equals: "=",
  quest: "?", commat: "@", lsqb: "[", lbrack: "[", bsol: "\\", rsqb: "]", rbrack: "]", Hat: "^", lowbar: "_", UnderBar: "_", grave: "`",
  lcub: "{", lbrace: "{", verbar: "|", vert: "|", VerticalLine: "|", rcub: "}", rbrace: "}", shy: "", zwj: "", zwnj: "", ZeroWidthSpace: "",
  AMP: "&", LT: "<", GT: ">", QUOT: '"',
}));
const LONGEST_NAME = 14;

/** What stands behind one backslash in JSON and JavaScript. */
const SIMPLE: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", v: "\v", '"': '"', "'": "'", "`": "`", "/": "/", "\\": "\\" };

/** Hexadecimal digits behind `\\u`, `\\U` and `\\x`; each may have any number of them in braces, too. */
const HEX_DIGITS: Readonly<Record<string, number>> = { u: 4, U: 8, x: 2 };
/** Most of them in braces. */
const LONGEST_NUMBER = 8;

/** The escape that was read last: its characters, and where it ends. */
interface Escape {
  text: string;
  end: number;
}

/**
 * Pieces of the text in which one layer of escapes is taken away: `%41`, `%u0041`, `&#65;`, `&#x41;`, `&amp;`,
 * `\u0041`, `\u{41}`, `\x41`, `\101` and `\n`. Several escapes for the bytes of one character are taken together,
 * also where they are longer than they need be (`%c0%af` is a slash to a careless decoder).
 */
export function unescape(text: string, from: number, to: number): readonly Mapped[] {
  const pieces: Mapped[] = [];
  const escape: Escape = { text: "", end: 0 };
  let out: MappedText | undefined;
  let written = from;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x25 ? !percent(text, at, to, escape) : code === 0x26 ? !entity(text, at, to, escape) : code !== 0x5c || !backslash(text, at, to, escape)) continue;
    if (out && at - written > 2 * MARGIN) {
      out.copy(text, written, written + MARGIN);
      pieces.push(out.finish(written + MARGIN));
      out = undefined;
    }
    if (!out) {
      out = new MappedText(2 * MARGIN);
      written = Math.max(from, at - MARGIN);
    }
    out.copy(text, written, at);
    for (let index = 0; index < escape.text.length; index++) out.push(escape.text.charCodeAt(index), at);
    written = escape.end;
    at = written - 1;
  }
  if (out) {
    const end = Math.min(to, written + MARGIN);
    out.copy(text, written, end);
    pieces.push(out.finish(end));
  }
  return pieces;
}

/** `%41`, and `%u0041` as IIS reads it. */
function percent(text: string, at: number, to: number, into: Escape): boolean {
  if ((text.charCodeAt(at + 1) | 0x20) === 0x75) return single(hex(text, at + 2, at + 6, to), at + 6, into);
  const first = hex(text, at + 1, at + 3, to);
  if (first < 0) return false;
  into.end = at + 3;
  const width = first >= 0xf0 && first < 0xf8 ? 4 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xc0 && first < 0xe0 ? 2 : 1;
  let point = width === 1 ? first : first & (0x7f >> width);
  for (let index = 1; index < width; index++) {
    const byte = text.charCodeAt(at + 3 * index) === 0x25 ? hex(text, at + 3 * index + 1, at + 3 * index + 3, to) : -1;
    if (byte < 0 || (byte & 0xc0) !== 0x80) return single(first, at + 3, into);
    point = (point << 6) | (byte & 0x3f);
  }
  return single(point, at + 3 * width, into);
}

function entity(text: string, at: number, to: number, into: Escape): boolean {
  if (text.charCodeAt(at + 1) !== 0x23) {
    const end = next(text, 0x3b, at + 2, Math.min(to, at + LONGEST_NAME + 2));
    const known = end > 0 ? NAMED.get(text.slice(at + 1, end)) : undefined;
    if (known === undefined) return false;
    into.text = known;
    into.end = end + 1;
    return true;
  }
  const sixteen = (text.charCodeAt(at + 2) | 0x20) === 0x78;
  const start = at + (sixteen ? 3 : 2);
  let end = start;
  let point = 0;
  for (; end < to; end++) {
    const digit = digitOf(text.charCodeAt(end));
    if (digit < 0 || digit >= (sixteen ? 16 : 10)) break;
    // Zeros before the number cost nothing; a number that is too big stays too big.
    point = Math.min(point * (sixteen ? 16 : 10) + digit, 0x110000);
  }
  if (end === start) return false;
  return single(point, text.charCodeAt(end) === 0x3b && end < to ? end + 1 : end, into);
}

function backslash(text: string, at: number, to: number, into: Escape): boolean {
  if (at + 1 >= to) return false;
  const char = text[at + 1] as string;
  const digits = HEX_DIGITS[char];
  if (digits !== undefined) {
    if (text[at + 2] !== "{") return single(hex(text, at + 2, at + 2 + digits, to), at + 2 + digits, into);
    const end = next(text, 0x7d, at + 4, Math.min(to, at + LONGEST_NUMBER + 4));
    return end > 0 && single(hex(text, at + 3, end, to), end + 1, into);
  }
  if (char >= "0" && char <= "3") {
    let [end, value] = [at + 1, 0];
    for (; end < to && end < at + 4 && text.charCodeAt(end) >= 0x30 && text.charCodeAt(end) <= 0x37; end++) value = value * 8 + text.charCodeAt(end) - 0x30;
    return end === at + 4 && single(value, end, into);
  }
  const simple = SIMPLE[char];
  if (simple === undefined) return false;
  into.text = simple;
  into.end = at + 2;
  return true;
}

function single(point: number, end: number, into: Escape): boolean {
  if (point < 0 || point > 0x10ffff) return false;
  into.text = String.fromCodePoint(point);
  into.end = end;
  return true;
}

/** Where a character stands next; -1 when that is not before `to`. Looks no further: a text may have many beginnings and no end. */
function next(text: string, code: number, from: number, to: number): number {
  for (let at = from; at < to; at++) if (text.charCodeAt(at) === code) return at;
  return -1;
}

/** The number that all of `start` to `end` is in base 16; -1 when it is not. */
function hex(text: string, start: number, end: number, to: number): number {
  if (end > to) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = digitOf(text.charCodeAt(at));
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
