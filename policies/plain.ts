import { SpangateError } from "../errors.ts";
import type { Place } from "./validate.ts";

/** Deepest accepted nesting of a policy. */
export const MAX_DEPTH = 64;

/** What is no plain data, in words. */
const NAMES: Readonly<Record<string, string>> = { bigint: "a bigint", function: "a function", symbol: "a symbol" };

/**
 * A copy of a policy that was made in code, as a file would have it: what is changed later in what was handed over
 * changes no policy, and what no file can say is refused before somebody has to write it down.
 *
 * @throws SpangateError SG_POLICY_INVALID
 */
export function plain(value: unknown, place: Place, path: readonly PropertyKey[] = []): unknown {
  const refuse = (problem: string): SpangateError => new SpangateError("SG_POLICY_INVALID", { place: place(path), problem });
  if (NAMES[typeof value]) throw refuse(`${NAMES[typeof value]} is no plain data`);
  if (typeof value !== "object" || value === null) return value;
  // Also what holds itself.
  if (path.length > MAX_DEPTH) throw refuse(`nested deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) return Array.from(value, (inner: unknown, index) => plain(inner, place, [...path, index]));
  const kind = Object.prototype.toString.call(value).slice("[object ".length, -1);
  if (kind !== "Object") throw refuse(`a ${kind} is no plain data`);
  // Validation would pass over it in silence.
  if (Object.hasOwn(value, "__proto__")) throw refuse('a key must not be named "__proto__"');
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner, place, [...path, key])]));
}
