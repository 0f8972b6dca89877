import { folded } from "./detection/heavy.ts";

/** Deepest nesting that is looked into; what lies deeper is told by the scanner as incomplete. */
const MAX_DEPTH = 64;

/**
 * Visits every text of a value with the key under which it stands (of a list, that of the list), keys included, as it
 * was written and, where that is something else, as it reads: compatibility forms, look-alikes and invisible characters
 * folded away. `visit` returns true to stop.
 *
 * @returns whether a visit stopped the walk
 */
export function eachText(value: unknown, visit: (text: string, key: string) => boolean): boolean {
  return walk(value, "", 0, new Set(), visit);
}

function walk(value: unknown, key: string, depth: number, seen: Set<object>, visit: (text: string, key: string) => boolean): boolean {
  if (typeof value === "string") return both(value, key, visit);
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH || seen.has(value)) return false;
  seen.add(value);
  if (Array.isArray(value) || value instanceof Set) {
    for (const inner of value) if (walk(inner, key, depth + 1, seen, visit)) return true;
    return false;
  }
  if (value instanceof URL) return both(value.href, key, visit);
  for (const [inner, held] of value instanceof Map ? value : Object.entries(value)) {
    const name = String(inner);
    if (both(name, "", visit) || walk(held, name, depth + 1, seen, visit)) return true;
  }
  return false;
}

function both(text: string, key: string, visit: (text: string, key: string) => boolean): boolean {
  if (visit(text, key)) return true;
  const reads = folded(text);
  return reads !== undefined && visit(reads, key);
}
