/**
 * PromQL from the registry: no metric or label name is written by hand in a board or a rule.
 *
 * @module
 */
import { type Instrument, prometheusLabel, prometheusName } from "../exporters/instruments.ts";

/** `spangate_decision="deny"` */
export function is(attribute: string, value: string): string {
  return `${prometheusLabel(attribute)}="${value}"`;
}

/** The series of an instrument that all matchers hold for. */
export function select(instrument: Instrument, ...matchers: readonly string[]): string {
  return named(prometheusName(instrument), matchers);
}

/** Sum over everything but the given attributes or labels. */
export function sum(expression: string, ...by: readonly string[]): string {
  return by.length === 0 ? `sum(${expression})` : `sum by (${by.map(prometheusLabel).join(", ")}) (${expression})`;
}

/**
 * How much a counter grew in a window, the first sample of a new series included. `increase` alone sees
 * nothing of it, so that the first denial by a rule, or the only failed audit record, would never show. After
 * a gap in scraping that is as long as the window, everything since the process started counts once.
 */
export function counted(selector: string, window: string, ...by: readonly string[]): string {
  return sum(`(${selector} unless ${selector} offset ${window}) or increase(${selector}[${window}])`, ...by);
}

/** Quantile of a histogram over a window, kept apart by the given attributes or labels. */
export function quantile(q: number, histogram: Instrument, window: string, matchers: readonly string[], ...by: readonly string[]): string {
  const buckets = named(`${prometheusName(histogram)}_bucket`, matchers);
  return `histogram_quantile(${q}, ${sum(`rate(${buckets}[${window}])`, ...by, "le")})`;
}

/** Sum of what a histogram recorded, per second of a window. */
export function rateOfSum(histogram: Instrument, window: string, matchers: readonly string[], ...by: readonly string[]): string {
  return sum(`rate(${named(`${prometheusName(histogram)}_sum`, matchers)}[${window}])`, ...by);
}

/** How often a histogram recorded, as {@link counted} has it. */
export function countedOf(histogram: Instrument, window: string, matchers: readonly string[], ...by: readonly string[]): string {
  return counted(named(`${prometheusName(histogram)}_count`, matchers), window, ...by);
}

/** Matches any of the values. */
export function isAnyOf(attribute: string, ...values: readonly string[]): string {
  return `${prometheusLabel(attribute)}=~"${values.join("|")}"`;
}

/** `part / whole`: 0 when there is a whole and no part, nothing when there is no whole. */
export function share(part: string, whole: string): string {
  return `(${part} or vector(0)) / (${whole} > 0)`;
}

function named(name: string, matchers: readonly string[]): string {
  return matchers.length === 0 ? name : `${name}{${matchers.join(", ")}}`;
}
