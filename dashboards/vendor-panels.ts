/**
 * What the boards for vendors show, once for all of them; datadog.ts and honeycomb.ts write it down in the vendor's form.
 *
 * @module
 */
import {
  AUDIT_FAILURES, AUDIT_LAG, AUDIT_LOST, AUDIT_RECORDS, AUDIT_UNSEALED, CALLS, COVERAGE, ENFORCING, type Instrument, OVERHEAD, POLICY_INFO, POLICY_RELOADS, POLICY_STALE, REDACTIONS, SHADOW,
  TELEMETRY_REDACTIONS, TOOL_DURATION, VIOLATIONS, WAIT,
} from "../exporters/instruments.ts";
import {
  AUDIT_DESTINATION, AUDIT_TYPE, DECISION, DETECTOR, GATED, MODE, MODULE, POLICY_DIGEST, RELOAD_OUTCOME, RULE_NAME, RULESET_NAME, SIGNAL, SOURCE, TOOL_NAME, UNGATED_REASON,
} from "../names.ts";
import { THRESHOLDS } from "./thresholds.ts";

/** A panel on one instrument: of a counter what was added, of a histogram the 99th percentile, of a gauge the sum over processes. */
export interface VendorPanel {
  readonly title: string;
  readonly description: string;
  readonly instrument: Instrument;
  /** Attribute → the value that it must have. */
  readonly where?: Readonly<Record<string, string | boolean>>;
  readonly by?: readonly string[];
  /** `number`: one, of the time range. `lines`: over time. `ranking`: the largest first. */
  readonly show: "number" | "lines" | "ranking";
  /** Of a gauge: the mean over processes in place of the sum. */
  readonly mean?: true;
  /** A number turns red from here on. */
  readonly red?: number;
}

/** Longest list of a ranking. */
export const RANKED = 20;

const denied = { [DECISION]: "deny" };

/** Group → its panels, in order. */
export const VENDOR_PANELS: Readonly<Record<string, readonly VendorPanel[]>> = {
  "Right now": [
    { title: "Calls", show: "number", instrument: CALLS, description: "Tool calls of the time range that reached the gate." },
    { title: "Denied", show: "number", instrument: CALLS, where: denied, description: "Calls whose verdict is deny. In mode observe they ran." },
    { title: "Added latency, p99", show: "number", instrument: OVERHEAD, red: THRESHOLDS.overhead, description: `What the gate itself added to all but the slowest 1 % of calls, in seconds. Red where the alert for Prometheus fires: ${THRESHOLDS.overhead * 1_000} ms.` },
    { title: "Share of processes that enforce", show: "number", instrument: ENFORCING, mean: true, description: "1: every process enforces its policy; below: the others only observe, and every call runs there." },
    { title: "Not confirmed", show: "number", instrument: AUDIT_LAG, red: THRESHOLDS.auditLag, description: "Audit records on disk that a destination has not confirmed." },
    { title: "Write failures", show: "number", instrument: AUDIT_FAILURES, red: 1, description: "Records that could not be written when they had to be. In mode enforce and audit mode strict each was a denied call." },
    { title: "Lost for good", show: "number", instrument: AUDIT_LOST, red: 1, description: "Records that neither the disk nor memory had room for. The log says so itself in a record gap." },
  ],
  Decisions: [
    { title: "Calls by decision", show: "lines", instrument: CALLS, by: [DECISION, MODE], description: "Every verdict, and whether it is enforced." },
    { title: "Denied calls by tool", show: "ranking", instrument: CALLS, where: denied, by: [TOOL_NAME], description: "Which tools are denied most." },
    { title: "Violations by rule", show: "ranking", instrument: VIOLATIONS, by: [RULE_NAME, SOURCE, MODE], description: "Which rules speak against calls, blocked or only noted." },
    { title: "Would not have run", show: "lines", instrument: SHADOW, by: [RULE_NAME, DECISION], description: "Calls that ran and would not have, were what is only observed enforced." },
    { title: "Redactions by detector", show: "ranking", instrument: REDACTIONS, by: [DETECTOR], description: "Values taken out of arguments and results." },
    { title: "Redactions of telemetry", show: "ranking", instrument: TELEMETRY_REDACTIONS, by: [SIGNAL, DETECTOR], description: "Values taken out of telemetry before it left the process." },
  ],
  Latency: [
    { title: "Added latency by decision, p99", show: "lines", instrument: OVERHEAD, by: [DECISION], description: "What the gate itself added to a call, in seconds." },
    { title: "Wait for opinions, p99", show: "lines", instrument: WAIT, by: [DECISION], description: "Of the calls that waited for an opinion that takes time, in seconds." },
    { title: "Tool duration, p99", show: "lines", instrument: TOOL_DURATION, by: [TOOL_NAME], description: "How long the tools themselves took, in seconds." },
  ],
  Evidence: [
    { title: "Audit records by type", show: "lines", instrument: AUDIT_RECORDS, by: [AUDIT_TYPE], description: "Records that got their place in the log." },
    { title: "Heartbeats", show: "lines", instrument: AUDIT_RECORDS, where: { [AUDIT_TYPE]: "heartbeat" }, description: "One a minute and process, unless the policy says otherwise. A line that ends is a process that ended, hangs, or no longer writes." },
    { title: "Not confirmed, by destination", show: "lines", instrument: AUDIT_LAG, by: [AUDIT_DESTINATION], description: "A line that rises is a destination that takes nothing." },
    { title: "Not sealed", show: "lines", instrument: AUDIT_UNSEALED, description: "Audit records that no signed checkpoint covers yet. Some hundreds are usual while calls flow." },
  ],
  Fleet: [
    { title: "Processes by policy", show: "ranking", instrument: POLICY_INFO, by: [RULESET_NAME, POLICY_DIGEST, MODE], description: "Two hashes under one name: the fleet does not agree." },
    { title: "Stale policies", show: "lines", instrument: POLICY_STALE, description: "Processes whose policy file says something that could not be put in force." },
    { title: "Reloads rejected", show: "lines", instrument: POLICY_RELOADS, where: { [RELOAD_OUTCOME]: "rejected" }, description: "Changed policies that were not put in force; the last good one stays." },
    { title: "Modules past the gate", show: "ranking", instrument: COVERAGE, where: { [GATED]: false }, by: [MODULE, UNGATED_REASON], description: "Modules that can run tools and are not, or not provably, gated." },
  ],
};
