import type { Report } from "../report.ts";
import { readCondition } from "./expression.ts";
import { isStatement, selectsSomething } from "./grammar.ts";
import { findHazards } from "./hazards.ts";
import type { SqlToken } from "./lexer.ts";
import { CLAUSES, CONNECTORS, DELAYS, STATEMENTS } from "./words.ts";

/** How a fragment gets out of the place that a program meant for a value. */
export type Breakout = "quote" | "number";

/** A value and its closing parentheses, in tokens. */
const PEEKED = 5;
/** What people put behind a closing comment so that a space survives (`-- -`), or leave of the old statement. */
const EMPTY_COMMENT = /^(?:--(?![->])|#(?!\w)|\/\*)[^A-Za-z\n]{0,16}[A-Za-z]{0,2}[^A-Za-z\n]{0,8}$/;

/**
 * Whether tokens that follow a value go on as SQL. They begin behind the quote that a value may have closed
 * (`quote`), or are a whole argument that would stand unquoted (`number`).
 *
 * @param text the text that the tokens are of, to see whether a comment or an open string reaches its end
 * @returns whether SQL goes on
 */
export function judgeFragment(all: readonly SqlToken[], breakout: Breakout, text: string, report: Report): boolean {
  const textLength = text.length;
  // A comment in the middle is white space to a server; one that reaches the end cuts something off.
  const tokens = all.filter(({ kind, end }) => kind !== "comment" || end >= textLength);
  if (breakout === "number" && isLoneDelay(tokens)) return findHazards(all, report, false);
  const start = firstOfContinuation(tokens, breakout);
  const first = tokens[start];
  if (!first) return false;
  const before = report.findings.length;
  const ends = tokens.findLast(({ kind }) => kind !== ";");
  const last = ends ? tokens.indexOf(ends) : -1;
  // A comment on a line of its own is a rule or a heading.
  const cut = ends?.kind === "comment" && ends.end >= textLength && EMPTY_COMMENT.test(ends.text) && !text.slice(tokens[last - 1]?.end ?? 0, ends.start).includes("\n");
  const dangling = breakout === "quote" && ends?.kind === "string" && ends.open && ends.end >= textLength;
  for (let at = start; at < tokens.length; at++) {
    report.spend(1);
    const token = tokens[at] as SqlToken;
    if (token.kind === "comment" && cut && breakout === "quote" && at === start) report.add("sql.comment_cut", token.start, token.end, "a comment cuts off the rest of the statement");
    else if (token.kind === ";") stacked(tokens, at, report);
    else if (isConnector(token)) connected(tokens, at, breakout, { cut, ended: cut || dangling }, report);
    else if (token.text === "union") union(tokens, at, report);
    else if (CLAUSES.has(token.text) && token.kind === "word") clause(tokens, at, breakout, cut || dangling, report);
    else if (token.kind === "operator" && at === start) joined(tokens, at, report);
  }
  const structural = report.findings.length > before;
  // A function that waits is an attack behind a value that was closed, and only a mention in prose.
  const continues = breakout === "quote" || structural || continuesAsSql(tokens[start] as SqlToken) || start > 0;
  return (continues && findHazards(all, report, false)) || structural;
}

/** Whether the first tokens of a text are a value and a continuation, or a call or statement. */
export function mayGoOn(tokens: readonly SqlToken[]): boolean {
  const first = tokens[0];
  if (!first) return false;
  if (first.kind === "word" && STATEMENTS.has(first.text)) return true;
  return tokens.some((token, index) => index < PEEKED && continuesAsSql(token)) || tokens.some(({ text }) => DELAYS.has(text));
}

/** `sleep(5)#`: nothing but a call that waits, and what closes it. */
function isLoneDelay(tokens: readonly SqlToken[]): boolean {
  const from = tokens.findIndex(({ kind, text }) => kind !== "operator" && kind !== "(" && text !== "select" && text !== "*" && text !== "from");
  if (!DELAYS.has(tokens[from]?.text ?? "") || tokens[from + 1]?.kind !== "(") return false;
  const close = tokens.findIndex(({ kind }, index) => index > from && kind === ")");
  const behind = tokens[close + 1];
  return behind === undefined || behind.kind === "comment" || behind.kind === "operator" || behind.kind === ")" || behind.kind === ",";
}

/** Where SQL would have to go on: behind the value and its closing parentheses. -1 where something else stands. */
function firstOfContinuation(tokens: readonly SqlToken[], breakout: Breakout): number {
  let at = 0;
  if (breakout === "number") {
    const value = tokens[0];
    if (value && (value.kind === "number" || value.kind === "string" || value.kind === "variable" || (value.kind === "word" && !continuesAsSql(value)))) at++;
    if (tokens[0]?.kind === "word" && at === 1 && tokens[1]?.kind === "(") return 0;
  }
  while (tokens[at]?.kind === ")") at++;
  const token = tokens[at];
  if (!token) return -1;
  // 'n' roll: a word glued to the quote is prose, but ''or'' is SQL.
  if (breakout === "quote" && !continuesAsSql(token)) return -1;
  if (breakout === "number" && at === 0 && !continuesAsSql(token) && token.kind !== "word" && token.kind !== "(") return -1;
  if (breakout === "number" && at > 0 && !continuesAsSql(token)) return -1;
  return at;
}

function continuesAsSql(token: SqlToken): boolean {
  if (token.kind === "word") return CONNECTORS.has(token.text) || CLAUSES.has(token.text);
  return token.kind === ";" || token.kind === "comment" || token.kind === "conditional" || (token.kind === "operator" && token.text !== "?" && token.text !== ":");
}

function isConnector({ kind, text }: SqlToken): boolean {
  return (kind === "word" && CONNECTORS.has(text)) || (kind === "operator" && (text === "||" || text === "&&"));
}

function connected(tokens: readonly SqlToken[], at: number, breakout: Breakout, { cut, ended }: { readonly cut: boolean; readonly ended: boolean }, report: Report): void {
  const token = tokens[at] as SqlToken;
  const condition = readCondition(tokens, at + 1);
  report.spend(condition.next - at);
  const end = tokens[Math.max(at, condition.next - 1)]?.end ?? token.end;
  const tell = (rule: string, detail: string): void => report.add(rule, token.start, end, detail);
  const logical = token.kind === "operator" || /^(?:or|and|xor|where|having|when|not|rlike|if)$/.test(token.text);
  if (condition.subquery) tell("sql.subquery", "a query inside the value");
  else if (!logical) return;
  else if ((condition.kind === "constant" && (condition.symbol === "sign" || ended)) || (condition.kind === "same" && condition.symbol === "sign")) tell("sql.tautology", "values compared with values");
  else if (condition.kind === "lone" && (cut || (condition.dangling && condition.combined))) tell("sql.tautology", "a condition that is a constant");
  else if (condition.kind === "compared" && condition.symbol !== undefined && (ended || (breakout === "quote" && condition.dangling))) tell("sql.breakout", "the value goes on as a condition");
}

function stacked(tokens: readonly SqlToken[], at: number, report: Report): void {
  let next = at + 1;
  while (tokens[next]?.kind === ";" || tokens[next]?.kind === "comment") next++;
  const verb = tokens[next];
  if (!verb || verb.kind !== "word" || !STATEMENTS.has(verb.text) || !isStatement(tokens, next)) return;
  report.add("sql.stacked", (tokens[at] as SqlToken).start, verb.end, `a second statement: ${verb.text}`);
}

function union(tokens: readonly SqlToken[], at: number, report: Report): void {
  let next = at + 1;
  while (tokens[next] && (/^(?:all|distinct|\()$/.test(tokens[next]?.text ?? "") || tokens[next]?.kind === "comment" || tokens[next]?.kind === "conditional")) next++;
  const verb = tokens[next];
  // SELECTCHAR(..): a space that a filter or a typist lost.
  if (verb?.text === "select" ? selectsSomething(tokens, next) : /^(?:select|values)/.test(verb?.text ?? "") && tokens[next + 1]?.kind === "(") {
    report.add("sql.union", (tokens[at] as SqlToken).start, (verb as SqlToken).end, "joins another query");
  }
}

/** ORDER BY 7, LIMIT 1, INTO OUTFILE and so on behind a value. */
function clause(tokens: readonly SqlToken[], at: number, breakout: Breakout, ended: boolean, report: Report): void {
  const token = tokens[at] as SqlToken;
  const [next, third] = [tokens[at + 1], tokens[at + 2]];
  const by = (token.text === "order" || token.text === "group") && next?.text === "by";
  const counted = by && third?.kind === "number" || (token.text === "limit" || token.text === "offset") && next?.kind === "number";
  if (!counted && !(by && breakout === "quote" && ended)) return;
  report.add(ended ? "sql.breakout" : "sql.clause", token.start, (third ?? next ?? token).end, `${token.text.toUpperCase()} behind a value`);
}

/** `'||(SELECT`, `'+sleep(`: the value is joined to something that runs. */
function joined(tokens: readonly SqlToken[], at: number, report: Report): void {
  const condition = readCondition(tokens, at + 1);
  report.spend(condition.next - at);
  if (condition.subquery) report.add("sql.subquery", (tokens[at] as SqlToken).start, tokens[condition.next - 1]?.end ?? (tokens[at] as SqlToken).end, "a query inside the value");
}
