/** Numbers with fewer digits are so common that they are looked at only where a rule may mean them. */
export const LEAST_BARE = 5;

/** What a finding is about; policies choose by it. */
export type Category = "pii" | "secret" | "injection" | "content";

/** Where a match stands, for validators that need more than its text. */
export interface MatchContext {
  /** The text around the match, at most 64 characters on each side, as it was scanned. */
  readonly before: string;
  readonly after: string;
  /** The key or argument name under which the text stands; empty where there is none. */
  readonly key: string;
}

/**
 * One thing that can be found in a text: data plus a validator. Each detector is tested against its own
 * examples; one without both kinds does not build.
 */
export interface Detector {
  /** Unique, snake_case: `us_ssn`. Stands in policies, placeholders, records and metrics. */
  readonly id: string;
  readonly category: Category;
  /** ISO 3166-1 alpha-2 in lower case: applies only where a policy names this locale. Absent: everywhere. */
  readonly locale?: string;
  /**
   * Where to look: RE2 patterns that are cheap for a DFA (literals, short cores; no counted repeats over broad
   * classes, no numeric shapes). A hit opens a window in which `pattern` runs. May be empty where `digits` is given.
   */
  readonly triggers: readonly string[];
  /** Looked for in runs of this many digits (least, most), separated by nothing or single spaces, dots, dashes, slashes. */
  readonly digits?: readonly [least: number, most: number];
  /** The longest run of digits in whatever `pattern` matches has a letter right before it, or at least {@link LEAST_BARE} digits. */
  readonly letterBefore?: true;
  /** The full rule in RE2 syntax, run on the window around a trigger. */
  readonly pattern: string;
  /** The group that holds the value. Default 0, the whole match. */
  readonly group?: number;
  /** Refuses what only looks alike: checksum, entropy, allow list. */
  readonly validate?: (value: string, context: MatchContext) => boolean;
  /** Words that speak for this type when they stand near a match or in its key; compared in lower case. */
  readonly context?: readonly string[];
  /** True: a match without a context word or a telling key is no finding. */
  readonly needsContext?: boolean;
  /** 0 to 1: how sure a match is without context. With context 0.35 is added, up to 1 (Presidio's number). */
  readonly score: number;
  readonly matches: readonly string[];
  readonly misses: readonly string[];
}
