import { compile } from "../../../policies/cel/compile.ts";
import { Failure } from "../../../policies/cel/failure.ts";
import { parse } from "../../../policies/cel/syntax.ts";
import { DYN } from "../../../policies/cel/types.ts";

/**
 * Runs an expression of any type over variables of unknown types.
 *
 * @throws Refusal at load, Error with a Failure as its cause where the evaluation fails
 */
export function evaluate(source: string, variables: Readonly<Record<string, unknown>> = {}): unknown {
  const { run } = load(source, Object.keys(variables));
  try {
    return run({ variables, slots: [], steps: 0 });
  } catch (thrown) {
    throw thrown instanceof Failure ? new Error(thrown.message, { cause: thrown }) : thrown;
  }
}

export function load(source: string, variables: readonly string[]): ReturnType<typeof compile> {
  return compile(parse(source), { variables: Object.fromEntries(variables.map((name) => [name, DYN])), bound: new Map(), depth: 0 });
}
