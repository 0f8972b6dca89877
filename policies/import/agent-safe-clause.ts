/** One thing that is asked of a call. */
export interface Clause {
  /** As a condition. */
  readonly cel: string;
  /** As keys of a rule, where it has them. */
  readonly keys?: Readonly<Record<string, unknown>>;
  /** What has exactly one of these values, for telling that two clauses never hold together. */
  readonly values?: { readonly of: string; readonly any: readonly string[] };
}

/**
 * What a match comes to here. Where it cannot be said exactly there are two answers: one that holds for no call for
 * which the original does not, and one that holds for every call for which it does. Undefined: for no call at all.
 */
export interface Translation {
  readonly narrow: readonly Clause[] | undefined;
  readonly wide: readonly Clause[] | undefined;
  readonly exact: boolean;
  /** What could not be said, for a note. */
  readonly missing: readonly string[];
}

/** Whether no call can meet both: some field would have two values. */
export function areDisjoint(a: readonly Clause[], b: readonly Clause[]): boolean {
  return a.some(({ values: one }) => one && b.some(({ values: other }) => other && one.of === other.of && !one.any.some((value) => other.any.includes(value))));
}
