import { compilePatterns } from "../patterns.ts";
import { quote, type Report } from "../report.ts";
import { words } from "../words.ts";

/** Operators of MongoDB that run JavaScript. */
const RUNNING: ReadonlySet<string> = new Set(["$where", "$function", "$accumulator", "$expr"]);
/** Operators that turn a comparison with a value into one that always holds, or leads elsewhere. */
const OPERATORS: ReadonlySet<string> = words(`
  $ne $gt $gte $lt $lte $in $nin $regex $exists $or $and $nor $not $type $elemmatch $all $size $mod $comment $lookup $out $merge $unionwith
`);
const LONGEST = 16;
/** A command of the MongoDB shell, and a string that goes on as JavaScript. RE2 syntax. */
const search = compilePatterns([
  "\\bdb\\.\\w+\\.(?:insert|find|remove|drop|update|delete|mapReduce|aggregate|eval)\\w*\\(",
  "['\"] *(?:\\|\\||&&|;) *(?:this\\.\\w|return\\s|sleep\\(|db\\.\\w|while\\s?\\(|var\\s)",
]);

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
  for (const { index, start, end } of search(text)) {
    if (index === 0) report.add("nosql.operator", start, end, "a command of the MongoDB shell");
    // The quote that closes the program's own is the first of its kind.
    else if (text.indexOf(text[start] as string) === start) report.add("nosql.code", start, end, `goes on as JavaScript: ${quote(text.slice(start, end))}`);
  }
}

function isKey(text: string, start: number, end: number): boolean {
  if (start === 0 && end === text.length) return true;
  const [before, after] = [text[start - 1] ?? "", text[end] ?? ""];
  if (before === "[" && after === "]") return true;
  if (before === "\"" || before === "'") return after === before && /^\s{0,4}:/.test(text.slice(end + 1, end + 8));
  return (before === "" || /[{,\s]/.test(before)) && /^\s{0,4}:/.test(text.slice(end, end + 8));
}
