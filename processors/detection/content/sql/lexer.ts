import { words } from "../words.ts";

type SqlTokenKind = "word" | "number" | "string" | "name" | "variable" | "operator" | "(" | ")" | "," | ";" | "." | "comment" | "conditional" | "other";

export interface SqlToken {
  readonly kind: SqlTokenKind;
  /** Words and operators in lower case; the content of strings and quoted names without escapes; else as written. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** A string, name or comment that the text ends before it does. */
  readonly open: boolean;
  /** Glued to the token before it. */
  readonly glued: boolean;
}

/** Characters of a comment that are kept. */
const LONGEST_COMMENT = 128;
const OPERATORS: ReadonlySet<string> = words(`
  <=> ->> == || && <> != <= >= :: := -> = < > + - * / % ^ & | ! ~ : ?
`);
const PUNCTUATION = "(),;.";

/** A quote that some driver or character set conversion turns into `'` (best-fit mappings of Windows-1252 and others). */
function isSingle(code: number): boolean {
  return code === 0x27 || (code > 0x2bb && (code === 0x2bc || code === 0x2018 || code === 0x2019 || code === 0x201b || code === 0x2032 || code === 0xff07));
}

function isDouble(code: number): boolean {
  return code === 0x22 || (code > 0x201b && (code === 0x201c || code === 0x201d || code === 0x2033 || code === 0xff02));
}

/** Whether a value ends at this character; typographic quotes that only begin a quotation close nothing. */
export function mayClose(code: number): boolean {
  return code === 0x27 || code === 0x22 || (code > 0x2bb && code !== 0x2018 && code !== 0x201c && code !== 0x201b && (isSingle(code) || isDouble(code)));
}

/**
 * Tokens of SQL as the union of the common dialects reads it: quotes of all kinds with doubled and backslash
 * escapes, dollar quotes, `--`, `#` and nested block comments, MySQL conditional comments (whose content is code).
 *
 * @param from where to begin
 * @param most tokens to read; the rest is left alone
 */
export function lexSql(text: string, from = 0, most: number = Number.POSITIVE_INFINITY): SqlToken[] {
  const tokens: SqlToken[] = [];
  let at = from;
  let glued = false;
  let conditional = 0;
  while (at < text.length && tokens.length < most) {
    const char = text[at] as string;
    if (char <= " " || char === "\u00a0") {
      at++;
      glued = false;
      continue;
    }
    // The end of a conditional comment is white space, since its content was read as code.
    if (conditional > 0 && char === "*" && text[at + 1] === "/") {
      conditional--;
      at += 2;
      continue;
    }
    const token = read(text, at, glued);
    if (token.kind === "conditional") conditional++;
    tokens.push(token);
    at = token.end;
    glued = true;
  }
  return tokens;
}

function read(text: string, at: number, glued: boolean): SqlToken {
  const char = text[at] as string;
  const code = text.charCodeAt(at);
  const make = (kind: SqlTokenKind, end: number, value: string = text.slice(at, end), open = false): SqlToken => ({ kind, text: value, start: at, end, open, glued });
  if (isWord(code)) return readWord(text, at, glued);
  if (isSingle(code)) return readQuoted(text, at, "string", isSingle, glued);
  if (isDouble(code)) return readQuoted(text, at, "string", isDouble, glued);
  if (PUNCTUATION.includes(char) && !(char === "." && isDigit(text.charCodeAt(at + 1)))) return make(char as SqlTokenKind, at + 1);
  if (char === "`") return readQuoted(text, at, "name", isBacktick, glued);
  if (char === "[") {
    const end = text.slice(at, at + LONGEST_COMMENT).indexOf("]");
    return end < 0 ? make("other", at + 1) : make("name", at + end + 1, text.slice(at + 1, at + end));
  }
  if (char === "#" || (char === "-" && text[at + 1] === "-")) return comment(text, at, make);
  if (char === "/" && text[at + 1] === "*") return blockComment(text, at, make);
  if (char === "$") {
    const opening = /^\$[a-z_]{0,32}\$/i.exec(text.slice(at, at + 40))?.[0];
    if (opening) {
      const close = text.indexOf(opening, at + opening.length);
      return make("string", close < 0 ? text.length : close + opening.length, text.slice(at + opening.length, close < 0 ? text.length : close), close < 0);
    }
  }
  if (char === ".") return make("number", numberEnd(text, at));
  if (char === "@" || char === "$" || (char === ":" && isWord(text.charCodeAt(at + 1)) && text[at - 1] !== ":")) {
    let end = at + 1;
    while (end < text.length && (isWord(text.charCodeAt(end)) || text[end] === "@")) end++;
    return end > at + 1 ? make("variable", end) : make("other", end);
  }
  for (let length = 3; length > 0; length--) if (OPERATORS.has(text.slice(at, at + length)) && at + length <= text.length) return make("operator", at + length);
  return make("other", at + 1);
}

