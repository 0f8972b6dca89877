import * as z from "zod/mini";
import { doc } from "./doc.ts";
import { type Match, matchShape, type Scalar } from "./match.ts";
import { mode, type Mode, named, reason, text } from "./units.ts";

export const EFFECTS = ["allow", "modify", "approve", "defer", "deny"] as const;
export type Effect = (typeof EFFECTS)[number];

/** One change to the arguments. What cannot be changed as asked, or is there in a form that the path does not lead to, is a denial. */
export interface Change {
  /** Like the paths of `arguments` in a match. */
  readonly path: string;
  readonly set?: Scalar | undefined;
  readonly remove?: true | undefined;
  /** Bounds for a number. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** Longest text or list. */
  readonly truncate?: number | undefined;
}

/** The smallest thing with an id. */
export interface PolicyRule extends Match {
  readonly id: string;
  readonly effect: Effect;
  /** Shown to the model with a denial. */
  readonly reason?: string | undefined;
  /** `observe` makes this one rule a shadow: recorded, not applied. */
  readonly mode?: Mode | undefined;
  /** Among rules of one policy that do not deny the highest decides. Default 0. */
  readonly priority: number;
  /** A policy that extends this one may replace or overrule this rule. */
  readonly overridable: boolean;
  readonly modify?: readonly Change[] | undefined;
}

const CHANGES = ["set", "remove", "min", "max", "truncate"] as const;

const change = z.strictObject({
  path: text(512),
  set: z.optional(z.union([z.string().check(z.maxLength(4_096)), z.number(), z.boolean(), z.null()])),
  remove: z.optional(z.literal(true)),
  min: z.optional(z.number()),
  max: z.optional(z.number()),
  truncate: z.optional(z.int().check(z.minimum(0))),
}).check(z.refine((value) => CHANGES.some((key) => value[key] !== undefined), "says nothing to do: set, remove, min, max or truncate"));

export const rule: z.ZodMiniType<PolicyRule> = z.strictObject({
  id: doc(named(), "Unique in the policy; stands in records, spans and metrics.", { example: "id: no-shell" }),
  ...matchShape,
  effect: doc(z.enum(EFFECTS), "`allow`, `deny`, `modify` (run with changed arguments), `approve` (a person decides), `defer` (not now).", { example: "effect: deny" }),
  reason: doc(z.optional(reason), "Shown to the model with a denial.", { example: "reason: shell commands are for people" }),
  mode: doc(z.optional(mode), "`observe` makes this one rule a shadow: what it would have decided is recorded beside the verdict, and not applied.", { example: "mode: observe", absent: "as the policy" }),
  priority: doc(z._default(z.int().check(z.minimum(-1_000), z.maximum(1_000)), 0), "Among rules that do not deny the highest decides; of equally high ones the strictest.", { example: "priority: 10" }),
  overridable: doc(z._default(z.boolean(), false), "A policy that extends this one may replace this rule, or decide otherwise where it matches.", { example: "overridable: true" }),
  modify: doc(z.optional(z.array(change).check(z.minLength(1))), "With effect `modify`: changes to the arguments, in order: `set`, `remove`, `min` and `max` (clamp a number), `truncate` (a text or list). What cannot be changed as asked is a denial.", { example: "modify: [{ path: limit, max: 100 }, { path: dry_run, set: true }]", merge: "own" }),
}).check(
  z.refine(({ effect, modify }) => (effect === "modify") === (modify !== undefined), "effect modify and the key modify belong together"),
  z.refine((value) => Object.keys(matchShape).some((key) => value[key as keyof typeof matchShape] !== undefined), 'names nothing to match; a rule for every call says tool: "*"'),
);
