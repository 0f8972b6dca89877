import { decodeAnsi } from "../shell/ansi.ts";

/** A token of program text, in no language in particular. */
export interface CodeToken {
  readonly kind: "name" | "string" | "number" | "mark";
  /** Names as written; strings decoded, and joined when they are put together from pieces; marks one character, or `->`, `::`, `?.`. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Longest string literal that is looked at; what is longer is data. */
const LONGEST_STRING = 16_384;

/**
 * Names, strings, numbers and marks of JavaScript, Python, PHP, Ruby or Java, good enough to see who calls what
 * with which text. Strings that are added up (`'ev' + 'al'`, `"a" . "b"`) come out as one. A quote that nothing
 * closes on its line is an apostrophe.
 *
 * @param spend is told of every token
 */
export function lexCode(text: string, spend: (steps: number) => void = () => {}): readonly CodeToken[] {
  const tokens: CodeToken[] = [];
  for (let at = 0; at < text.length; ) {
    const char = text.charCodeAt(at);
    if (char <= 32) {
      at++;
      continue;
    }
    const token = isName(char) ? readName(text, at) : isDigit(char) ? readNumber(text, at) : readString(text, at) ?? readMark(text, at);
    spend(1);
    at = token.end;
    if (!joined(tokens, token)) tokens.push(token);
  }
  return tokens;
}

/** Adds a string to the one it is concatenated with. */
function joined(tokens: CodeToken[], token: CodeToken): boolean {
  const [left, plus] = [tokens.at(-2), tokens.at(-1)];
  if (token.kind !== "string" || left?.kind !== "string" || plus?.kind !== "mark" || (plus.text !== "+" && plus.text !== ".")) return false;
  if (left.text.length > LONGEST_STRING) return false;
  tokens.splice(-2, 2, { kind: "string", text: left.text + token.text, start: left.start, end: token.end });
  return true;
}

function readName(text: string, at: number): CodeToken {
  let end = at + 1;
  while (end < text.length && (isName(text.charCodeAt(end)) || isDigit(text.charCodeAt(end)))) end++;
  return { kind: "name", text: text.slice(at, end), start: at, end };
}

function readNumber(text: string, at: number): CodeToken {
  let end = at + 1;
  while (end < text.length && (isDigit(text.charCodeAt(end)) || text[end] === "." || isName(text.charCodeAt(end)))) end++;
  return { kind: "number", text: text.slice(at, end), start: at, end };
}

function readString(text: string, at: number): CodeToken | undefined {
  const quote = text[at] as string;
  if (quote !== "'" && quote !== "\"" && quote !== "`") return undefined;
  if (quote === "'" && isApostrophe(text, at)) return undefined;
  for (let end = at + 1; end < text.length && end - at < LONGEST_STRING; end++) {
    const char = text[end];
    if (char === "\\") end++;
    else if (char === "\n" && quote !== "`") return undefined;
    else if (char === quote) return { kind: "string", text: decodeAnsi(text.slice(at + 1, end)), start: at, end: end + 1 };
  }
  return undefined;
}

/** `don't`, and not `b'..'`. */
function isApostrophe(text: string, at: number): boolean {
  const between = /[A-Za-z0-9]/.test(text[at - 1] ?? " ") && /[A-Za-z]/.test(text[at + 1] ?? " ");
  return between && !/(?:^|[^A-Za-z0-9])[rbufRBUF]{1,2}$/.test(text.slice(Math.max(0, at - 3), at));
}

function readMark(text: string, at: number): CodeToken {
  const pair = text.slice(at, at + 2);
  const end = pair === "->" || pair === "::" || pair === "?." ? at + 2 : at + 1;
  return { kind: "mark", text: text.slice(at, end), start: at, end };
}

function isName(char: number): boolean {
  return (char >= 97 && char <= 122) || (char >= 65 && char <= 90) || char === 95 || char === 36 || char > 127;
}

function isDigit(char: number): boolean {
  return char >= 48 && char <= 57;
}
