import { EVENT_LOOP, PROCESS_MEMORY } from "../exporters/instruments.ts";
import type { Gauges } from "../exporters/metrics.ts";

/** What the process as a whole costs: the gate's own cost is a part of it. */
export class ProcessGauges {
  #before: ReturnType<typeof performance.eventLoopUtilization> | undefined;

  readonly observe: Gauges = (observe) => {
    const now = performance.eventLoopUtilization();
    observe(EVENT_LOOP, performance.eventLoopUtilization(now, this.#before).utilization);
    this.#before = now;
    observe(PROCESS_MEMORY, process.memoryUsage.rss());
  };
}