function readWord(text: string, at: number, glued: boolean): SqlToken {
  if (isDigit(text.charCodeAt(at))) {
    const end = numberEnd(text, at);
    return { kind: "number", text: text.slice(at, end), start: at, end, open: false, glued };
  }
  let end = at + 1;
  while (end < text.length && (isWord(text.charCodeAt(end)) || text[end] === "$")) end++;
  // N'..', E'..', X'..' and the like are strings.
  if (end === at + 1 && isSingle(text.charCodeAt(end)) && "nexbuNEXBU".includes(text[at] as string)) {
    return { ...readQuoted(text, end, "string", isSingle, glued), start: at };
  }
  return { kind: "word", text: text.slice(at, end).toLowerCase(), start: at, end, open: false, glued };
}

type Make = (kind: SqlTokenKind, end: number, value?: string, open?: boolean) => SqlToken;

function comment(text: string, at: number, make: Make): SqlToken {
  const line = text.indexOf("\n", at);
  const end = line < 0 ? text.length : line;
  return make("comment", end, text.slice(at, Math.min(end, at + LONGEST_COMMENT)), line < 0);
}

function blockComment(text: string, at: number, make: Make): SqlToken {
  // /*! and /*+ hold code that MySQL and MariaDB run.
  const code = /^\/\*M?!\d{0,6}/y.exec(text.slice(at, at + 12))?.[0];
  if (code) return make("conditional", at + code.length);
  const close = text.indexOf("*/", at + 2);
  const end = close < 0 ? text.length : close + 2;
  return make("comment", end, text.slice(at, Math.min(end, at + LONGEST_COMMENT)), close < 0);
}

/** A doubled quote and a backslash keep the string open. */
function readQuoted(text: string, at: number, kind: SqlTokenKind, isQuote: (code: number) => boolean, glued: boolean): SqlToken {
  let content = "";
  let from = at + 1;
  for (let index = from; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x5c && kind === "string" && index + 1 < text.length) {
      content += text.slice(from, index);
      from = ++index;
    } else if (isQuote(code)) {
      content += text.slice(from, index);
      if (index + 1 >= text.length || !isQuote(text.charCodeAt(index + 1))) return { kind, text: content, start: at, end: index + 1, open: false, glued };
      from = ++index;
    }
  }
  return { kind, text: content + text.slice(from), start: at, end: text.length, open: true, glued };
}

function isBacktick(code: number): boolean {
  return code === 0x60;
}

/** `1`, `1.5`, `.5`, `1e5`, `1.e`, `0xff`, `0b1`. */
function numberEnd(text: string, at: number): number {
  let end = at;
  if (text[at] === "0" && "xXbB".includes(text[at + 1] ?? "-")) {
    end += 2;
    while (/[0-9a-f]/i.test(text[end] ?? "")) end++;
    return end;
  }
  while (isDigit(text.charCodeAt(end)) || text[end] === ".") end++;
  if ((text[end] === "e" || text[end] === "E") && !/[a-df-z_]/i.test(text[end + 1] ?? "")) {
    end++;
    if ("+-".includes(text[end] ?? "x") && isDigit(text.charCodeAt(end + 1))) end++;
    while (isDigit(text.charCodeAt(end))) end++;
  }
  return end;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isWord(code: number): boolean {
  if ((code >= 97 && code <= 122) || (code >= 65 && code <= 90) || isDigit(code) || code === 95) return true;
  return code > 0xbf && !isSingle(code) && !isDouble(code) && /[\p{L}\p{N}]/u.test(String.fromCharCode(code));
}
