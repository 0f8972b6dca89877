import { decodePercent } from "../path/decode.ts";
import { TooComplex, type Report } from "../report.ts";
import { judgeFragment, mayGoOn } from "./fragment.ts";
import { isStatement } from "./grammar.ts";
import { lexSql, mayClose, type SqlToken } from "./lexer.ts";
import { isWhole, judgeStatements } from "./statement.ts";
import { CLAUSES, CONNECTORS, FOLLOWING, STATEMENTS } from "./words.ts";

/** Tokens of a query that are read; queries that people or models write have some hundred. */
const MAX_TOKENS = 50_000;
/** Tokens behind a quote that are read to see whether SQL goes on there. */
const WINDOW = 96;
/** Tokens in which a value ends and SQL goes on. */
const PEEK = 5;
/** Percent signs that stand for what SQL needs: quotes, white space, `=`, `;`, `#`, parentheses, operators. */
const ENCODED = /%(?:25){0,4}(?:2[0-9a-d]|3[b-f]|5c|0[9ad]|7c)/i;

/** Looks for SQL that a value turns into, or judges a whole statement where the argument is meant to be one. */
export function inspectSql(text: string, report: Report): void {
  look(text, report);
  if (!ENCODED.test(text)) return;
  const { text: decoded } = decodePercent(text);
  if (decoded !== text) report.inside(0, text.length, () => look(decoded, report));
}

function look(text: string, report: Report): void {
  if (report.role === "sql") {
    const tokens = lexSql(text, 0, MAX_TOKENS + 1);
    report.spend(costOf(tokens));
    if (tokens.length > MAX_TOKENS) throw new TooComplex("sql");
    if (isWhole(tokens)) return judgeStatements(tokens, report);
  }
  const { hits } = report;
  lookAtStart(text, report);
  lookBehindQuotes(text, report);
  if (report.role === "sql" && report.hits > hits) report.add("sql.fragment", 0, text.length, "a piece of SQL in place of a statement");
}

/** Steps for reading tokens and judging them. */
function costOf({ length }: readonly SqlToken[]): number {
  return length + (length >> 1);
}

/** The argument as a number or word that stands unquoted in a query. */
function lookAtStart(text: string, report: Report): void {
  // Most texts are seen through by their first words.
  if (!mayGoOn(lexSql(text, 0, PEEK))) return;
  const tokens = lexSql(text, 0, WINDOW);
  report.spend(costOf(tokens));
  const first = tokens[0] as SqlToken;
  if (first.kind === "word" && STATEMENTS.has(first.text) && tokens.length > 1 && !CONNECTORS.has(first.text) && isStatement(tokens, 0)) judgeStatements(tokens, report);
  else judgeFragment(tokens, "number", text, report);
}

function lookBehindQuotes(text: string, report: Report): void {
  for (let index = 0; index < text.length; index++) {
    if (!mayClose(text.charCodeAt(index))) continue;
    report.spend(1);
    if (opens(text, index) || !goesOn(text, index + 1)) continue;
    const tokens = lexSql(text, index + 1, WINDOW);
    // A token may be long; looking at it again and again must not be free.
    report.spend(costOf(tokens) + (((tokens.at(-1)?.end ?? index) - index) >> 4));
    judgeFragment(tokens, "quote", text, report);
  }
}

/** `say 'yes'`: white space in front and none behind is where a quotation begins. */
function opens(text: string, at: number): boolean {
  return at > 0 && /[\s(=,[{:]/.test(text[at - 1] as string) && /[^\s)'"]/.test(text[at + 1] ?? " ");
}

/** A cheap look at what stands behind a quote, since most quotes are prose or JSON. */
function goesOn(text: string, from: number): boolean {
  let at = from;
  const most = from + 12;
  while (at < most && (text[at] === " " || text[at] === ")" || text[at] === "\t" || text[at] === "\n")) at++;
  const char = text[at];
  if (char === undefined) return false;
  if (/[a-z]/i.test(char)) {
    const word = wordAt(text, at);
    return CONNECTORS.has(word) || CLAUSES.has(word) || (FOLLOWING.has(word) && !text.slice(from, at).includes("\n"));
  }
  if (char === ";") {
    let next = at + 1;
    while (next < at + 12 && text[next] === " ") next++;
    return STATEMENTS.has(wordAt(text, next));
  }
  const pair = text.slice(at, at + 2);
  if (pair === "--" || char === "#" || pair === "/*") return !text.slice(from, at).includes("\n");
  if (pair === "||" || pair === "&&") return true;
  return "+-*/%^&|=<>".includes(char) && text.slice(at, at + 48).includes("(");
}

function wordAt(text: string, from: number): string {
  let end = from;
  while (end < from + 12 && /[a-z_]/i.test(text[end] ?? " ")) end++;
  return text.slice(from, end).toLowerCase();
}
