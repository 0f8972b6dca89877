/**
 * The operators and functions that a condition may use, with the types that they take. Semantics:
 * https://github.com/google/cel-spec/blob/master/doc/langdef.md#list-of-standard-definitions
 *
 * @module
 */
import { messageOf } from "../../errors.ts";
import { regexEngine } from "../regex.ts";
import { Failure } from "./failure.ts";
import { dateOf, Duration, instant, Timestamp } from "./time.ts";
import { BOOL, DOUBLE, DURATION, INT, type Kind, LIST, STRING, TIMESTAMP, type Type } from "./types.ts";
import { charge, type Frame, keysOf } from "./values.ts";
import { compileZone } from "./zone.ts";

/** Works on values whose kinds were looked at before. */
export type Run = (frame: Frame, a: never, b: never) => unknown;

/** One way to call a function: with these kinds of values. */
export interface Overload {
  /** `x.f(y)`: the first of `takes` stands before the dot. */
  readonly method: boolean;
  /** One or two. */
  readonly takes: readonly Kind[];
  readonly gives: Type;
  readonly run: Run;
  /** Where the second value must be a literal: makes `run` from it, at load. Throws when it is not valid. */
  readonly prepare?: (literal: string) => Run;
}

/** Beyond the largest int, as a double; from here on, both ways, int() is an error. */
const INT_LIMIT = 2 ** 63;
/** Longest text that is read as a double, in characters. */
const LONGEST_NUMBER = 400;
/** What reading a timestamp or asking a time zone costs, compared with other steps. */
const CLOCK_STEPS = 30;
/** From this length of a needle on, `includes` may compare haystack × needle characters. */
const LONG_NEEDLE = 100;

const call = (takes: readonly Kind[], gives: Type, run: Run): Overload => ({ method: false, takes, gives, run });
const method = (takes: readonly Kind[], gives: Type, run: Run): Overload => ({ method: true, takes, gives, run });

function int(value: bigint): bigint {
  if (BigInt.asIntN(64, value) !== value) throw new Failure("integer overflow");
  return value;
}

function divisor(value: bigint): bigint {
  if (value === 0n) throw new Failure("division by zero");
  return value;
}

/** Escapes that the native engine takes besides, from JavaScript; and \\C, which is half a character. */
const FOREIGN_ESCAPES = "uUcC";

function compileMatch(pattern: string): Run {
  const occurs = compilePattern(pattern);
  return (frame: Frame, text: string) => {
    charge(frame, text.length >> 2);
    return occurs(text);
  };
}

function compilePattern(pattern: string): (text: string) => boolean {
  const foreign = [...pattern.matchAll(/\\(.)/gs)].some(([, letter]) => FOREIGN_ESCAPES.includes(letter as string));
  try {
    if (foreign) throw new Error("\\u, \\c and \\C are not part of it; write a character as \\x{…}");
    return regexEngine().compileTest(pattern);
  } catch (thrown) {
    throw new Error(`not a regular expression of RE2: ${messageOf(thrown)}`, { cause: thrown });
  }
}

function contains(frame: Frame, text: string, part: string): boolean {
  charge(frame, part.length > LONG_NEEDLE ? (text.length * part.length) / 64 : text.length >> 4);
  return text.includes(part);
}

function sizeOfText(frame: Frame, text: string): bigint {
  charge(frame, text.length >> 2);
  let size = text.length;
  for (let index = 1; index < text.length; index++) {
    // A pair of surrogates is one character.
    if ((text.charCodeAt(index) & 0xfc00) === 0xdc00 && (text.charCodeAt(index - 1) & 0xfc00) === 0xd800) size--;
  }
  return BigInt(size);
}

const sizeOfList = (_: Frame, list: readonly unknown[]): bigint => BigInt(list.length);

function sizeOfMap(frame: Frame, map: unknown): bigint {
  return BigInt(keysOf(frame, map).length);
}

function concat(frame: Frame, a: readonly unknown[], b: readonly unknown[]): readonly unknown[] {
  charge(frame, a.length + b.length);
  return [...a, ...b];
}

function parseInt64(text: string): bigint {
  if (!/^[+-]?\d{1,19}$/.test(text)) throw new Failure(`"${text.slice(0, 40)}" is not an int`);
  return int(BigInt(text.replace(/^\+/, "")));
}

