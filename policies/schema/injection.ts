/**
 * What happens to text that gives the agent orders: in results, and in arguments on their way to another agent.
 *
 * @module
 */
import * as z from "zod/mini";
import { type Action, ACTIONS } from "./data.ts";
import { doc } from "./doc.ts";
import { patterns } from "./units.ts";

export interface Injection {
  /** What happens to a result that carries an injection. Default flag. */
  readonly results: Action;
  /** What happens to a call whose arguments carry one. Default flag. */
  readonly arguments: Action;
  /** 0 to 1: least score at which `block` blocks. Default 0.8. */
  readonly threshold: number;
  /** Default every tool. */
  readonly tool: readonly string[];
}

const ORDER = { merge: "stricter", order: ["off", "flag", "block"] } as const;

export const injection: z.ZodMiniType<Injection> = z.strictObject({
  results: doc(z._default(z.enum(ACTIONS), "flag"), "What happens to a result that carries a prompt injection. `flag`: its labels and its score stand in span and record, and the score is remembered for the session; `block`: the result is withheld, too, from `threshold` on. A stream is looked at piece by piece, with the end of what came before: what was passed on already cannot be withheld.", { example: "results: block", ...ORDER }),
  arguments: doc(z._default(z.enum(ACTIONS), "flag"), "The same for arguments: orders that one agent hands on to another. `block` denies the call.", { example: "arguments: block", ...ORDER }),
  threshold: doc(z._default(z.number().check(z.minimum(0), z.maximum(1)), 0.8), "Least score, 0 to 1, at which `block` blocks. What reaches 0.5, or this where it is less, is flagged.", { example: "threshold: 0.9", merge: "stricter" }),
  tool: doc(z._default(patterns, ["*"]), "For which tools.", { example: "tool: [fetch_*, read_mail]", merge: "union" }),
});
