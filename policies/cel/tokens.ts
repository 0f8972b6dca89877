import { Refusal } from "./refusal.ts";

/**
 * `name`: identifier or keyword; `quoted`: a field name in backticks; `mark`: operator or punctuation.
 * An int is not negative here: the sign is a mark of its own.
 */
export interface Token {
  readonly kind: "name" | "quoted" | "int" | "double" | "string" | "mark" | "end";
  /** Name, mark, or the value of a string. */
  readonly text: string;
  /** Of an int or a double. */
  readonly value?: bigint | number;
  readonly at: number;
}

/** Longest first, since the first that fits is taken. */
const MARKS = ["==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")", "[", "]", "{", "}"] as const;

/** Space and comments; matches everywhere, if only nothing. */
const SPACE = /(?:[\t\n\f\r ]|\/\/[^\n]*)*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /0x[0-9a-fA-F]+|[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+(?:[eE][+-]?[0-9]+)?/y;
const QUOTE = /([bBrR]{0,2})("""|'''|"|')/y;
/** What cel-spec allows in backticks: https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax */
const QUOTED = /`([A-Za-z0-9_.\-/ ]+)`/y;

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", "\\": "\\", "?": "?", '"': '"', "'": "'", "`": "`",
};
/** Letter → how many hexadecimal digits follow. */
const HEX: Readonly<Record<string, number>> = { x: 2, X: 2, u: 4, U: 8 };

/** Cuts an expression into tokens; the last one is always `end`. */
export function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    at += match(SPACE, source, at)?.[0].length ?? 0;
    if (at >= source.length) return [...tokens, { kind: "end", text: "the end", at }];
    const [token, length] = next(source, at);
    tokens.push(token);
    at += length;
  }
}

function match(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}

function next(source: string, at: number): [token: Token, length: number] {
  const quote = match(QUOTE, source, at);
  if (quote) return string(source, at, quote);
  const name = match(NAME, source, at);
  if (name) return [{ kind: "name", text: name[0], at }, name[0].length];
  const number = match(NUMBER, source, at);
  if (number) return [numberToken(source, at, number[0]), number[0].length];
  const quoted = match(QUOTED, source, at);
  if (quoted) return [{ kind: "quoted", text: quoted[1] as string, at }, quoted[0].length];
  const mark = MARKS.find((candidate) => source.startsWith(candidate, at));
  if (mark) return [{ kind: "mark", text: mark, at }, mark.length];
  throw new Refusal(at, `unexpected ${JSON.stringify(String.fromCodePoint(source.codePointAt(at) as number))}`);
}

function numberToken(source: string, at: number, text: string): Token {
  const after = source[at + text.length] ?? "";
  if (/[uU]/.test(after)) throw new Refusal(at, "unsigned integers are not supported; write the number without u");
  if (/[A-Za-z0-9_]/.test(after)) throw new Refusal(at, `${text}${after} is not a number`);
  if (text.startsWith("0x") || /^[0-9]+$/.test(text)) return { kind: "int", text, value: BigInt(text), at };
  const value = Number(text);
  if (!Number.isFinite(value)) throw new Refusal(at, `${text} is out of the range of a double`);
  return { kind: "double", text, value, at };
}

function string(source: string, at: number, [opening, prefix, quote]: RegExpExecArray): [token: Token, length: number] {
  if (/b/i.test(prefix as string)) throw new Refusal(at, "bytes are not supported");
  if ((prefix as string).length > 1) throw new Refusal(at, `unknown prefix ${prefix} before a string`);
  const raw = prefix !== "";
  const long = (quote as string).length === 3;
  let text = "";
  for (let index = at + opening.length; index < source.length; ) {
    const letter = source[index] as string;
    if (source.startsWith(quote as string, index)) {
      const end = index + (quote as string).length;
      return [{ kind: "string", text, at }, end - at];
    }
    if (!long && (letter === "\n" || letter === "\r")) throw new Refusal(index, "a string ends on the line where it begins, unless it has three quotes");
    const [piece, length] = letter === "\\" && !raw ? escape(source, index) : [letter, 1];
    text += piece;
    index += length;
  }
  throw new Refusal(at, "this string does not end");
}

function escape(source: string, at: number): [piece: string, length: number] {
  const letter = source[at + 1] ?? "";
  const simple = Object.hasOwn(ESCAPES, letter) ? ESCAPES[letter] : undefined;
  if (simple !== undefined) return [simple, 2];
  const octal = /^[0-3][0-7]{2}$/.test(source.slice(at + 1, at + 4));
  if (octal) return [String.fromCodePoint(Number.parseInt(source.slice(at + 1, at + 4), 8)), 4];
  const digits = Object.hasOwn(HEX, letter) ? source.slice(at + 2, at + 2 + (HEX[letter] as number)) : "";
  const code = digits.length === HEX[letter] && /^[0-9a-fA-F]+$/.test(digits) ? Number.parseInt(digits, 16) : Number.NaN;
  if (!(code <= 0x10ffff) || (code >= 0xd800 && code <= 0xdfff)) throw new Refusal(at, `\\${letter}${digits} is not an escape; write \\\\ for a backslash, or r"…" for a raw string`);
  return [String.fromCodePoint(code), 2 + digits.length];
}
