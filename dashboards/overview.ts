/**
 * The overview board: what the gate decides now, what it decided, what that cost, and whether the evidence is
 * safe. Generated into generated/overview.json.
 *
 * @module
 */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import {
  AUDIT_FAILURES, AUDIT_LAG, AUDIT_LOST, AUDIT_RECORDS, BUDGET_MAX, BUDGET_SPENT, CALLS, COVERAGE, ENFORCING, ENGINE_DURATION, EVENT_LOOP, LIMIT_USAGE, MCP_CLIENT_DURATION, MCP_SERVER_DURATION, OVERHEAD, POLICY_RELOADS,
  POLICY_STALE, PROCESS_MEMORY, REDACTIONS, prometheusLabel, SHADOW, STORE_DEGRADED, STORE_DURATION, TELEMETRY_REDACTIONS, TOOL_DURATION, VIOLATIONS, WAIT, WAITING, WAITING_AGE,
} from "../exporters/instruments.ts";
import {
  AUDIT_LOG, AUDIT_TYPE, CURRENCY, DECISION, DETECTOR, ENGINE, ERROR_TYPE, GATED, LIMIT_NAME, LIMIT_PER, MODE, MODULE, MODULE_VERSION, REDACTIONS as REDACTION_COUNT, RELOAD_OUTCOME, RULE_NAME, SHADOW_SCOPE,
  SIGNAL, SOURCE, STORE_OUTCOME, TOOL_NAME, UNGATED_REASON, WITHHELD,
} from "../names.ts";
import { bars, board, lines, stat } from "./panels.ts";
import { is, isAnyOf, share } from "./promql.ts";
import { burnRate, inRange, largest, legend, lowest, now, orZero, percentile, perSecond, recordedInRange, secondsPerSecond, top } from "./selected.ts";
import { THRESHOLDS } from "./thresholds.ts";
import { span, spansOfLine, spansWith } from "./traces.ts";

const DENIED = is(DECISION, "deny");
/** Processors that count and measure. */
const LIMITS = isAnyOf(SOURCE, "rate_limit", "size_limit");
const FAILED = `${prometheusLabel(ERROR_TYPE)}!=""`;
const UNGATED = is(GATED, "false");
const PROCESS = ["job", "instance"];
const TOP = 10;

const FAILED_CALLS = `${span(ERROR_TYPE)} != nil`;
const ANY_CALL = `${span(DECISION)} != nil`;
const DENIED_CALLS = spansWith(DECISION, "deny");
const REDACTED_CALLS = `${span(REDACTION_COUNT)} > 0`;
const WITHHELD_SPANS = `${span(WITHHELD)} != nil`;
const AUDITED_CALLS = `${span(AUDIT_LOG)} != nil`;

