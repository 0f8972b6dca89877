import { quote, type Report } from "../report.ts";
import { words } from "../words.ts";
import type { SqlToken } from "./lexer.ts";
import { COMMANDS, DELAYS, ERRORS, FILES, isKeyword, SCHEMAS, SERVER_VARIABLES } from "./words.ts";

/** CHAR(..) pieces in a row that only hide a string. */
const CHAR_CHAIN = 3;
const CHAR_FUNCTIONS: ReadonlySet<string> = words("char chr nchar unichar selectchar");
/** Longest comment that stands for white space. */
const LONGEST_GAP = 16;

/**
 * What is dangerous wherever it stands in SQL: functions that wait, run commands or touch files, and ways to hide a word.
 *
 * @param whole the tokens are one whole query, in which reading the schema is ordinary
 */
export function findHazards(tokens: readonly SqlToken[], report: Report, whole: boolean): void {
  let chain = 0;
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] as SqlToken;
    const next = tokens[index + 1];
    const hides = (detail: string): void => report.add("sql.obfuscation", token.start, token.end, detail);
    if (token.kind === "conditional" && isKeyword(next?.text ?? "")) hides("code inside a comment");
    if (token.kind === "comment" && !whole && hidesSpace(tokens[index - 1], token, next)) hides("a comment in place of white space");
    if (token.kind !== "word" && token.kind !== "name" && token.kind !== "variable") continue;
    if (CHAR_FUNCTIONS.has(token.text) && next?.kind === "(" && ++chain === CHAR_CHAIN) hides("a string put together from character codes");
    const rule = calledHazard(tokens, index, whole) ?? phraseHazard(tokens, index) ?? (whole ? undefined : probe(token));
    if (rule !== undefined) report.add(rule, token.start, (next ?? token).end, quote(token.text));
  }
}

/** Functions and procedures, by name and call. */
function calledHazard(tokens: readonly SqlToken[], index: number, whole: boolean): string | undefined {
  const [before, token, next] = [tokens[index - 1], tokens[index] as SqlToken, tokens[index + 1]];
  const word = token.text.toLowerCase();
  const owner = before?.kind === "." ? tokens[index - 2]?.text.toLowerCase() ?? "" : undefined;
  const name = owner !== undefined && /^(?:dbms_|utl_|ctxsys)/.test(owner) ? `${owner}.${word}` : word;
  if (COMMANDS.has(name) && /^[xs]p_/.test(word)) return "sql.command";
  // CREATE FUNCTION sleep(..), REVOKE .. ON FUNCTION sleep(..): named, not called. time.sleep(..) is Python.
  if (token.kind !== "word" || next?.kind !== "(" || /^(?:function|procedure)$/.test(before?.text ?? "") || (owner !== undefined && name === word)) return undefined;
  if (DELAYS.has(name)) return "sql.time_delay";
  if (FILES.has(name)) return "sql.file";
  if (COMMANDS.has(name)) return "sql.command";
  return ERRORS.has(name) && !whole ? "sql.error_probe" : undefined;
}

/** Words that are dangerous together. */
function phraseHazard(tokens: readonly SqlToken[], index: number): string | undefined {
  const [before, next] = [tokens[index - 1]?.text ?? "", tokens[index + 1]];
  const behind = next?.text ?? "";
  switch ((tokens[index] as SqlToken).text) {
    case "exec": case "execute": return runsText(tokens, index) ? "sql.dynamic" : undefined;
    case "waitfor": return behind === "delay" || behind === "time" ? "sql.time_delay" : undefined;
    case "into": return behind === "outfile" || behind === "dumpfile" ? "sql.file" : undefined;
    case "infile": return before === "data" || before === "local" ? "sql.file" : undefined;
    case "bulk": return behind === "insert" ? "sql.file" : undefined;
    case "program": return (before === "to" || before === "from") && next?.kind === "string" ? "sql.command" : undefined;
    case "attach": return behind === "database" || next?.kind === "string" ? "sql.command" : undefined;
    case "analyse": return before === "procedure" ? "sql.error_probe" : undefined;
    default: return undefined;
  }
}

/** `exec(@q)`, `; exec('sel' + 'ect')`, `execute immediate`. */
function runsText(tokens: readonly SqlToken[], index: number): boolean {
  if (tokens[index + 1]?.text === "immediate") return true;
  const inner = tokens[index + 1]?.kind === "(" ? tokens[index + 2]?.kind : undefined;
  return inner === "variable" || (inner === "string" && tokens[index - 1]?.kind === ";");
}

/** What asks the server about itself. */
function probe({ kind, text }: SqlToken): string | undefined {
  return SCHEMAS.has(text.toLowerCase()) || (kind === "variable" && SERVER_VARIABLES.has(text.toLowerCase())) ? "sql.schema_probe" : undefined;
}

/** `UN/**\/ION`, `UNION/**\/SELECT`: no person puts comments where a space is enough. */
function hidesSpace(before: SqlToken | undefined, comment: SqlToken, after: SqlToken | undefined): boolean {
  if (!before || !after || !comment.glued || !after.glued || comment.end - comment.start > LONGEST_GAP) return false;
  if (!isWordlike(before) || !isWordlike(after)) return false;
  return isKeyword(before.text) || isKeyword(after.text) || isKeyword(before.text + after.text);
}

function isWordlike({ kind }: SqlToken): boolean {
  return kind === "word" || kind === "number" || kind === ")" || kind === "(";
}
