import type { Detector, MatchContext } from "../detector.ts";
import { labelled, spoken, wordTriggers } from "./label.ts";
import type { Check } from "./packages.ts";

/**
 * Upper bound for `digits`: a number with others beside it, one space between, is one run of digits. The rule finds
 * its own part of the run.
 */
export const WITH_NEIGHBOURS = 64;

/** A number or code that says of itself little: it counts where a label names it, or in a form that only it has. */
export interface Identifier {
  readonly id: string;
  readonly locale?: string;
  /** What people call it, in the languages of the country and in English. */
  readonly words: readonly string[];
  /** RE2, without the word boundaries. Upper and lower case are the same. */
  readonly pattern: string;
  /** Fewest digits that stand together, with single separators. Absent: the words are looked for instead. */
  readonly digits?: number;
  /** The longest run of its digits has a letter right before it, or at least five digits. */
  readonly letterBefore?: true;
  /** What else to look for: there is a form with fewer digits together. */
  readonly triggers?: readonly string[];
  readonly check?: Check;
  /** The form with all its separators. What has it needs no label. */
  readonly formatted?: RegExp;
  readonly score: number;
  readonly matches: readonly string[];
  readonly misses: readonly string[];
}

/** The detector of an identifier. Its id is one of its words: `mx_clabe` is the name of many a field. */
export function identifier({ words, pattern, digits, triggers, check, formatted, ...rest }: Identifier): Detector {
  const names = [...words, rest.id.replaceAll("_", " ")];
  const isLabelled = labelled(names);
  return named({
    category: "pii",
    ...rest,
    words: names,
    ...(triggers ? { triggers } : {}),
    ...(digits === undefined ? { byWords: true } : { digits: [digits, WITH_NEIGHBOURS] }),
    pattern: `(?i)\\b(?:${pattern})\\b`,
    ...(formatted ? {} : { needsContext: true }),
    validate: (value, where) =>
      standsAlone(value, where) && (check?.(value) ?? true) && ((formatted?.test(value) ?? false) || isLabelled(value, where)),
  });
}

/** A detector with words that speak for it. */
export interface Named extends Omit<Detector, "context" | "triggers"> {
  readonly words: readonly string[];
  readonly triggers?: readonly string[];
  /** Look for the words as well. */
  readonly byWords?: true;
}

/** Makes all forms of the words only when they are asked for: a process that scans nothing, or for other countries, need not. */
export function named({ words, triggers = [], byWords, ...rest }: Named): Detector {
  let context: readonly string[] | undefined;
  let all: readonly string[] | undefined;
  return Object.defineProperties(rest, {
    context: { enumerable: true, get: () => (context ??= spoken(words)) },
    triggers: { enumerable: true, get: () => (all ??= byWords ? [...triggers, ...wordTriggers(words)] : triggers) },
  }) as Detector;
}

/** False where a match is a piece of something longer: of a decimal, of a grouped number, of a path or a UUID. */
export function standsAlone(value: string, { before, after }: Pick<MatchContext, "before" | "after">): boolean {
  if (/\d[.\-/]$/.test(before) || /^[.\-/]\d/.test(after)) return false;
  return !/\d[ -]/.test(value) || (!/\d $/.test(before) && !/^ \d/.test(after));
}

/** Whether the value or what is left of it without its last groups passes: a greedy rule takes in a neighbour. */
export function headPasses(value: string, check: Check): boolean {
  for (let end = value.length; end > 0; end = value.slice(0, end).search(/[ .\-/()]+[^ .\-/()]*$/)) {
    if (check(value.slice(0, end))) return true;
  }
  return false;
}