export function overview(): Dashboard {
  return board({
    uid: "spangate-overview",
    title: "spangate: overview",
    description: "Tool calls of AI agents in front of the spangate gate: decisions, violations, redactions, added latency and the audit log.",
    presence: ENFORCING,
    rows: {
      "Right now": [
        stat({
          title: "Tool calls", unit: "ops", width: 4, traces: ANY_CALL, noData: "No calls",
          description: "Tool calls per second that reached the gate.",
          expression: perSecond(CALLS),
        }),
        stat({
          title: "Denied share", unit: "percentunit", width: 4, traces: DENIED_CALLS, noData: "No calls", red: { above: THRESHOLDS.deniedShare },
          description: "Share of tool calls whose verdict is deny. A process that only observes counts what it would have denied.",
          expression: share(perSecond(CALLS, { where: DENIED }), perSecond(CALLS)),
        }),
        stat({
          title: "Added latency, p99", unit: "s", width: 4, traces: ANY_CALL, noData: "No calls", red: { above: THRESHOLDS.overhead },
          description: "What the gate itself added to all but the slowest 1 % of calls, without waiting for an opinion and the tool's own time. Interpolated within a bucket.",
          expression: percentile(0.99, OVERHEAD),
        }),
        stat({
          title: "Enforcing", unit: "short", width: 3, traces: ANY_CALL, noData: "No process", red: { below: 1 }, words: { 0: "observing", 1: "enforcing" }, instant: true,
          description: "Whether the policy is enforced everywhere. One process that only observes makes this red.",
          expression: lowest(ENFORCING),
        }),
        stat({
          title: "Ungated modules", unit: "short", width: 3, traces: ANY_CALL, noData: "No process", red: { above: 1 }, instant: true,
          description: "Loaded modules that can run tools and are not, or not provably, gated. The last row names them.",
          expression: orZero(now(COVERAGE, { where: UNGATED })),
        }),
        stat({
          title: "Audit lag", unit: "short", width: 3, traces: AUDITED_CALLS, noData: "Not shipped", red: { above: THRESHOLDS.auditLag },
          description: "Audit records on disk that a destination has not confirmed, over all destinations. Empty where there is none: the log then stays on disk.",
          expression: now(AUDIT_LAG),
        }),
        stat({
          title: "Audit failures", unit: "short", width: 3, traces: AUDITED_CALLS, noData: "No process", red: { above: 1 }, instant: true,
          description: "Audit records that could not be written in the time range shown. A process that enforces denied each of these calls.",
          expression: orZero(inRange(AUDIT_FAILURES)),
        }),
        stat({
          title: "Waiting now", unit: "short", width: 4, traces: ANY_CALL, noData: "No process", instant: true,
          description: "Calls that wait for an opinion right now: an approval, or another system's answer. Row Latency has by whom and how long.",
          expression: orZero(now(WAITING)),
        }),
        stat({
          title: "Would have been denied", unit: "short", width: 5, traces: ANY_CALL, noData: "No process", instant: true,
          description: "Calls of the time range shown that ran and would not have, were everything enforced that is only observed: what enforcing would change.",
          expression: orZero(inRange(SHADOW)),
        }),
        stat({
          title: "Failed tool calls", unit: "percentunit", width: 5, traces: FAILED_CALLS, noData: "No tool ran", red: { above: THRESHOLDS.failedShare }, instant: true,
          description: "Share of the calls that ran in the time range shown which ended with an error, or whose result was withheld.",
          expression: share(recordedInRange(TOOL_DURATION, { where: FAILED }), recordedInRange(TOOL_DURATION)),
        }),
        stat({
          title: "Stale policies", unit: "short", width: 5, traces: ANY_CALL, noData: "No process", red: { above: 1 }, instant: true,
          description: "Processes whose policy file says something that could not be put in force: an older policy decides there.",
          expression: now(POLICY_STALE),
        }),
        stat({
          title: "Records lost", unit: "short", width: 5, traces: AUDITED_CALLS, noData: "No audit log", red: { above: 1 }, instant: true,
          description: "Audit records of the time range shown that there was no room for, neither on the disk nor in memory. Nothing brings them back; a record gap counts them.",
          expression: orZero(inRange(AUDIT_LOST)),
        }),
      ],
      Decisions: [
        lines({
          title: "Decisions by effect", unit: "ops", width: 8, traces: spansOfLine(DECISION), noData: "No calls in this range", stacked: true,
          description: "Tool calls per second by verdict and mode. In mode observe every call runs, whatever the verdict.",
          queries: { [legend(DECISION, MODE)]: perSecond(CALLS, { by: [DECISION, MODE] }) },
        }),
        lines({
          title: "Calls by tool", unit: "ops", width: 8, traces: spansOfLine(TOOL_NAME), noData: "No calls in this range",
          description: `Tool calls per second of the ${TOP} tools that are called most.`,
          queries: { [legend(TOOL_NAME)]: top(TOP, perSecond(CALLS, { by: [TOOL_NAME] })) },
        }),
        bars({
          title: "Denied calls by tool", unit: "short", width: 8, traces: `${DENIED_CALLS} && ${spansOfLine(TOOL_NAME)}`, noData: "No denied calls in this range",
          description: `The ${TOP} tools with most denied calls in the time range shown, single calls included; extrapolated to the ends of the range.`,
          queries: { [legend(TOOL_NAME)]: top(TOP, inRange(CALLS, { where: DENIED, by: [TOOL_NAME] })) },
        }),
      ],
      Violations: [
        lines({
          title: "Violations by rule", unit: "cps", width: 8, traces: spansOfLine(RULE_NAME), noData: "No violations in this range",
          description: "Calls per second that a rule spoke against. Mode observe: noted, not blocked. A rule's first violation is no rate yet; see the totals beside this.",
          queries: { [legend(RULE_NAME, MODE)]: perSecond(VIOLATIONS, { by: [RULE_NAME, MODE] }) },
        }),
        bars({
          title: "Violations in this range", unit: "short", width: 8, traces: spansOfLine(RULE_NAME), noData: "No violations in this range",
          description: `The ${TOP} rules with most violations in the time range shown, single violations included; extrapolated to the ends of the range.`,
          queries: { [legend(RULE_NAME, MODE)]: top(TOP, inRange(VIOLATIONS, { by: [RULE_NAME, MODE] })) },
        }),
        bars({
          title: "Would have been denied, by rule", unit: "short", width: 8, traces: spansOfLine(RULE_NAME), noData: "Nothing that is observed would have denied a call",
          description: `The ${TOP} observed rules that would have kept most calls from running in the time range shown. Scope policy: the whole policy observes; rule: this rule does.`,
          queries: { [legend(RULE_NAME, SHADOW_SCOPE)]: top(TOP, inRange(SHADOW, { by: [RULE_NAME, SHADOW_SCOPE] })) },
        }),
      ],
      "Limits and budgets": [
        lines({
          title: "Refused by a limit", unit: "cps", width: 8, traces: spansOfLine(RULE_NAME), noData: "No limit was reached in this range",
          description: "Calls per second that a limit of rate or size spoke against.",
          queries: { [legend(RULE_NAME, MODE)]: perSecond(VIOLATIONS, { where: LIMITS, by: [RULE_NAME, MODE] }) },
        }),
        bars({
          title: "Reached limits by tool", unit: "short", width: 8, traces: `${spansOfLine(RULE_NAME)} && ${spansOfLine(TOOL_NAME)}`, noData: "No limit was reached in this range",
          description: `The ${TOP} pairs of limit and tool with most refused calls in the time range shown, single calls included.`,
          queries: { [legend(RULE_NAME, TOOL_NAME)]: top(TOP, inRange(VIOLATIONS, { where: LIMITS, by: [RULE_NAME, TOOL_NAME] })) },
        }),
        lines({
          title: "Use of limits", unit: "percentunit", width: 8, traces: ANY_CALL, noData: "No rate and no budget in the policy",
          description: `How much of each rate and budget is used up in its window, of the ${TOP} fullest; of several keys (tools, callers, sessions) and processes the fullest. At 100 % the next call is refused.`,
          queries: { [legend(LIMIT_NAME, LIMIT_PER)]: `topk(${TOP}, ${largest(LIMIT_USAGE, { by: [LIMIT_NAME, LIMIT_PER] })})` },
        }),
        bars({
          title: "Spent in this range", unit: "short", width: 8, traces: ANY_CALL, noData: "Nothing was spent that a budget counts",
          description: "What calls of the time range shown have cost by budget, in its currency, over all of its keys.",
          queries: { [legend(LIMIT_NAME, CURRENCY)]: inRange(BUDGET_SPENT, { by: [LIMIT_NAME, CURRENCY] }) },
        }),
        bars({
          title: "Budgets", unit: "short", width: 4, traces: ANY_CALL, noData: "No budget in the policy",
          description: "What each budget allows in its window, in its currency, for each of its keys.",
          queries: { [legend(LIMIT_NAME, CURRENCY)]: largest(BUDGET_MAX, { by: [LIMIT_NAME, CURRENCY] }) },
        }),
        lines({
          title: "Burn rate of budgets", unit: "short", width: 4, traces: ANY_CALL, noData: "No budget for all calls",
          description: `How many times faster than evenly over its window a budget is spent, of those that are one for all calls (per: global). 1 lasts just long enough; alerts fire at ${THRESHOLDS.budgetBurn.fast} and ${THRESHOLDS.budgetBurn.slow}.`,
          queries: { [legend(LIMIT_NAME)]: burnRate() },
        }),
        lines({
          title: "Store of shared limits, p99", unit: "s", width: 4, traces: ANY_CALL, noData: "Limits are counted by each process",
          description: "Time until the store that processes share their limits in had answered, by outcome: late is given up on.",
          queries: { [legend(STORE_OUTCOME)]: percentile(0.99, STORE_DURATION, STORE_OUTCOME) },
        }),
        lines({
          title: "Without their store", unit: "short", width: 4, traces: ANY_CALL, noData: "No store",
          description: "Processes whose last request to the store of shared limits was late or failed, by job.",
          queries: { [legend("job")]: now(STORE_DEGRADED, { by: ["job"] }) },
        }),
      ],
      Redactions: [
        lines({
          title: "Redactions by detector", unit: "cps", width: 8, traces: REDACTED_CALLS, noData: "No redactions in this range",
          description: "Values per second that were taken out of arguments and results, by the detector that found them.",
          queries: { [legend(DETECTOR)]: perSecond(REDACTIONS, { by: [DETECTOR] }) },
        }),
        bars({
          title: "Redactions in this range", unit: "short", width: 8, traces: `${REDACTED_CALLS} && ${spansOfLine(TOOL_NAME)}`, noData: "No redactions in this range",
          description: `The ${TOP} pairs of tool and detector with most values taken out in the time range shown, single values included; extrapolated to the ends of the range.`,
          queries: { [legend(TOOL_NAME, DETECTOR)]: top(TOP, inRange(REDACTIONS, { by: [TOOL_NAME, DETECTOR] })) },
        }),
        bars({
          title: "Taken out of telemetry in this range", unit: "short", width: 8, traces: WITHHELD_SPANS, noData: "Nothing was taken out in this range",
          description: `The ${TOP} pairs of signal and detector with most values taken out before they left a process, in the time range shown. The detector unreadable: items of which only ids, times and numbers were exported.`,
          queries: { [legend(SIGNAL, DETECTOR)]: top(TOP, inRange(TELEMETRY_REDACTIONS, { by: [SIGNAL, DETECTOR] })) },
        }),
      ],
      Latency: [
        lines({
          title: "Added latency", unit: "s", width: 8, traces: ANY_CALL, noData: "No calls in this range",
          description: "Time that the gate itself added to a call: median and 99th percentile, interpolated within a bucket of the histogram.",
          queries: { p50: percentile(0.5, OVERHEAD), p99: percentile(0.99, OVERHEAD) },
        }),
        lines({
          title: "Added latency by decision, p99", unit: "s", width: 8, traces: spansOfLine(DECISION), noData: "No calls in this range",
          description: "The same 99th percentile, apart for each verdict.",
          queries: { [legend(DECISION)]: percentile(0.99, OVERHEAD, DECISION) },
        }),
        lines({
          title: "Engines, p99", unit: "s", width: 8, traces: ANY_CALL, noData: "No engine in the policy",
          description: "Time that each policy engine (Rego, Cedar) took to judge a call; part of the added latency.",
          queries: { [legend(ENGINE)]: percentile(0.99, ENGINE_DURATION, ENGINE) },
        }),
        lines({
          title: "Wait for opinions, p99", unit: "s", width: 8, traces: ANY_CALL, noData: "No call had to wait in this range",
          description: "Time that calls waited for the opinion of each processor that asks elsewhere: a person, a store, a model. Of the calls that had to.",
          queries: { [legend(SOURCE)]: percentile(0.99, WAIT, SOURCE) },
        }),
        lines({
          title: "Waiting calls", unit: "short", width: 4, traces: ANY_CALL, noData: "No call had to wait yet",
          description: "Calls that wait for an opinion, by the processor that is to give it.",
          queries: { [legend(SOURCE)]: now(WAITING, { by: [SOURCE] }) },
        }),
        lines({
          title: "Longest wait", unit: "s", width: 4, traces: ANY_CALL, noData: "No call had to wait yet",
          description: `For how long the call has waited that has waited longest. An alert fires above ${THRESHOLDS.waitingAge} s.`,
          queries: { [legend(SOURCE)]: largest(WAITING_AGE, { by: [SOURCE] }) },
        }),
        lines({
          title: "Tool duration by tool, p99", unit: "s", width: 8, traces: spansOfLine(TOOL_NAME), noData: "No tool ran in this range",
          description: `How long the slowest 1 % of calls of the ${TOP} slowest tools ran.`,
          queries: { [legend(TOOL_NAME)]: top(TOP, percentile(0.99, TOOL_DURATION, TOOL_NAME)) },
        }),
        lines({
          title: "MCP requests as sent, p99", unit: "s", width: 12, traces: spansOfLine(TOOL_NAME), noData: "No MCP client called a tool",
          description: "Duration of MCP requests tools/call as their sender sees them.",
          queries: { [legend(TOOL_NAME)]: top(TOP, percentile(0.99, MCP_CLIENT_DURATION, TOOL_NAME)) },
        }),
        lines({
          title: "MCP requests as received, p99", unit: "s", width: 12, traces: spansOfLine(TOOL_NAME), noData: "No MCP server ran a tool",
          description: "Duration of MCP requests tools/call as their receiver sees them.",
          queries: { [legend(TOOL_NAME)]: top(TOP, percentile(0.99, MCP_SERVER_DURATION, TOOL_NAME)) },
        }),
      ],
      "Self cost": [
        lines({
          title: "Gate time", unit: "percentunit", width: 4, traces: ANY_CALL, noData: "No calls in this range",
          description: "Seconds per second that all selected processes together spend in the gate: 100 % is one core, were nothing of it waiting for a disk.",
          queries: { gate: secondsPerSecond(OVERHEAD) },
        }),
        lines({
          title: "Gate share of call time", unit: "percentunit", width: 4, traces: ANY_CALL, noData: "No tool ran in this range",
          description: "What part of the time of tool calls the gate is: its own time by that and the tools' time. A fast tool makes it large.",
          queries: { gate: `${secondsPerSecond(OVERHEAD)} / (${secondsPerSecond(OVERHEAD)} + ${secondsPerSecond(TOOL_DURATION)} > 0)` },
        }),
        lines({
          title: "Busy event loops", unit: "percentunit", width: 6, traces: ANY_CALL, noData: "No process",
          description: "Share of the time in which the event loop of each process was busy, with the application's own work: what the gate's time has to be seen against.",
          queries: { [legend(...PROCESS)]: largest(EVENT_LOOP, { by: PROCESS }) },
        }),
        lines({
          title: "Resident memory", unit: "bytes", width: 5, traces: ANY_CALL, noData: "No process",
          description: "Resident memory of each process, the application's included.",
          queries: { [legend(...PROCESS)]: largest(PROCESS_MEMORY, { by: PROCESS }) },
        }),
        lines({
          title: "Audit records written", unit: "cps", width: 5, traces: AUDITED_CALLS, noData: "No audit log", stacked: true,
          description: "Audit records per second by type: a decision and an outcome for each call that ran.",
          queries: { [legend(AUDIT_TYPE)]: perSecond(AUDIT_RECORDS, { by: [AUDIT_TYPE] }) },
        }),
      ],
      "Failures, policy and coverage": [
        lines({
          title: "Audit lag by process", unit: "short", width: 6, traces: AUDITED_CALLS, noData: "No audit log is shipped",
          description: "Audit records on disk that a destination has not confirmed, over all destinations. They are kept until it has.",
          queries: { [legend(...PROCESS)]: now(AUDIT_LAG, { by: PROCESS }) },
        }),
        bars({
          title: "Failed tool calls by class", unit: "short", width: 6, traces: `${spansOfLine(TOOL_NAME)} && ${spansOfLine(ERROR_TYPE)}`, noData: "No tool failed in this range",
          description: `The ${TOP} pairs of tool and class of error with most failed calls in the time range shown. spangate_denied: the tool ran and its result was withheld.`,
          queries: { [legend(TOOL_NAME, ERROR_TYPE)]: top(TOP, recordedInRange(TOOL_DURATION, { where: FAILED, by: [TOOL_NAME, ERROR_TYPE] })) },
        }),
        bars({
          title: "Policy reloads in this range", unit: "short", width: 6, traces: ANY_CALL, noData: "No policy changed in this range",
          description: "Attempts to put a changed policy in force in the time range shown. After a rejected one the last good policy stays in force; stderr of the process says why.",
          queries: { [legend(RELOAD_OUTCOME)]: inRange(POLICY_RELOADS, { by: [RELOAD_OUTCOME] }) },
        }),
        bars({
          title: "Modules that are not gated", unit: "short", width: 6, traces: ANY_CALL, noData: "Every known module is gated",
          description: "Modules that can run tools and are not, or not provably, gated: in how many places they are loaded, and why.",
          queries: { [legend(MODULE, MODULE_VERSION, UNGATED_REASON)]: now(COVERAGE, { where: UNGATED, by: [MODULE, MODULE_VERSION, UNGATED_REASON] }) },
        }),
      ],
    },
  });
}
