/** Steps from the arguments to a value; `*` alone stands for every element of a list or value of a map. */
export interface Path {
  readonly text: string;
  readonly steps: readonly string[];
}

/**
 * A path as authors write it: keys joined by dots (`to`, `items.*.price`), or a JSON Pointer (RFC 6901) where it
 * starts with `/`, for keys that have dots in them.
 */
export function parsePath(text: string): Path {
  if (!text.startsWith("/")) return { text, steps: text.split(".") };
  return { text, steps: text.slice(1).split("/").map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~")) };
}

/**
 * Visits every value that a path selects; only own properties count, and what a `Map` or a `Set` holds. `visit` returns
 * true to stop.
 *
 * @param loose one value counts for a list of it, and a list for its elements, as many tools take them: what the author
 *   did not write down then is selected, too
 * @returns whether a visit stopped the walk
 */
export function select(root: unknown, { steps }: Path, visit: (value: unknown) => boolean, loose = false): boolean {
  return walk(root, steps, 0, visit, loose);
}

function walk(value: unknown, steps: readonly string[], at: number, visit: (value: unknown) => boolean, loose: boolean): boolean {
  if (at === steps.length) return visit(value);
  const step = steps[at] as string;
  const isObject = typeof value === "object" && value !== null;
  const isList = Array.isArray(value) || value instanceof Set;
  if (step === "*") {
    for (const inner of isList ? value : value instanceof Map ? value.values() : isObject ? Object.values(value) : []) if (walk(inner, steps, at + 1, visit, loose)) return true;
    // A list of one, without the list.
    return loose && !isList && value !== undefined && walk(value, steps, at + 1, visit, loose);
  }
  if (!isObject) return false;
  if (value instanceof Map) return value.has(step) && walk(value.get(step), steps, at + 1, visit, loose);
  if (Object.hasOwn(value, step)) return walk((value as Record<string, unknown>)[step], steps, at + 1, visit, loose);
  if (loose && isList) for (const inner of value) if (walk(inner, steps, at, visit, loose)) return true;
  return false;
}

/** Stands for the removal of a value in {@link update}. */
export const REMOVE: unique symbol = Symbol("remove");

/**
 * A copy of `root` in which every selected value is replaced by what `change` returns for it. With `create` a missing
 * last key is added to its map.
 *
 * @returns the copy, and how many values were selected or added
 * @throws Error where the path leads into what no copy of its properties stands for, like a `Map` or a date
 */
export function update(root: unknown, { text, steps }: Path, change: (value: unknown) => unknown, create: boolean): { value: unknown; count: number } {
  let count = 0;
  const rebuild = (value: unknown, at: number): unknown => {
    if (at === steps.length) {
      count++;
      return change(value);
    }
    if (typeof value !== "object" || value === null) return value;
    const step = steps[at] as string;
    const isLast = at === steps.length - 1;
    if (Array.isArray(value)) {
      return value.map((inner, index) => (step === "*" || step === String(index) ? rebuild(inner, at + 1) : (inner as unknown))).filter((inner) => inner !== REMOVE);
    }
    if (!isPlain(value)) throw new Error(`what ${text} leads into is no plain data`);
    const copy = copyOf(value);
    const keys = step === "*" ? Object.keys(value) : Object.hasOwn(value, step) || (isLast && create) ? [step] : [];
    for (const key of keys) {
      const inner = rebuild(copy[key], at + 1);
      if (inner === REMOVE) delete copy[key];
      else if (Object.hasOwn(copy, key)) copy[key] = inner;
      else define(copy, key, inner);
    }
    return copy;
  };
  return { value: rebuild(root, 0), count };
}

/** Maps, sets, dates, buffers and the like keep their data in internal slots, and name themselves by them. */
function isPlain(value: object): boolean {
  return Object.prototype.toString.call(value) === "[object Object]";
}

/** On the same prototype. Nothing is assigned: a key named `__proto__` must stay data. */
function copyOf(value: object): Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === Object.prototype) return { ...value };
  const copy = Object.create(prototype) as Record<string, unknown>;
  for (const key of Reflect.ownKeys(value)) define(copy, key, Reflect.get(value, key), Object.prototype.propertyIsEnumerable.call(value, key));
  return copy;
}

function define(target: object, key: PropertyKey, value: unknown, enumerable = true): void {
  Object.defineProperty(target, key, { value, enumerable, writable: true, configurable: true });
}
