import type { RegexEngine } from "../../policies/regex.ts";
import { LEAST_BARE, type Detector } from "./detector.ts";
import type { Layer } from "./layer.ts";
import { findDigits } from "./runs.ts";
import { BYTE, type Work } from "./work.ts";

/** Bytes before and after a run of digits that a rule may take in. */
const AROUND = 64;
/** A run is told from others by pieces of so many bytes. */
const PIECE = 32;
/** For each byte of a shape that is new, and each rule: the automaton has to be built on. */
const NEW_SHAPE = 20;
const ZERO = 0x30;
const NINE = 0x39;
const LINE_END = 0x0a;

/** A stretch of one line with runs of digits in it, in bytes. */
export interface Window {
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

/**
 * Says which of the detectors that look for digits can have a match at all. Their whole rules stand in one automaton;
 * that would be too big to be built while numbers of all kinds are read, so it reads all digits as zeros, and the rules are
 * widened so that they still match. Numbers of one shape then are one text.
 */
export class DigitRules {
  /** Fewest digits that any detector looks for; 0 when none does. And fewest that one looks for without a letter before them. */
  readonly least: number;
  readonly #bare: number;
  /** Detectors by their number in the automaton. */
  readonly #indices: readonly number[];
  /** Those whose rules cannot be widened. */
  readonly #always: readonly number[];
  readonly #match: ((bytes: Buffer) => readonly number[]) | undefined;
  readonly #kept: Buffer = Buffer.allocUnsafeSlow(65_536);

  constructor(detectors: readonly Detector[], engine: RegexEngine) {
    const rules = detectors.flatMap(({ digits, pattern }, index) => (digits ? [{ index, least: digits[0], widened: widen(pattern) }] : []));
    const inSet = rules.filter(({ widened }) => widened !== undefined);
    this.least = rules.length > 0 ? Math.max(1, Math.min(...rules.map(({ least }) => least))) : 0;
    this.#bare = Math.min(LEAST_BARE, ...rules.filter(({ index }) => !(detectors[index] as Detector).letterBefore).map(({ least }) => least));
    this.#indices = inSet.map(({ index }) => index);
    this.#always = rules.filter(({ widened }) => widened === undefined).map(({ index }) => index);
    this.#match = inSet.length > 0 ? engine.compileByteSet(inSet.map(({ widened }) => widened as string)) : undefined;
  }

  /** Runs of digits in UTF-8, as pairs of start and end. */
  find(bytes: Buffer, size: number, into: number[]): void {
    if (this.least > 0) findDigits(bytes, size, this.least, this.#bare, into);
  }

  /**
   * The surroundings of runs of digits; runs near each other share one. Those for which there is work left, and whether
   * that was all: numbers of few shapes cost little, as in a table; numbers of ever new shapes cost much.
   */
  windows(layer: Layer, runs: readonly number[], work: Work): { readonly windows: readonly Window[]; readonly complete: boolean } {
    const windows: { line: number; start: number; end: number }[] = [];
    const shapes = new Set<number>();
    for (let index = 0; index < runs.length; index += 2) {
      const [start, end] = [runs[index] as number, runs[index + 1] as number];
      if (start >= layer.size) break;
      const line = layer.lineAt(layer.unit(start));
      if (line < 0) continue;
      for (let at = start; at < end; at += PIECE) {
        const to = Math.min(at + PIECE, end);
        const known = shapes.size;
        shapes.add(shapeOf(layer.bytes, at, to));
        if (!work.spend((to - at) * (shapes.size > known ? NEW_SHAPE * this.#indices.length : BYTE))) return { windows, complete: false };
      }
      const last = windows.at(-1);
      const to = Math.min(layer.byte(layer.end[line] as number), layer.character(end + AROUND));
      const from = Math.max(layer.byte(layer.start[line] as number), layer.character(start - AROUND));
      if (last && last.line === line && from <= last.end) last.end = to;
      else windows.push({ line, start: from, end: to });
    }
    return { windows, complete: true };
  }

  /** Detectors whose rules may match in one of the windows. @throws when the automaton runs out of memory */
  candidates(bytes: Buffer, windows: readonly Window[]): readonly number[] {
    if (!this.#match) return this.#always;
    const zeros = this.#room(windows.reduce((sum, { start, end }) => sum + end - start + 1, 0));
    let to = 0;
    for (const { start, end } of windows) {
      to = copyZeros(bytes, start, end, zeros, to);
      zeros[to++] = LINE_END;
    }
    return [...this.#always, ...this.#match(zeros.subarray(0, to)).map((index) => this.#indices[index] as number)];
  }

  #room(size: number): Buffer {
    if (size <= this.#kept.length) return this.#kept;
    return Buffer.allocUnsafeSlow(size);
  }
}

/** A number that stretches of one shape share: all digits are one. */
function shapeOf(bytes: Buffer, start: number, end: number): number {
  let shape = end - start;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    shape = (Math.imul(shape, 31) + (byte > ZERO && byte <= NINE ? ZERO : byte)) | 0;
  }
  return shape;
}

function copyZeros(bytes: Buffer, start: number, end: number, into: Buffer, to: number): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    into[to++] = byte > ZERO && byte <= NINE ? ZERO : byte;
  }
  return to;
}

/** A pattern that matches wherever the given one does, also when all digits are zeros. Undefined where that cannot be seen to hold. */
export function widen(pattern: string): string | undefined {
  let out = "";
  for (let at = 0; at < pattern.length;) {
    const char = pattern[at] as string;
    if (char === "\\") {
      const escape = /^\\(?:[pP]\{[^}]*\}|[bBdDsSwWAz]|[nrtfv]|[^0-9A-Za-z]|[pP][A-Z]|x\{?[0-9A-Fa-f]+\}?)/.exec(pattern.slice(at))?.[0];
      if (!escape || escape === "\\D" || escape === "\\W") return undefined;
      const code = /^\\x\{?([0-9A-Fa-f]+)/.exec(escape)?.[1];
      out += code !== undefined && /^\d$/.test(String.fromCodePoint(Number.parseInt(code, 16))) ? "0" : escape;
      at += escape.length;
    } else if (char === "[") {
      const end = classEnd(pattern, at);
      const content = pattern.slice(at + 1, end);
      // A class that shuts out some digits and not others would have to be taken apart.
      if (end < 0 || (content.startsWith("^") && /[0-9]|\\[dDwWsS]/.test(content) && !/0-9|\\d/.test(content))) return undefined;
      out += !content.startsWith("^") && /[0-9]/.test(content) ? `[0${content}]` : `[${content}]`;
      at = end + 1;
    } else if (char === "{") {
      const end = pattern.indexOf("}", at);
      if (end < 0) return undefined;
      out += pattern.slice(at, end + 1);
      at = end + 1;
    } else if (char === "(" && pattern[at + 1] === "?") {
      const head = /^\(\?(?:[a-zA-Z-]*:|[a-zA-Z-]+\)|P?<\w+>)/.exec(pattern.slice(at))?.[0];
      if (!head) return undefined;
      out += head;
      at += head.length;
    } else {
      out += char >= "0" && char <= "9" ? "0" : char;
      at++;
    }
  }
  return out;
}

/** Where a character class that begins at `start` ends. */
function classEnd(pattern: string, start: number): number {
  for (let at = start + (pattern[start + 1] === "^" ? 2 : 1), first = true; at < pattern.length; at++, first = false) {
    if (pattern[at] === "\\") at++;
    else if (pattern[at] === "[" && pattern[at + 1] === ":") at = pattern.indexOf(":]", at) + 1;
    else if (pattern[at] === "]" && !first) return at;
  }
  return -1;
}
