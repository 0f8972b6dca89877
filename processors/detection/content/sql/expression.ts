import { selectsSomething } from "./grammar.ts";
import type { SqlToken } from "./lexer.ts";
import { COMPARISONS } from "./words.ts";

/** What stands after OR, AND, WHERE and the like. */
export interface Condition {
  /** Index of the first token after it. */
  readonly next: number;
  /**
   * `constant`: values are compared with values; `same`: a name with itself; `compared`: a name or call with anything;
   * `lone`: a single value; `other`: anything else.
   */
  readonly kind: "constant" | "same" | "compared" | "lone" | "other";
  /** Holds a query of its own. */
  readonly subquery: boolean;
  /** Compared by `=` and its like, by LIKE and its like, or by a word that prose has as well. */
  readonly symbol: "sign" | "like" | undefined;
  /** Several values put together by operators. */
  readonly combined: boolean;
  /** A string in it is still open where the text ends: the quote that the program adds will close it. */
  readonly dangling: boolean;
}

const LIKES: ReadonlySet<string> = new Set(["like", "ilike", "rlike", "regexp", "glob"]);

interface Operand {
  readonly next: number;
  readonly is: "constant" | "name" | "call" | "nothing";
  readonly value: string;
  readonly combined?: boolean;
  readonly subquery: boolean;
  readonly dangling: boolean;
}

/** Nesting of parentheses that is followed. */
const MAX_DEPTH = 24;
const CONSTANT_WORDS: ReadonlySet<string> = new Set(["true", "false", "null", "unknown", "default"]);
const PREFIXES: ReadonlySet<string> = new Set(["not", "binary", "case", "exists", "distinct", "all", "any", "some", "!", "-", "+", "~"]);
const ARITHMETIC: ReadonlySet<string> = new Set(["+", "-", "*", "/", "%", "||", "^", "&", "|", "::", "div", "mod", "collate", "escape"]);

/** Reads one condition: an operand, and the comparison that may follow. No more than a fixed number of looks per token. */
export function readCondition(tokens: readonly SqlToken[], from: number, depth = 0): Condition {
  let at = from;
  // OR ( 1=1, OR ((1))=((1)
  if (tokens[at]?.kind === "(" && tokens[at + 1]?.text !== "select" && depth < MAX_DEPTH) {
    const inner = readCondition(tokens, at + 1, depth + 1);
    if (inner.kind !== "lone" && inner.kind !== "other") return inner;
  }
  const left = readSum(tokens, at, depth);
  at = left.next;
  if (tokens[at]?.text === "not") at++;
  const operator = tokens[at];
  if (left.is === "nothing" || !operator || !(operator.kind === "operator" || operator.kind === "word") || !COMPARISONS.has(operator.text)) {
    return { next: left.next, kind: left.is === "constant" ? "lone" : "other", subquery: left.subquery, dangling: left.dangling, symbol: undefined, combined: left.combined ?? false };
  }
  const right = readSum(tokens, at + 1, depth);
  const subquery = left.subquery || right.subquery;
  const dangling = left.dangling || right.dangling;
  const next = Math.max(right.next, at + 1);
  // "or equal <a href": markup.
  if ((operator.text === "<" || operator.text === ">") && right.is !== "constant") return { next, kind: "other", subquery, dangling, symbol: undefined, combined: false };
  const rest = { next, subquery, dangling, symbol: operator.kind === "operator" ? "sign" as const : LIKES.has(operator.text) ? "like" as const : undefined, combined: false };
  if (right.is === "nothing") return { ...rest, kind: "other" };
  if (left.is === "constant" && right.is === "constant") return { ...rest, kind: "constant" };
  if (left.is === "name" && right.is === "name" && left.value === right.value) return { ...rest, kind: "same" };
  return { ...rest, kind: "compared" };
}

function readSum(tokens: readonly SqlToken[], from: number, depth: number): Operand {
  let sum = readOperand(tokens, from, depth);
  while (ARITHMETIC.has(tokens[sum.next]?.text ?? "") && tokens[sum.next]?.kind !== "string") {
    const right = readOperand(tokens, sum.next + 1, depth);
    if (right.is === "nothing") break;
    const is = sum.is === "constant" && right.is === "constant" ? "constant" : "call";
    sum = { next: right.next, is, value: "", combined: true, subquery: sum.subquery || right.subquery, dangling: sum.dangling || right.dangling };
  }
  return sum;
}

function readOperand(tokens: readonly SqlToken[], from: number, depth: number): Operand {
  let at = from;
  while (tokens[at] && (tokens[at]?.kind === "operator" || tokens[at]?.kind === "word") && PREFIXES.has(tokens[at]?.text as string) && at - from < MAX_DEPTH) at++;
  const token = tokens[at];
  const nothing: Operand = { next: at, is: "nothing", value: "", subquery: false, dangling: false };
  if (!token) return nothing;
  if (token.kind === "(") {
    if (depth >= MAX_DEPTH || tokens[at + 1]?.text === "select") return { ...skip(tokens, at), value: "" };
    const inner = readSum(tokens, at + 1, depth + 1);
    if (inner.is === "nothing") return { ...skip(tokens, at), value: "" };
    return tokens[inner.next]?.kind === ")" ? { ...inner, next: inner.next + 1 } : { ...skip(tokens, at), subquery: inner.subquery, value: "" };
  }
  if (token.kind === "string") return { next: adjacent(tokens, at), is: "constant", value: token.text, subquery: false, dangling: token.open };
  if (token.kind === "number") return tokens[at + 1]?.kind === "(" ? { ...skip(tokens, at + 1), value: "" } : { ...nothing, next: at + 1, is: "constant", value: token.text };
  if (token.kind === "variable" || token.kind === "name") return { ...nothing, next: at + 1, is: "name", value: token.text };
  if (token.kind !== "word") return nothing;
  if (CONSTANT_WORDS.has(token.text)) return { ...nothing, next: at + 1, is: "constant", value: token.text };
  let name = token.text;
  at++;
  while (tokens[at]?.kind === "." && tokens[at + 1]) {
    name += `.${tokens[at + 1]?.text}`;
    at += 2;
  }
  if (tokens[at]?.kind === "(") return { ...skip(tokens, at), value: name };
  return { ...nothing, next: at, is: "name", value: name };
}

/** Strings side by side are one string. */
function adjacent(tokens: readonly SqlToken[], at: number): number {
  let next = at + 1;
  while (tokens[next]?.kind === "string") next++;
  return next;
}

/** From an opening parenthesis to behind its partner, or to the end. */
function skip(tokens: readonly SqlToken[], at: number): Omit<Operand, "value"> {
  let depth = 0;
  let subquery = false;
  let dangling = false;
  for (let index = at; index < tokens.length; index++) {
    const token = tokens[index] as SqlToken;
    if (token.kind === "(") depth++;
    else if (token.kind === ")" && --depth === 0) return { next: index + 1, is: "call", subquery, dangling };
    subquery ||= token.kind === "word" && token.text === "select" && selectsSomething(tokens, index);
    dangling ||= token.kind === "string" && token.open;
  }
  return { next: tokens.length, is: "call", subquery, dangling };
}
