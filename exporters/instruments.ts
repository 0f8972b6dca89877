/**
 * The one registry of instruments. The code that records, the scrape endpoint, dashboards, alert rules and
 * docs/metrics.md are all made from it.
 *
 * @module
 */
import {
  AGENT_NAME, AUDIT_DESTINATION, AUDIT_MODE, AUDIT_TYPE, COMPONENT_NAME, COMPONENT_TYPE, CURRENCY, DECISION, DETECTOR, ENGINE, ERROR_TYPE, FRAMEWORK, GATED, LIMIT_NAME, LIMIT_PER, MCP_METHOD, MODE, MODULE, MODULE_VERSION, OPERATION_NAME, POLICY_DIGEST,
  RELOAD_OUTCOME, RULE_NAME, RULESET_NAME, RULESET_VERSION, SHADOW_SCOPE, SIGNAL, SOURCE, STORE_OUTCOME, TOOL_NAME, UNGATED_REASON, VERIFY_OUTCOME, VERIFY_PATH, VERIFY_STATE,
} from "../names.ts";

export interface Instrument {
  readonly name: string;
  readonly kind: "counter" | "histogram" | "gauge";
  /** UCUM. */
  readonly unit: string;
  readonly description: string;
  readonly attributes: readonly string[];
  /** Upper bounds of a histogram, in its unit. */
  readonly buckets?: readonly number[];
  /** A counter that something else keeps: read at each collection, never recorded. */
  readonly kept?: true;
  /** Not of the gate: `spangate verify --textfile` writes it, for the textfile collector of a node_exporter. */
  readonly textfile?: true;
}

