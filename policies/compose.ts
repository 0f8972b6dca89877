import { isDeepStrictEqual } from "node:util";
import { SpangateError } from "../errors.ts";
import { covers } from "./pattern.ts";
import { docOf, type KeyDoc } from "./schema/doc.ts";
import { type Layer, policyFile } from "./schema/policy.ts";
import { type Schema, shapeOf, step, unwrap } from "./schema/walk.ts";

/** One policy file, valid by itself, as its author wrote it. */
export interface Source {
  readonly file: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** Indices of the sources that this one extends, directly or not. */
  readonly ancestors: ReadonlySet<number>;
  place(path: readonly PropertyKey[], key?: string): string;
}

/** Where an entry of a list of the composed policy was written. */
export interface Origin {
  readonly source: number;
  readonly index: number;
}

export interface Composed {
  /** In the form of one policy file. */
  readonly value: Readonly<Record<string, unknown>>;
  readonly layers: readonly Layer[];
  /** Path of a list → where each of its entries comes from. */
  readonly origins: ReadonlyMap<string, readonly Origin[]>;
}

/** What one source says under one key. */
interface Said {
  readonly source: number;
  readonly value: unknown;
}

/**
 * Composes a policy with what it extends: what is denied can only grow, what is allowed can only shrink, unless the
 * parent says `overridable`. Each key declares its merge in the schema.
 *
 * @param sources parents before children, the policy itself last
 * @throws SpangateError SG_POLICY_WIDENS that names both files
 */
export function compose(sources: readonly Source[]): Composed {
  return new Composer(sources).compose();
}

class Composer {
  readonly #sources: readonly Source[];
  readonly #origins = new Map<string, Origin[]>();

  constructor(sources: readonly Source[]) {
    this.#sources = sources;
  }

