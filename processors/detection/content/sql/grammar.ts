import type { SqlToken } from "./lexer.ts";

/** Whether a verb is followed by what its grammar wants; "drop off the keys" and "select a chair" are not. */
export function isStatement(tokens: readonly SqlToken[], at: number): boolean {
  const verb = tokens[at] as SqlToken;
  const [one, two, three] = [tokens[at + 1], tokens[at + 2], tokens[at + 3]];
  const ends = (token: SqlToken | undefined): boolean => token === undefined || token.kind === ";" || token.kind === "comment";
  const named = (token: SqlToken | undefined): boolean => token?.kind === "word" || token?.kind === "name";
  const after = (index: number): SqlToken | undefined => tokens[tokens[index + 1]?.kind === "." ? index + 3 : index + 1];
  switch (verb.text) {
    case "select": return selectsSomething(tokens, at);
    case "delete": return one?.text === "from" && named(two) && (ends(after(at + 2)) || after(at + 2)?.text === "where");
    case "insert": case "replace": return one?.text === "into" && named(two) && (three?.kind === "(" || three?.kind === "." || three?.text === "values" || three?.text === "select");
    case "update": return named(one) && tokens.slice(at + 2, at + 6).some(({ text }) => text === "set") && tokens.slice(at + 3, at + 9).some(({ text }) => text === "=");
    case "drop": case "alter": case "create": case "truncate": return /^(?:table|database|schema|user|role|login|view|index|function|procedure|trigger|sequence)$/.test(one?.text ?? "")
      && named(two) && (ends(three) || /^(?:cascade|if|exists|add|drop|with|identified|as|on|set|\(|\.|,)$/.test(three?.text ?? "") || two?.text === "if");
    case "exec": case "execute": case "call": return named(one) && (ends(two) || two?.kind === "(" || two?.kind === "string" || two?.kind === ".") && /[_.]|^sp|^xp/.test(`${one?.text}${two?.text ?? ""}`) || one?.kind === "(" || (verb.text.startsWith("exec") && one?.kind === "string");
    case "shutdown": return ends(one) || one?.text === "with";
    case "set": return one?.text === "role" || one?.kind === "variable" || one?.text === "global" || one?.text === "session" || (one?.text === "password");
    case "declare": return one?.kind === "variable";
    case "waitfor": return one?.text === "delay" || one?.text === "time";
    case "grant": case "revoke": return tokens.slice(at + 1, at + 12).some(({ text }) => text === "to" || text === "from") && tokens.slice(at + 1, at + 10).some(({ text }) => text === "on" || text === "privileges" || text === "all");
    case "copy": return named(one) && /^(?:to|from|\()$/.test(two?.text ?? "");
    case "load": return one?.text === "data";
    case "attach": return one?.text === "database";
    case "kill": return one?.kind === "number" && ends(two);
    case "bulk": return one?.text === "insert";
    default: return false;
  }
}

/** A select list that a person would not write as prose: numbers, NULLs, calls, stars, commas, or a FROM. */
export function selectsSomething(tokens: readonly SqlToken[], at: number): boolean {
  let index = at + 1;
  while (/^(?:all|distinct|top)$/.test(tokens[index]?.text ?? "")) index++;
  const first = tokens[index];
  if (!first) return false;
  if (first.kind === "number" || first.kind === "variable" || first.kind === "string" || first.text === "*" || first.text === "null" || first.kind === "(" || first.kind === "conditional") return true;
  const second = tokens[index + 1];
  if (first.kind === "word" && (second?.kind === "(" || second?.kind === "," || second?.kind === "." || second?.text === "||")) return true;
  const from = tokens.findIndex(({ text, kind }, place) => place > index && place <= index + 3 && kind === "word" && text === "from");
  return from > 0 && tokens[from + 1]?.kind !== undefined && (tokens[from + 2] === undefined || /^(?:where|limit|order|group|union|;|,|\.|\))$/.test(tokens[from + 2]?.text ?? "") || tokens[from + 2]?.kind === "comment");
}
