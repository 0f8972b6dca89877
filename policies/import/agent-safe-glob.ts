/** Patterns of Python's fnmatch: `*`, `?`, `[seq]`, `[!seq]`. @module */
import { isOneOf, quote } from "./cel.ts";
import { char } from "./python-regex-tokens.ts";

/** Longest pattern of ours. */
const LONGEST = 256;

export function isGlob(pattern: string): boolean {
  return /[*?[]/.test(pattern);
}

/** Whether a text can stand as a pattern of ours and means only itself. */
export function fitsPattern(text: string): boolean {
  return !isGlob(text) && text !== "" && text.length <= LONGEST;
}

/** `field` matches one of the patterns, as a condition. */
export function globCondition(field: string, patterns: readonly string[]): string {
  const names = patterns.filter((pattern) => !isGlob(pattern));
  const globs = patterns.filter(isGlob).map((pattern) => `${field}.matches(${quote(`(?s)\\A${globToRe2(pattern)}\\z`)})`);
  const parts = [...(names.length ? [isOneOf(field, names)] : []), ...globs];
  return parts.length === 1 ? (parts[0] as string) : `(${parts.join(" || ")})`;
}

function globToRe2(pattern: string): string {
  const chars = [...pattern];
  let text = "";
  for (let at = 0; at < chars.length; at++) {
    const letter = chars[at] as string;
    // A bracket that comes first belongs to the set.
    const first = chars[at + 1] === "!" ? at + 2 : at + 1;
    const end = letter === "[" ? chars.indexOf("]", first + 1) : -1;
    if (letter === "*") text += ".*";
    else if (letter === "?") text += ".";
    else if (end < 0) text += char(letter, false);
    else {
      text += setToRe2(chars.slice(first, end), first > at + 1);
      at = end;
    }
  }
  return text;
}

function setToRe2(chars: readonly string[], negated: boolean): string {
  let text = "";
  for (let at = 0; at < chars.length; at++) {
    const [from, dash, to] = chars.slice(at, at + 3) as [string, string?, string?];
    if (dash === "-" && to !== undefined) {
      // A range that runs backwards is empty.
      if ((from.codePointAt(0) as number) <= (to.codePointAt(0) as number)) text += `${char(from, true)}-${char(to, true)}`;
      at += 2;
    } else text += char(from, true);
  }
  // A set of nothing: no character, or any.
  if (text === "") return negated ? "." : "[^\\x00-\\x{10ffff}]";
  return `[${negated ? "^" : ""}${text}]`;
}
