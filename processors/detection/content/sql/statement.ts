import { quote, type Report } from "../report.ts";
import { readCondition } from "./expression.ts";
import { findHazards } from "./hazards.ts";
import type { SqlToken } from "./lexer.ts";
import { FRAME, READS, STATEMENTS } from "./words.ts";

const DDL: ReadonlySet<string> = new Set(["drop", "truncate"]);
const ACCOUNTS: ReadonlySet<string> = new Set(["user", "role", "login", "group"]);

/** Whether tokens are a query that somebody wrote as a whole, not a value that goes on as SQL. */
export function isWhole(tokens: readonly SqlToken[]): boolean {
  const first = tokens.find(({ kind }) => kind !== "comment" && kind !== "(" && kind !== ";");
  return first?.kind === "word" && STATEMENTS.has(first.text);
}

/** Judges a text that is meant to be SQL: reading is ordinary, and so is a change that says what it changes. */
export function judgeStatements(tokens: readonly SqlToken[], report: Report): void {
  const code = tokens.filter(({ kind }) => kind !== "comment");
  findHazards(tokens, report, true);
  const verbs: SqlToken[] = [];
  let fresh = true;
  for (let at = 0; at < code.length; at++) {
    report.spend(1);
    const token = code[at] as SqlToken;
    if (token.kind === ";") fresh = true;
    else if (fresh && token.kind !== "(") {
      fresh = false;
      verbs.push(token);
    }
    if (token.kind === "word") judgeWord(code, at, report);
  }
  const [first, ...others] = verbs;
  if (!first || others.length === 0) return;
  const change = others.find(({ text }) => STATEMENTS.has(text) && !READS.has(text) && !FRAME.has(text));
  if (READS.has(first.text) && change) report.add("sql.stacked", change.start, change.end, `a read followed by ${quote(change.text)}`);
  else report.add("sql.several", (others[0] as SqlToken).start, (others[0] as SqlToken).end, `${verbs.length} statements`);
}

function judgeWord(code: readonly SqlToken[], at: number, report: Report): void {
  const token = code[at] as SqlToken;
  const next = code[at + 1];
  const tell = (rule: string, detail: string): void => report.add(rule, token.start, (next ?? token).end, detail);
  const leads = at === 0 || code[at - 1]?.kind === ";" || code[at - 1]?.kind === "(" || code[at - 1]?.kind === ")";
  switch (token.text) {
    case "delete":
      if (next?.text === "from" && code[at - 1]?.text !== "on" && isUnbounded(code, at + 1, report)) tell("sql.mass_write", "DELETE without a condition");
      return;
    case "set":
      if (updates(code, at) && isUnbounded(code, at, report)) tell("sql.mass_write", "UPDATE without a condition");
      else if (next?.text === "role" || next?.text === "password" || code[at + 2]?.text === "authorization") tell("sql.privilege", "changes who the session is");
      return;
    case "shutdown":
      if (leads) tell("sql.command", "stops the server");
      return;
    case "or":
      if (isAlways(code, at, report)) tell("sql.always_true", "a condition that always holds");
      return;
    case "grant":
      if (leads) tell("sql.privilege", "grants rights");
      return;
    case "create": case "alter":
      if (leads && ACCOUNTS.has(next?.text ?? "")) tell("sql.privilege", `${token.text.toUpperCase()} ${quote(next?.text ?? "")}`);
      return;
    default:
      if (leads && DDL.has(token.text)) tell("sql.destructive_ddl", `${token.text.toUpperCase()} ${quote(next?.text ?? "")}`);
  }
}

/** `UPDATE name [alias] SET`, and not `ON UPDATE SET NULL` or `SET x = 1`. */
function updates(code: readonly SqlToken[], at: number): boolean {
  const update = code.slice(Math.max(0, at - 8), at).findLast(({ text }) => text === "update" || text === "on" || text === ";" || text === "do");
  return update?.text === "update";
}

/** No WHERE follows in this statement, or one that always holds. */
function isUnbounded(code: readonly SqlToken[], from: number, report: Report): boolean {
  let depth = 0;
  for (let at = from; at < code.length; at++) {
    report.spend(1);
    const token = code[at] as SqlToken;
    if (token.kind === "(") depth++;
    else if (token.kind === ")" && --depth < 0) return true;
    else if (token.kind === ";") return true;
    else if (depth === 0 && token.kind === "word" && (token.text === "where" || token.text === "limit")) {
      return token.text === "where" && alwaysHolds(code, at);
    }
  }
  return true;
}

/** A condition of constants, and nothing behind it. */
function alwaysHolds(code: readonly SqlToken[], where: number): boolean {
  const { kind, next } = readCondition(code, where + 1);
  const behind = code[next];
  return (kind === "constant" || kind === "same" || kind === "lone") && (behind === undefined || behind.kind === ";" || behind.kind === ")");
}

function isAlways(code: readonly SqlToken[], at: number, report: Report): boolean {
  const condition = readCondition(code, at + 1);
  report.spend(condition.next - at);
  return condition.kind === "constant" || condition.kind === "same" || (condition.kind === "lone" && code[at + 1]?.kind !== "string");
}