export const CALLS: Instrument = {
  name: "spangate.calls", kind: "counter", unit: "{call}",
  description: "Tool calls that reached the gate, by what was decided.",
  attributes: [TOOL_NAME, FRAMEWORK, DECISION, MODE],
};
export const VIOLATIONS: Instrument = {
  name: "spangate.violations", kind: "counter", unit: "{violation}",
  description: "Calls that a rule spoke against, whether they were blocked (enforce) or only noted (observe). The source is the processor that the rule belongs to.",
  attributes: [TOOL_NAME, RULE_NAME, SOURCE, MODE],
};
export const SHADOW: Instrument = {
  name: "spangate.shadow", kind: "counter", unit: "{call}",
  description: "Calls that ran and would not have, were what is only observed enforced: by the effect that they would have had. Scope `policy`: the whole policy observes; `rule`: one rule of it does.",
  attributes: [TOOL_NAME, RULE_NAME, DECISION, SHADOW_SCOPE],
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
export const WAIT: Instrument = {
  name: "spangate.wait", kind: "histogram", unit: "s",
  description: "Time that a call waited for an opinion that takes time, by the processor that was to give it: one that asks a person or another system. Calls that waited for none are not in it.",
  attributes: [SOURCE],
  buckets: [1e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
};
export const WAITING: Instrument = {
  name: "spangate.waiting", kind: "gauge", unit: "{call}",
  description: "Calls that wait for an opinion right now, an approval for one, by the processor that is to give it.",
  attributes: [SOURCE],
};
export const WAITING_AGE: Instrument = {
  name: "spangate.waiting.age", kind: "gauge", unit: "s",
  description: "For how long the call has waited that has waited longest of those that wait right now; 0 where none does.",
  attributes: [SOURCE],
};
export const ENGINE_DURATION: Instrument = {
  name: "spangate.engine.duration", kind: "histogram", unit: "s",
  description: "Time that a policy engine (Rego, Cedar) took to judge a call; part of the overhead.",
  attributes: [ENGINE],
  buckets: [1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1],
};
export const LIMIT_USAGE: Instrument = {
  name: "spangate.limit.usage", kind: "gauge", unit: "1",
  description: "How much of a rate or budget is used up in its window: 1 is all of it. Of several keys (tools, callers, sessions) the fullest.",
  attributes: [LIMIT_NAME, LIMIT_PER],
};
export const BUDGET_SPENT: Instrument = {
  name: "spangate.budget.spent", kind: "counter", unit: "{currency}",
  description: "What calls have cost that a budget counts, in its currency.",
  attributes: [LIMIT_NAME, LIMIT_PER, CURRENCY],
};
export const BUDGET_MAX: Instrument = {
  name: "spangate.budget.max", kind: "gauge", unit: "{currency}",
  description: "What a budget allows in a window, for each of its keys.",
  attributes: [LIMIT_NAME, LIMIT_PER, CURRENCY],
};
export const BUDGET_WINDOW: Instrument = {
  name: "spangate.budget.window", kind: "gauge", unit: "s",
  description: "Length of a budget's sliding window.",
  attributes: [LIMIT_NAME, LIMIT_PER],
};
export const STORE_DURATION: Instrument = {
  name: "spangate.store.duration", kind: "histogram", unit: "s",
  description: "Time until the store that processes share their limits in had answered: `ok`, `late` (given up on) or `failed`.",
  attributes: [STORE_OUTCOME],
  buckets: [1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25],
};
export const STORE_DEGRADED: Instrument = {
  name: "spangate.store.degraded", kind: "gauge", unit: "{store}",
  description: "1 while the last request to the store of limits was late or failed, 0 otherwise; nothing where there is no store.",
  attributes: [],
};
/** Name, unit, attributes and buckets: open-telemetry/semantic-conventions-genai, docs/gen-ai/gen-ai-metrics.md (Development). */
export const TOOL_DURATION: Instrument = {
  name: "gen_ai.execute_tool.duration", kind: "histogram", unit: "s",
  description: "Duration of a single tool execution, its result's filters included; a refused call is none. `error.type`: the class of what the tool threw, or spangate_denied where its result was withheld.",
  attributes: [TOOL_NAME, AGENT_NAME, ERROR_TYPE],
  buckets: [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
};
/** Name, unit, attributes and buckets of both: open-telemetry/semantic-conventions-genai, docs/gen-ai/mcp.md (Development). */
const MCP_DURATION = {
  kind: "histogram", unit: "s", attributes: [MCP_METHOD, OPERATION_NAME, TOOL_NAME, ERROR_TYPE], buckets: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300],
} as const;
export const MCP_CLIENT_DURATION: Instrument = {
  ...MCP_DURATION, name: "mcp.client.operation.duration",
  description: "Duration of an MCP request `tools/call` as its sender sees it; a refused one is none. `error.type`: tool_error where the result says `isError`, else as in gen_ai.execute_tool.duration.",
};
export const MCP_SERVER_DURATION: Instrument = {
  ...MCP_DURATION, name: "mcp.server.operation.duration",
  description: "The same as its receiver sees it.",
};
/** Names and units of both: open-telemetry/semantic-conventions, docs/system/process-metrics.md and docs/runtime/nodejs-metrics.md (Development). */
export const PROCESS_MEMORY: Instrument = {
  name: "process.memory.usage", kind: "gauge", unit: "By",
  description: "Resident memory of the process, the application's included.",
  attributes: [],
};
export const EVENT_LOOP: Instrument = {
  name: "nodejs.eventloop.utilization", kind: "gauge", unit: "1",
  description: "Share of the time since the last collection in which the event loop of this thread was busy.",
  attributes: [],
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
  description: "Attempts to put a changed policy in force: replaced, unchanged, rejected, or untrusted (its signature is missing or wrong). The last two keep the last good one.",
  attributes: [RELOAD_OUTCOME],
};
export const POLICY_INFO: Instrument = {
  name: "spangate.policy.info", kind: "gauge", unit: "{policy}",
  description: "1 for the policy that is in force, 0 for each one that this process had in force before. The hash is that of the whole policy, its parents included.",
  attributes: [RULESET_NAME, RULESET_VERSION, POLICY_DIGEST, MODE, AUDIT_MODE],
};
export const POLICY_TIME: Instrument = {
  name: "spangate.policy.time", kind: "gauge", unit: "s",
  description: "When the policy in force was put in force, in seconds since 1970.",
  attributes: [],
};
export const POLICY_STALE: Instrument = {
  name: "spangate.policy.stale", kind: "gauge", unit: "{policy}",
  description: "1 while the policy file says something that could not be put in force, so that an older policy still is; 0 otherwise.",
  attributes: [],
};
export const AUDIT_RECORDS: Instrument = {
  name: "spangate.audit.records", kind: "counter", unit: "{record}", kept: true,
  description: "Audit records that got their place in the log, by type.",
  attributes: [AUDIT_TYPE],
};
export const AUDIT_LOST: Instrument = {
  name: "spangate.audit.lost", kind: "counter", unit: "{record}", kept: true,
  description: "Audit records that there was no room for while the disk took nothing; a record `gap` counts them.",
  attributes: [],
};
export const AUDIT_UNSEALED: Instrument = {
  name: "spangate.audit.unsealed", kind: "gauge", unit: "{record}",
  description: "Audit records that no signed checkpoint on the disk covers yet. Only what is covered leaves the process.",
  attributes: [],
};
export const AUDIT_CHECKPOINT_TIME: Instrument = {
  name: "spangate.audit.checkpoint.time", kind: "gauge", unit: "s",
  description: "When the last checkpoint reached the disk, in seconds since 1970; until there is one, when the log was opened.",
  attributes: [],
};
export const AUDIT_LAG: Instrument = {
  name: "spangate.audit.lag", kind: "gauge", unit: "{record}",
  description: "Audit records on disk that a destination has not confirmed.",
  attributes: [AUDIT_DESTINATION],
};
/** Names, units and attributes of both: open-telemetry/semantic-conventions, docs/otel/sdk-metrics.md (Development). */
export const EXPORTED: Instrument = {
  name: "otel.sdk.exporter.log.exported", kind: "counter", unit: "{log_record}",
  description: "Audit records that an exporter of the audit log has done with, by destination: `error.type` is empty where they were taken, `refused` where they were not and are kept aside, else why they will be sent again.",
  attributes: [COMPONENT_NAME, COMPONENT_TYPE, ERROR_TYPE],
};
export const EXPORT_DURATION: Instrument = {
  name: "otel.sdk.exporter.operation.duration", kind: "histogram", unit: "s",
  description: "Duration of one attempt to send audit records to a destination.",
  attributes: [COMPONENT_NAME, COMPONENT_TYPE, ERROR_TYPE],
  buckets: [5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
};
export const AUDIT_FAILURES: Instrument = {
  name: "spangate.audit.failures", kind: "counter", unit: "{record}",
  description: "Audit records that could not be written; in enforce mode each one is a denied call.",
  attributes: [],
};
export const VERIFY_RESULT: Instrument = {
  name: "spangate.verify.result", kind: "gauge", unit: "{path}", textfile: true,
  description: "1 for what the last `spangate verify` of a path came to, 0 for what it did not: proven, tampered, incomplete, unverifiable.",
  attributes: [VERIFY_PATH, VERIFY_OUTCOME],
};
export const VERIFY_RECORDS: Instrument = {
  name: "spangate.verify.records", kind: "gauge", unit: "{record}", textfile: true,
  description: "Records that the last `spangate verify` of a path found, by what became of them.",
  attributes: [VERIFY_PATH, VERIFY_STATE],
};
export const VERIFY_TIME: Instrument = {
  name: "spangate.verify.time", kind: "gauge", unit: "s", textfile: true,
  description: "When the last `spangate verify` of a path ended, in seconds since 1970.",
  attributes: [VERIFY_PATH],
};

export const INSTRUMENTS: readonly Instrument[] = [
  CALLS, VIOLATIONS, SHADOW, REDACTIONS, TELEMETRY_REDACTIONS, OVERHEAD, WAIT, WAITING, WAITING_AGE, ENGINE_DURATION, TOOL_DURATION, MCP_CLIENT_DURATION, MCP_SERVER_DURATION, LIMIT_USAGE, BUDGET_SPENT, BUDGET_MAX, BUDGET_WINDOW, STORE_DURATION,
  STORE_DEGRADED, PROCESS_MEMORY, EVENT_LOOP, COVERAGE, ENFORCING, POLICY_INFO, POLICY_TIME, POLICY_STALE, POLICY_RELOADS, AUDIT_RECORDS, AUDIT_LOST, AUDIT_UNSEALED, AUDIT_CHECKPOINT_TIME, AUDIT_LAG, AUDIT_FAILURES, EXPORTED, EXPORT_DURATION,
  VERIFY_RESULT, VERIFY_RECORDS, VERIFY_TIME,
];

/** Suffix that Prometheus naming adds for a unit; annotations in braces add none. */
const UNIT_SUFFIX: Readonly<Record<string, string>> = { s: "seconds", By: "bytes", 1: "ratio" };

/** The name under which Prometheus knows an instrument, on the scrape path and behind an OTLP collector alike. */
export function prometheusName({ name, kind, unit }: Instrument): string {
  const suffix = UNIT_SUFFIX[unit];
  const base = name.replaceAll(".", "_") + (suffix && !name.endsWith(suffix) ? `_${suffix}` : "");
  return kind === "counter" ? `${base}_total` : base;
}

/**
 * The name under which the JavaScript scrape exporter has to know an instrument, since it writes no unit into a name:
 * undefined where none is missing.
 */
export function scrapeName({ name, unit }: Instrument): string | undefined {
  const suffix = UNIT_SUFFIX[unit];
  return suffix && `${name}.${suffix}`;
}

/** The same for an attribute. */
export function prometheusLabel(attribute: string): string {
  return attribute.replaceAll(".", "_");
}
