/**
 * Expressions over the processes that a board's `job` and `instance` variables select.
 *
 * @module
 */
import { AUDIT_CHECKPOINT_TIME, AUDIT_UNSEALED, BUDGET_MAX, BUDGET_SPENT, BUDGET_WINDOW, ENFORCING, type Instrument, POLICY_INFO, POLICY_TIME, prometheusLabel } from "../exporters/instruments.ts";
import { LIMIT_NAME, LIMIT_PER } from "../names.ts";
import { counted, countedOf, is, quantile, rateOfSum, select, sum } from "./promql.ts";

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

/** The same for what a histogram recorded. */
export function recordedInRange(histogram: Instrument, { where, by = [] }: Part = {}): string {
  return countedOf(histogram, SHOWN, [...SELECTED, ...(where ? [where] : [])], ...by);
}

/** Seconds that a histogram of times recorded, per second. */
export function secondsPerSecond(histogram: Instrument): string {
  return rateOfSum(histogram, RECENT, SELECTED);
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

/** When each policy was put in force, in milliseconds since 1970, with its names as labels. */
export function policyChanges(): string {
  return `1000 * (${of(POLICY_INFO)} == 1) * on (job, instance) group_left () ${of(POLICY_TIME)}`;
}

/** How long each policy in force has been so, in seconds, with its names as labels. */
export function policyAges(...by: readonly string[]): string {
  return `max by (${by.map(prometheusLabel).join(", ")}) ((time() - ${of(POLICY_TIME)}) * on (job, instance) group_right () (${of(POLICY_INFO)} == 1))`;
}

/** How many different ones there are of what has a value above 0. */
export function distinct(gauge: Instrument, ...by: readonly string[]): string {
  return `count(sum by (${by.map(prometheusLabel).join(", ")}) (${of(gauge)} > 0))`;
}

/** How many processes report; with a comparison, those whose mode is enforced (`== 1`) or only observed (`== 0`). */
export function processes(comparison = ""): string {
  return `count(${of(ENFORCING)}${comparison && ` ${comparison}`})`;
}

/** Seconds since the last checkpoint, of the processes with records that none covers. */
export function unsealedFor(...by: readonly string[]): string {
  return `max${by.length === 0 ? " " : ` by (${by.join(", ")}) `}((time() - ${of(AUDIT_CHECKPOINT_TIME)}) and on (job, instance) (${of(AUDIT_UNSEALED)} > 0))`;
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

/** How many times faster than evenly over their windows budgets are spent, those that are one for all calls; 1 lasts just long enough. */
export function burnRate(): string {
  const where = is(LIMIT_PER, "global");
  return `${perSecond(BUDGET_SPENT, { where, by: [LIMIT_NAME] })} / (${largest(BUDGET_MAX, { where, by: [LIMIT_NAME] })} / ${largest(BUDGET_WINDOW, { where, by: [LIMIT_NAME] })})`;
}

export function largest(gauge: Instrument, { where, by = [] }: Part = {}): string {
  const all = `(${of(gauge, { ...(where && { where }) })})`;
  return by.length === 0 ? `max${all}` : `max by (${by.map(prometheusLabel).join(", ")}) ${all}`;
}

/** Seconds since something was, by what is kept apart. */
export function ageOf(time: Instrument, ...by: readonly string[]): string {
  return `time() - ${largest(time, { by })}`;
}

function of(instrument: Instrument, { where }: Part = {}): string {
  // What `spangate verify` writes is scraped from the machine, and not from the processes that are selected.
  return select(instrument, ...(instrument.textfile ? [] : SELECTED), ...(where ? [where] : []));
}
