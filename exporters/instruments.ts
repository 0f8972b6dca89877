/**
 * The one registry of instruments. The code that records, the scrape endpoint, dashboards, alert rules and
 * docs/metrics.md are all made from it.
 *
 * @module
 */
import { AUDIT_DESTINATION, DECISION, DETECTOR, FRAMEWORK, GATED, MODE, MODULE, MODULE_VERSION, RELOAD_OUTCOME, RULE_NAME, SIGNAL, TOOL_NAME, UNGATED_REASON } from "../names.ts";

export interface Instrument {
  readonly name: string;
  readonly kind: "counter" | "histogram" | "gauge";
  /** UCUM. */
  readonly unit: string;
  readonly description: string;
  readonly attributes: readonly string[];
  /** Upper bounds of a histogram, in its unit. */
  readonly buckets?: readonly number[];
}

export const CALLS: Instrument = {
  name: "spangate.calls", kind: "counter", unit: "{call}",
  description: "Tool calls that reached the gate, by what was decided.",
  attributes: [TOOL_NAME, FRAMEWORK, DECISION, MODE],
};
export const VIOLATIONS: Instrument = {
  name: "spangate.violations", kind: "counter", unit: "{violation}",
  description: "Calls that a rule spoke against, whether they were blocked (enforce) or only noted (observe).",
  attributes: [TOOL_NAME, RULE_NAME, MODE],
};
export const REDACTIONS: Instrument = {
  name: "spangate.redactions", kind: "counter", unit: "{match}",
  description: "Values taken out of arguments and results, by detector.",
  attributes: [TOOL_NAME, DETECTOR],
};
export const TELEMETRY_REDACTIONS: Instrument = {
  name: "spangate.telemetry.redactions", kind: "counter", unit: "{match}",
  description: "Values taken out of telemetry before it left the process, by detector; `unreadable`: an item that could not be looked at, of which only ids, times and numbers were exported.",
  attributes: [SIGNAL, DETECTOR],
};
export const OVERHEAD: Instrument = {
  name: "spangate.overhead", kind: "histogram", unit: "s",
  description: "Time that the gate itself added to a call; waiting for an opinion and the tool's own time are not in it.",
  attributes: [DECISION],
  buckets: [5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 5e-2, 0.1],
};
export const COVERAGE: Instrument = {
  name: "spangate.coverage", kind: "gauge", unit: "{module}",
  description: "Tool-capable modules of this process: 1 each, gated or not, and why not.",
  attributes: [MODULE, MODULE_VERSION, GATED, UNGATED_REASON],
};
export const ENFORCING: Instrument = {
  name: "spangate.enforcing", kind: "gauge", unit: "{policy}",
  description: "1 while the policy of this process is enforced, 0 while it only observes.",
  attributes: [],
};
export const POLICY_RELOADS: Instrument = {
  name: "spangate.policy.reloads", kind: "counter", unit: "{reload}",
  description: "Attempts to put a changed policy in force: replaced, unchanged, or rejected (the last good one stays).",
  attributes: [RELOAD_OUTCOME],
};
export const AUDIT_LAG: Instrument = {
  name: "spangate.audit.lag", kind: "gauge", unit: "{record}",
  description: "Audit records on disk that a destination has not confirmed.",
  attributes: [AUDIT_DESTINATION],
};
export const AUDIT_FAILURES: Instrument = {
  name: "spangate.audit.failures", kind: "counter", unit: "{record}",
  description: "Audit records that could not be written; in enforce mode each one is a denied call.",
  attributes: [],
};

export const INSTRUMENTS: readonly Instrument[] = [CALLS, VIOLATIONS, REDACTIONS, TELEMETRY_REDACTIONS, OVERHEAD, COVERAGE, ENFORCING, POLICY_RELOADS, AUDIT_LAG, AUDIT_FAILURES];

/** Suffix that Prometheus naming adds for a unit; annotations in braces add none. */
const UNIT_SUFFIX: Readonly<Record<string, string>> = { s: "seconds", By: "bytes" };

/** The name under which Prometheus knows an instrument, on the scrape path and behind an OTLP collector alike. */
export function prometheusName({ name, kind, unit }: Instrument): string {
  const suffix = UNIT_SUFFIX[unit];
  const base = name.replaceAll(".", "_") + (suffix && !name.endsWith(suffix) ? `_${suffix}` : "");
  return kind === "counter" ? `${base}_total` : base;
}

/** The same for an attribute. */
export function prometheusLabel(attribute: string): string {
  return attribute.replaceAll(".", "_");
}
