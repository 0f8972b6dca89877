import { BUDGET_SPENT, ENGINE_DURATION, EXPORT_DURATION, EXPORTED, STORE_DURATION, WAIT } from "../exporters/instruments.ts";
import type { Delivery } from "../exporters/audit/ship/shipper.ts";
import type { Metrics } from "../exporters/metrics.ts";
import { COMPONENT_NAME, COMPONENT_TYPE, CURRENCY, ENGINE, ERROR_TYPE, SOURCE, STORE_OUTCOME } from "../names.ts";
import type { CompiledLimit } from "../policies/index.ts";
import { attributesOf, MICROS } from "./limit-gauges.ts";

/** `otel.component.type` of what sends the audit log. */
const SHIPPER = "spangate_audit_exporter";

/** Writes down in metrics what parts that know nothing of metrics tell. */
export class Recorder {
  readonly #metrics: Metrics;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
  }

  readonly waited = (source: string, milliseconds: number): void => this.#metrics.record(WAIT, milliseconds / 1_000, { [SOURCE]: source });

  readonly evaluated = (engine: string, milliseconds: number): void => this.#metrics.record(ENGINE_DURATION, milliseconds / 1_000, { [ENGINE]: engine });

  readonly spent = (budget: CompiledLimit): void => this.#metrics.record(BUDGET_SPENT, budget.cost / MICROS, { ...attributesOf(budget), [CURRENCY]: budget.currency });

  readonly answered = (outcome: string, seconds: number): void => this.#metrics.record(STORE_DURATION, seconds, { [STORE_OUTCOME]: outcome });

  readonly delivered = (destination: string, { records, milliseconds, error }: Delivery): void => {
    const attributes = { [COMPONENT_NAME]: destination, [COMPONENT_TYPE]: SHIPPER, ...(error !== undefined && { [ERROR_TYPE]: error }) };
    this.#metrics.record(EXPORTED, records, attributes);
    if (milliseconds !== undefined) this.#metrics.record(EXPORT_DURATION, milliseconds / 1_000, attributes);
  };
}
