import { endianness } from "node:os";

/** So many code units are turned into a string at once, where their bytes cannot be read as one. */
const CHUNK = 4_096;
/** A text that turned out longer than was thought gets room for so many code units. */
const LEAST = 64;
const LITTLE_ENDIAN = endianness() === "LE";

/** A text made from another one, and where each of its code units came from. */
export interface Mapped {
  readonly text: string;
  /** Of each code unit the place in the other text, rising; one more at the end. */
  readonly from: Int32Array;
}

/** Where `start` to `end` of a mapped text came from: all of every character that took part. */
export function origin({ from }: Mapped, start: number, end: number): readonly [start: number, end: number] {
  const first = from[start] as number;
  const last = from[Math.max(end - 1, start)] as number;
  let after = end;
  while (after < from.length - 1 && (from[after] as number) <= last) after++;
  return [first, from[after] as number];
}

/** A mapped text while it is being made. */
export class MappedText {
  length = 0;
  #units: Uint16Array;
  #from: Int32Array;

  constructor(capacity: number) {
    this.#units = new Uint16Array(capacity);
    this.#from = new Int32Array(capacity + 1);
  }

  push(unit: number, from: number): void {
    if (this.length === this.#units.length) this.#grow();
    this.#units[this.length] = unit;
    this.#from[this.length++] = from;
  }

  pushPoint(point: number, from: number): void {
    if (point <= 0xffff) return this.push(point, from);
    this.push(0xd800 + ((point - 0x10000) >> 10), from);
    this.push(0xdc00 + ((point - 0x10000) & 0x3ff), from);
  }

  copy(text: string, start: number, end: number): void {
    while (this.length + end - start > this.#units.length) this.#grow();
    const units = this.#units;
    const from = this.#from;
    let to = this.length;
    for (let at = start; at < end; at++) {
      units[to] = text.charCodeAt(at);
      from[to++] = at;
    }
    this.length = to;
  }

  /** Puts one code unit each in the place of the first `count` characters that were written at `at`, in rising order. */
  replace(at: readonly number[], units: readonly number[], count: number): void {
    let next = 0;
    let to = at[0] as number;
    for (let read = to; read < this.length; to++) {
      this.#from[to] = this.#from[read] as number;
      if (next < count && at[next] === read) {
        read += ((this.#units[read] as number) & 0xfc00) === 0xd800 ? 2 : 1;
        this.#units[to] = units[next++] as number;
      } else this.#units[to] = this.#units[read++] as number;
    }
    this.length = to;
  }

  /** @param end where the other text ends */
  finish(end: number): Mapped {
    const { length } = this;
    this.#from[length] = end;
    return { text: LITTLE_ENDIAN ? Buffer.from(this.#units.buffer, 0, 2 * length).toString("utf16le") : this.#inChunks(), from: this.#from.subarray(0, length + 1) };
  }

  #inChunks(): string {
    let text = "";
    for (let at = 0; at < this.length; at += CHUNK) text += String.fromCharCode(...this.#units.subarray(at, Math.min(at + CHUNK, this.length)));
    return text;
  }

  #grow(): void {
    const units = new Uint16Array(Math.max(LEAST, 2 * this.#units.length));
    units.set(this.#units);
    const from = new Int32Array(units.length + 1);
    from.set(this.#from);
    [this.#units, this.#from] = [units, from];
  }
}