function parseDouble(frame: Frame, text: string): number {
  charge(frame, Math.min(text.length, LONGEST_NUMBER));
  if (text.length > LONGEST_NUMBER) throw new Failure(`a double is written with at most ${LONGEST_NUMBER} characters`);
  const special = /^([+-]?)(?:(inf|infinity)|nan)$/i.exec(text);
  if (special) return special[2] ? Number(`${special[1]}Infinity`) : Number.NaN;
  if (!/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) throw new Failure(`"${text.slice(0, 40)}" is not a double`);
  return Number(text);
}

function parseBool(text: string): boolean {
  if (["1", "t", "true", "TRUE", "True"].includes(text)) return true;
  if (["0", "f", "false", "FALSE", "False"].includes(text)) return false;
  throw new Failure(`"${text.slice(0, 40)}" is not a bool`);
}

function truncate(value: number): bigint {
  if (!(value > -INT_LIMIT && value < INT_LIMIT)) throw new Failure("integer overflow");
  return BigInt(Math.trunc(value));
}

function casing(letters: RegExp, change: (text: string) => string): Run {
  return (frame: Frame, text: string) => {
    const plain = /^[\0-\x7f]*$/.test(text);
    charge(frame, plain ? text.length >> 4 : text.length);
    return plain ? change(text) : text.replace(letters, change);
  };
}

function shift({ ms, nanos }: Timestamp, by: Duration, sign: 1 | -1): Timestamp {
  return new Timestamp(ms + sign * by.ms, nanos + sign * by.nanos);
}

/** A part of a timestamp, in UTC or in the zone of a literal. */
function part(read: (date: Date) => number): readonly Overload[] {
  const inUtc: Run = (_: Frame, value: unknown) => BigInt(read(dateOf(value)));
  const prepare = (name: string): Run => {
    const zone = compileZone(name);
    return (frame: Frame, value: unknown) => {
      charge(frame, CLOCK_STEPS);
      const utc = dateOf(value).getTime();
      return BigInt(read(new Date(utc + zone(utc))));
    };
  };
  return [method(["timestamp"], INT, inUtc), { method: true, takes: ["timestamp", "string"], gives: INT, run: inUtc, prepare }];
}

function span(milliseconds: number): Overload {
  return method(["duration"], INT, (_: Frame, duration: Duration) => BigInt(Math.trunc(duration.whole / milliseconds)));
}

const matches: Overload = { method: true, takes: ["string", "string"], gives: BOOL, run: () => false, prepare: compileMatch };

