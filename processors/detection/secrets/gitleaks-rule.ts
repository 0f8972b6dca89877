import { regexEngine } from "../../../policies/regex.ts";
import type { Detector, MatchContext } from "../detector.ts";
import { entropy } from "./entropy.ts";

/** What a match must not look like: any of it is enough, unless `all` asks for both a pattern and a word. */
export interface AllowList {
  /** What the patterns are looked for in: the value, all that the rule's pattern matched, or the lines around the value. */
  readonly in: "secret" | "match" | "line";
  readonly all?: boolean;
  readonly patterns?: readonly string[];
  /** In lower case; looked for in the value. */
  readonly words?: readonly string[];
}

/** One rule of `gitleaks.json`. */
export interface GitleaksRule {
  readonly id: string;
  /** Its id upstream. */
  readonly rule: string;
  readonly triggers: readonly string[];
  readonly pattern: string;
  readonly group?: number;
  /** The value must have more bits per character than this. */
  readonly entropy?: number;
  readonly allow?: readonly AllowList[];
  readonly score: number;
  readonly matches: readonly string[];
  readonly misses: readonly string[];
}

/** Most characters before a name that upstream counts as part of its match. */
const LONGEST_HEAD = 50;

/** `everywhere`: the allow lists that hold for every rule. */
export function detectorOf(rule: GitleaksRule, everywhere: readonly AllowList[]): Detector {
  const { id, triggers, pattern, group, entropy: least = 0, allow = [], score, matches, misses } = rule;
  let allowed: readonly Allowed[] | undefined;
  return {
    id, category: "secret", triggers, pattern, ...(group !== undefined && { group }), score, matches, misses,
    validate(value, context) {
      if (least > 0 && entropy(value) <= least) return false;
      // Most rules never match anything in the life of a process: their lists are compiled when one does.
      allowed ??= [...everywhere, ...allow].map((list) => allowedBy(list, pattern));
      return !allowed.some((check) => check(value, context));
    },
  };
}

type Each = (text: string, replace: (match: string) => string) => string;
type Allowed = (value: string, context: MatchContext) => boolean;

/** The lists that hold everywhere are compiled for the first rule that asks. */
const compiled = new WeakMap<AllowList, Allowed>();

function allowedBy(list: AllowList, pattern: string): Allowed {
  const known = compiled.get(list) ?? compile(list, pattern);
  compiled.set(list, known);
  return known;
}

function compile({ in: target, all = false, patterns, words }: AllowList, pattern: string): Allowed {
  const engine = regexEngine();
  const set = patterns && engine.compileSet(patterns);
  const each = target === "match" ? engine.compileReplacer(pattern) : undefined;
  const byPattern: Allowed = (value, context) => set !== undefined && set(each ? matchAround(value, context, each) : target === "line" ? lineAround(value, context) : value).length > 0;
  const byWord = (value: string): boolean => {
    const lower = value.toLowerCase();
    return words !== undefined && words.some((word) => lower.includes(word));
  };
  return (value, context) => (all ? byPattern(value, context) && byWord(value) : byPattern(value, context) || byWord(value));
}

function lineAround(value: string, { before, after }: MatchContext): string {
  const end = after.search(/[\r\n]/);
  return before.slice(Math.max(before.lastIndexOf("\n"), before.lastIndexOf("\r")) + 1) + value + (end < 0 ? after : after.slice(0, end));
}

/** All that upstream's pattern matches where the value stands; the value itself where that is longer than the context. */
function matchAround(value: string, { before, after }: MatchContext, each: Each): string {
  const text = before + value + after;
  let found = value;
  let at = 0;
  each(text, (match) => {
    at = text.indexOf(match, at);
    const end = at + match.length;
    if (at <= before.length && end >= before.length + value.length) found = text.slice(wordStart(text, at), end);
    at = end;
    return match;
  });
  return found;
}

/** Upstream begins with `[\w.-]{0,50}?`, which ours leaves out. */
function wordStart(text: string, end: number): number {
  let at = end;
  while (at > 0 && end - at < LONGEST_HEAD && /[\w.-]/.test(text[at - 1] as string)) at--;
  return at;
}
