import type { Report } from "../report.ts";
import { readCondition, type Condition } from "./expression.ts";
import { isStatement, selectsSomething } from "./grammar.ts";
import { findHazards } from "./hazards.ts";
import type { SqlToken } from "./lexer.ts";
import { CLAUSES, CONNECTORS, DELAYS, FOLLOWING, LOGICAL, SQL_FUNCTIONS, STATEMENTS } from "./words.ts";

/** How a fragment gets out of the place that a program meant for a value: behind a quote it closes, or as an unquoted value. */
type Breakout = "quote" | "number";

/** A value and its closing parentheses, in tokens. */
const PEEKED = 5;
/** What people put behind a closing comment so that a space survives (`-- -`), or leave of the old statement. */
const EMPTY_COMMENT = /^(?:--(?![->])|#(?!\w)|\/\*)[^A-Za-z0-9\n]{0,16}[A-Za-z0-9]{0,3}[^A-Za-z0-9\n]{0,8}$/;
/** What stands between UNION and the query that it joins. */
const UNION_FILLERS: ReadonlySet<string> = new Set(["all", "distinct", "("]);

/**
 * Judges tokens that follow a value as the rest of a statement. They begin behind the quote that a value may have
 * closed (`quote`), or are a whole argument that would stand unquoted (`number`).
 *
 * @param text the text that the tokens are of, to see whether a comment or an open string reaches its end
 */
export function judgeFragment(tokens: readonly SqlToken[], breakout: Breakout, text: string, report: Report): void {
  // A comment in the middle is white space to a server; one that reaches the end cuts something off.
  const code = tokens.filter(({ kind, end }) => kind !== "comment" || end >= text.length);
  if (breakout === "number" && isLoneDelay(code)) return findHazards(tokens, report, false);
  const start = continuationOf(code, breakout);
  if (start < 0) return;
  const hits = report.hits;
  new Fragment(code, breakout, text, report).judge(start);
  // A function that waits is an attack behind a value that was closed, and only a mention in prose.
  const goesOn = breakout === "quote" || report.hits > hits || start > 0 || continuesAsSql(code[start] as SqlToken);
  if (goesOn) findHazards(tokens, report, false);
}

/** Whether the first tokens of a text are a value and a continuation, or a call or statement. */
export function mayGoOn(tokens: readonly SqlToken[]): boolean {
  const first = tokens[0];
  if (!first) return false;
  if (first.kind === "word" && STATEMENTS.has(first.text)) return true;
  return tokens.slice(0, PEEKED).some(continuesAsSql) || tokens.some(({ text }) => DELAYS.has(text));
}

class Fragment {
  readonly #tokens: readonly SqlToken[];
  readonly #breakout: Breakout;
  readonly #report: Report;
  /** A comment at the end cuts off the rest of the statement. */
  readonly #cut: boolean;
  /** That, or an open string that the quote of the program will close. */
  readonly #ended: boolean;

  constructor(tokens: readonly SqlToken[], breakout: Breakout, text: string, report: Report) {
    this.#tokens = tokens;
    this.#breakout = breakout;
    this.#report = report;
    const last = tokens.findLastIndex(({ kind }) => kind !== ";");
    const ends = tokens[last];
    const atEnd = ends !== undefined && ends.end >= text.length;
    // A comment on a line of its own is a rule or a heading.
    this.#cut = atEnd && ends.kind === "comment" && EMPTY_COMMENT.test(ends.text) && !text.slice(tokens[last - 1]?.end ?? 0, ends.start).includes("\n");
    this.#ended = this.#cut || (atEnd && breakout === "quote" && ends.kind === "string" && ends.open);
  }

  judge(start: number): void {
    this.#first(start);
    for (let at = start; at < this.#tokens.length; at++) {
      this.#report.spend(1);
      const token = this.#tokens[at] as SqlToken;
      if (token.kind === ";") this.#stacked(at, at + 1);
      else if (isConnector(token)) this.#connected(at);
      else if (token.text === "union") this.#union(at);
      else if (token.kind === "word" && CLAUSES.has(token.text)) this.#clause(at);
    }
  }

  /** What may only stand right behind the value. */
  #first(at: number): void {
    const token = this.#tokens[at] as SqlToken;
    if (this.#breakout === "quote" && this.#cut && token.kind === "comment") this.#tell("sql.comment_cut", at, at, "a comment cuts off the rest of the statement");
    if (this.#breakout === "quote" && FOLLOWING.has(token.text)) this.#stacked(at, at);
    if (token.kind === "operator") this.#joined(at);
  }

  #tell(rule: string, from: number, to: number, detail: string): void {
    const [first, last] = [this.#tokens[from] as SqlToken, this.#tokens[Math.max(from, to)]];
    this.#report.add(rule, first.start, (last ?? first).end, detail);
  }

  /** OR, AND, WHERE and the like, and the condition behind. */
  #connected(at: number): void {
    const token = this.#tokens[at] as SqlToken;
    const condition = readCondition(this.#tokens, at + 1);
    this.#report.spend(condition.next - at);
    const logical = token.kind === "operator" || LOGICAL.has(token.text) || (token.text === "if" && this.#tokens[at + 1]?.kind === "(");
    if (condition.subquery) this.#tell("sql.subquery", at, condition.next - 1, "a query inside the value");
    else if (!logical) return;
    else if (this.#isTautology(condition)) this.#tell("sql.tautology", at, condition.next - 1, "values compared with values");
    else if (this.#isBreakout(condition)) this.#tell("sql.breakout", at, condition.next - 1, "the value goes on as a condition");
  }

  #isTautology({ kind, symbol, wildcard, dangling, combined }: Condition): boolean {
    if (kind === "constant") return symbol === "sign" || wildcard || this.#ended;
    if (kind === "same") return symbol === "sign";
    return kind === "lone" && (this.#cut || (dangling && combined));
  }

  #isBreakout({ kind, symbol, called, dangling }: Condition): boolean {
    if (kind === "other") return this.#cut && called;
    return kind === "compared" && (symbol !== undefined || this.#cut) && (this.#ended || (this.#breakout === "quote" && dangling));
  }

  /** @param from where the statement begins: behind a semicolon, or, as SQL Server has it, right behind the value */
  #stacked(at: number, from: number): void {
    let next = from;
    while (this.#tokens[next]?.kind === ";" || this.#tokens[next]?.kind === "comment" || this.#tokens[next]?.text === "begin") next++;
    const verb = this.#tokens[next];
    if (verb?.kind === "word" && STATEMENTS.has(verb.text) && isStatement(this.#tokens, next)) this.#tell("sql.stacked", at, next, `a second statement: ${verb.text}`);
  }

  #union(at: number): void {
    let next = at + 1;
    while (UNION_FILLERS.has(this.#tokens[next]?.text ?? "") || this.#tokens[next]?.kind === "conditional") next++;
    const verb = this.#tokens[next]?.text ?? "";
    // SELECTCHAR(..): a space that a filter or a typist lost.
    const joins = verb === "select" ? selectsSomething(this.#tokens, next) : /^(?:select|values)/.test(verb) && this.#tokens[next + 1]?.kind === "(";
    if (joins) this.#tell("sql.union", at, next, "joins another query");
  }

  /** ORDER BY 7, LIMIT 1 and so on behind a value. */
  #clause(at: number): void {
    const [word, next, third] = [this.#tokens[at]?.text ?? "", this.#tokens[at + 1], this.#tokens[at + 2]];
    const by = (word === "order" || word === "group") && next?.text === "by";
    const counted = (by && third?.kind === "number") || ((word === "limit" || word === "offset") && next?.kind === "number");
    const grouped = by && this.#breakout === "quote" && this.#ended;
    if (counted || grouped) this.#tell(this.#ended ? "sql.breakout" : "sql.clause", at, at + 2, `${word.toUpperCase()} behind a value`);
  }

  /** `'||(SELECT`, `'+sleep(`: the value is joined to something that runs. */
  #joined(at: number): void {
    const sign = this.#tokens[at]?.text;
    const inner = this.#tokens[at + 1]?.kind === "(" ? at + 2 : at + 1;
    const [called, behind] = [this.#tokens[inner], this.#tokens[inner + 1]];
    const calls = (sign === "||" || sign === "+") && called !== undefined && SQL_FUNCTIONS.has(called.text) && (behind?.kind === "(" || behind?.kind === ".");
    if (this.#breakout === "quote" && calls) this.#tell("sql.breakout", at, inner, `joined to ${called.text}`);
    const condition = readCondition(this.#tokens, at + 1);
    this.#report.spend(condition.next - at);
    if (condition.subquery) this.#tell("sql.subquery", at, condition.next - 1, "a query inside the value");
  }
}

/** `sleep(5)#`: nothing but a call that waits, and what closes it. */
function isLoneDelay(tokens: readonly SqlToken[]): boolean {
  const from = tokens.findIndex(({ kind, text }) => kind !== "operator" && kind !== "(" && text !== "select" && text !== "*" && text !== "from");
  if (!DELAYS.has(tokens[from]?.text ?? "") || tokens[from + 1]?.kind !== "(") return false;
  const close = tokens.findIndex(({ kind }, index) => index > from && kind === ")");
  const kind = tokens[close + 1]?.kind;
  return kind === undefined || kind === "comment" || kind === "operator" || kind === ")" || kind === ",";
}

/** Where SQL would have to go on: behind the value and its closing parentheses. -1 where something else stands. */
function continuationOf(tokens: readonly SqlToken[], breakout: Breakout): number {
  let at = breakout === "number" && isValue(tokens[0]) ? 1 : 0;
  // A call that stands for the value begins the fragment itself.
  if (at === 1 && tokens[0]?.kind === "word" && tokens[1]?.kind === "(") return 0;
  while (tokens[at]?.kind === ")") at++;
  const token = tokens[at];
  if (!token) return -1;
  if (continuesAsSql(token)) return at;
  if (breakout === "quote") return FOLLOWING.has(token.text) && isStatement(tokens, at) ? at : -1;
  return at === 0 && token.kind === "(" ? 0 : -1;
}

function isValue(token: SqlToken | undefined): boolean {
  return token !== undefined && (token.kind === "number" || token.kind === "string" || token.kind === "variable" || (token.kind === "word" && !continuesAsSql(token)));
}

function continuesAsSql(token: SqlToken): boolean {
  if (token.kind === "word") return CONNECTORS.has(token.text) || CLAUSES.has(token.text);
  return token.kind === ";" || token.kind === "comment" || token.kind === "conditional" || (token.kind === "operator" && token.text !== "?" && token.text !== ":");
}

function isConnector({ kind, text }: SqlToken): boolean {
  return (kind === "word" && CONNECTORS.has(text)) || (kind === "operator" && (text === "||" || text === "&&"));
}
