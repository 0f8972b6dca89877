import type { SqlToken } from "./lexer.ts";
import { words } from "../words.ts";

/** The tokens behind a verb, by distance. */
type Behind = (distance: number) => SqlToken | undefined;

const OBJECTS: ReadonlySet<string> = words("table database schema user role login view index function procedure trigger sequence");
/** What may follow the name of an object in DDL. */
const BEHIND_OBJECT: ReadonlySet<string> = new Set(["cascade", "if", "exists", "add", "drop", "with", "identified", "as", "on", "set", "(", ".", ","]);
const QUANTIFIERS: ReadonlySet<string> = words("all distinct top");
/** What may follow the table of a SELECT; another word would be prose. */
const BEHIND_TABLE: ReadonlySet<string> = new Set(["where", "limit", "order", "group", "union", ";", ",", ".", ")"]);
/** Tokens in which SET and its equals sign have to come. */
const SET_REACH = 9;
const GRANT_REACH = 12;

type Check = (behind: Behind, tokens: readonly SqlToken[], at: number) => boolean;

/** Verb → whether what follows is what its grammar wants. */
const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ["select", (_, tokens, at) => selectsSomething(tokens, at)],
  ["delete", (behind) => is(behind(1), "from") && isName(behind(2)) && (endsOr(behind(3), "where") || (is(behind(3), ".") && endsOr(behind(5), "where")))],
  ...["insert", "replace"].map((verb): [string, Check] => [verb, (behind) => is(behind(1), "into") && isName(behind(2)) && is(behind(3), "(", ".", "values", "select")]),
  ["update", (behind, tokens, at) => isName(behind(1)) && has(tokens, at + 2, SET_REACH - 3, "set") && has(tokens, at + 3, SET_REACH, "=")],
  ...["drop", "alter", "create", "truncate"].map((verb): [string, Check] => [verb, changesObject]),
  ...["exec", "execute", "call"].map((verb): [string, Check] => [verb, callsProcedure]),
  ["shutdown", (behind) => endsOr(behind(1), "with")],
  ["set", (behind) => behind(1)?.kind === "variable" || is(behind(1), "role", "global", "session", "password")],
  ["declare", (behind) => behind(1)?.kind === "variable"],
  ["waitfor", (behind) => is(behind(1), "delay", "time")],
  ...["grant", "revoke"].map((verb): [string, Check] => [verb, (behind, tokens, at) => {
    const simple = isName(behind(1)) && is(behind(2), "to") && isName(behind(3)) && endsOr(behind(4));
    return simple || (has(tokens, at + 1, GRANT_REACH, "to", "from") && has(tokens, at + 1, GRANT_REACH, "on", "privileges", "all"));
  }]),
  ["copy", (behind) => isName(behind(1)) && is(behind(2), "to", "from", "(")],
  ["load", (behind) => is(behind(1), "data")],
  ["attach", (behind) => is(behind(1), "database")],
  ["kill", (behind) => behind(1)?.kind === "number" && endsOr(behind(2))],
  ["bulk", (behind) => is(behind(1), "insert")],
]);

/** Whether a verb is followed by what its grammar wants; "drop off the keys" and "select a chair" are not. */
export function isStatement(tokens: readonly SqlToken[], at: number): boolean {
  return CHECKS.get(tokens[at]?.text ?? "")?.((distance) => tokens[at + distance], tokens, at) ?? false;
}

/** A select list that a person would not write as prose: numbers, NULLs, calls, stars, commas, or a FROM. */
export function selectsSomething(tokens: readonly SqlToken[], at: number): boolean {
  let from = at + 1;
  while (QUANTIFIERS.has(tokens[from]?.text ?? "")) from++;
  const first = tokens[from];
  if (!first) return false;
  if (first.kind !== "word" && first.kind !== "name") return first.kind !== "other" && (first.kind !== "operator" || first.text === "*");
  if (first.text === "null" || (first.kind === "word" && is(tokens[from + 1], "(", ",", ".", "||"))) return true;
  for (let place = from + 1; place <= from + 3; place++) {
    if (is(tokens[place], "from")) return tokens[place + 1] !== undefined && (endsOr(tokens[place + 2]) || BEHIND_TABLE.has(tokens[place + 2]?.text ?? ""));
  }
  return false;
}

function changesObject(behind: Behind): boolean {
  if (!OBJECTS.has(behind(1)?.text ?? "") || !isName(behind(2))) return false;
  return endsOr(behind(3)) || BEHIND_OBJECT.has(behind(3)?.text ?? "") || is(behind(2), "if");
}

/** `exec xp_cmdshell 'x'`, `call pkg.proc(1)`, `exec('sql')`; not "call home". */
function callsProcedure(behind: Behind, tokens: readonly SqlToken[], at: number): boolean {
  if (is(behind(1), "(", "immediate")) return true;
  if (behind(1)?.kind === "string") return tokens[at]?.text !== "call" && tokens[at - 1]?.kind === ";";
  const technical = /[_.]|^sp|^xp/.test(`${behind(1)?.text ?? ""}${behind(2)?.text ?? ""}`);
  return technical && isName(behind(1)) && (endsOr(behind(2), "(", ".") || behind(2)?.kind === "string");
}

function is(token: SqlToken | undefined, ...texts: readonly string[]): boolean {
  return token !== undefined && token.kind !== "string" && texts.includes(token.text);
}

function isName(token: SqlToken | undefined): boolean {
  return token?.kind === "word" || token?.kind === "name";
}

function endsOr(token: SqlToken | undefined, ...texts: readonly string[]): boolean {
  return token === undefined || token.kind === ";" || token.kind === "comment" || is(token, ...texts);
}

function has(tokens: readonly SqlToken[], from: number, reach: number, ...texts: readonly string[]): boolean {
  return tokens.slice(from, from + reach).some((token) => is(token, ...texts));
}
