/**
 * Conditions of rules (`when:`) in CEL, the Common Expression Language: https://cel.dev.
 * What of the language is there, and why it is our own, stands in docs/decisions/0005-cel.md.
 *
 * @module
 */
import { bool, type Code, notBool } from "./cel/code.ts";
import { compile } from "./cel/compile.ts";
import { Failure } from "./cel/failure.ts";
import { pathsOf } from "./cel/paths.ts";
import { placeOf, Refusal } from "./cel/refusal.ts";
import { type Node, parse } from "./cel/syntax.ts";
import { BOOL, DOUBLE, DYN, listOf, mapOf, record, STRING, TIMESTAMP, type Type } from "./cel/types.ts";
import type { Frame } from "./cel/values.ts";
import type { Facts } from "./facts.ts";

/** Longest condition, in characters. */
const MAX_LENGTH = 4_096;

/** The variables of a condition: what stands in {@link Facts}, with its type. */
const VARIABLES: { readonly [Name in keyof Facts]: Type } = {
  tool: STRING,
  arguments: DYN,
  framework: STRING,
  server: STRING,
  agent: STRING,
  session: STRING,
  session_taint: record({ score: DOUBLE, labels: listOf(STRING) }),
  caller: record({ id: STRING, roles: listOf(STRING), tenant: STRING, on_behalf_of: STRING }),
  environment: STRING,
  context: mapOf(STRING),
  time: TIMESTAMP,
  action: record({ id: STRING, risk: STRING, effect_class: listOf(STRING), reversible: BOOL }),
  target: record({ type: STRING, name: STRING, environment: STRING, sensitivity: STRING }),
  risk: STRING,
};

const NO_FACTS: Frame["variables"] = Object.freeze({});

/**
 * Compiles a condition, once, at load.
 *
 * @returns decides by the facts of a call. Throws when it cannot: a key is missing, a value has the wrong type, the
 *   evaluation takes more than 1,000,000 steps. Whoever asks then fails closed.
 * @throws Error with `line:column: problem`, for what is not a condition: bad syntax, unknown names, types that
 *   never fit, a result that is not a bool, a regular expression that is not RE2, too long, nested too deeply
 */
export function compileCondition(source: string): (facts: Facts) => boolean {
  const { run } = read(source, (node) => bool(compile(node, { variables: VARIABLES, bound: new Map(), depth: 0 }), node.at, "a condition"));
  return evaluator(run);
}

function evaluator(run: Code["run"]): (facts: Facts) => boolean {
  // One for all evaluations: they are synchronous, and nothing of a call is kept after it.
  const frame: Frame = { variables: NO_FACTS, slots: [], steps: 0 };
  return (facts) => {
    frame.variables = facts as unknown as Frame["variables"];
    frame.steps = 0;
    try {
      const value = run(frame);
      if (typeof value === "boolean") return value;
      throw notBool(value);
    } catch (thrown) {
      if (thrown instanceof Error) throw thrown;
      throw new Error(thrown instanceof Failure ? thrown.message : String(thrown), { cause: thrown });
    } finally {
      frame.variables = NO_FACTS;
      frame.slots.fill(undefined);
    }
  };
}

/**
 * The facts that a condition reads, as paths like `arguments.amount` or `caller.roles`, sorted.
 *
 * @throws Error as {@link compileCondition}, for bad syntax only
 */
export function variablesOf(source: string): readonly string[] {
  return read(source, pathsOf);
}

function read<T>(source: string, use: (node: Node) => T): T {
  if (source.length > MAX_LENGTH) throw new Error(`1:1: a condition has at most ${MAX_LENGTH} characters, not ${source.length}`);
  try {
    return use(parse(source));
  } catch (thrown) {
    if (thrown instanceof Refusal) throw new Error(`${placeOf(source, thrown.at)}: ${thrown.message}`, { cause: thrown });
    throw thrown;
  }
}
