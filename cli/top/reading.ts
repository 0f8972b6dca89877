import {
  AUDIT_FAILURES, AUDIT_LAG, CALLS, COVERAGE, ENFORCING, type Instrument, LIMIT_USAGE, OVERHEAD, prometheusLabel, prometheusName, REDACTIONS, STORE_DEGRADED, VIOLATIONS, WAITING, WAITING_AGE,
} from "../../exporters/instruments.ts";
import { DECISION, GATED, LIMIT_NAME, MODE, MODULE, MODULE_VERSION, RULE_NAME, SOURCE, TOOL_NAME, UNGATED_REASON } from "../../names.ts";
import type { Sample } from "./exposition.ts";

/** Label values to a count; the key is what the values make together. */
export type Counts = ReadonlyMap<string, number>;

/** What the endpoint of one process said at one time. Counters are totals since its start. */
export interface Reading {
  /** Milliseconds of the monotonic clock. */
  readonly at: number;
  readonly calls: number;
  /** Calls that were blocked. */
  readonly denied: number;
  /** Calls that would have been blocked: the policy only observes. */
  readonly wouldDeny: number;
  readonly decisions: Counts;
  readonly tools: Counts;
  readonly deniedTools: Counts;
  readonly rules: Counts;
  readonly redactions: number;
  /** Cumulative counts by upper bound in seconds, `Infinity` last. */
  readonly overhead: ReadonlyMap<number, number>;
  /** Calls that wait for an opinion, by the processor that is to give it, and seconds that the first of them has. */
  readonly waiting: Counts;
  readonly longestWait: Counts;
  /** How much of each rate and budget is used up: 1 is all of it. */
  readonly limits: Counts;
  /** Whether the store of shared limits does not answer. */
  readonly storeDegraded: boolean;
  /** Records that the OTLP backend does not have; undefined where nothing is sent. */
  readonly lag: number | undefined;
  readonly lost: number;
  readonly enforcing: boolean | undefined;
  readonly modules: readonly Module[];
}

export interface Module {
  readonly name: string;
  readonly version: string;
  readonly gated: boolean;
  readonly reason: string;
}

/** Where one process exports several series of a name (resources, scopes, an own label of a collector), they are added up. */
export function read(samples: readonly Sample[], at: number): Reading {
  const byName = Map.groupBy(samples, ({ name }) => name);
  const of = (instrument: Instrument, suffix = ""): readonly Sample[] => byName.get(prometheusName(instrument) + suffix) ?? [];
  const calls = of(CALLS);
  const isDenied = (sample: Sample): boolean => label(sample, DECISION) === "deny";
  const enforced = calls.filter((sample) => isDenied(sample) && label(sample, MODE) !== "observe");
  return {
    at, calls: sum(calls), denied: sum(enforced), wouldDeny: sum(calls.filter((sample) => isDenied(sample) && label(sample, MODE) === "observe")),
    decisions: by(calls, DECISION), tools: by(calls, TOOL_NAME), deniedTools: by(enforced, TOOL_NAME), rules: by(of(VIOLATIONS), RULE_NAME), redactions: sum(of(REDACTIONS)),
    overhead: buckets(of(OVERHEAD, "_bucket")),
    waiting: by(of(WAITING), SOURCE), longestWait: by(of(WAITING_AGE), SOURCE, Math.max), limits: by(of(LIMIT_USAGE), LIMIT_NAME, Math.max), storeDegraded: sum(of(STORE_DEGRADED)) > 0,
    lag: of(AUDIT_LAG).length > 0 ? sum(of(AUDIT_LAG)) : undefined,
    lost: sum(of(AUDIT_FAILURES)),
    enforcing: of(ENFORCING).length > 0 ? sum(of(ENFORCING)) > 0 : undefined,
    modules: of(COVERAGE).filter(({ value }) => value > 0).map((sample) => ({
      name: label(sample, MODULE), version: label(sample, MODULE_VERSION), gated: label(sample, GATED) === "true", reason: label(sample, UNGATED_REASON),
    })),
  };
}

/** Whether an endpoint is that of a spangate at all: something else may listen there. */
export function isOurs(samples: readonly Sample[]): boolean {
  return samples.some(({ name }) => name.startsWith("spangate_"));
}

function label({ labels }: Sample, attribute: string): string {
  return labels[prometheusLabel(attribute)] ?? "";
}

function sum(samples: readonly Sample[]): number {
  return add(...samples.map(({ value }) => (Number.isFinite(value) ? value : 0)));
}

function by(samples: readonly Sample[], attribute: string, all: (...values: number[]) => number = add): Counts {
  return new Map([...Map.groupBy(samples, (sample) => label(sample, attribute))].map(([key, some]) => [key, all(...some.map(({ value }) => (Number.isFinite(value) ? value : 0)))]));
}

function add(...values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function buckets(samples: readonly Sample[]): Map<number, number> {
  const bounds = Map.groupBy(samples, ({ labels }) => (labels["le"] === "+Inf" ? Infinity : Number(labels["le"])));
  return new Map([...bounds].sort(([a], [b]) => a - b).map(([bound, some]) => [bound, sum(some)]));
}
