/** Code units between two marks. */
const STEP = 64;

/** Where the code units of a text stand in its UTF-8. A lone surrogate is written as U+FFFD, three bytes. */
export class Offsets {
  readonly #bytes: Buffer;
  /** Byte of every STEP-th code unit, or the first after it where that one is inside a character. */
  readonly #marks: Int32Array;
  readonly #units: Int32Array;

  constructor(bytes: Buffer, size: number, length: number) {
    this.#bytes = bytes;
    const count = Math.floor(length / STEP) + 1;
    this.#marks = new Int32Array(count);
    this.#units = new Int32Array(count);
    for (let byte = 0, unit = 0, next = 0; byte < size && next < count;) {
      if (unit >= next * STEP) {
        this.#marks[next] = byte;
        this.#units[next] = unit;
        next++;
      }
      const width = widthOf(bytes[byte] as number);
      byte += width;
      unit += width === 4 ? 2 : 1;
      if (byte >= size) for (; next < count; next++) [this.#marks[next], this.#units[next]] = [size, unit];
    }
  }

  /** The code unit that a byte begins, or is part of. */
  unit(byte: number): number {
    let low = 0;
    let high = this.#marks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#marks[middle] as number) <= byte) low = middle;
      else high = middle - 1;
    }
    let at = this.#marks[low] as number;
    let unit = this.#units[low] as number;
    while (at < byte) {
      const width = widthOf(this.#bytes[at] as number);
      if (at + width > byte) break;
      at += width;
      unit += width === 4 ? 2 : 1;
    }
    return unit;
  }

  /** The byte at which a code unit begins; of the second half of a pair, that of the first. */
  byte(unit: number): number {
    let mark = Math.min(Math.floor(unit / STEP), this.#marks.length - 1);
    if ((this.#units[mark] as number) > unit) mark--;
    let at = this.#marks[mark] as number;
    let count = this.#units[mark] as number;
    while (count < unit) {
      const width = widthOf(this.#bytes[at] as number);
      count += width === 4 ? 2 : 1;
      if (count > unit) break;
      at += width;
    }
    return at;
  }
}

/** Bytes of a UTF-8 character, by its first. */
export function widthOf(byte: number): number {
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}
