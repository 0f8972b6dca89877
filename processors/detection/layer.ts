import type { Place } from "./finding.ts";
import { origin, type Mapped } from "./mapped.ts";
import { Offsets } from "./offsets.ts";
import type { Tape } from "./tape.ts";

/** A part of a line of the layer below, in its code units. */
export interface Piece {
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

/** Where a derived line came from: character by character, all of it from one token, or from several lines put together. */
export type Source =
  | { readonly kind: "mapped"; readonly line: number; readonly mapped: Mapped }
  | { readonly kind: "token"; readonly piece: Piece }
  | { readonly kind: "joined"; readonly pieces: readonly Piece[] };

/** A derived line before it is part of a layer. */
export interface Derived {
  readonly text: string;
  readonly source: Source;
  /** Entry of the tape that it belongs to. */
  readonly entry: number;
  /** How often something was decoded on the way to it. */
  readonly decoded: number;
}

/** A place in a value before its path is known: code units of the tape's text. */
export interface Spot {
  readonly entry: number;
  readonly inKey: boolean;
  readonly start: number;
  readonly end: number;
}

/** Lines of text that are scanned together, as a string and as UTF-8. */
export class Layer {
  readonly text: string;
  readonly bytes: Buffer;
  /** Bytes of the lines; after them may stand what is only looked at for triggers. */
  readonly size: number;
  readonly start: ArrayLike<number>;
  readonly end: ArrayLike<number>;
  readonly count: number;
  readonly #tape: Tape;
  readonly #below: Layer | undefined;
  readonly #derived: readonly Derived[] | undefined;
  #offsets: Offsets | undefined;

  private constructor(tape: Tape, text: string, bytes: Buffer, size: number, start: ArrayLike<number>, end: ArrayLike<number>, count: number, below?: Layer, derived?: readonly Derived[]) {
    this.#tape = tape;
    this.text = text;
    this.bytes = bytes;
    this.size = size;
    this.start = start;
    this.end = end;
    this.count = count;
    this.#below = below;
    this.#derived = derived;
  }

  /** The value itself: one line for each entry of the tape. */
  static base(tape: Tape, bytes: Buffer, size: number): Layer {
    return new Layer(tape, tape.text, bytes, size, tape.start, tape.end, tape.length);
  }

  /** Lines that were made from those of the layer below. */
  static above(below: Layer, derived: readonly Derived[]): Layer {
    const start: number[] = [];
    const end: number[] = [];
    let text = "";
    for (const line of derived) {
      start.push(text.length);
      text += line.text;
      end.push(text.length);
      text += "\n";
    }
    const bytes = Buffer.from(text);
    return new Layer(below.#tape, text, bytes, bytes.length, start, end, derived.length, below, derived);
  }

  get ascii(): boolean {
    return this.size === this.text.length;
  }

  unit(byte: number): number {
    return this.ascii ? byte : (this.#offsets ??= new Offsets(this.bytes, this.size, this.text.length)).unit(byte);
  }

  byte(unit: number): number {
    return this.ascii ? unit : (this.#offsets ??= new Offsets(this.bytes, this.size, this.text.length)).byte(unit);
  }

  /** The beginning of the character that a byte is part of; within the text, whatever the byte. */
  character(byte: number): number {
    if (byte <= 0) return 0;
    if (byte >= this.size) return this.size;
    let at = byte;
    while (((this.bytes[at] as number) & 0xc0) === 0x80) at--;
    return at;
  }

  /** The line that a code unit is part of; -1 for what is part of none. */
  lineAt(unit: number): number {
    let low = 0;
    let high = this.count - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.start[middle] as number) <= unit) low = middle;
      else high = middle - 1;
    }
    return unit < (this.end[low] as number) && unit >= (this.start[low] as number) ? low : -1;
  }

  /** The line in which something ends that ends with a byte; it may take the end of its line with it. */
  lineOf(endByte: number): number {
    const unit = this.unit(endByte - 1);
    const line = this.lineAt(unit);
    return line < 0 && unit > 0 ? this.lineAt(unit - 1) : line;
  }

  /** Where the value begins in a line of the value itself. */
  middle(line: number): number {
    return this.#tape.middle[line] as number;
  }

  /** The key under which a line stands. */
  keyOf(line: number): string {
    return this.#tape.nameOf(this.entryOf(line));
  }

  derivation(line: number): Derived | undefined {
    return this.#derived?.[line];
  }

  /** Whether a line was put together from several. */
  splits(line: number): boolean {
    const source = this.#derived?.[line]?.source;
    if (!source || !this.#below) return false;
    return source.kind === "joined" || this.#below.splits(source.kind === "mapped" ? source.line : source.piece.line);
  }

  entryOf(line: number): number {
    return this.#derived ? (this.#derived[line] as Derived).entry : line;
  }

  /** Where a part of a line stands in the value. */
  spots(line: number, start: number, end: number): Spot[] {
    if (!this.#derived || !this.#below) return spotOf(this.#tape, line, start, end);
    const { source } = this.#derived[line] as Derived;
    const offset = this.start[line] as number;
    switch (source.kind) {
      case "mapped": {
        const [from, to] = origin(source.mapped, start - offset, end - offset);
        return this.#below.spots(source.line, from, to);
      }
      case "token": return this.#below.spots(source.piece.line, source.piece.start, source.piece.end);
      case "joined": {
        const spots: Spot[] = [];
        let at = offset;
        for (const piece of source.pieces) {
          const length = piece.end - piece.start;
          const [from, to] = [Math.max(start, at), Math.min(end, at + length)];
          if (from < to) spots.push(...this.#below.spots(piece.line, piece.start + from - at, piece.start + to - at));
          at += length;
        }
        return spots;
      }
    }
  }
}

export function placeOf(tape: Tape, { entry, inKey, start, end }: Spot): Place {
  const offset = (inKey ? tape.start : tape.middle)[entry] as number;
  return { path: tape.pathOf(entry), inKey, start: start - offset, end: end - offset };
}

/** A rule may match a key and what stands under it; then what is meant is what stands under it. */
function spotOf(tape: Tape, entry: number, start: number, end: number): Spot[] {
  const middle = tape.middle[entry] as number;
  if (end > middle) return [{ entry, inKey: false, start: Math.max(start, middle), end }];
  const keyEnd = tape.keyEnd(entry);
  return start < keyEnd ? [{ entry, inKey: true, start, end: Math.min(end, keyEnd) }] : [];
}