  compose(): Composed {
    const said = this.#sources.map(({ value }, source) => ({ source, value }));
    const value = this.#mergeMap(policyFile as unknown as Schema, said, []);
    const layers = this.#sources.map(({ value: { name, version, default: fallback, overridable }, ancestors }, index): Layer => ({
      name: name as string, version: (version as string | undefined) ?? "0", overridable: (overridable as string[] | undefined) ?? [],
      default: (fallback as Layer["default"]) ?? (ancestors.size === 0 ? "deny" : undefined), closes: ancestors.size > 0,
      ...this.#parentsOf(ancestors, index),
    }));
    // Cases of a parent say what becomes of a call under the parent; a child may narrow that, or loosen what is overridable.
    // The composed policy is the last file's: its version and its tests are not inherited.
    const { version, self_test: cases } = this.#sources.at(-1)?.value ?? {};
    return { value: { ...value, ...(version !== undefined && { version }), ...(cases !== undefined && { self_test: cases }) }, layers, origins: this.#origins };
  }

  /** Those that it extends by no other; said only where they are not simply the one before. */
  #parentsOf(ancestors: ReadonlySet<number>, index: number): { parents?: number[] } {
    const parents = [...ancestors].filter((one) => ![...ancestors].some((other) => this.#extends(other, one))).sort((a, b) => a - b);
    const isChain = parents.length === Math.min(index, 1) && parents.every((parent) => parent === index - 1);
    return isChain ? {} : { parents };
  }

  #mergeMap(schema: Schema, said: readonly Said[], path: readonly string[]): Record<string, unknown> {
    const keys = new Set(said.flatMap(({ value }) => Object.keys(value as object)));
    const merged: Record<string, unknown> = {};
    for (const key of keys) {
      const under = step(schema, key);
      if (under && docOf(under)?.merge === "layer") continue;
      const firm = under && docOf(under)?.firm ? under.def.defaultValue : undefined;
      const inner = said.filter(({ value }) => firm !== undefined || Object.hasOwn(value as object, key)).map(({ source, value }) => ({ source, value: (value as Record<string, unknown>)[key] ?? firm }));
      merged[key] = this.#merge(under, inner, [...path, key]);
    }
    return merged;
  }

  #merge(schema: Schema | undefined, said: readonly Said[], path: readonly string[]): unknown {
    const first = said[0] as Said;
    const declared = schema && docOf(schema);
    if (declared?.merge === "by-id") return this.#mergeById(said, path);
    if (said.length === 1 || !schema) return said.at(-1)?.value;
    switch (declared?.merge) {
      case "union": return union(said.map(({ value }) => value));
      case "narrow": return said.slice(1).reduce((parent, child) => ({ source: child.source, value: this.#narrow(declared, parent, child, path) }), first).value;
      case "stricter": return said.slice(1).reduce((parent, child) => this.#stricter(schema, declared, parent, child, path), first).value;
      case "fixed": return said.slice(1).reduce((parent, child) => this.#fixed(parent, child, path), first).value;
      case "own": return said.at(-1)?.value;
      default: return said.every(({ value }) => isMap(value)) && (shapeOf(schema) ?? unwrap(schema).valueType) ? this.#mergeMap(schema, said, path) : said.at(-1)?.value;
    }
  }

  /** Things with an id: new ones are added, one that is there is replaced only where it says so itself. */
  #mergeById(said: readonly Said[], path: readonly string[]): unknown[] {
    const entries = new Map<unknown, { item: Record<string, unknown>; origin: Origin }>();
    for (const { source, value } of said) {
      for (const [index, item] of (value as Record<string, unknown>[]).entries()) {
        const taken = entries.get(item["id"]);
        if (taken) {
          const { item: parent, origin } = taken;
          // Ids are unique within a file; that has been looked at.
          if (parent["overridable"] !== true || !this.#extends(source, origin.source)) {
            throw this.#widens([...path, index, "id"], source, origin.source, `${path.join(".")}: the id "${String(item["id"])}" is taken, and its entry does not say overridable`);
          }
          entries.delete(item["id"]);
        }
        entries.set(item["id"], { item, origin: { source, index } });
      }
    }
    this.#origins.set(path.join("."), [...entries.values()].map(({ origin }) => origin));
    return [...entries.values()].map(({ item }) => item);
  }

  #stricter(schema: Schema, { order }: KeyDoc, parent: Said, child: Said, path: readonly string[]): Said {
    const rank = ({ value }: Said): number => {
      if (order) return -order.indexOf(String(value));
      return (schema as unknown as { parse(value: unknown): number }).parse(value);
    };
    if (rank(child) <= rank(parent)) return child;
    if (!this.#extends(child.source, parent.source)) return parent;
    if (this.#mayLoosen(parent.source, path)) return child;
    throw this.#widens(path, child.source, parent.source, `${path.join(".")}: ${String(child.value)} is looser than ${String(parent.value)}`);
  }

  #fixed(parent: Said, child: Said, path: readonly string[]): Said {
    if (isDeepStrictEqual(parent.value, child.value)) return parent;
    if (this.#extends(child.source, parent.source) && this.#mayLoosen(parent.source, path)) return child;
    throw this.#widens(path, child.source, parent.source, `${path.join(".")} is said already, and otherwise`);
  }

  /** Each entry of the child must be covered by one of the parent's. Between siblings only what both allow is left. */
  #narrow({ covers: holds = covers }: KeyDoc, parent: Said, child: Said, path: readonly string[]): unknown[] {
    const [allowed, wanted] = [asList(parent.value), asList(child.value)];
    const isCovered = (entry: unknown): boolean => allowed.some((general) => holds(String(general), String(entry)));
    if (!this.#extends(child.source, parent.source)) {
      return [...wanted.filter(isCovered), ...allowed.filter((entry) => wanted.some((general) => holds(String(general), String(entry))))];
    }
    const beyond = wanted.find((entry) => !isCovered(entry));
    if (beyond !== undefined && !this.#mayLoosen(parent.source, path)) {
      throw this.#widens(path, child.source, parent.source, `${path.join(".")}: ${String(beyond)} is not in what the parent allows`);
    }
    return wanted;
  }

  #extends(child: number, parent: number): boolean {
    return (this.#sources[child] as Source).ancestors.has(parent);
  }

  #mayLoosen(parent: number, path: readonly string[]): boolean {
    const named = ((this.#sources[parent] as Source).value["overridable"] as string[] | undefined) ?? [];
    return named.some((key) => path.join(".") === key || path.join(".").startsWith(`${key}.`));
  }

  #widens(path: readonly PropertyKey[], child: number, parent: number, problem: string): SpangateError {
    return new SpangateError("SG_POLICY_WIDENS", { place: (this.#sources[child] as Source).place(path), parent: (this.#sources[parent] as Source).file, problem });
  }
}

function union(lists: readonly unknown[]): unknown {
  if (lists.includes("all")) return "all";
  return [...new Set(lists.flatMap(asList))];
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}

function isMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
