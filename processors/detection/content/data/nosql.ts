import { quote, type Report } from "../report.ts";

/** Operators of MongoDB that run JavaScript. */
const RUNNING: ReadonlySet<string> = new Set(["$where", "$function", "$accumulator", "$expr"]);
/** Operators that turn a comparison with a value into one that always holds, or leads elsewhere. */
const OPERATORS: ReadonlySet<string> = new Set(["$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$regex", "$exists", "$or", "$and", "$nor", "$not", "$type", "$elemmatch", "$all", "$size", "$mod", "$comment", "$lookup", "$out", "$merge", "$unionwith"]);
const LONGEST = 16;

/** Query operators where a value was wanted (CWE-943): as the keys of an object in a text, as `name[$ne]`, or as the text itself. */
export function inspectNosql(text: string, report: Report): void {
  for (let at = text.indexOf("$"); at >= 0; at = text.indexOf("$", at + 1)) {
    report.spend(1);
    const word = /^\$[a-zA-Z]{2,15}/.exec(text.slice(at, at + LONGEST))?.[0] ?? "";
    const name = word.toLowerCase();
    if (!RUNNING.has(name) && !OPERATORS.has(name)) continue;
    if (!isKey(text, at, at + word.length)) continue;
    const code = RUNNING.has(name) && name !== "$expr" && /function|=>|this\.|return|sleep|==/.test(text.slice(at, at + 512));
    report.add(code ? "nosql.code" : "nosql.operator", at, at + word.length, quote(word));
  }
  if (report.role === "code") return;
  const breakout = /['"] {0,4}(?:\|\||&&|;) {0,4}(?:this\.\w|return\s|sleep\(|db\.\w|while\s?\(|var\s)/.exec(text);
  // The quote that closes the program's own is the first of its kind.
  if (breakout && text.indexOf(breakout[0][0] as string) === breakout.index) report.add("nosql.code", breakout.index, breakout.index + breakout[0].length, `goes on as JavaScript: ${quote(breakout[0])}`);
}

function isKey(text: string, start: number, end: number): boolean {
  if (start === 0 && end === text.length) return true;
  const [before, after] = [text[start - 1] ?? "", text[end] ?? ""];
  if (before === "[" && after === "]") return true;
  if (before === "\"" || before === "'") return after === before && /^\s{0,4}:/.test(text.slice(end + 1, end + 8));
  return /[{,\s]/.test(before) && /^\s{0,4}:/.test(text.slice(end, end + 8));
}
