/**
 * Patterns of Python's `re` in the syntax of RE2. Where the two differ (which characters are spaces, words, digits or
 * the same letter in upper case; `$` before a last line break) the result matches what Python matches.
 * https://docs.python.org/3/library/re.html · https://github.com/google/re2/wiki/Syntax
 *
 * @module
 */
import { regexEngine } from "../regex.ts";
import { char, type Token, tokenize } from "./python-regex-tokens.ts";

export interface Reading {
  /** As with `re.IGNORECASE`. */
  readonly fold: boolean;
  /** `fullmatch`: the result matches no more than Python does. Else `search`: no less, where it cannot be the same. */
  readonly whole: boolean;
}

/** Letters outside of ASCII that Python takes for an ASCII letter when it ignores case; RE2 knows all but those of i. */
const FOLDED: Readonly<Record<string, string>> = { i: "ıİ", k: "\u212a", s: "ſ" };

export interface Translated {
  readonly pattern: string;
  /** Matches more than the original where a letter outside of ASCII stands beside a word boundary, or a letter at all. */
  readonly isLoose: boolean;
}

/** @returns undefined for what RE2 cannot express */
export function readPython(pattern: string, { fold: ignoreCase, whole }: Reading): Translated | undefined {
  const [, flags = "", rest = pattern] = /^\(\?([imsu]+)\)(.*)$/s.exec(pattern) ?? [];
  const fold = ignoreCase || flags.includes("i");
  if (whole && fold) return undefined;
  const lines = flags.includes("m");
  const tokens = tokenize(rest, fold);
  if (!tokens) return undefined;
  const written = tokens.map((token, at) => write(tokens, token, at, { fold, whole, lines }));
  if (written.includes(undefined)) return undefined;
  const prefix = `${fold ? "i" : ""}${lines ? "m" : ""}${flags.includes("s") ? "s" : ""}`;
  const body = written.join("");
  const result = `${prefix && `(?${prefix})`}${whole ? (lines ? `\\A(?:${body})\\z` : `^(?:${body})$`) : body}`;
  try {
    regexEngine().compileSet([result]);
    return { pattern: result, isLoose: tokens.some((token, at) => isLost(tokens, token, at, fold)) };
  } catch {
    return undefined;
  }
}

interface Mode extends Reading {
  readonly lines: boolean;
}

function write(tokens: readonly Token[], token: Token, at: number, { fold, whole, lines }: Mode): string | undefined {
  switch (token.kind) {
    case "literal": return literal(tokens, at, token.char, fold);
    case "boundary": return whole ? undefined : isKept(tokens, at, fold) ? "\\b" : "";
    case "end": {
      if (lines) return "$";
      const next = tokens[at + 1]?.kind;
      if (next !== undefined && next !== "close" && next !== "or") return undefined;
      return whole ? "$" : "(?:\\n?\\z)";
    }
    case "inside": return whole ? undefined : "";
    default: return token.text;
  }
}

/** With the boundaries that stand beside a letter which has a double outside of ASCII: there RE2 sees none. */
function literal(tokens: readonly Token[], at: number, letter: string, fold: boolean): string {
  const doubles = fold && Object.hasOwn(FOLDED, letter.toLowerCase()) ? FOLDED[letter.toLowerCase()] : undefined;
  const next = tokens[at + 1]?.kind;
  const before = tokens[at - 1]?.kind === "boundary" && next !== "repeat" ? "\\b" : "";
  const after = next === "boundary" ? "\\b" : "";
  if (doubles !== undefined && (before || after)) return `(?:${before}${letter}${after}|[${doubles}])`;
  return fold && /[iIıİ]/.test(letter) ? "[iıİ]" : char(letter, false);
}

/**
 * A boundary of Python lies where one side is a letter or digit of any script; one of RE2 where one side is of ASCII.
 * They are the same where one side is surely of ASCII. Elsewhere the boundary is left out, so that no match is lost.
 */
function isKept(tokens: readonly Token[], at: number, fold: boolean): boolean {
  if (hasDouble(tokens[at - 1], fold) || hasDouble(tokens[at + 1], fold)) return false;
  const sides = [nearest(tokens, at + 1, 1), nearest(tokens, at - 1, -1)];
  return sides.some((side) => side.every((token) => isPlain(token, fold)));
}

/** Whether a boundary is left out, and no letter beside it carries it. */
function isLost(tokens: readonly Token[], { kind }: Token, at: number, fold: boolean): boolean {
  if (kind !== "boundary" || isKept(tokens, at, fold)) return kind === "inside";
  return !hasDouble(tokens[at - 1], fold) && !(hasDouble(tokens[at + 1], fold) && tokens[at + 2]?.kind !== "repeat");
}

/** What may stand next to a boundary: one token, or one for each alternative of a group. */
function nearest(tokens: readonly Token[], at: number, step: 1 | -1): readonly (Token | undefined)[] {
  const [into, out] = step === 1 ? (["open", "close"] as const) : (["close", "open"] as const);
  const single = (place: number): Token | undefined => (tokens[place + 1]?.kind === "repeat" ? undefined : tokens[place]);
  if (tokens[at]?.kind !== into) return [single(at)];
  const found: (Token | undefined)[] = [single(at + step)];
  let depth = 0;
  for (let place = at; ; place += step) {
    const kind = tokens[place]?.kind;
    if (kind === undefined) return [undefined];
    if (kind === into) depth++;
    else if (kind === out && --depth === 0) return tokens[place + 1]?.kind === "repeat" ? [undefined] : found;
    else if (kind === "or" && depth === 1) found.push(single(place + step));
  }
}

function isPlain(token: Token | undefined, fold: boolean): boolean {
  return token?.kind === "literal" && /\w/.test(token.char) && !hasDouble(token, fold);
}

function hasDouble(token: Token | undefined, fold: boolean): boolean {
  return fold && token?.kind === "literal" && Object.hasOwn(FOLDED, token.char.toLowerCase());
}
