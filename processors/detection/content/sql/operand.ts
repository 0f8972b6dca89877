import { words } from "../words.ts";
import { selectsSomething } from "./grammar.ts";
import type { SqlToken } from "./lexer.ts";

/** One side of a comparison. */
export interface Operand {
  /** Index of the first token after it. */
  readonly next: number;
  readonly is: "constant" | "name" | "call" | "nothing";
  /** The name or the constant; empty where several were put together. */
  readonly value: string;
  /** Several values put together by operators. */
  readonly combined: boolean;
  /** Holds a query of its own. */
  readonly subquery: boolean;
  /** A string in it is still open where the text ends: the quote that the program adds will close it. */
  readonly dangling: boolean;
}

/** Nesting of parentheses that is followed. */
export const MAX_DEPTH = 24;
const CONSTANTS: ReadonlySet<string> = words("true false null unknown default");
const PREFIXES: ReadonlySet<string> = words("not binary case exists distinct all any some ! - + ~");
const ARITHMETIC: ReadonlySet<string> = words("+ - * / % || ^ & | :: div mod collate escape");

/** Operands joined by arithmetic and concatenation. */
export function readSum(tokens: readonly SqlToken[], from: number, depth: number): Operand {
  let sum = readOperand(tokens, from, depth);
  while (ARITHMETIC.has(tokens[sum.next]?.text ?? "") && tokens[sum.next]?.kind !== "string") {
    const right = readOperand(tokens, sum.next + 1, depth);
    if (right.is === "nothing") break;
    const is = sum.is === "call" || right.is === "call" ? "call" : sum.is === "constant" && right.is === "constant" ? "constant" : "name";
    sum = { next: right.next, is, value: "", combined: true, subquery: sum.subquery || right.subquery, dangling: sum.dangling || right.dangling };
  }
  return sum;
}

function readOperand(tokens: readonly SqlToken[], from: number, depth: number): Operand {
  const at = behindPrefixes(tokens, from);
  const token = tokens[at];
  if (token?.kind === "(") return readParenthesis(tokens, at, depth);
  if (token?.kind === "string") return operand(behindStrings(tokens, at), "constant", token.text, token.open);
  if (token?.kind === "variable" || token?.kind === "name") return operand(at + 1, "name", token.text);
  if (token?.kind === "number") return tokens[at + 1]?.kind === "(" ? skip(tokens, at + 1) : operand(at + 1, "constant", token.text);
  if (token?.kind !== "word") return operand(at, "nothing", "");
  return CONSTANTS.has(token.text) ? operand(at + 1, "constant", token.text) : readName(tokens, at);
}

function readParenthesis(tokens: readonly SqlToken[], at: number, depth: number): Operand {
  if (depth >= MAX_DEPTH || tokens[at + 1]?.text === "select") return skip(tokens, at);
  const inner = readSum(tokens, at + 1, depth + 1);
  if (inner.is === "nothing") return skip(tokens, at);
  if (tokens[inner.next]?.kind === ")") return { ...inner, next: inner.next + 1 };
  // What the text ends in, the rest of the statement may close.
  return inner.next >= tokens.length ? inner : { ...skip(tokens, at), subquery: inner.subquery };
}

/** `name`, `owner.name`, `name(..)`. */
function readName(tokens: readonly SqlToken[], from: number): Operand {
  let at = from + 1;
  let name = (tokens[from] as SqlToken).text;
  while (tokens[at]?.kind === "." && tokens[at + 1]) {
    name += `.${tokens[at + 1]?.text}`;
    at += 2;
  }
  return tokens[at]?.kind === "(" ? skip(tokens, at) : operand(at, "name", name);
}

function behindPrefixes(tokens: readonly SqlToken[], from: number): number {
  let at = from;
  while (at - from < MAX_DEPTH && /^(?:operator|word)$/.test(tokens[at]?.kind ?? "") && PREFIXES.has(tokens[at]?.text ?? "")) at++;
  return at;
}

/** Strings side by side are one string. */
function behindStrings(tokens: readonly SqlToken[], at: number): number {
  let next = at + 1;
  while (tokens[next]?.kind === "string") next++;
  return next;
}

/** From an opening parenthesis to behind its partner, or to the end. */
function skip(tokens: readonly SqlToken[], at: number): Operand {
  let depth = 0;
  let subquery = false;
  let dangling = false;
  let index = at;
  for (; index < tokens.length; index++) {
    const token = tokens[index] as SqlToken;
    if (token.kind === "(") depth++;
    else if (token.kind === ")" && --depth === 0) break;
    subquery ||= token.kind === "word" && token.text === "select" && selectsSomething(tokens, index);
    dangling ||= token.kind === "string" && token.open;
  }
  return { next: Math.min(index + 1, tokens.length), is: "call", value: "", combined: false, subquery, dangling };
}

function operand(next: number, is: Operand["is"], value: string, dangling = false): Operand {
  return { next, is, value, combined: false, subquery: false, dangling };
}
