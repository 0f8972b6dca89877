import { types } from "node:util";
import { bufferOf, textOf } from "./bytes.ts";
import type { Incomplete, IncompleteKind, ScanLimits } from "./limits.ts";
import { JSON_VIEW, Kind, MAP_KEY, type Tape } from "./tape.ts";

/** So many containers are looked up by going through them; from then on a map is cheaper. */
const FEW = 16;

type Key = string | number | symbol | undefined;

/** Reads a value onto a tape: every key, string and number once, within the limits. Never throws. */
export class Walk {
  readonly #tape: Tape;
  readonly #limits: ScanLimits;
  readonly #containers: number[] = [];
  #seen: Map<object, number> | undefined;
  /** Kind → entry where it was first so, and how often. */
  #missing: Map<IncompleteKind, { readonly entry: number; count: number }> | undefined;

  constructor(tape: Tape, limits: ScanLimits) {
    this.#tape = tape;
    this.#limits = limits;
  }

  run(value: unknown): void {
    this.#containers.length = 0;
    this.#seen = undefined;
    this.#missing = undefined;
    this.#visit(-1, undefined, value, 0);
  }

  /** Notes that something was not looked at which is no text. */
  #report(kind: IncompleteKind, entry: number): void {
    const missing = (this.#missing ??= new Map());
    const known = missing.get(kind);
    if (known) known.count++;
    else missing.set(kind, { entry, count: 1 });
  }

  incomplete(): Incomplete[] {
    return this.#missing ? Array.from(this.#missing, ([kind, { entry, count }]) => ({ kind, path: this.#tape.pathOf(entry), count })) : [];
  }

  get complete(): boolean {
    return this.#missing === undefined;
  }

