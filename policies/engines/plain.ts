import type { Facts } from "../facts.ts";

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}

/** The facts as JSON. `arguments` is missing where the call has none. */
export type PlainFacts = Readonly<Record<Exclude<keyof Facts, "arguments">, Json>> & JsonObject;

/** Deepest accepted nesting: what a snapshot of arguments may have, one level further in. Cedar's JSON reader takes 127. */
const MAX_DEPTH = 65;

/** What an engine is given of one call at most: it decides while the process waits, and keeps the memory that it took. */
export interface Limits {
  /** Values, each occurrence counted. */
  readonly values: number;
  /** Characters of all texts and keys. */
  readonly characters: number;
}

interface Walk {
  readonly limits: Limits;
  values: number;
  characters: number;
  readonly path: (string | number)[];
}

/**
 * The facts as JSON that says the same: nothing is dropped or changed on the way. Dates become RFC 3339 in UTC and
 * URLs their text; a property that is undefined is as absent as JavaScript takes it to be.
 *
 * @throws Error that names the place of what JSON cannot carry: NaN and infinities, integers beyond 2^53, undefined
 * in a list, functions, symbols, maps, sets, buffers, instances of classes, text with half a surrogate pair (which
 * OPA would read as another character), cycles, and what is beyond 65 levels or the limits
 */
export function plain(facts: Facts, limits: Limits): PlainFacts {
  return convert(facts, 0, { limits, values: 0, characters: 0, path: [] }) as PlainFacts;
}

function convert(value: unknown, depth: number, walk: Walk): Json {
  if (++walk.values > walk.limits.values) throw new Error(`the call has more than ${walk.limits.values} values`);
  switch (typeof value) {
    case "string":
      return text(value, walk);
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : refuse(walk, String(value));
    case "bigint":
      return Number.isSafeInteger(Number(value)) ? Number(value) : refuse(walk, "an integer beyond 2^53");
    case "object":
      return value === null ? null : convertObject(value, depth, walk);
    default:
      return refuse(walk, `a value of type ${typeof value}`);
  }
}

function text(value: string, walk: Walk): string {
  walk.characters += value.length;
  if (walk.characters > walk.limits.characters) throw new Error(`the call has more than ${walk.limits.characters} characters`);
  return value.isWellFormed() ? value : refuse(walk, "text with half a surrogate pair");
}

function convertObject(value: object, depth: number, walk: Walk): Json {
  if (depth > MAX_DEPTH) return refuse(walk, `nesting beyond ${MAX_DEPTH} levels, or a cycle,`);
  if (Array.isArray(value)) {
    const list: Json[] = [];
    for (let index = 0; index < value.length; index++) list.push(at(index, value[index], depth, walk));
    return list;
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? refuse(walk, "an invalid date") : value.toISOString();
  if (value instanceof URL) return text(value.href, walk);
  if (!isPlain(value)) return refuse(walk, `an object that is not plain data (${Object.prototype.toString.call(value).slice(8, -1)})`);
  // Without a prototype a key named __proto__ is a key.
  const record = Object.create(null) as Record<string, Json>;
  for (const key of Object.keys(value)) {
    const inner = (value as Readonly<Record<string, unknown>>)[key];
    if (inner !== undefined) record[text(key, walk)] = at(key, inner, depth, walk);
  }
  return record;
}

function at(key: string | number, value: unknown, depth: number, walk: Walk): Json {
  walk.path.push(key);
  const converted = convert(value, depth + 1, walk);
  walk.path.pop();
  return converted;
}

/** An object literal of any realm, or one without a prototype. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

/** What is wrong comes first: the place may be longer than a reason. */
function refuse(walk: Walk, what: string): never {
  throw new Error(`${what} cannot be given to an engine: ${placeOf(walk.path)}`);
}

export function placeOf(path: readonly (string | number)[]): string {
  return path.map((step, index) => (typeof step === "number" ? `[${step}]` : index ? `.${step}` : step)).join("");
}
