import { words } from "../words.ts";
import type { SqlToken } from "./lexer.ts";
import { MAX_DEPTH, readSum, type Operand } from "./operand.ts";
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
  /** Compared by `=` and its like, by LIKE and its like, or (undefined) by a word that prose has as well. */
  readonly symbol: "sign" | "like" | undefined;
  /** Compared with a string that has `%` in it. */
  readonly wildcard: boolean;
  /** A function call stands in it. */
  readonly called: boolean;
  /** Several values put together by operators. */
  readonly combined: boolean;
  /** Holds a query of its own. */
  readonly subquery: boolean;
  /** A string in it is still open where the text ends. */
  readonly dangling: boolean;
}

const LIKES: ReadonlySet<string> = words("like ilike rlike regexp glob");

/** Reads one condition: an operand, and the comparison that may follow. */
export function readCondition(tokens: readonly SqlToken[], from: number, depth = 0): Condition {
  // OR ( 1=1, OR ((1))=((1)
  if (tokens[from]?.kind === "(" && tokens[from + 1]?.text !== "select" && depth < MAX_DEPTH) {
    const inner = readCondition(tokens, from + 1, depth + 1);
    if (inner.kind !== "lone" && inner.kind !== "other") return inner;
  }
  const left = readSum(tokens, from, depth);
  const at = tokens[left.next]?.text === "not" ? left.next + 1 : left.next;
  const operator = tokens[at];
  if (left.is === "nothing" || !operator || !isComparison(operator)) {
    const { next, subquery, dangling, combined } = left;
    return { next, kind: left.is === "constant" ? "lone" : "other", symbol: undefined, wildcard: false, called: left.is === "call", combined, subquery, dangling };
  }
  const right = readSum(tokens, at + 1, depth);
  return {
    next: Math.max(right.next, at + 1),
    kind: kindOf(left, operator, right),
    symbol: operator.kind === "operator" ? "sign" : LIKES.has(operator.text) ? "like" : undefined,
    wildcard: right.value.includes("%"),
    called: left.is === "call" || right.is === "call",
    combined: false,
    subquery: left.subquery || right.subquery,
    dangling: left.dangling || right.dangling,
  };
}

function isComparison({ kind, text }: SqlToken): boolean {
  return (kind === "operator" || kind === "word") && COMPARISONS.has(text);
}

function kindOf(left: Operand, { text }: SqlToken, right: Operand): Condition["kind"] {
  // "or equal <a href": markup.
  if (right.is === "nothing" || ((text === "<" || text === ">") && right.is !== "constant")) return "other";
  if (left.is === "constant" && right.is === "constant") return "constant";
  const same = left.is === "name" && right.is === "name" && left.value !== "" && left.value === right.value;
  return same ? "same" : "compared";
}
