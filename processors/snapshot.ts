/** Deepest accepted nesting of arguments. */
const MAX_DEPTH = 64;
/** Most values accepted in the arguments of one call. */
const MAX_NODES = 100_000;

interface Walk {
  nodes: number;
  readonly freeze: boolean;
  readonly seen: Map<object, unknown>;
}

/**
 * A deep copy that shares nothing mutable with `value`, so that what was judged is what runs.
 * Plain objects, arrays, maps, sets, dates, URLs, regular expressions, buffers, errors and instances of
 * classes (their own data properties, on the same prototype) are copied; getters are read once.
 * Functions, promises, streams and abort signals cannot be copied and are passed through.
 *
 * @param freeze also freezes the copy, deeply (what cannot be frozen, like a buffer, is only copied)
 * @throws RangeError beyond 64 levels or 100,000 values; whatever a getter throws
 */
export function snapshot<T>(value: T, freeze = false): T {
  if (typeof value !== "object" || value === null) return value;
  return copy(value, 0, { nodes: 0, freeze, seen: new Map() }) as T;
}

function copy(value: unknown, depth: number, walk: Walk): unknown {
  if (typeof value !== "object" || value === null) return value;
  const known = walk.seen.get(value);
  if (known !== undefined) return known;
  if (depth > MAX_DEPTH) throw new RangeError(`nested deeper than ${MAX_DEPTH} levels`);

  if (Array.isArray(value)) {
    const target: unknown[] = new Array(value.length);
    walk.seen.set(value, target);
    for (let index = 0; index < value.length; index++) target[index] = count(walk) && copy(value[index], depth + 1, walk);
    return walk.freeze ? Object.freeze(target) : target;
  }
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype !== Object.prototype && prototype !== null) return copySpecial(value, depth, walk) ?? copyInstance(value, prototype, depth, walk);
  const target = Object.create(prototype) as Record<string, unknown>;
  walk.seen.set(value, target);
  for (const key of Object.keys(value)) {
    const inner = count(walk) && copy((value as Record<string, unknown>)[key], depth + 1, walk);
    // A key named __proto__ must become data, not a prototype.
    if (key === "__proto__") Object.defineProperty(target, key, { value: inner, enumerable: true, writable: true, configurable: true });
    else target[key] = inner;
  }
  return walk.freeze ? Object.freeze(target) : target;
}

/** Every own property: some classes mark their instances with a symbol, and shadow an accessor of their prototype. */
function copyInstance(value: object, prototype: object, depth: number, walk: Walk): object {
  const target = Object.create(prototype) as object;
  walk.seen.set(value, target);
  for (const key of Reflect.ownKeys(value)) {
    const inner = count(walk) && copy(Reflect.get(value, key), depth + 1, walk);
    Object.defineProperty(target, key, { value: inner, enumerable: Object.prototype.propertyIsEnumerable.call(value, key), writable: true, configurable: true });
  }
  return walk.freeze ? Object.freeze(target) : target;
}

/** Objects whose data lives in internal slots, where a copy of the properties would be an empty shell. */
function copySpecial(value: object, depth: number, walk: Walk): unknown {
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof URL) return new URL(value.href);
  if (value instanceof Map) {
    const target = new Map<unknown, unknown>();
    walk.seen.set(value, target);
    for (const [key, inner] of value) target.set(copy(key, depth + 1, walk), count(walk) && copy(inner, depth + 1, walk));
    return target;
  }
  if (value instanceof Set) {
    const target = new Set<unknown>();
    walk.seen.set(value, target);
    for (const inner of value) target.add(count(walk) && copy(inner, depth + 1, walk));
    return target;
  }
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof RegExp || value instanceof Error) return structuredClone(value);
  if (value instanceof Promise || value instanceof EventTarget || "pipe" in value || "getReader" in value || Symbol.asyncIterator in value) return value;
  return undefined;
}

function count(walk: Walk): true {
  if (++walk.nodes > MAX_NODES) throw new RangeError(`more than ${MAX_NODES} values`);
  return true;
}
