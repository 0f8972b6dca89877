import type { Notes } from "./note.ts";

/** What pydantic, with which both formats are read where they come from, takes for a boolean. */
const BOOLEANS: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true], ["true", true], ["yes", true], ["on", true], ["y", true], ["t", true], ["1", true], [1, true],
  [false, false], ["false", false], ["no", false], ["off", false], ["n", false], ["f", false], ["0", false], [0, false],
]);

/** What the format's own program refuses to load cannot be imported either. */
export function refusal(path: string, expected: string): Error {
  return new Error(`${path || "the file"}: expected ${expected}`);
}

export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function listAt(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw refusal(path, "a list");
  return value as readonly unknown[];
}

export function textsAt(value: unknown, path: string): readonly string[] {
  return listAt(value, path).map((item, index) => textAt(item, `${path}.${index}`));
}

export function textAt(value: unknown, path: string): string {
  if (typeof value !== "string") throw refusal(path, "a text");
  return value;
}

export function numberAt(value: unknown, path: string): number {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value.replaceAll("_", "")) : value;
  if (typeof number !== "number" || !Number.isFinite(number)) throw refusal(path, "a number");
  return number;
}

export function integerAt(value: unknown, path: string): number {
  const number = numberAt(value, path);
  if (!Number.isSafeInteger(number)) throw refusal(path, "a whole number");
  return number;
}

export function booleanAt(value: unknown, path: string): boolean {
  const found = BOOLEANS.get(typeof value === "string" ? value.toLowerCase() : value);
  if (found === undefined) throw refusal(path, "true or false");
  return found;
}

/** A map of a foreign file. Whoever reads it takes keys; {@link close} notes those that nobody took. */
export class Section {
  readonly path: string;
  readonly #entries: Map<string, { readonly value: unknown; readonly path: string }>;
  readonly #notes: Notes;

  /** @throws Error for what is no map */
  constructor(value: unknown, path: string, notes: Notes) {
    if (!isMap(value)) throw refusal(path, "a map");
    this.path = path;
    this.#notes = notes;
    this.#entries = new Map(Object.entries(value).map(([key, inner]) => [key, { value: inner, path: this.at(key) }]));
  }

  /** Path of a key, for notes. */
  at(key: string): string {
    return this.#entries?.get(key)?.path ?? (this.path === "" ? key : `${this.path}.${key}`);
  }

  /** Keys that nobody took. */
  get keys(): readonly string[] {
    return [...this.#entries.keys()];
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** Puts a value under a key, as if it stood there. */
  adopt(key: string, value: unknown, path: string): void {
    this.#entries.set(key, { value, path });
  }

  take(key: string): unknown {
    const value = this.#entries.get(key)?.value;
    this.#entries.delete(key);
    return value;
  }

  /** Undefined where the key is missing; `read` sees what is there, null too. */
  read<T>(key: string, read: (value: unknown, path: string) => T): T | undefined {
    if (!this.has(key)) return undefined;
    const path = this.at(key);
    return read(this.take(key), path);
  }

  /** The same where null stands for a missing key. */
  optional<T>(key: string, read: (value: unknown, path: string) => T): T | undefined {
    return this.read(key, (value, path) => (value === null ? undefined : read(value, path)));
  }

  section(key: string): Section | undefined {
    return this.read(key, (value, path) => new Section(value, path, this.#notes));
  }

  /** Takes keys that mean nothing here, and says so. */
  drop(keys: readonly string[], what: string): void {
    for (const key of keys) {
      if (!this.has(key)) continue;
      this.#notes.dropped(this.at(key), what);
      this.take(key);
    }
  }

  close(what = "unknown key"): void {
    this.drop(this.keys, what);
  }
}
