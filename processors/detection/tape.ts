import type { Path } from "./finding.ts";
import type { IncompleteKind } from "./limits.ts";

/** What an entry of the tape is. */
export const Kind = {
  /** Nothing to look at and nothing to hide: null, a boolean, a date. */
  plain: 0,
  /** A string, number, bigint or symbol. */
  text: 1,
  array: 2,
  object: 3,
  /** An instance of a class: kept as it is unless something in it has to go. */
  instance: 4,
  map: 5,
  set: 6,
  /** `URLSearchParams` or `Headers`. */
  pairs: 7,
  /** Bytes that were read as text. */
  bytes: 8,
  /** An object that is looked at as one text: a URL, a regular expression, a boxed primitive. */
  wrapped: 9,
  /** Met before; the entry then is `link`. */
  seen: 10,
  /** Cannot be looked at, and is no text. */
  opaque: 11,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** Key of what `toJSON()` returned, which stands on the tape beside the properties of the same object. */
export const JSON_VIEW: unique symbol = Symbol("toJSON()");
/** Key of a map's key that is no string; the entry after it is the value. */
export const MAP_KEY: unique symbol = Symbol("key");

/** Between a key and what stands under it, as rules that look for `key: value` expect. */
const COLON = ": ";
/** Entries that there is room for at first, and most that room is kept for. */
const FIRST = 256;
const KEPT = 4_096;

/**
 * All that was read of one value, in the order in which it was read: each property once, so that what is
 * rewritten is what was looked at. Parallel arrays, since most values have nothing in them and must cost nothing.
 */
export class Tape {
  length = 0;
  /** All texts, each as `key: value`, one line each. */
  text = "";
  /** Entry of the container; -1 for the value itself. */
  owner: Int32Array = new Int32Array(FIRST);
  kind: Uint8Array = new Uint8Array(FIRST);
  /** Where key, value and line end stand in `text`. `middle` is where the value begins; the key ends two characters before. */
  start: Int32Array = new Int32Array(FIRST);
  middle: Int32Array = new Int32Array(FIRST);
  end: Int32Array = new Int32Array(FIRST);
  /** Of an entry that was met before: the entry then. Of others it means nothing. */
  link: Int32Array = new Int32Array(FIRST);
  readonly key: (string | number | symbol | undefined)[] = [];
  readonly value: unknown[] = [];
  /** Entries that were not looked at, or not to the end, and why. */
  omitted: Map<number, IncompleteKind> = new Map();

  add(owner: number, key: string | number | symbol | undefined, value: unknown, kind: Kind): number {
    const entry = this.length++;
    if (entry === this.owner.length) this.#resize(2 * entry);
    this.owner[entry] = owner;
    this.key[entry] = key;
    this.value[entry] = value;
    this.kind[entry] = kind;
    const at = this.text.length;
    this.start[entry] = at;
    this.middle[entry] = at;
    this.end[entry] = at;
    return entry;
  }

  /** Writes the line of the entry that was added last. */
  write(entry: number, key: string | undefined, text: string): void {
    if (key !== undefined) {
      this.text += key + COLON;
      this.middle[entry] = this.text.length;
    }
    this.text += text;
    this.end[entry] = this.text.length;
    this.text += "\n";
  }

  /** Where the key of an entry ends in `text`. */
  keyEnd(entry: number): number {
    return Math.max(this.start[entry] as number, (this.middle[entry] as number) - COLON.length);
  }

  /** The key under which an entry stands; of an element of a list, the key of the list. */
  nameOf(entry: number): string {
    for (let at = entry; at >= 0; at = this.owner[at] as number) {
      const key = this.key[at];
      if (typeof key === "string") return key;
    }
    return "";
  }

  pathOf(entry: number): Path {
    const path: (string | number)[] = [];
    for (let at = entry; at > 0; at = this.owner[at] as number) {
      const key = this.key[at];
      path.push(typeof key === "symbol" ? String(key.description ?? "") : (key as string | number));
    }
    return path.reverse();
  }

  /** Lets go of the value. */
  clear(): void {
    if (this.owner.length > KEPT) {
      this.#resize(FIRST);
      this.key.length = this.value.length = 0;
    } else for (let entry = 0; entry < this.length; entry++) this.value[entry] = this.key[entry] = undefined;
    this.length = 0;
    this.text = "";
    if (this.omitted.size > 0) this.omitted = new Map();
  }

  #resize(size: number): void {
    [this.owner, this.start, this.middle, this.end, this.link] = [resized(this.owner, size), resized(this.start, size), resized(this.middle, size), resized(this.end, size), resized(this.link, size)];
    const kind = new Uint8Array(size);
    kind.set(this.kind.subarray(0, size));
    this.kind = kind;
  }
}

function resized(list: Int32Array, size: number): Int32Array {
  const target = new Int32Array(size);
  target.set(list.subarray(0, size));
  return target;
}
