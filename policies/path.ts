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
  return new Walk(steps, visit, loose).from(root, 0);
}

/** The number of an element of a list. */
const INDEX = /^(?:0|[1-9]\d*)$/;

class Walk {
  readonly #steps: readonly string[];
  readonly #visit: (value: unknown) => boolean;
  readonly #loose: boolean;
  /** Step → lists and maps in which it was looked for already: in lists of lists they are come upon in several ways. */
  #known: Map<number, Set<object>> | undefined;

  constructor(steps: readonly string[], visit: (value: unknown) => boolean, loose: boolean) {
    this.#steps = steps;
    this.#visit = visit;
    this.#loose = loose;
  }

  /** Whether a visit stopped it. */
  from(value: unknown, at: number): boolean {
    if (at === this.#steps.length) return this.#visit(value);
    const step = this.#steps[at] as string;
    const isObject = typeof value === "object" && value !== null;
    const isList = Array.isArray(value) || value instanceof Set;
    if (step === "*") {
      for (const inner of isList ? value : value instanceof Map ? value.values() : isObject ? Object.values(value) : []) if (this.from(inner, at + 1)) return true;
    } else if (value instanceof Map) {
      if (value.has(step)) return this.from(value.get(step), at + 1);
    } else if (isObject && Object.hasOwn(value, step)) {
      const isFound = this.from((value as Record<string, unknown>)[step], at + 1);
      if (isFound || !isList) return isFound;
      // The length of a list must not hide a key of that name in it, from no rule.
      if (step === "length" || this.#loose) return this.#among(value, at, INDEX.test(step));
    }
    if (!this.#loose) return false;
    if (isList) return this.#among(value, at);
    // A list of one, without the list.
    return (step === "*" || step === "0") && value !== undefined && (!isObject || this.#isNew(value, at + 1)) && this.from(value, at + 1);
  }

  /**
   * A list for its elements, which may be what the step was written for.
   *
   * @param isPlace the step has a place in the list: then only a map that has a key of that name is meant
   */
  #among(list: readonly unknown[] | ReadonlySet<unknown>, at: number, isPlace = false): boolean {
    const step = this.#steps[at] as string;
    for (const inner of list) {
      // Of a set the place is not told.
      if (list instanceof Set && INDEX.test(step) && this.from(inner, at + 1)) return true;
      if (typeof inner !== "object" || inner === null || (step === "*" && this.#has(inner, at + 1)) || (isPlace && (Array.isArray(inner) || !this.#has(inner, at)))) continue;
      if (this.#isNew(inner, at) && this.from(inner, at)) return true;
    }
    return false;
  }

  /** Whether an element is as the path has it from here on: then its own values are something else. */
  #has(inner: object, at: number): boolean {
    const step = this.#steps[at];
    return step === undefined || (step !== "*" && (inner instanceof Map ? inner.has(step) : Object.hasOwn(inner, step)));
  }

  #isNew(value: object, at: number): boolean {
    this.#known ??= new Map();
    const before = this.#known.get(at);
    if (!before) this.#known.set(at, new Set([value]));
    else if (before.has(value)) return false;
    else before.add(value);
    return true;
  }
}

/** Stands for the removal of a value in {@link update}. */
export const REMOVE: unique symbol = Symbol("remove");

/**
 * A copy of `root` in which every selected value is replaced by what `change` returns for it. With `create` a missing
 * last key is added to its map; with `loose` a list stands for its elements where the path has a map.
 *
 * @returns the copy, and how many values were selected or added
 * @throws Error where the path leads into what no copy of its properties stands for, like a `Map` or a date
 */
export function update(root: unknown, { text, steps }: Path, change: (value: unknown) => unknown, create: boolean, loose = false): { value: unknown; count: number } {
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
      if (loose && step !== "*" && !INDEX.test(step)) return value.map((inner) => rebuild(inner, at));
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
