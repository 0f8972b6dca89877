import * as z from "zod/mini";

/**
 * How a key of a child policy meets the same key of its parent:
 * `own` the child's stands (scalars that widen nothing) · `stricter` the child's must be at least as strict ·
 * `union` both lists together (what is denied can only grow) · `narrow` each of the child's entries must be covered
 * by one of the parent's (what is allowed can only shrink) · `by-id` items with new ids are added, an id that is taken
 * may be replaced only where the parent's item says `overridable` · `fixed` the child's must be the same · `deep` maps, key by key · `layer` every file keeps
 * its own.
 */
export type Merge = "own" | "stricter" | "union" | "narrow" | "by-id" | "fixed" | "deep" | "layer";

/** What the documentation, the JSON Schema and composition know of a key beyond its form. */
export interface KeyDoc {
  /** One or two sentences; markdown. */
  readonly text: string;
  /** YAML of this key as it stands in a policy, tested with the docs. */
  readonly example?: string;
  /** Default `own` for scalars, `deep` for maps; lists must declare theirs. */
  readonly merge?: Merge;
  /** With `narrow`: whether an entry of the parent stands for all that one of the child stands for. Default as with names. */
  readonly covers?: (general: string, special: string) => boolean;
  /** With `stricter` and `narrow`: what a parent has as its default it has said, where it says anything in this section. */
  readonly firm?: boolean;
  /** With `stricter`: from weakest to strictest. Absent: numbers, the smaller the stricter. */
  readonly order?: readonly string[];
  /** What is used when the key is absent and no schema default says it. */
  readonly absent?: string;
}

const registry = new WeakMap<object, KeyDoc>();

/** Attaches documentation to the schema of a key. */
export function doc<T extends z.ZodMiniType>(schema: T, text: string, more: Omit<KeyDoc, "text"> = {}): T {
  // A schema that stands in two places would tell of one what is true of the other.
  if (registry.has(schema)) throw new Error(`this schema is documented already: ${registry.get(schema)?.text}`);
  registry.set(schema, { text, ...more });
  return schema;
}

export function docOf(schema: object): KeyDoc | undefined {
  return registry.get(schema);
}
