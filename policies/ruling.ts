import type { Effect } from "./schema/rule.ts";

/** Weakest to strongest; the strongest wins (deny overrides). */
export const STRENGTH: Readonly<Record<Effect, number>> = { allow: 0, modify: 1, approve: 2, defer: 3, deny: 4 };

/** What one rule, an engine or a default says of a call. */
export interface Ruling {
  readonly effect: Effect;
  readonly rule: string;
  readonly reason: string;
  /** Of a rule that changes arguments and cannot tell whether it was to change these: what that comes to where its priority decides. */
  readonly denial?: Ruling;
}

/** What a policy decides of a call. */
export interface Decision {
  readonly ruling: Ruling;
  /** What the call would run with, where rules change its arguments. */
  readonly arguments?: unknown;
  /** What would be decided if the shadow rules counted, where that is something else. */
  readonly shadow: Ruling | undefined;
}
