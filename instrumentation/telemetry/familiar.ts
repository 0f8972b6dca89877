/** Longest text that is remembered, with its key, in UTF-16 code units. */
const LONGEST = 256;
/** Texts that are remembered are between this number and its double. */
const REMEMBERED = 2_048;

/**
 * Texts in which nothing was found. Most of what telemetry says it has said before, and a text that was exported once
 * gives nothing away by being exported again: it need not be searched again. A text counts with its key, since
 * detectors look at both and at nothing else.
 */
export class Familiar {
  #young = new Set<string>();
  #old = new Set<string>();

  /**
   * What of an item is not known yet.
   *
   * @param parts texts, and maps of attributes
   */
  unknown(parts: readonly unknown[]): unknown[] {
    const unknown: unknown[] = [];
    for (const part of parts) {
      if (part === undefined || part === null) continue;
      const rest = isMap(part) ? this.#unknownOf(part) : isLeaf(part) && this.#knows("", part) ? undefined : part;
      if (rest !== undefined) unknown.push(rest);
    }
    return unknown;
  }

  /** @param parts what {@link unknown} returned, once nothing was found in it */
  add(parts: readonly unknown[]): void {
    for (const part of parts) {
      if (isLeaf(part)) this.#remember("", part);
      else if (isMap(part)) for (const key of Object.keys(part)) if (isLeaf(part[key])) this.#remember(key, part[key]);
    }
  }

  #unknownOf(attributes: Record<string, unknown>): Record<string, unknown> | undefined {
    let rest: Record<string, unknown> | undefined;
    for (const key of Object.keys(attributes)) {
      const value = attributes[key];
      if (isLeaf(value) && this.#knows(key, value)) continue;
      // Without a prototype: a key may have any name.
      rest ??= Object.create(null) as Record<string, unknown>;
      rest[key] = value;
    }
    return rest;
  }

  #knows(key: string, value: string | number | boolean): boolean {
    const text = `${key}\0${value}`;
    if (this.#young.has(text)) return true;
    if (!this.#old.has(text)) return false;
    this.#put(text);
    return true;
  }

  #remember(key: string, value: string | number | boolean): void {
    const text = `${key}\0${value}`;
    if (text.length <= LONGEST) this.#put(text);
  }

  #put(text: string): void {
    if (this.#young.size >= REMEMBERED) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(text);
  }
}

/** Of other objects nobody knows here what they hold: the scanner does. */
export function isMap(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === Object.prototype || prototype === null;
}

function isLeaf(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
