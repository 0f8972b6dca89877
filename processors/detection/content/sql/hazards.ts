import { quote, type Report } from "../report.ts";
import type { SqlToken } from "./lexer.ts";
import { COMMANDS, DELAYS, ERRORS, FILES, isKeyword, SCHEMAS, SERVER_VARIABLES } from "./words.ts";

/** CHAR(..) pieces in a row that only hide a string. */
const CHAR_CHAIN = 3;
const CHAR_FUNCTIONS: ReadonlySet<string> = new Set(["char", "chr", "nchar", "unichar", "selectchar"]);

/**
 * What is dangerous wherever it stands in SQL: functions that wait, run commands or touch files, and ways to hide a word.
 *
 * @param whole the tokens are one whole query, in which reading the schema is ordinary
 * @returns whether anything was found
 */
export function findHazards(tokens: readonly SqlToken[], report: Report, whole: boolean): boolean {
  const before = report.findings.length;
  let chain = 0;
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] as SqlToken;
    if (token.kind === "conditional" && isKeyword(tokens[index + 1]?.text ?? "")) report.add("sql.obfuscation", token.start, token.end, "code inside a comment");
    if (token.kind === "comment" && !whole) hiddenByComment(tokens, index, report);
    if (token.kind !== "word" && token.kind !== "name" && token.kind !== "variable") continue;
    const word = token.text.toLowerCase();
    if (CHAR_FUNCTIONS.has(word) && tokens[index + 1]?.kind === "(") {
      if (++chain === CHAR_CHAIN) report.add("sql.obfuscation", token.start, token.end, "a string put together from character codes");
    }
    checkWord(tokens, index, word, report, whole);
  }
  return report.findings.length > before;
}

function checkWord(tokens: readonly SqlToken[], index: number, word: string, report: Report, whole: boolean): void {
  const token = tokens[index] as SqlToken;
  const next = tokens[index + 1];
  const tell = (rule: string): void => report.add(rule, token.start, (next ?? token).end, quote(word));
  const name = qualified(tokens, index);
  // CREATE FUNCTION sleep(..), REVOKE .. ON FUNCTION sleep(..): named, not called.
  const named = /^(?:function|procedure)$/.test(tokens[index - 1]?.text ?? "");
  const called = !named && next?.kind === "(" && token.kind === "word" && (tokens[index - 1]?.kind !== "." || name !== word);
  if (called && DELAYS.has(name)) tell("sql.time_delay");
  else if (called && FILES.has(name)) tell("sql.file");
  else if (called && ERRORS.has(name) && !whole) tell("sql.error_probe");
  else if (COMMANDS.has(name) && (called || word.startsWith("xp_") || word.startsWith("sp_"))) tell("sql.command");
  else if (word === "waitfor" && (next?.text === "delay" || next?.text === "time")) tell("sql.time_delay");
  else if (word === "into" && (next?.text === "outfile" || next?.text === "dumpfile")) tell("sql.file");
  else if ((word === "infile" && /^(?:data|local)$/.test(tokens[index - 1]?.text ?? "")) || (word === "bulk" && next?.text === "insert")) tell("sql.file");
  else if (word === "program" && /^(?:to|from)$/.test(tokens[index - 1]?.text ?? "") && next?.kind === "string") tell("sql.command");
  else if (word === "attach" && next !== undefined && (next.text === "database" || next.kind === "string")) tell("sql.command");
  else if (word === "analyse" && tokens[index - 1]?.text === "procedure") tell("sql.error_probe");
  else if (!whole && SCHEMAS.has(word)) tell("sql.schema_probe");
  else if (!whole && token.kind === "variable" && SERVER_VARIABLES.has(word)) tell("sql.schema_probe");
}

/** `dbms_lock.sleep` for its last word, else the word alone. */
function qualified(tokens: readonly SqlToken[], index: number): string {
  const word = (tokens[index] as SqlToken).text.toLowerCase();
  const owner = tokens[index - 2]?.text.toLowerCase() ?? "";
  return tokens[index - 1]?.kind === "." && /^(?:dbms_|utl_|ctxsys)/.test(owner) ? `${owner}.${word}` : word;
}

/** `UN/**\/ION`, `UNION/**\/SELECT`: no person puts comments where a space is enough. */
function hiddenByComment(tokens: readonly SqlToken[], index: number, report: Report): void {
  const [before, comment, after] = [tokens[index - 1], tokens[index] as SqlToken, tokens[index + 1]];
  const between = before !== undefined && after !== undefined && comment.glued && after.glued;
  if (between && comment.end - comment.start <= 16 && isWordlike(before) && isWordlike(after) && (isKeyword(before.text) || isKeyword(after.text))) report.add("sql.obfuscation", comment.start, comment.end, "a comment in place of white space");
}

function isWordlike(token: SqlToken): boolean {
  return token.kind === "word" || token.kind === "number" || token.kind === ")" || token.kind === "(";
}
