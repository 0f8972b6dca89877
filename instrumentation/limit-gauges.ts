import type { Attributes } from "@opentelemetry/api";
import { BUDGET_MAX, BUDGET_WINDOW, type Instrument, LIMIT_USAGE, STORE_DEGRADED } from "../exporters/instruments.ts";
import type { Gauges } from "../exporters/metrics.ts";
import { CURRENCY, LIMIT_NAME, LIMIT_PER } from "../names.ts";
import type { CompiledLimit } from "../policies/index.ts";
import type { Usage } from "../processors/limits/processor.ts";
import type { LimitStore } from "../processors/limits/store.ts";

/** Money is counted in millionths. */
export const MICROS = 1e6;

/** What metrics say of rates and budgets, and of the store that they are counted in. No key is told of, only the fullest. */
export class LimitGauges {
  readonly #usage: () => readonly Usage[];
  readonly #store: LimitStore | undefined;
  /** Every series that was told of: OpenTelemetry repeats the last value of one that no longer is, so a limit that is gone is 0. */
  readonly #known = new Map<string, readonly [Instrument, Attributes]>();

  constructor(usage: () => readonly Usage[], store: LimitStore | undefined) {
    this.#usage = usage;
    this.#store = store;
  }

  readonly observe: Gauges = (observe) => {
    const told = new Map<string, number>();
    const tell = (instrument: Instrument, value: number, attributes: Attributes): void => {
      const key = JSON.stringify([instrument.name, attributes]);
      this.#known.set(key, [instrument, attributes]);
      // A rate and a budget may have one name: the fuller one counts.
      told.set(key, Math.max(value, told.get(key) ?? 0));
    };
    for (const { limit, usage } of this.#usage()) {
      tell(LIMIT_USAGE, usage, attributesOf(limit));
      if (limit.kind !== "budget") continue;
      tell(BUDGET_MAX, limit.max / MICROS, { ...attributesOf(limit), [CURRENCY]: limit.currency });
      tell(BUDGET_WINDOW, limit.window / 1_000, attributesOf(limit));
    }
    for (const [key, [instrument, attributes]] of this.#known) observe(instrument, told.get(key) ?? 0, attributes);
    if (this.#store) observe(STORE_DEGRADED, Number(this.#store.degraded));
  };
}

export function attributesOf({ id, per }: CompiledLimit): Attributes {
  return { [LIMIT_NAME]: id, [LIMIT_PER]: per };
}
