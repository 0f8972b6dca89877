/** Set in an entry of the table when a text ends in the state that it leads to; the rest is that state. */
const ENDS = 1;
/** Tab, line feed, carriage return. */
const BLANKS: readonly number[] = [0x09, 0x0a, 0x0d];
/** States that fit into an entry of two bytes: half the memory, and more of it in the processor's cache. */
const FEW_STATES = 0x8000;

/**
 * Finds many texts in one pass over UTF-8, upper and lower case of ASCII being the same (Aho and Corasick, 1975). All of
 * it is built at once: unlike an automaton that is built while it reads, no text is slower than another.
 */
export class Automaton {
  /** Byte → column of the table; bytes that no text has share the first. */
  readonly #columns = new Uint8Array(256);
  /** Column of white space: a run of it, of whatever kind, is one space. */
  readonly #blank: number;
  /** A row of the table is two to the power of this many columns. */
  readonly #shift: number;
  /** State and column → next state, twice, and {@link ENDS}. */
  readonly #next: Uint16Array | Uint32Array;
  /** State → indices of the texts that end there. */
  readonly #ends: readonly (readonly number[])[];

  /** @param texts in lower case as far as they are ASCII; none empty */
  constructor(texts: readonly string[]) {
    const all = texts.map((text) => Buffer.from(text.replace(/[ \t\n\r]+/g, " ")));
    let width = 1;
    for (const bytes of all) for (const byte of bytes) this.#columns[byte] ||= width++;
    for (let byte = 0x41; byte <= 0x5a; byte++) this.#columns[byte] = this.#columns[byte + 0x20] as number;
    this.#blank = this.#columns[0x20] ||= width++;
    for (const byte of BLANKS) this.#columns[byte] = this.#blank;
    this.#shift = Math.ceil(Math.log2(width));
    const tree = new Tree();
    for (const [index, bytes] of all.entries()) {
      let state = 0;
      for (const byte of bytes) state = tree.child(state, this.#columns[byte] as number);
      (tree.ends[state] as number[]).push(index);
    }
    this.#ends = tree.ends;
    this.#next = complete(tree, this.#shift);
  }

  /** Adds each text that ends somewhere, as a pair of its index and the byte behind it. */
  find(bytes: Uint8Array, size: number, into: number[]): void {
    const columns = this.#columns;
    const next = this.#next;
    const shift = this.#shift;
    const blank = this.#blank;
    for (let at = 0, state = 0, before = 0; at < size; at++) {
      const column = columns[bytes[at] as number] as number;
      if (column === blank && before === blank) continue;
      before = column;
      const entry = next[(state << shift) + column] as number;
      state = entry >>> 1;
      if ((entry & ENDS) !== 0) for (const text of this.#ends[state] as readonly number[]) into.push(text, at + 1);
    }
  }
}

/** The texts as a tree of their bytes: of each state its first child, its next sibling, and the column that leads to it. */
class Tree {
  readonly first: number[] = [0];
  readonly sibling: number[] = [0];
  readonly column: number[] = [0];
  readonly ends: number[][] = [[]];

  /** The child of a state, made where there is none. */
  child(state: number, column: number): number {
    for (let child = this.first[state] as number; child !== 0; child = this.sibling[child] as number) if (this.column[child] === column) return child;
    const child = this.ends.push([]) - 1;
    this.first.push(0);
    this.sibling.push(this.first[state] as number);
    this.column.push(column);
    this.first[state] = child;
    return child;
  }
}

/** Leads every state on, level by level: where a text does not go on, to the longest other one that may have begun. */
function complete({ first, sibling, column, ends }: Tree, shift: number): Uint16Array | Uint32Array {
  const size = ends.length << shift;
  const next = ends.length < FEW_STATES ? new Uint16Array(size) : new Uint32Array(size);
  const fallback = new Int32Array(ends.length);
  const queue = [0];
  for (let index = 0; index < queue.length; index++) {
    const state = queue[index] as number;
    const [row, behind] = [state << shift, (fallback[state] as number) << shift];
    // States nearer to the beginning are complete: the row of the fallback is what stays where this one does not go on.
    if (state !== 0) next.copyWithin(row, behind, behind + (1 << shift));
    for (let child = first[state] as number; child !== 0; child = sibling[child] as number) {
      const at = column[child] as number;
      const other = state === 0 ? 0 : (next[behind + at] as number) >>> 1;
      fallback[child] = other;
      (ends[child] as number[]).push(...(ends[other] as number[]));
      queue.push(child);
    }
    for (let child = first[state] as number; child !== 0; child = sibling[child] as number) next[row + (column[child] as number)] = 2 * child + ((ends[child] as number[]).length > 0 ? ENDS : 0);
  }
  return next;
}
