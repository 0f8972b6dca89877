import { bytesLike, bufferOf, textOf } from "./bytes.ts";
import type { Finding, Scan } from "./finding.ts";
import type { Spot } from "./layer.ts";
import { JSON_VIEW, Kind, MAP_KEY, type Tape } from "./tape.ts";

export type Replace = (finding: Finding, original: string) => string;

interface Edit {
  key?: string;
  text?: string;
}

/** One stretch of text that findings are about: several where their categories differ. */
interface Region {
  readonly spot: Spot;
  end: number;
  readonly findings: Finding[];
}

/**
 * The value of a tape with its findings replaced. It is put together from what was read, so that nothing is read a
 * second time, and only where something changes; the rest is the same objects.
 */
export function rewriteTape(tape: Tape, spots: readonly (readonly Spot[])[], { findings }: Scan, replace: Replace): unknown {
  const edits = editsOf(tape, regionsOf(spots, findings), replace);
  if (edits.size === 0 && tape.omitted.size === 0) return tape.value[0];
  return new Rewriting(tape, edits).copy(0);
}

function regionsOf(spots: readonly (readonly Spot[])[], findings: readonly Finding[]): Region[] {
  const parts = spots.flatMap((list, index) => list.map((spot) => ({ spot, finding: findings[index] as Finding })))
    .sort((a, b) => a.spot.entry - b.spot.entry || Number(b.spot.inKey) - Number(a.spot.inKey) || a.spot.start - b.spot.start);
  const regions: Region[] = [];
  for (const { spot, finding } of parts) {
    const last = regions.at(-1);
    if (last && last.spot.entry === spot.entry && last.spot.inKey === spot.inKey && spot.start < last.end) {
      last.end = Math.max(last.end, spot.end);
      last.findings.push(finding);
    } else regions.push({ spot, end: spot.end, findings: [finding] });
  }
  return regions;
}

/** The new text of each key and value that changes. */
function editsOf(tape: Tape, regions: readonly Region[], replace: Replace): Map<number, Edit> {
  const edits = new Map<number, Edit>();
  for (let index = 0; index < regions.length;) {
    const { entry, inKey } = (regions[index] as Region).spot;
    const [start, end] = inKey ? [tape.start[entry] as number, tape.keyEnd(entry)] : [tape.middle[entry] as number, tape.end[entry] as number];
    let text = "";
    let at = start;
    for (let region = regions[index]; region && region.spot.entry === entry && region.spot.inKey === inKey; region = regions[++index]) {
      const original = tape.text.slice(region.spot.start, region.end);
      text += tape.text.slice(at, region.spot.start) + replacementOf(region, original, replace);
      at = region.end;
    }
    text += tape.text.slice(at, end);
    if (text === tape.text.slice(start, end)) continue;
    const edit = edits.get(entry) ?? {};
    edit[inKey ? "key" : "text"] = text;
    edits.set(entry, edit);
  }
  return edits;
}

/** The surest finding that anything is done about decides. */
function replacementOf({ findings }: Region, original: string, replace: Replace): string {
  for (const finding of findings.toSorted((a, b) => b.score - a.score)) {
    const replacement = replace(finding, original);
    if (replacement !== original) return replacement;
  }
  return original;
}

class Rewriting {
  readonly #tape: Tape;
  readonly #edits: ReadonlyMap<number, Edit>;
  /** Entries that change, or in which something does. */
  readonly #changed = new Set<number>();
  readonly #children = new Map<number, number[]>();
  readonly #copies = new Map<number, unknown>();