  /** False when there is no room for more. */
  #visit(owner: number, key: Key, value: unknown, depth: number): boolean {
    const tape = this.#tape;
    if (tape.length >= this.#limits.values) {
      this.omit("too_many", owner);
      return false;
    }
    switch (typeof value) {
      case "string": this.#write(tape.add(owner, key, value, Kind.text), key, value); return true;
      case "number": case "bigint": this.#write(tape.add(owner, key, value, Kind.text), key, String(value)); return true;
      case "symbol": this.#write(tape.add(owner, key, value, Kind.text), key, value.description ?? ""); return true;
      case "object": {
        const entry = tape.add(owner, key, value, Kind.plain);
        if (typeof key === "string" || typeof key === "symbol") this.#write(entry, key, "");
        if (value !== null) this.#enter(entry, value, depth);
        return true;
      }
      default: {
        const entry = tape.add(owner, key, value, Kind.plain);
        if (typeof key === "string" || typeof key === "symbol") this.#write(entry, key, "");
        if (typeof value === "function") this.#opaque(entry);
        return true;
      }
    }
  }

  /** False when it had to be cut. */
  #write(entry: number, key: Key, text: string): boolean {
    const tape = this.#tape;
    let name = typeof key === "string" ? key : typeof key === "symbol" && key !== JSON_VIEW && key !== MAP_KEY ? key.description : undefined;
    const room = this.#limits.size - tape.text.length;
    const fits = text.length + (name?.length ?? 0) <= room;
    if (!fits) {
      name = name?.slice(0, Math.max(room, 0));
      text = text.slice(0, Math.max(room - (name?.length ?? 0), 0));
      this.omit("too_large", entry);
    }
    tape.write(entry, name, text);
    return fits;
  }

  #enter(entry: number, value: object, depth: number): void {
    const tape = this.#tape;
    const known = this.#entryOf(value);
    if (known >= 0) {
      tape.kind[entry] = Kind.seen;
      tape.link[entry] = known;
      return;
    }
    if (depth > this.#limits.depth) return this.omit("too_deep", entry);
    this.#remember(value, entry);
    try {
      if (Array.isArray(value)) this.#array(entry, value, depth + 1);
      else {
        const prototype = Object.getPrototypeOf(value) as object | null;
        if (prototype === Object.prototype || prototype === null) {
          tape.kind[entry] = Kind.object;
          this.#properties(entry, value, depth + 1);
        } else this.#instance(entry, value, depth + 1);
      }
    } catch {
      this.omit("unreadable", entry);
    }
  }

  #array(entry: number, value: readonly unknown[], depth: number): void {
    this.#tape.kind[entry] = Kind.array;
    const { length } = value;
    for (let index = 0; index < length; index++) if (!this.#visit(entry, index, this.#read(entry, value, index), depth)) return;
    // What somebody hung onto the list: only where there are more, or with holes fewer, names than indices and `length`.
    const names = Object.getOwnPropertyNames(value);
    if (names.length !== length + 1) for (const name of names) if (name !== "length" && !isIndex(name, length)) this.#visit(entry, name, this.#read(entry, value, name), depth);
    this.#symbols(entry, value, depth);
  }

  #properties(entry: number, value: object, depth: number): number {
    // Not only what is enumerable: the message of an error is not.
    const names = Object.getOwnPropertyNames(value);
    const pairs = enumerable(value, names.length);
    if (pairs) {
      for (const [name, inner] of pairs) if (!this.#visit(entry, name, inner, depth)) return names.length;
    } else for (const name of names) if (!this.#visit(entry, name, this.#read(entry, value, name), depth)) return names.length;
    return names.length + this.#symbols(entry, value, depth);
  }

  #symbols(entry: number, value: object, depth: number): number {
    const symbols = Object.getOwnPropertySymbols(value);
    for (const symbol of symbols) if (!this.#visit(entry, symbol, this.#read(entry, value, symbol), depth)) break;
    return symbols.length;
  }

  #read(entry: number, value: object, key: string | number | symbol): unknown {
    try {
      return (value as Record<string | number | symbol, unknown>)[key];
    } catch {
      this.#report("unreadable", entry);
      return undefined;
    }
  }

  #instance(entry: number, value: object, depth: number): void {
    const tape = this.#tape;
    if (types.isMap(value) || value instanceof Map) {
      tape.kind[entry] = Kind.map;
      let index = 0;
      for (const [key, inner] of Map.prototype.entries.call(value)) {
        const named = typeof key === "string";
        if (!named && !this.#visit(entry, MAP_KEY, key, depth)) return;
        if (!this.#visit(entry, named ? key : index, inner, depth)) return;
        index++;
      }
      return this.#extras(entry, value, 0);
    }
    if (types.isSet(value) || value instanceof Set) {
      tape.kind[entry] = Kind.set;
      let index = 0;
      for (const inner of Set.prototype.values.call(value)) if (!this.#visit(entry, index++, inner, depth)) return;
      return this.#extras(entry, value, 0);
    }
    if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return this.#bytes(entry, value);
    if (types.isDate(value)) return this.#extras(entry, value, 0);
    if (types.isRegExp(value)) return this.#wrapped(entry, value, value.source, 1);
    if (types.isBoxedPrimitive(value)) return this.#wrapped(entry, value, String((value as { valueOf(): unknown }).valueOf()), Infinity);
    if (value instanceof URL) return this.#wrapped(entry, value, value.href, 0);
    const tag = Object.prototype.toString.call(value);
    // By its tag, since to name the class would load all of fetch.
    if (tag === "[object URLSearchParams]" || tag === "[object Headers]") {
      tape.kind[entry] = Kind.pairs;
      for (const [key, inner] of value as Iterable<[string, string]>) if (!this.#visit(entry, key, inner, depth)) return;
      return this.#extras(entry, value, Infinity);
    }
    if (isOpaque(value)) return this.#opaque(entry);
    tape.kind[entry] = Kind.instance;
    const count = this.#properties(entry, value, depth);
    const view = (value as { toJSON?: unknown }).toJSON;
    if (typeof view === "function") this.#visit(entry, JSON_VIEW, view.call(value, ""), depth);
    else if (count === 0) this.#opaque(entry);
  }

  #wrapped(entry: number, value: object, text: string, expected: number): void {
    if (this.#line(entry, text)) this.#tape.kind[entry] = Kind.wrapped;
    this.#extras(entry, value, expected);
  }

  #bytes(entry: number, value: ArrayBufferView | ArrayBufferLike): void {
    const room = this.#limits.size - this.#tape.text.length;
    const all = bufferOf(value);
    const cut = all.length > room;
    const read = textOf(cut ? all.subarray(0, Math.max(room, 0)) : all, cut);
    this.#tape.kind[entry] = read ? Kind.bytes : Kind.opaque;
    if (cut) this.omit("too_large", entry);
    if (read) this.#line(entry, read.text);
    if (!read || read.damaged) this.#report("binary", entry);
  }

  /**
   * The text of an entry that has been added, and its key written, already. The key is written once more, so
   * that rules see `key: value`. False when it had to be cut.
   */
  #line(entry: number, text: string): boolean {
    const tape = this.#tape;
    tape.start[entry] = tape.middle[entry] = tape.text.length;
    return this.#write(entry, tape.key[entry], text);
  }

  /** Properties that somebody hung onto an object whose data is elsewhere. */
  #extras(entry: number, value: object, expected: number): void {
    if (Object.getOwnPropertyNames(value).length > expected) this.#report("opaque", entry);
  }

  #opaque(entry: number): void {
    this.#tape.kind[entry] = Kind.opaque;
    this.#report("opaque", entry);
  }

  /** Notes that an entry, or something of it, was not looked at and may hold text. */
  omit(kind: IncompleteKind, entry: number): void {
    const at = Math.max(entry, 0);
    if (!this.#tape.omitted.has(at)) this.#tape.omitted.set(at, kind);
    this.#report(kind, at);
  }

  #entryOf(value: object): number {
    if (this.#seen) return this.#seen.get(value) ?? -1;
    for (const entry of this.#containers) if (this.#tape.value[entry] === value) return entry;
    return -1;
  }

  #remember(value: object, entry: number): void {
    if (this.#seen) this.#seen.set(value, entry);
    else if (this.#containers.push(entry) > FEW) this.#seen = new Map(this.#containers.map((at) => [this.#tape.value[at] as object, at]));
  }
}

/** Without data of its own that could be looked at, or with data that is used up by looking. */
function isOpaque(value: object): boolean {
  return types.isPromise(value) || types.isGeneratorObject(value) || types.isWeakMap(value) || types.isWeakSet(value)
    || value instanceof EventTarget || Symbol.asyncIterator in value || "getReader" in value || "pipe" in value;
}

/** All properties at once, which is several times faster than one by one, where all are enumerable and none throws. */
function enumerable(value: object, count: number): readonly (readonly [string, unknown])[] | undefined {
  if (Object.keys(value).length !== count) return undefined;
  try {
    return Object.entries(value);
  } catch {
    return undefined;
  }
}

function isIndex(name: string, length: number): boolean {
  const index = Number(name);
  return index < length && String(index) === name;
}
