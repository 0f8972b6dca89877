/** Set in an entry of the table when a text ends in the state that it leads to; the rest is that state. */
const ENDS = 1;
const SPACES = /[ \t\n\r]+/g;
const SPACE = 0x20;
/** Tab, line feed, carriage return. */
const BLANKS: readonly number[] = [0x09, 0x0a, 0x0d];
/** States that fit into an entry of two bytes: half the memory, and more of it in the processor's cache. */
const FEW_STATES = 0x8000;
/** Where a list ends. */
const NONE = -1;
/** States and ends for which there is room at first. */
const FIRST_ROOM = 4_096;
/** Bytes of a text for which no buffer of its own is made. */
const KEPT = 1_024;

/**
 * Texts that are to be found in one pass, as a tree of their bytes: of each state its first child, its next sibling, and
 * the column of the table that leads to it. Arrays of numbers: thousands of objects that live
 * until all is built would make V8 take a larger young generation, for as long as the process lives.
 */
export class TextTree {
  /** Byte → column of the table; bytes that no text has share the first. */
  readonly columns: Uint8Array = new Uint8Array(256);
  first: Int32Array = new Int32Array(FIRST_ROOM);
  sibling: Int32Array = new Int32Array(FIRST_ROOM);
  column: Uint8Array = new Uint8Array(FIRST_ROOM);
  /** State → the first end there; of each end its value, and the next one in the same state. */
  end: Int32Array = new Int32Array(FIRST_ROOM).fill(NONE);
  value: Int32Array = new Int32Array(FIRST_ROOM);
  next: Int32Array = new Int32Array(FIRST_ROOM);
  states = 1;
  ends = 0;
  width = 1;
  readonly #buffer = Buffer.allocUnsafe(KEPT);

  /** @param alike bytes that are one to all texts: where one of them stands, any does */
  constructor(alike = "") {
    if (alike === "") return;
    for (const byte of Buffer.from(alike)) this.columns[byte] = 1;
    this.width++;
  }

  /**
   * @param text in lower case as far as it is ASCII; not empty
   * @param value what is told where it stands
   */
  add(text: string, value: number): void {
    const spaced = text.replace(SPACES, " ");
    const size = Buffer.byteLength(spaced);
    const bytes = size > KEPT ? Buffer.allocUnsafe(size) : this.#buffer;
    bytes.write(spaced);
    let state = 0;
    for (let at = 0; at < size; at++) state = this.#child(state, (this.columns[bytes[at] as number] ||= this.width++));
    if (this.ends === this.value.length) [this.value, this.next] = [larger(this.value, 0), larger(this.next, 0)];
    this.value[this.ends] = value;
    this.next[this.ends] = NONE;
    if (this.end[state] === NONE) this.end[state] = this.ends;
    else {
      let last = this.end[state] as number;
      while (this.next[last] !== NONE) last = this.next[last] as number;
      this.next[last] = this.ends;
    }
    this.ends++;
  }

  /** The child of a state, made where there is none. */
  #child(state: number, column: number): number {
    for (let child = this.first[state] as number; child !== 0; child = this.sibling[child] as number) if (this.column[child] === column) return child;
    if (this.states === this.first.length) this.#grow();
    const child = this.states++;
    this.sibling[child] = this.first[state] as number;
    this.column[child] = column;
    this.first[state] = child;
    return child;
  }

  #grow(): void {
    [this.first, this.sibling, this.end] = [larger(this.first, 0), larger(this.sibling, 0), larger(this.end, NONE)];
    const column = new Uint8Array(2 * this.column.length);
    column.set(this.column);
    this.column = column;
  }
}

/**
 * Finds many texts in one pass over UTF-8, upper and lower case of ASCII being the same (Aho and Corasick, 1975). All of
 * it is built at once: unlike an automaton that is built while it reads, no text is slower than another.
 */
export class Automaton {
  readonly #columns: Uint8Array;
  /** Column of white space: a run of it, of whatever kind, is one space. */
  readonly #blank: number;
  /** Columns of the table. */
  readonly #width: number;
  /** State and column → next state, twice, and {@link ENDS}. */
  readonly #next: Uint16Array | Uint32Array;
  /** State → the next shorter end of what was read in which a text ends; 0 where there is none. */
  readonly #shorter: Int32Array;
  /** As in the tree. */
  readonly #end: Int32Array;
  readonly #value: Int32Array;
  readonly #other: Int32Array;

  constructor(tree: TextTree) {
    this.#columns = tree.columns.slice();
    for (let byte = 0x41; byte <= 0x5a; byte++) this.#columns[byte] = this.#columns[byte + 0x20] as number;
    this.#width = tree.width + (this.#columns[SPACE] === 0 ? 1 : 0);
    this.#blank = this.#columns[SPACE] ||= tree.width;
    for (const byte of BLANKS) this.#columns[byte] = this.#blank;
    [this.#next, this.#shorter] = complete(tree, this.#width);
    [this.#end, this.#value, this.#other] = [tree.end.slice(0, tree.states), tree.value.slice(0, tree.ends), tree.next.slice(0, tree.ends)];
  }

  /** Adds the value of each text that ends somewhere, as a pair with the byte behind it. */
  find(bytes: Uint8Array, size: number, into: number[]): void {
    const columns = this.#columns;
    const next = this.#next;
    const width = this.#width;
    const blank = this.#blank;
    for (let at = 0, state = 0, before = 0; at < size; at++) {
      const column = columns[bytes[at] as number] as number;
      if (column === blank && before === blank) continue;
      before = column;
      const entry = next[Math.imul(state, width) + column] as number;
      state = entry >>> 1;
      if ((entry & ENDS) !== 0) this.#tell(state, at + 1, into);
    }
  }

  #tell(state: number, behind: number, into: number[]): void {
    for (let at = state; at !== 0; at = this.#shorter[at] as number) {
      for (let end = this.#end[at] as number; end !== NONE; end = this.#other[end] as number) into.push(this.#value[end] as number, behind);
    }
  }
}

function larger(list: Int32Array, filling: number): Int32Array {
  const twice = new Int32Array(2 * list.length).fill(filling, list.length);
  twice.set(list);
  return twice;
}

/** Leads every state on, level by level: where a text does not go on, to the longest other one that may have begun. */
function complete({ first, sibling, column, end, states }: TextTree, width: number): [next: Uint16Array | Uint32Array, shorter: Int32Array] {
  const next = states < FEW_STATES ? new Uint16Array(states * width) : new Uint32Array(states * width);
  const [fallback, shorter, queue] = [new Int32Array(states), new Int32Array(states), new Int32Array(states)];
  for (let index = 0, queued = 1; index < queued; index++) {
    const state = queue[index] as number;
    const [row, behind] = [state * width, (fallback[state] as number) * width];
    // States nearer to the beginning are complete: the row of the fallback is what stays where this one does not go on.
    if (state !== 0) next.copyWithin(row, behind, behind + width);
    for (let child = first[state] as number; child !== 0; child = sibling[child] as number) {
      const at = column[child] as number;
      const other = state === 0 ? 0 : (next[behind + at] as number) >>> 1;
      fallback[child] = other;
      shorter[child] = end[other] === NONE ? (shorter[other] as number) : other;
      queue[queued++] = child;
    }
    for (let child = first[state] as number; child !== 0; child = sibling[child] as number) next[row + (column[child] as number)] = 2 * child + (end[child] !== NONE || shorter[child] !== 0 ? ENDS : 0);
  }
  return [next, shorter];
}
