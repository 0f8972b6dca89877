import type { Derived, Layer, Piece } from "./layer.ts";
import { Kind, type Tape } from "./tape.ts";

/** Bytes of each side of a seam that are looked at for a trigger that is split. */
const EDGE = 8;
/** Code units of each side that take part in a value that is split. */
const REACH = 256;
/** A text that is no longer is a crumb: a value may be split over any number of them. */
const CRUMB = 4;
/** Seams of one value that are looked at closely. */
const MOST_SEAMS = 64;

export interface Joined {
  readonly lines: readonly Derived[];
  /** False when there were more suspicious seams than are looked at. */
  readonly complete: boolean;
}

const NONE: Joined = { lines: [], complete: true };

/**
 * Where texts of a value follow each other, so that one secret may be split over two of them. Their ends are written
 * behind the lines of the first layer, without anything between them, and are scanned for triggers with the rest.
 */
export class Seams {
  /** Entries that are strings, in order. */
  readonly #texts: number[] = [];
  /** Byte of each seam between two of them; rising. */
  readonly #at: number[] = [];
  /** Seams that deserve a closer look, by the number of the text before them. */
  #suspects = new Set<number>();

  /** Writes the ends of the texts behind the first `size` bytes and returns the new size. Needs as much room again. */
  write(tape: Tape, bytes: Buffer, size: number, ascii: boolean): number {
    this.#texts.length = this.#at.length = 0;
    // Not `clear()`: see Matcher.collect.
    if (this.#suspects.size > 0) this.#suspects = new Set();
    for (let entry = 0; entry < tape.length; entry++) {
      if (tape.kind[entry] === Kind.text && typeof tape.value[entry] === "string" && !tape.omitted.has(entry) && (tape.end[entry] as number) > (tape.middle[entry] as number)) this.#texts.push(entry);
    }
    if (this.#texts.length < 2) return size;
    let at = size;
    for (const entry of this.#texts) {
      this.#at.push(at);
      if (ascii) at = writeEnds(bytes, tape.middle[entry] as number, tape.end[entry] as number, at);
      else {
        const text = tape.value[entry] as string;
        at += bytes.write(text.length > 2 * EDGE ? `${text.slice(0, EDGE)}\n${text.slice(-EDGE)}` : text, at);
      }
    }
    return at;
  }

  /** Something that may be part of a value was found in these bytes: a suspicion where a seam is inside. */
  crossing(start: number, end: number): void {
    for (let index = after(this.#at, start); index < this.#at.length && (this.#at[index] as number) < end; index++) this.#suspects.add(index - 1);
  }

  /** A trigger ends before this byte: it is short, so that a seam within its length may be inside. */
  endsAt(end: number): void {
    this.crossing(end - EDGE, end);
  }

  /** A trigger ends at this code unit of a line, and nothing was found there: the value may go on in the next text, or have begun in the one before. */
  near(layer: Layer, line: number, end: number): void {
    const index = after(this.#texts, line) - 1;
    if (this.#texts[index] !== line || this.#suspects.size >= MOST_SEAMS) return;
    // A value has no space in it: where one stands in between, it has ended, or begun.
    if ((layer.end[line] as number) - end <= REACH && !/\s/.test(layer.text.slice(end, layer.end[line]))) this.#suspects.add(index);
    if (index > 0 && end - (layer.start[line] as number) <= REACH && !/\s\S/.test(layer.text.slice(layer.middle(line), end))) this.#suspects.add(index - 1);
  }

  /** The texts on both sides of each suspicious seam as one, with one more on the right, or with all crumbs around it. */
  join(layer: Layer, tape: Tape): Joined {
    if (this.#suspects.size === 0) return NONE;
    const lines: Derived[] = [];
    const seen = new Set<string>();
    const suspects = [...this.#suspects].filter((index) => index < this.#texts.length - 1).sort((a, b) => a - b);
    const sizeOf = (index: number): number => {
      const entry = this.#texts[index];
      return entry === undefined ? Infinity : (tape.end[entry] as number) - (tape.middle[entry] as number);
    };
    for (const index of suspects.slice(0, MOST_SEAMS)) {
      let [first, last] = [index, index + 1];
      while (sizeOf(first) <= CRUMB && index - first < REACH && first > 0) first--;
      while (sizeOf(last) <= CRUMB && last - index < REACH && last < this.#texts.length - 1) last++;
      const spans = last - first > 2 ? [[first, last], [first + 1, last], [first, last - 1], [first + 1, last - 1]] : [[index, index + 1], [index, index + 2], [index - 1, index + 1]];
      for (const [from, to] of spans as [number, number][]) {
        if (from < 0 || to >= this.#texts.length || to <= from || seen.has(`${from}-${to}`)) continue;
        seen.add(`${from}-${to}`);
        lines.push(this.#joined(layer, tape, from, to));
      }
    }
    return { lines, complete: suspects.length <= MOST_SEAMS };
  }

  #joined(layer: Layer, tape: Tape, first: number, last: number): Derived {
    const pieces: Piece[] = [];
    let text = "";
    for (let index = first; index <= last; index++) {
      const entry = this.#texts[index] as number;
      const [start, end] = [tape.middle[entry] as number, tape.end[entry] as number];
      // A text in the middle that is taken part of only would put together what does not belong together.
      if (index > first && index < last && end - start > REACH) last = index;
      const piece = { line: entry, start: index === first ? Math.max(start, end - REACH) : start, end: index === first ? end : Math.min(end, start + REACH) };
      pieces.push(piece);
      text += layer.text.slice(piece.start, piece.end);
    }
    return { text, source: { kind: "joined", pieces }, entry: this.#texts[first] as number, decoded: 0 };
  }
}

/** Index of the first of rising numbers that is greater. */
function after(numbers: readonly number[], than: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] as number) <= than) low = middle + 1;
    else high = middle;
  }
  return low;
}

function writeEnds(bytes: Buffer, start: number, end: number, to: number): number {
  if (end - start <= 2 * EDGE) {
    for (let at = start; at < end; at++) bytes[to++] = bytes[at] as number;
    return to;
  }
  for (let at = start; at < start + EDGE; at++) bytes[to++] = bytes[at] as number;
  bytes[to++] = 0x0a;
  for (let at = end - EDGE; at < end; at++) bytes[to++] = bytes[at] as number;
  return to;
}
