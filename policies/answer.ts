/**
 * What one test says of a call. What cannot be judged (a text where a number belongs, a condition that fails) is
 * {@link UNKNOWN} and counts against the call: a rule that allows does not match, any other does.
 */
export type Answer = typeof NO | typeof YES | typeof UNKNOWN;

export const NO = 0;
export const YES = 1;
export const UNKNOWN = 2;

export function answerOf(holds: boolean): Answer {
  return holds ? YES : NO;
}
