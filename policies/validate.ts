import type * as z from "zod/mini";
import { SpangateError } from "../errors.ts";
import { nearest } from "./nearest.ts";
import { CHECKING } from "./schema/units.ts";
import { keysAt, type Schema } from "./schema/walk.ts";

/** Says where a value, or a key of a map, stands. */
export type Place = (path: readonly PropertyKey[], key?: string) => string;

/** Lists whose entries have ids, which must be unique in each. */
const WITH_IDS: readonly (readonly string[])[] = [["rules"], ["limits", "rate"], ["limits", "budget"], ["engines"], ["flows"], ["webhooks"], ["actions"]];

/**
 * Checks a value against a schema.
 *
 * @returns what the schema makes of it: defaults filled in, units resolved
 * @throws SpangateError SG_POLICY_INVALID or SG_POLICY_UNKNOWN_KEY, with the place and the nearest known key
 */
export function validate<T>(schema: z.ZodMiniType<T>, value: unknown, place: Place): T {
  const parsed = attempt(schema, value, place);
  if (!parsed.success) throw errorOf(schema as unknown as Schema, innermost(parsed.error.issues[0] as z.core.$ZodIssue), value, place);
  for (const path of WITH_IDS) refuseTwice(path, value, place);
  return parsed.data;
}

/** What is wrong in a hundred thousand places is more than zod can list. */
function attempt<T>(schema: z.ZodMiniType<T>, value: unknown, place: Place): z.core.util.SafeParseResult<T> {
  try {
    return schema.safeParse(value, CHECKING);
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    throw new SpangateError("SG_POLICY_INVALID", { place: place([]), problem: "there are more mistakes than can be listed" }, { cause: thrown });
  }
}

function refuseTwice(path: readonly string[], value: unknown, place: Place): void {
  const list = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], value);
  if (!Array.isArray(list)) return;
  const ids = new Set<unknown>();
  for (const [index, entry] of list.entries()) {
    const id = (entry as { id?: unknown } | null)?.id;
    if (id === undefined) continue;
    if (ids.has(id)) throw new SpangateError("SG_POLICY_INVALID", { place: place([...path, index, "id"]), problem: `the id "${String(id)}" is used twice` });
    ids.add(id);
  }
}

/** A value may have several forms; what is wrong is told of the form that was meant. */
function innermost(issue: z.core.$ZodIssue): z.core.$ZodIssue {
  if (issue.code !== "invalid_union") return issue;
  const meant = issue.errors.find(([first]) => first && first.path.length > 0) ?? issue.errors.find(([first]) => first && first.code !== "invalid_type") ?? [];
  const [first] = meant;
  return first ? innermost({ ...first, path: [...issue.path, ...first.path] } as z.core.$ZodIssue) : issue;
}

function errorOf(schema: Schema, issue: z.core.$ZodIssue, value: unknown, place: Place): SpangateError {
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0] as string;
    const known = nearest(key, keysAt(schema, issue.path));
    return new SpangateError("SG_POLICY_UNKNOWN_KEY", { place: place(issue.path, key), key, nearest: known ? `, did you mean "${known}"?` : "" });
  }
  const found = issue.path.reduce<unknown>((at, step) => (at as Record<PropertyKey, unknown> | null | undefined)?.[step], value);
  const where = issue.path.length ? `${issue.path.join(".")}: ` : "";
  const problem = found === undefined && issue.path.length ? `${where}missing` : `${where}${issue.code === "invalid_union" ? formsOf(issue) : issue.message}`;
  return new SpangateError("SG_POLICY_INVALID", { place: place(issue.path), problem });
}

function formsOf(issue: z.core.$ZodIssueInvalidUnion): string {
  const forms = [...new Set(issue.errors.flatMap(([first]) => (first ? [first.message.replace(/^Invalid input: /, "")] : [])))];
  return forms.length ? forms.join(", or ") : issue.message;
}
