/**
 * A file of calls and what must become of each, for `spangate test`.
 *
 * @module
 */
import * as z from "zod/mini";
import { doc } from "../schema/doc.ts";
import { text } from "../schema/units.ts";
import { type Case, testCase } from "../schema/world.ts";

export interface Suite {
  readonly suite: 1;
  /** File or pack. */
  readonly policy?: string | undefined;
  readonly cases: readonly Case[];
}

/** Every key of a suite, in the order of the documentation. */
export const suiteShape: Readonly<Record<keyof Suite, z.ZodMiniType>> = {
  suite: doc(z.literal(1, { error: "must be 1, the version of the suite format" }), "Version of the format.", { example: "suite: 1" }),
  policy: doc(z.optional(text(1_024)), "The policy that is tested: a file, as seen from this one, or the name of a pack. Absent: the one named on the command line.", { example: "policy: ./policy.yaml" }),
  cases: doc(z.array(testCase).check(z.minLength(1)), "Calls and what must become of them: `call` (only `tool` is needed; who calls, when, with which arguments where rules ask for it), `expect` (`allow`, `modify`, `approve`, `defer`, `deny`) and, where it matters, the `rule` that must decide.", { example: "cases: [{ name: no shell, call: { tool: run_shell, caller: ann, roles: [clerk] }, expect: deny, rule: no-shell }]", merge: "own" }),
};

export const suiteFile: z.ZodMiniType<Suite> = z.strictObject(suiteShape) as unknown as z.ZodMiniType<Suite>;
