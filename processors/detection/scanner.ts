import type { DetectorId } from "../../policies/index.ts";
import { DETECTORS, type Detector } from "./detectors.ts";
import { regexEngine, type RegexEngine } from "./engine.ts";

/** Detector → how many values it found. */
export type Findings = Partial<Record<DetectorId, number>>;

export interface Scrubbed {
  readonly value: unknown;
  /** Undefined when nothing was found; then `value` is the value that came in. */
  readonly findings: Findings | undefined;
}

/** Deepest nesting that is looked into; deeper values are taken out whole. */
const MAX_DEPTH = 64;
/** Stands where something was too deep to be looked at. */
const TOO_DEEP = "[REDACTED:too_deep]";
/** Shortest text that any detector can match. */
const SHORTEST = 6;

interface Rule extends Detector {
  readonly replace: (text: string, replacer: (match: string) => string) => string;
}

/** Finds sensitive values in the strings, numbers and keys of a value and replaces them by `[REDACTED:<detector>]`. */
export class Scanner {
  readonly #rules: readonly Rule[];
  readonly #candidates: (text: string) => readonly number[];

  constructor(detectors: readonly DetectorId[] | "all" = "all", engine: RegexEngine = regexEngine()) {
    const chosen = DETECTORS.filter(({ id }) => detectors === "all" || detectors.includes(id));
    this.#rules = chosen.map((detector) => ({ ...detector, replace: engine.compileReplacer(detector.pattern) }));
    this.#candidates = engine.compileSet(chosen.map(({ pattern }) => pattern));
  }

  /** Never changes `value`; returns a copy when something had to be replaced. */
  scrub(value: unknown): Scrubbed {
    // Most calls carry nothing: one pass over all texts at once settles that.
    const suspicion = this.#suspect(value, 0);
    if (!suspicion) return { value, findings: undefined };
    const findings: Findings = {};
    const scrubbed = this.#rewrite(value, findings, 0, new Map());
    return Object.keys(findings).length || suspicion === "too deep" ? { value: scrubbed, findings } : { value, findings: undefined };
  }

  scrubText(text: string, findings: Findings): string {
    if (text.length < SHORTEST) return text;
    for (const index of this.#candidates(text)) {
      const { id, validate, replace } = this.#rules[index] as Rule;
      text = replace(text, (match) => {
        if (validate && !validate(match)) return match;
        findings[id] = (findings[id] ?? 0) + 1;
        return `[REDACTED:${id}]`;
      });
    }
    return text;
  }

  /** Whether something may have to be replaced in a value that stands at this depth. */
  #suspect(value: unknown, depth: number): "too deep" | "found" | undefined {
    const texts: string[] = [];
    if (!collect(value, texts, depth, new Set())) return "too deep";
    return texts.length > 0 && this.#candidates(texts.join("\n")).length > 0 ? "found" : undefined;
  }

  #rewrite(value: unknown, findings: Findings, depth: number, seen: Map<object, unknown>): unknown {
    if (typeof value === "string") return this.scrubText(value, findings);
    if (typeof value === "number" || typeof value === "bigint") {
      const text = String(value);
      const scrubbed = this.scrubText(text, findings);
      return scrubbed === text ? value : scrubbed;
    }
    if (typeof value !== "object" || value === null) return value;
    if (depth > MAX_DEPTH) return TOO_DEEP;
    const known = seen.get(value);
    if (known !== undefined) return known;
    const again = (inner: unknown): unknown => this.#rewrite(inner, findings, depth + 1, seen);
    if (Array.isArray(value)) {
      const target: unknown[] = [];
      seen.set(value, target);
      for (const inner of value) target.push(again(inner));
      return target;
    }
    if (value instanceof Map) return new Map([...value].map(([key, inner]) => [again(key), again(inner)]));
    if (value instanceof Set) return new Set([...value].map(again));
    if (isOpaque(value)) return value;
    // The class of a value is kept, and what its constructor marked it with: frameworks look at both. Private
    // state cannot be kept, so an instance stays itself unless something in it has to go.
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (prototype !== Object.prototype && prototype !== null && !this.#suspect(value, depth)) return value;
    const target = Object.create(prototype) as object;
    seen.set(value, target);
    for (const key of Reflect.ownKeys(value)) {
      Object.defineProperty(target, typeof key === "string" ? this.scrubText(key, findings) : key, {
        value: again(Reflect.get(value, key)), enumerable: Object.prototype.propertyIsEnumerable.call(value, key), writable: true, configurable: true,
      });
    }
    return target;
  }
}

/** Gathers every text; false when something was nested too deep to be gathered. */
function collect(value: unknown, into: string[], depth: number, seen: Set<object>): boolean {
  if (typeof value === "string") {
    if (value.length >= SHORTEST) into.push(value);
    return true;
  }
  if (typeof value === "number" || typeof value === "bigint") {
    if (value > 1e9) into.push(String(value));
    return true;
  }
  if (typeof value !== "object" || value === null || seen.has(value)) return true;
  if (depth > MAX_DEPTH) return false;
  seen.add(value);
  let complete = true;
  const inner = value instanceof Map ? [...value].flat() : value instanceof Set || Array.isArray(value) ? value : undefined;
  if (inner) for (const item of inner) complete = collect(item, into, depth + 1, seen) && complete;
  else if (!isOpaque(value)) {
    // Not only what is enumerable: the message of an error is not.
    for (const key of Object.getOwnPropertyNames(value)) {
      if (key.length >= SHORTEST) into.push(key);
      complete = collect((value as Record<string, unknown>)[key], into, depth + 1, seen) && complete;
    }
  }
  return complete;
}

/** Objects without data of their own that we could look at. */
function isOpaque(value: object): boolean {
  return value instanceof Date || value instanceof URL || value instanceof RegExp || value instanceof Promise
    || value instanceof ArrayBuffer || ArrayBuffer.isView(value) || Symbol.asyncIterator in value || "getReader" in value;
}
