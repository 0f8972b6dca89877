/**
 * Expressions over the processes that a board's `job` and `instance` variables select.
 *
 * @module
 */
import { ENFORCING, type Instrument, prometheusLabel } from "../exporters/instruments.ts";
import { counted, quantile, select, sum } from "./promql.ts";

const SELECTED = ['job=~"$job"', 'instance=~"$instance"'] as const;
/** Grafana's window for what happens now. */
const RECENT = "$__rate_interval";
/** The time range that the board shows. */
const SHOWN = "$__range";

export interface Part {
  /** A matcher. */
  readonly where?: string;
  /** Attributes, or `job` and `instance`, to keep apart. */
  readonly by?: readonly string[];
}

export function perSecond(counter: Instrument, part: Part = {}): string {
  return sum(`rate(${of(counter, part)}[${RECENT}])`, ...(part.by ?? []));
}

/** How often in the time range shown, single events included. */
export function inRange(counter: Instrument, part: Part = {}): string {
  return counted(of(counter, part), SHOWN, ...(part.by ?? []));
}

export function now(gauge: Instrument, part: Part = {}): string {
  return sum(of(gauge, part), ...(part.by ?? []));
}

export function lowest(gauge: Instrument): string {
  return `min(${of(gauge)})`;
}

export function percentile(q: number, histogram: Instrument, ...by: readonly string[]): string {
  return quantile(q, histogram, RECENT, SELECTED, ...by);
}

/** The largest of what there is any of; a graph by something that has no upper limit is not readable. */
export function top(count: number, expression: string): string {
  return `topk(${count}, ${expression} > 0)`;
}

/** 0 while a process reports, nothing when none does: a board without data must not look like a good one. */
export function orZero(expression: string): string {
  return `${expression} or 0 * ${now(ENFORCING)}`;
}

/** `{{spangate_decision}} · {{spangate_enforcement_mode}}`, for Grafana to fill in. */
export function legend(...by: readonly string[]): string {
  return by.map((name) => `{{${prometheusLabel(name)}}}`).join(" · ");
}

function of(instrument: Instrument, { where }: Part = {}): string {
  return select(instrument, ...SELECTED, ...(where ? [where] : []));
}
