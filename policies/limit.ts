import { compilePatterns, type Matcher } from "./pattern.ts";
import type { Limits, Per } from "./schema/limits.ts";
import type { Mode, Money } from "./schema/units.ts";

/**
 * Most entries that are kept of one key. Where more calls fit into the window, calls of one step of time are one entry,
 * which leaves the window when the last of them does: later than the first, never earlier.
 */
const MAX_ENTRIES = 10_000;
const MICROS = 1_000_000;

/** A rate or a budget as it is counted: what calls weigh, together, in a sliding window. */
export interface CompiledLimit {
  readonly id: string;
  readonly kind: "rate" | "budget";
  readonly per: Per;
  readonly mode: Mode | undefined;
  readonly applies: Matcher;
  /** Of a budget. ISO 4217. */
  readonly currency: string | undefined;
  /** Most that calls in the window may weigh: calls of a rate, millionths of a budget's currency. A whole number. */
  readonly max: number;
  /** What one call weighs: 1 of a rate. */
  readonly cost: number;
  /** Length of the window, in milliseconds. */
  readonly window: number;
  /** Milliseconds that calls are counted in one entry for; 0: each is one of its own. */
  readonly step: number;
  /** What is told to who is refused. */
  readonly reason: string;
}

/** Rates, then budgets: one list, judged together. */
export function compileLimits({ rate, budget }: Limits): readonly CompiledLimit[] {
  return [
    ...rate.map((limit) => compile({ ...limit, kind: "rate", cost: 1, currency: undefined }, `rate limit ${limit.id}: at most ${limit.max} calls`)),
    ...budget.map((limit) => compile({ ...limit, kind: "budget", max: limit.max.micros, cost: limit.cost.micros, currency: limit.max.currency }, `budget ${limit.id}: at most ${moneyText(limit.max)}`)),
  ];
}

type Counted = Pick<CompiledLimit, "id" | "kind" | "per" | "max" | "cost" | "window" | "currency"> & { readonly tool: readonly string[]; readonly mode?: Mode | undefined };

function compile({ id, kind, per, mode, max, cost, window, currency, tool }: Counted, text: string): CompiledLimit {
  const step = max / cost > MAX_ENTRIES ? Math.ceil(window / MAX_ENTRIES) : 0;
  return { id, kind, per, mode, max, cost, window, currency, step, applies: compilePatterns(tool), reason: `${text} in ${window / 1_000} s per ${per}` };
}

/** At least two decimals, and no more than are there. */
export function moneyText({ micros, currency }: Money): string {
  const decimals = String(micros % MICROS).padStart(6, "0").replace(/0{1,4}$/, "");
  return `${Math.floor(micros / MICROS)}.${decimals} ${currency}`;
}
