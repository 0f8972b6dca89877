import { Exceeded, Failure } from "./failure.ts";
import { Duration, instant, Timestamp } from "./time.ts";
import type { Kind } from "./types.ts";

/** One evaluation at work. */
export interface Frame {
  variables: Readonly<Record<string, unknown>>;
  /** Variables of macros, by depth. */
  readonly slots: unknown[];
  /** What was done so far. */
  steps: number;
}

/**
 * Most steps of one evaluation: parts of the expression evaluated inside macros, items compared, text looked
 * through. The same number as Kubernetes has for one expression (PerCallLimit in k8s.io/apiserver/pkg/apis/cel).
 */
export const MAX_STEPS = 1_000_000;
/** What listing one key of a map costs, compared with other steps. */
const KEY_STEPS = 4;
/** Deepest nesting that is compared. Arguments are not deeper than 64, unless they hold themselves. */
const MAX_DEPTH = 100;

/** Counts steps. @throws Exceeded when there were too many */
export function charge(frame: Frame, steps: number): void {
  frame.steps += steps;
  if (frame.steps > MAX_STEPS) throw new Exceeded(`evaluation took more than ${MAX_STEPS} steps`);
}

/** @throws Failure for what is not plain data: instances of classes, buffers, sets, functions, undefined, invalid dates. */
export function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case "string": return "string";
    case "number": return "double";
    case "boolean": return "bool";
    case "bigint":
      if (BigInt.asIntN(64, value) !== value) throw new Failure("an int has at most 64 bits");
      return "int";
    case "object": return value === null ? "null" : kindOfObject(value);
    default: throw new Failure(`a condition cannot read ${value === undefined ? "undefined" : `a ${typeof value}`}`);
  }
}

function kindOfObject(value: object): Kind {
  if (Array.isArray(value)) return "list";
  const prototype = Object.getPrototypeOf(value) as object | null;
  // The second test is for plain objects of another realm.
  if (prototype === Object.prototype || prototype === null || Object.getPrototypeOf(prototype) === null) return "map";
  if (value instanceof Timestamp) return "timestamp";
  if (value instanceof Date && !Number.isNaN(value.getTime())) return "timestamp";
  if (value instanceof Duration) return "duration";
  if (value instanceof Map) return "map";
  throw new Failure("a condition cannot read an instance of a class");
}

export function noOverload(name: string, ...kinds: readonly string[]): Failure {
  return new Failure(`no such overload: ${spell(name, kinds)}`);
}

/** `int + string`, `-string`, `contains(int)`. */
export function spell(name: string, kinds: readonly string[]): string {
  const operator = /^(_?)([^_a-z]+|in)_$/.exec(name);
  if (!operator) return `${name}(${kinds.join(", ")})`;
  return operator[1] ? kinds.join(` ${operator[2]} `) : `${operator[2]}${kinds[0]}`;
}

/** The value of a key, if the map has it as its own (else undefined); never what stands on a prototype. 1 and 1.0 are the same key. */
export function lookUp(map: unknown, key: unknown): unknown {
  if (map instanceof Map) {
    const found: unknown = map.get(key);
    if (found !== undefined) return found;
    if (typeof key === "bigint") return map.get(Number(key));
    return typeof key === "number" && Number.isInteger(key) ? map.get(BigInt(key)) : undefined;
  }
  const kind = kindOf(map);
  if (kind !== "map") throw new Failure(`${kind} has no fields`);
  return typeof key === "string" && Object.hasOwn(map as object, key) ? (map as Record<string, unknown>)[key] : undefined;
}

/** The keys of a map; one whose value is undefined is none. */
export function keysOf(frame: Frame, map: unknown): readonly unknown[] {
  const keys = map instanceof Map ? [...map.keys()] : Object.keys(map as object);
  charge(frame, keys.length * KEY_STEPS);
  return keys.filter((key) => lookUp(map, key) !== undefined);
}

/** @throws Failure where the list has no such item */
export function itemAt(list: readonly unknown[], index: unknown): unknown {
  const position = typeof index === "bigint" ? Number(index) : index;
  if (typeof position !== "number" || !Number.isInteger(position)) throw new Failure(`a list has no item ${describe(index)}`);
  if (position < 0 || position >= list.length) throw new Failure(`index ${position} is outside of a list of ${list.length}`);
  return list[position];
}

/** For messages. */
export function describe(value: unknown): string {
  if (typeof value === "string") return `"${value.slice(0, 64)}"`;
  const kind = kindOf(value);
  return ["null", "bool", "int", "double"].includes(kind) ? String(value) : kind;
}

/** CEL equality: numbers as numbers, lists and maps by content, different kinds are different. */
export function equal(frame: Frame, a: unknown, b: unknown, depth = 0): boolean {
  if (typeof a === "string" && typeof b === "string") {
    if (a.length !== b.length) return false;
    charge(frame, a.length >> 6);
    return a === b;
  }
  const [kind, other] = [kindOf(a), kindOf(b)];
  if (kind !== other) return ((kind === "int" && other === "double") || (kind === "double" && other === "int")) && Number(a) === Number(b);
  switch (kind) {
    case "list": return equalLists(frame, a as readonly unknown[], b as readonly unknown[], depth + 1);
    case "map": return equalMaps(frame, a, b, depth + 1);
    case "timestamp":
    case "duration": return order(frame, a, b) === 0;
    default: return a === b;
  }
}

function equalLists(frame: Frame, a: readonly unknown[], b: readonly unknown[], depth: number): boolean {
  if (depth > MAX_DEPTH) throw new Exceeded(`compared deeper than ${MAX_DEPTH} levels`);
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) {
    charge(frame, 1);
    if (!equal(frame, a[index], b[index], depth)) return false;
  }
  return true;
}

function equalMaps(frame: Frame, a: unknown, b: unknown, depth: number): boolean {
  if (depth > MAX_DEPTH) throw new Exceeded(`compared deeper than ${MAX_DEPTH} levels`);
  const keys = keysOf(frame, a);
  if (keys.length !== keysOf(frame, b).length) return false;
  for (const key of keys) {
    const other = lookUp(b, key);
    if (other === undefined || !equal(frame, lookUp(a, key), other, depth)) return false;
  }
  return true;
}

/** Negative, 0 or positive; NaN where one of them is NaN. */
export function order(frame: Frame, a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return compare(a, b);
  const [kind, other] = [kindOf(a), kindOf(b)];
  if (kind === "string" && other === "string") return compareTexts(frame, a as string, b as string);
  if (kind === "int" && other === "int") return compare(a as bigint, b as bigint);
  if ((kind === "int" || kind === "double") && (other === "int" || other === "double")) return compare(Number(a), Number(b));
  if (kind !== other) throw noOverload("compare", kind, other);
  switch (kind) {
    case "bool": return Number(a) - Number(b);
    case "timestamp": return instant(a).compare(instant(b));
    case "duration": return (a as Duration).compare(b as Duration);
    default: throw noOverload("compare", kind, other);
  }
}

function compare<T extends number | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : a === b ? 0 : Number.NaN;
}

/** By code points, as the bytes of UTF-8 are ordered; JavaScript orders by UTF-16 code units. */
function compareTexts(frame: Frame, a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  charge(frame, shorter >> 3);
  for (let index = 0; index < shorter; index++) {
    const [x, y] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all other code units. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
