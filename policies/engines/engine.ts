import { messageOf } from "../../errors.ts";
import type { Facts } from "../facts.ts";

const EFFECTS = ["allow", "deny", "approve", "defer", "none"] as const;

/** What an engine says of a call. */
export interface EngineAnswer {
  /** `none`: the engine has no say, which only a Rego policy can answer, and only by that word. */
  readonly effect: (typeof EFFECTS)[number];
  /** Id of the rule that spoke; `fail-closed` where the engine could not decide. At most 256 characters. */
  readonly rule: string;
  /** Short and fit for the model's eyes. At most 500 characters; what is longer ends in `…`. */
  readonly reason: string;
}

/** A compiled policy of another engine. Synchronous, and never throws: whatever goes wrong is a denial. */
export type Evaluate = (facts: Facts) => EngineAnswer;

/** The limits of the policy language for the id of a rule and for a reason. */
const RULE_LENGTH = 256;
const REASON_LENGTH = 500;

const ANSWER_KEYS: ReadonlySet<string> = new Set(["effect", "rule", "reason"]);

export function answer(effect: EngineAnswer["effect"], rule: string, reason: string): EngineAnswer {
  // Cutting may split a pair of surrogates, and half a character is no text.
  const short = reason.length > REASON_LENGTH ? `${reason.slice(0, REASON_LENGTH - 1).toWellFormed()}…` : reason;
  return Object.freeze({ effect, rule, reason: short });
}

/** The denial for an engine that could not decide. `problem` is a text or whatever was thrown. */
export function failed(id: string, problem: unknown): EngineAnswer {
  let text: string;
  try {
    text = messageOf(problem);
  } catch {
    text = "threw what cannot be shown";
  }
  return answer("deny", "fail-closed", `engine ${id}: ${text}`);
}

/**
 * What a policy returned as an answer: true allows, false denies, and so does no result; or an object of `effect` and,
 * if it likes, `rule` (default: the engine's id) and `reason`. Anything else is a denial.
 */
export function answerOf(id: string, value: unknown): EngineAnswer {
  if (value === undefined) return answer("deny", "default", `engine ${id} has no result for this call`);
  if (value === true) return answer("allow", id, `allowed by engine ${id}`);
  if (value === false) return answer("deny", id, `denied by engine ${id}`);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return failed(id, "the result is neither a boolean nor an object");
  const { effect, rule = id, reason } = value as Readonly<Record<string, unknown>>;
  const known = EFFECTS.find((one) => one === effect);
  if (known === undefined) return failed(id, `the result has no valid effect (${EFFECTS.join(", ")})`);
  const odd = Object.keys(value).find((key) => !ANSWER_KEYS.has(key));
  // A condition that nobody would apply must not be taken for an answer without one.
  if (odd !== undefined) return failed(id, `the result has an unknown key "${odd}"`);
  if (typeof rule !== "string" || rule === "" || rule.length > RULE_LENGTH) return failed(id, `the rule in the result is not a text of 1 to ${RULE_LENGTH} characters`);
  if (reason === undefined) return answer(known, rule, `rule ${rule} of engine ${id}`);
  return typeof reason === "string" && reason !== "" ? answer(known, rule, reason) : failed(id, "the reason in the result is not a text");
}
