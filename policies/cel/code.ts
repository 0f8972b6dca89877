import { Exceeded, Failure } from "./failure.ts";
import { Refusal } from "./refusal.ts";
import type { Node } from "./syntax.ts";
import { DYN, mayBe, type Type } from "./types.ts";
import { charge, type Frame, kindOf } from "./values.ts";

/** A part of an expression, ready to run. */
export interface Code {
  readonly type: Type;
  /** @throws Failure, Exceeded */
  readonly run: (frame: Frame) => unknown;
  /** How many parts it has: what one run costs, the rounds of macros not counted. */
  readonly size: number;
  /** Gives the same always. */
  readonly constant: boolean;
}

/** What names mean at one place of an expression. */
export interface Scope {
  readonly variables: Readonly<Record<string, Type>>;
  /** Variables of the macros around this place; one slot for each level of macros. */
  readonly bound: ReadonlyMap<string, { readonly slot: number; readonly type: Type }>;
  /** Macros around this place. */
  readonly depth: number;
}

/** What a failure costs that is caught, compared with other steps. */
const FAILURE_STEPS = 10;

export type Compile = (node: Node, scope: Scope) => Code;

/** Keeps what depends on a variable from being taken for a constant. */
export const VARIABLE: Code = { type: DYN, run: () => undefined, size: 0, constant: false };

export function constant(type: Type, value: unknown): Code {
  return { type, run: () => value, size: 1, constant: true };
}

/** The code of something made of parts; worked out now where all parts are constant and nothing fails. */
export function made(type: Type, parts: readonly Code[], run: Code["run"]): Code {
  const code = { type, run, size: 1 + parts.reduce((sum, { size }) => sum + size, 0), constant: false };
  if (!parts.every((part) => part.constant)) return code;
  const value = valueOf(code);
  return value instanceof Failure ? code : constant(type, value);
}

/** What code without variables gives. */
export function valueOf({ run }: Code): unknown {
  try {
    return run({ variables: {}, slots: [], steps: 0 });
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown;
    if (thrown instanceof Exceeded) return new Failure(thrown.message);
    throw thrown;
  }
}

/** Refuses what is made of constants and nevertheless not constant, since it always fails. */
export function refuseFailing(code: Code, parts: readonly Code[], at: number): Code {
  const failure = !code.constant && parts.every((part) => part.constant) && valueOf(code);
  if (failure instanceof Failure) throw new Refusal(at, failure.message);
  return code;
}

/** Refuses what cannot be a bool. */
export function bool(code: Code, at: number, what: string): Code {
  if (!mayBe(code.type, "bool")) throw new Refusal(at, `${what} must be bool, not ${code.type.kind}`);
  return code;
}

export function notBool(value: unknown): Failure {
  return new Failure(`expected bool, found ${kindOf(value)}`);
}

/** A bool, or why there is none. */
export function attempt(run: Code["run"], frame: Frame): boolean | Failure {
  try {
    const value = run(frame);
    return typeof value === "boolean" ? value : notBool(value);
  } catch (thrown) {
    if (!(thrown instanceof Failure)) throw thrown;
    charge(frame, FAILURE_STEPS);
    return thrown;
  }
}