export const FUNCTIONS: Readonly<Record<string, readonly Overload[]>> = {
  "_+_": [
    call(["int", "int"], INT, (_, a: bigint, b: bigint) => int(a + b)),
    call(["double", "double"], DOUBLE, (_, a: number, b: number) => a + b),
    call(["string", "string"], STRING, (frame, a: string, b: string) => (charge(frame, (a.length + b.length) >> 4), a + b)),
    call(["list", "list"], LIST, concat),
    call(["timestamp", "duration"], TIMESTAMP, (_, a: unknown, b: Duration) => shift(instant(a), b, 1)),
    call(["duration", "timestamp"], TIMESTAMP, (_, a: Duration, b: unknown) => shift(instant(b), a, 1)),
    call(["duration", "duration"], DURATION, (_, a: Duration, b: Duration) => new Duration(a.ms + b.ms, a.nanos + b.nanos)),
  ],
  "_-_": [
    call(["int", "int"], INT, (_, a: bigint, b: bigint) => int(a - b)),
    call(["double", "double"], DOUBLE, (_, a: number, b: number) => a - b),
    call(["timestamp", "timestamp"], DURATION, (_, a: unknown, b: unknown) => new Duration(instant(a).ms - instant(b).ms, instant(a).nanos - instant(b).nanos)),
    call(["timestamp", "duration"], TIMESTAMP, (_, a: unknown, b: Duration) => shift(instant(a), b, -1)),
    call(["duration", "duration"], DURATION, (_, a: Duration, b: Duration) => new Duration(a.ms - b.ms, a.nanos - b.nanos)),
  ],
  "_*_": [
    call(["int", "int"], INT, (_, a: bigint, b: bigint) => int(a * b)),
    call(["double", "double"], DOUBLE, (_, a: number, b: number) => a * b),
  ],
  "_/_": [
    call(["int", "int"], INT, (_, a: bigint, b: bigint) => int(a / divisor(b))),
    call(["double", "double"], DOUBLE, (_, a: number, b: number) => a / b),
  ],
  "_%_": [call(["int", "int"], INT, (_, a: bigint, b: bigint) => a % divisor(b))],
  "-_": [
    call(["int"], INT, (_, a: bigint) => int(-a)),
    call(["double"], DOUBLE, (_, a: number) => -a),
  ],
  "!_": [call(["bool"], BOOL, (_, a: boolean) => !a)],

  size: [
    call(["string"], INT, sizeOfText), method(["string"], INT, sizeOfText),
    call(["list"], INT, sizeOfList), method(["list"], INT, sizeOfList),
    call(["map"], INT, sizeOfMap), method(["map"], INT, sizeOfMap),
  ],
  contains: [method(["string", "string"], BOOL, contains)],
  startsWith: [method(["string", "string"], BOOL, (frame, text: string, start: string) => (charge(frame, start.length >> 4), text.startsWith(start)))],
  endsWith: [method(["string", "string"], BOOL, (frame, text: string, end: string) => (charge(frame, end.length >> 4), text.endsWith(end)))],
  matches: [matches, { ...matches, method: false }],
  lowerAscii: [method(["string"], STRING, casing(/[A-Z]+/g, (text) => text.toLowerCase()))],
  upperAscii: [method(["string"], STRING, casing(/[a-z]+/g, (text) => text.toUpperCase()))],

  bool: [call(["bool"], BOOL, (_, a) => a), call(["string"], BOOL, (_, a: string) => parseBool(a))],
  int: [
    call(["int"], INT, (_, a) => a),
    call(["double"], INT, (_, a: number) => truncate(a)),
    call(["string"], INT, (_, a: string) => parseInt64(a)),
    call(["timestamp"], INT, (_, a: unknown) => BigInt(Math.floor(instant(a).ms / 1_000))),
  ],
  double: [
    call(["double"], DOUBLE, (_, a) => a),
    call(["int"], DOUBLE, (_, a: bigint) => Number(a)),
    call(["string"], DOUBLE, parseDouble),
  ],
  string: [
    call(["string"], STRING, (_, a) => a),
    call(["bool"], STRING, (_, a: boolean) => String(a)),
    call(["int"], STRING, (_, a: bigint) => String(a)),
    call(["double"], STRING, (_, a: number) => String(a)),
    call(["timestamp"], STRING, (_, a: unknown) => String(instant(a))),
    call(["duration"], STRING, (_, a: Duration) => String(a)),
  ],
  timestamp: [
    call(["timestamp"], TIMESTAMP, (_, a) => a),
    call(["string"], TIMESTAMP, (frame, a: string) => (charge(frame, CLOCK_STEPS), Timestamp.parse(a))),
    call(["int"], TIMESTAMP, (_, a: bigint) => Timestamp.ofSeconds(a)),
  ],
  duration: [
    call(["duration"], DURATION, (_, a) => a),
    call(["string"], DURATION, (frame, a: string) => (charge(frame, CLOCK_STEPS), Duration.parse(a))),
  ],

  getFullYear: part((date) => date.getUTCFullYear()),
  getMonth: part((date) => date.getUTCMonth()),
  getDate: part((date) => date.getUTCDate()),
  getDayOfMonth: part((date) => date.getUTCDate() - 1),
  getDayOfWeek: part((date) => date.getUTCDay()),
  getDayOfYear: part((date) => Math.floor((date.getTime() - new Date(date).setUTCMonth(0, 1)) / 86_400_000)),
  getHours: [...part((date) => date.getUTCHours()), span(3_600_000)],
  getMinutes: [...part((date) => date.getUTCMinutes()), span(60_000)],
  getSeconds: [...part((date) => date.getUTCSeconds()), span(1_000)],
  getMilliseconds: [
    ...part((date) => date.getUTCMilliseconds()),
    method(["duration"], INT, (_, duration: Duration) => BigInt(duration.whole % 1_000)),
  ],
};