  constructor(tape: Tape, edits: ReadonlyMap<number, Edit>) {
    this.#tape = tape;
    this.#edits = edits;
    for (const entry of [...edits.keys(), ...tape.omitted.keys()]) this.#mark(entry);
    // What stands in several places changes in all of them.
    for (let before = -1; before !== this.#changed.size;) {
      before = this.#changed.size;
      for (let entry = 0; entry < tape.length; entry++) if (tape.kind[entry] === Kind.seen && this.#changed.has(tape.link[entry] as number)) this.#mark(entry);
    }
    for (let entry = 1; entry < tape.length; entry++) {
      const owner = tape.owner[entry] as number;
      if (!this.#changed.has(owner)) continue;
      const children = this.#children.get(owner);
      if (children) children.push(entry);
      else this.#children.set(owner, [entry]);
    }
  }

  copy(entry: number): unknown {
    const value = this.#tape.value[entry];
    const omitted = this.#tape.omitted.get(entry);
    if (omitted) return `[REDACTED:${omitted}]`;
    if (!this.#changed.has(entry)) return value;
    const kind = this.#tape.kind[entry] as Kind;
    if (kind === Kind.seen) return this.copy(this.#tape.link[entry] as number);
    const text = this.#edits.get(entry)?.text;
    if (kind === Kind.text) return text ?? value;
    if (kind === Kind.wrapped) return text === undefined ? value : rewrapped(value as object, text);
    if (kind === Kind.bytes) return text === undefined ? value : bytesLike(value as object, text, textOf(bufferOf(value as ArrayBufferView))?.encoding ?? "utf8");
    if (this.#copies.has(entry)) return this.#copies.get(entry);
    return this.#container(entry, value as object, kind);
  }

  #container(entry: number, value: object, kind: Kind): unknown {
    const children = this.#children.get(entry) ?? [];
    if (kind === Kind.map) return this.#map(entry, children);
    if (kind === Kind.set) {
      const target = new Set<unknown>();
      this.#copies.set(entry, target);
      for (const child of children) target.add(this.copy(child));
      return target;
    }
    if (kind === Kind.pairs) {
      const pairs = children.map((child) => [String(this.#keyOf(child)), String(this.copy(child))]);
      return new (value.constructor as new (pairs: string[][]) => unknown)(pairs);
    }
    // The class of a value is kept, and what its constructor marked it with: frameworks look at both.
    const target: object = kind === Kind.array ? [] : (Object.create(Object.getPrototypeOf(value) as object | null) as object);
    this.#copies.set(entry, target);
    for (const child of children) {
      const key = this.#tape.key[child] as string | number | symbol;
      if (key === JSON_VIEW) {
        const view = this.copy(child);
        // It may tell what is private, and of a copy it would have nothing to tell.
        define(target, "toJSON", () => view, false);
      } else define(target, free(this.#keyOf(child) as string | number | symbol, (taken) => Object.hasOwn(target, taken)), this.copy(child), isEnumerable(value, key));
    }
    return target;
  }

  #map(entry: number, children: readonly number[]): Map<unknown, unknown> {
    const target = new Map<unknown, unknown>();
    this.#copies.set(entry, target);
    for (let index = 0; index < children.length; index++) {
      const child = children[index] as number;
      const separate = this.#tape.key[child] === MAP_KEY;
      const key = separate ? this.copy(child) : free(this.#keyOf(child) as string, (taken) => target.has(taken));
      target.set(key, this.copy(separate ? (children[++index] as number) : child));
    }
    return target;
  }

  #keyOf(entry: number): string | number | symbol | undefined {
    return this.#edits.get(entry)?.key ?? this.#tape.key[entry];
  }

  #mark(entry: number): void {
    for (let at = entry; at >= 0 && !this.#changed.has(at); at = this.#tape.owner[at] as number) this.#changed.add(at);
  }
}

/** Two keys may be the same once what told them apart is gone; neither value is lost. */
function free<T extends string | number | symbol>(key: T, taken: (key: string | number | symbol) => boolean): T | string {
  if (typeof key !== "string" || !taken(key)) return key;
  let count = 2;
  while (taken(`${key} (${count})`)) count++;
  return `${key} (${count})`;
}

function rewrapped(value: object, text: string): unknown {
  return value instanceof URL && URL.canParse(text) ? new URL(text) : text;
}

function isEnumerable(value: object, key: string | number | symbol): boolean {
  try {
    return Object.prototype.propertyIsEnumerable.call(value, key);
  } catch {
    return true;
  }
}

function define(target: object, key: string | number | symbol, value: unknown, enumerable: boolean): void {
  Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true });
}
