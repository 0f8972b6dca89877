/**
 * What the boards for vendors show, once for all of them; datadog.ts and honeycomb.ts write it down in the vendor's form.
 *
 * @module
 */
import {
  AUDIT_FAILURES, AUDIT_LAG, AUDIT_LOST, AUDIT_RECORDS, AUDIT_UNSEALED, BUDGET_MAX, BUDGET_SPENT, CALLS, COVERAGE, ENFORCING, ENGINE_DURATION, EVENT_LOOP, EXPORT_DURATION, EXPORTED, type Instrument, LIMIT_USAGE,
  MCP_CLIENT_DURATION, MCP_SERVER_DURATION, OVERHEAD, POLICY_INFO, POLICY_RELOADS, POLICY_STALE, PROCESS_MEMORY, REDACTIONS, SHADOW, STORE_DEGRADED, STORE_DURATION, TELEMETRY_REDACTIONS, TOOL_DURATION, VIOLATIONS, WAIT,
  WAITING,
} from "../exporters/instruments.ts";
import {
  AUDIT_DESTINATION, AUDIT_TYPE, COMPONENT_NAME, CURRENCY, DECISION, DETECTOR, ENGINE, ERROR_TYPE, GATED, LIMIT_NAME, LIMIT_PER, MODE, MODULE, POLICY_DIGEST, RELOAD_OUTCOME, RULE_NAME, RULESET_NAME, SIGNAL,
  SOURCE, STORE_OUTCOME, TOOL_NAME, UNGATED_REASON,
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
    { title: "Wait for opinions, p99", show: "lines", instrument: WAIT, by: [SOURCE], description: "Of the calls that waited for an opinion that takes time, in seconds, by who was to give it." },
    { title: "Waiting calls", show: "lines", instrument: WAITING, by: [SOURCE], description: "Calls that wait for an opinion, an approval for one." },
    { title: "Engines, p99", show: "lines", instrument: ENGINE_DURATION, by: [ENGINE], description: "What policy engines took to judge a call, in seconds." },
    { title: "Tool duration, p99", show: "lines", instrument: TOOL_DURATION, by: [TOOL_NAME], description: "How long the tools themselves took, in seconds." },
    { title: "MCP requests as sent, p99", show: "lines", instrument: MCP_CLIENT_DURATION, by: [TOOL_NAME], description: "Of tools/call, as the client sees it, in seconds." },
    { title: "MCP requests as received, p99", show: "lines", instrument: MCP_SERVER_DURATION, by: [TOOL_NAME], description: "Of tools/call, as the server sees it, in seconds." },
  ],
  "Self cost": [
    { title: "Busy event loops", show: "lines", instrument: EVENT_LOOP, mean: true, description: "Share of the time in which event loops were busy, the mean over processes, with the application's own work." },
    { title: "Resident memory", show: "lines", instrument: PROCESS_MEMORY, mean: true, description: "Resident memory, the mean over processes, the application's included." },
  ],
  "Limits and budgets": [
    { title: "Use of limits", show: "lines", instrument: LIMIT_USAGE, mean: true, by: [LIMIT_NAME, LIMIT_PER], description: "How much of each rate and budget is used up in its window, the mean over processes; 1 is all of it." },
    { title: "Spent", show: "ranking", instrument: BUDGET_SPENT, by: [LIMIT_NAME, CURRENCY], description: "What calls have cost, by budget." },
    { title: "Budgets", show: "ranking", instrument: BUDGET_MAX, mean: true, by: [LIMIT_NAME, CURRENCY], description: "What each budget allows in its window." },
    { title: "Store of shared limits, p99", show: "lines", instrument: STORE_DURATION, by: [STORE_OUTCOME], description: "Time until the store had answered, in seconds; late is given up on." },
    { title: "Without their store", show: "lines", instrument: STORE_DEGRADED, description: "Processes whose last request to the store was late or failed." },
  ],
  Evidence: [
    { title: "Audit records by type", show: "lines", instrument: AUDIT_RECORDS, by: [AUDIT_TYPE], description: "Records that got their place in the log." },
    { title: "Heartbeats", show: "lines", instrument: AUDIT_RECORDS, where: { [AUDIT_TYPE]: "heartbeat" }, description: "One a minute and process, unless the policy says otherwise. A line that ends is a process that ended, hangs, or no longer writes." },
    { title: "Not confirmed, by destination", show: "lines", instrument: AUDIT_LAG, by: [AUDIT_DESTINATION], description: "A line that rises is a destination that takes nothing." },
    { title: "Deliveries by outcome", show: "lines", instrument: EXPORTED, by: [COMPONENT_NAME, ERROR_TYPE], description: "Audit records sent, by destination and by what went wrong; whatever is not taken, and not refused, is sent again." },
    { title: "Duration of deliveries, p99", show: "lines", instrument: EXPORT_DURATION, by: [COMPONENT_NAME], description: "How long attempts to send took, in seconds." },
    { title: "Not sealed", show: "lines", instrument: AUDIT_UNSEALED, description: "Audit records that no signed checkpoint covers yet. Some hundreds are usual while calls flow." },
  ],
  Fleet: [
    { title: "Processes by policy", show: "ranking", instrument: POLICY_INFO, by: [RULESET_NAME, POLICY_DIGEST, MODE], description: "Two hashes under one name: the fleet does not agree." },
    { title: "Stale policies", show: "lines", instrument: POLICY_STALE, description: "Processes whose policy file says something that could not be put in force." },
    { title: "Reloads rejected", show: "lines", instrument: POLICY_RELOADS, where: { [RELOAD_OUTCOME]: "rejected" }, description: "Changed policies that were not put in force; the last good one stays." },
    { title: "Modules past the gate", show: "ranking", instrument: COVERAGE, where: { [GATED]: false }, by: [MODULE, UNGATED_REASON], description: "Modules that can run tools and are not, or not provably, gated." },
  ],
};
