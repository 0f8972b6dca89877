import * as z from "zod/mini";
import { doc } from "./doc.ts";
import { count, duration, mode, type Mode, money, type Money, name, patterns, size } from "./units.ts";

/** What is counted apart: each tool, caller, agent, session or tenant, or nothing (all calls together). */
export const PER = ["tool", "caller", "agent", "session", "tenant", "global"] as const;
export type Per = (typeof PER)[number];

export interface RateLimit {
  readonly id: string;
  readonly tool: readonly string[];
  readonly per: Per;
  readonly max: number;
  /** Length of the sliding window, in milliseconds. */
  readonly window: number;
  readonly mode?: Mode | undefined;
  readonly overridable: boolean;
}

export interface Budget {
  readonly id: string;
  readonly tool: readonly string[];
  readonly per: Per;
  readonly max: Money;
  /** Milliseconds. */
  readonly window: number;
  /** What one call costs. */
  readonly cost: Money;
  readonly mode?: Mode | undefined;
  readonly overridable: boolean;
}

/** What becomes of a call when the store that processes share their limits in does not answer: denied, or counted in this process alone. */
export const UNAVAILABLE = ["local", "deny"] as const;
export type OnUnavailable = (typeof UNAVAILABLE)[number];

export interface Limits {
  /** How long an opinion may be waited for, in milliseconds. Default 30 s. */
  readonly deadline: number;
  readonly rate: readonly RateLimit[];
  /** Longest run of one tool call, in milliseconds. */
  readonly duration?: number | undefined;
  /** Bytes. */
  readonly memory?: number | undefined;
  /** Largest arguments, in bytes. Default 10 MB. */
  readonly input: number;
  /** Largest result, in bytes. */
  readonly output?: number | undefined;
  readonly budget: readonly Budget[];
  /** Default `deny`. */
  readonly on_unavailable: OnUnavailable;
}

/** Largest arguments where a policy does not say, in bytes. */
const DEFAULT_INPUT = 10_000_000;
const DEFAULT_DEADLINE = 30_000;

const overridable = z._default(z.boolean(), false);

const rate = z.strictObject({
  id: name,
  tool: z._default(patterns, ["*"]),
  per: z._default(z.enum(PER), "tool"),
  max: count,
  window: duration,
  mode: z.optional(mode),
  overridable,
});

const budget = z.strictObject({
  id: name,
  tool: z._default(patterns, ["*"]),
  per: z._default(z.enum(PER), "global"),
  max: money,
  window: duration,
  cost: money,
  mode: z.optional(mode),
  overridable,
}).check(
  z.refine(({ max, cost }) => max.currency === cost.currency, "max and cost are in different currencies"),
  z.refine(({ cost }) => cost.micros > 0, "a call that costs nothing uses up no budget"),
);

export const limits: z.ZodMiniType<Limits> = z.strictObject({
  deadline: doc(z._default(duration, DEFAULT_DEADLINE), "How long an approval or another late opinion may take; later is a denial.", { example: "deadline: 10s", merge: "stricter" }),
  rate: doc(z._default(z.array(rate), []), "Sliding windows: no more than `max` calls in any stretch of `window`, counted apart `per` tool (default), caller, agent, session, tenant, or in all (`global`). Each process counts for itself, or all of them together in a store (`SPANGATE_LIMITS_STORE`); docs/limits.md tells more.", { example: "rate: [{ id: two-refunds, tool: refund, per: session, max: 2, window: 1h }]", merge: "by-id" }),
  duration: doc(z.optional(duration), "Longest run of one call. A tool that takes longer goes on, since nothing can stop it, but its result is withheld.", { example: "duration: 60s", merge: "stricter" }),
  memory: doc(z.optional(size), "Most memory of a tool.", { example: "memory: 256MiB", merge: "stricter" }),
  input: doc(z._default(size, DEFAULT_INPUT), "Largest arguments; larger is a denial.", { example: "input: 1MB", merge: "stricter" }),
  output: doc(z.optional(size), "Largest result; a larger one is withheld.", { example: "output: 5MB", merge: "stricter" }),
  budget: doc(z._default(z.array(budget), []), "What calls may cost in any stretch of `window`: each call of `tool` costs `cost`, and one that would make it more than `max` is refused. Counted apart as rates are; default: all calls together (`global`).", { example: 'budget: [{ id: search-money, tool: search, max: 5.00 USD, window: 1d, cost: 0.01 USD }]', merge: "by-id" }),
  on_unavailable: doc(z._default(z.enum(UNAVAILABLE), "deny"), "What becomes of a call that a rate or budget applies to when the store of `SPANGATE_LIMITS_STORE` is late or fails: `deny`, or `local`: it is counted in the memory of this process, as without a store.", { example: "on_unavailable: local", merge: "stricter", order: [...UNAVAILABLE], firm: true }),
});
