/**
 * The Prometheus alerts. Generated into generated/alerts.yaml; each has a heading in runbook.md.
 *
 * @module
 */
import { stringify } from "yaml";
import {
  AUDIT_CHECKPOINT_TIME, AUDIT_FAILURES, AUDIT_LAG, AUDIT_LOST, AUDIT_UNSEALED, BUDGET_MAX, BUDGET_SPENT, BUDGET_WINDOW, CALLS, COVERAGE, ENFORCING, LIMIT_USAGE, OVERHEAD, POLICY_INFO,
  POLICY_RELOADS, POLICY_STALE, prometheusLabel, SHADOW, STORE_DEGRADED, TELEMETRY_REDACTIONS, TOOL_DURATION, VERIFY_RESULT, VERIFY_TIME, VIOLATIONS, WAIT, WAITING_AGE,
} from "../exporters/instruments.ts";
import {
  AUDIT_MODE, CURRENCY, DECISION, DETECTOR, ERROR_TYPE, GATED, LIMIT_NAME, LIMIT_PER, MODE, MODULE, MODULE_VERSION, POLICY_DIGEST, RELOAD_OUTCOME, RULE_NAME, RULESET_NAME, SHADOW_SCOPE, SIGNAL, SOURCE,
  TOOL_NAME, UNGATED_REASON, VERIFY_OUTCOME, VERIFY_PATH,
} from "../names.ts";
import { counted, countedOf, is, isAnyOf, quantile, select, sum } from "./promql.ts";
import { RECORDINGS } from "./recordings.ts";
import { THRESHOLDS } from "./thresholds.ts";

/** Where the runbook is, from the root of this repository. */
const RUNBOOK = "dashboards/runbook.md";
const PROCESS = ["job", "instance"] as const;
const WINDOW = "10m";
/** How far back a job counts as one that should report. */
const RECENTLY = "1h";
/** `error.type` of a result that was withheld. */
const WITHHELD = "spangate_denied";

export interface Alert {
  readonly name: string;
  /** `critical`: somebody is woken up. `warning`: looked at today. `info`: nobody is called. */
  readonly severity: "critical" | "warning" | "info";
  readonly expression: string;
  /** How long the expression must hold. */
  readonly for?: string;
  /** A sentence without values: alerts are grouped and silenced by it. */
  readonly summary: string;
  /** The same with values. */
  readonly description: string;
}

const denied = counted(select(CALLS, is(DECISION, "deny")), WINDOW, "job");
const label = (attribute: string): string => `{{ $labels.${prometheusLabel(attribute)} }}`;
/** Failed runs of a tool, of which the share of all runs counts once there are enough of them. */
const spike = (failed: string): string => {
  const part = countedOf(TOOL_DURATION, WINDOW, [failed], "job", TOOL_NAME);
  return `${part}\n/\n${countedOf(TOOL_DURATION, WINDOW, [], "job", TOOL_NAME)} > ${THRESHOLDS.failedShare}\nand\n${part} >= ${THRESHOLDS.failedCalls}`;
};
const per = `by (${PROCESS.join(", ")})`;
/** The labels of a budget that is one for all calls; one for each caller has no pace of its own. */
const BUDGET = ["job", LIMIT_NAME, CURRENCY] as const;
/** How many times faster than evenly over its window a budget is spent. */
const burn = (window: string): string => {
  const common = is(LIMIT_PER, "global");
  const evenly = `max by (job, ${prometheusLabel(LIMIT_NAME)}, ${prometheusLabel(CURRENCY)}) (${select(BUDGET_MAX, common)}) / on (job, ${prometheusLabel(LIMIT_NAME)}) group_left () max by (job, ${prometheusLabel(LIMIT_NAME)}) (${select(BUDGET_WINDOW, common)})`;
  return `${sum(`rate(${select(BUDGET_SPENT, common)}[${window}])`, ...BUDGET)}\n/\n(${evenly})`;
};
const burns = (factor: number, long: string, short: string): string => `(${burn(long)} > ${factor}\nand\n${burn(short)} > ${factor})`;
const process = `${label("instance")} of ${label("job")}`;

export const ALERTS: readonly Alert[] = [
  {
    name: "SpangateDenySpike", severity: "warning", for: "1m",
    expression: `${denied}\n/\n${counted(select(CALLS), WINDOW, "job")} > ${THRESHOLDS.deniedShare}\nand\n${denied} >= ${THRESHOLDS.deniedCalls}`,
    summary: "A large share of tool calls is denied.",
    description: `{{ $value | humanizePercentage }} of the tool calls of ${label("job")} were denied in the last ${WINDOW}.`,
  },
  {
    name: "SpangateNotEnforcing", severity: "critical", for: "1m",
    expression: `min by (${PROCESS.join(", ")}) (${select(ENFORCING)}) == 0\nand on (${PROCESS.join(", ")})\n${counted(select(CALLS), WINDOW, ...PROCESS)} > 0`,
    summary: "Tool calls run while the policy is only observed.",
    description: `${process} runs tool calls and does not enforce its policy: nothing is blocked.`,
  },
  {
    name: "SpangateFailOpen", severity: "critical",
    expression: `${counted(select(AUDIT_FAILURES), WINDOW, ...PROCESS)} > 0\nand on (${PROCESS.join(", ")})\n(${select(POLICY_INFO, is(MODE, "observe"))} == 1 or ${select(POLICY_INFO, isAnyOf(AUDIT_MODE, "blocking", "batch"))} == 1)`,
    summary: "Tool calls went on although their records could not be written.",
    description: `{{ printf "%.0f" $value }} records of ${process} could not be written in the last ${WINDOW}, and its policy lets calls go on without.`,
  },
  {
    name: "SpangateModuleNotGated", severity: "critical", for: "1m",
    expression: `${sum(select(COVERAGE, is(GATED, "false")), ...PROCESS, MODULE, MODULE_VERSION, UNGATED_REASON)} > 0`,
    summary: "A module that can run tools is not gated.",
    description: `${label(MODULE)} ${label(MODULE_VERSION)} in ${process} can run tools past the gate (${label(UNGATED_REASON)}).`,
  },
  {
    name: "SpangateToolWithoutRule", severity: "warning", for: "1m",
    expression: `${counted(select(VIOLATIONS, is(RULE_NAME, "default")), WINDOW, "job", TOOL_NAME)} > 0`,
    summary: "A tool is called that no rule of the policy covers.",
    description: `No rule covers ${label(TOOL_NAME)} of ${label("job")}: the policy's default spoke against {{ printf "%.0f" $value }} calls of it in the last ${WINDOW}.`,
  },
  {
    name: "SpangateFailClosed", severity: "warning", for: "1m",
    expression: `${counted(select(VIOLATIONS, is(RULE_NAME, "fail-closed")), WINDOW, "job", TOOL_NAME)} > 0`,
    summary: "Calls are denied because the gate could not decide.",
    description: `{{ printf "%.0f" $value }} calls of ${label(TOOL_NAME)} of ${label("job")} got no verdict in the last ${WINDOW}, which is a denial.`,
  },
  {
    name: "SpangatePolicyStale", severity: "warning", for: "5m",
    expression: `max ${per} (${select(POLICY_STALE)}) == 1`,
    summary: "A changed policy could not be put in force.",
    description: `The policy file of ${process} was rejected; the policy before it stays in force.`,
  },
  {
    name: "SpangatePolicyUntrusted", severity: "critical",
    expression: `${counted(select(POLICY_RELOADS, is(RELOAD_OUTCOME, "untrusted")), WINDOW, ...PROCESS)} > 0`,
    summary: "A policy without a valid signature was refused.",
    description: `{{ printf "%.0f" $value }} policies that ${process} was given in the last ${WINDOW} are not signed with a key that it trusts; the policy before stays in force.`,
  },
  {
    name: "SpangatePolicyDiverges", severity: "warning", for: "15m",
    expression: `count by (job, ${prometheusLabel(RULESET_NAME)}) (count by (job, ${prometheusLabel(RULESET_NAME)}, ${prometheusLabel(POLICY_DIGEST)}) (${select(POLICY_INFO)} == 1)) > 1`,
    summary: "Processes of one job do not have the same policy in force.",
    description: `{{ $value }} different policies called ${label(RULESET_NAME)} are in force in ${label("job")}.`,
  },
  {
    name: "SpangateAuditWriteFailed", severity: "critical",
    expression: `${counted(select(AUDIT_FAILURES), WINDOW, ...PROCESS)} > 0`,
    summary: "Audit records could not be written.",
    description: `{{ printf "%.0f" $value }} audit records of ${process} could not be written in the last ${WINDOW}. Where the policy is enforced, these calls were denied.`,
  },
  {
    name: "SpangateAuditRecordsLost", severity: "critical",
    expression: `${counted(select(AUDIT_LOST), WINDOW, ...PROCESS)} > 0`,
    summary: "Audit records are lost for good.",
    description: `{{ printf "%.0f" $value }} audit records of ${process} had no room on the disk or in memory in the last ${WINDOW}.`,
  },
  {
    name: "SpangateAuditLagHigh", severity: "warning", for: "10m",
    expression: `max by (${PROCESS.join(", ")}) (${select(AUDIT_LAG)}) > ${THRESHOLDS.auditLag}`,
    summary: "Audit records do not reach the backend.",
    description: `{{ $value | humanize }} audit records of ${process} are on its disk and not in the backend.`,
  },
  {
    name: "SpangateCheckpointsOverdue", severity: "warning", for: "5m",
    expression: `time() - max ${per} (${select(AUDIT_CHECKPOINT_TIME)}) > ${THRESHOLDS.checkpointAge}\nand on (${PROCESS.join(", ")})\nmax ${per} (${select(AUDIT_UNSEALED)}) > 0`,
    summary: "Audit records get no signed checkpoint.",
    description: `The last checkpoint of ${process} is {{ $value | humanizeDuration }} old, and records wait for the next.`,
  },
  {
    name: "SpangateChainBroken", severity: "critical",
    expression: `max by (instance, ${prometheusLabel(VERIFY_PATH)}) (${select(VERIFY_RESULT, is(VERIFY_OUTCOME, "tampered"))}) == 1`,
    summary: "An audit log was tampered with.",
    description: `spangate verify found ${label(VERIFY_PATH)} on ${label("instance")} altered, cut or forked.`,
  },
  {
    name: "SpangateNotProven", severity: "warning", for: "1h",
    expression: `max by (instance, ${prometheusLabel(VERIFY_PATH)}, ${prometheusLabel(VERIFY_OUTCOME)}) (${select(VERIFY_RESULT, isAnyOf(VERIFY_OUTCOME, "incomplete", "unverifiable"))}) == 1`,
    summary: "An audit log is not proven, and nothing speaks against it.",
    description: `spangate verify of ${label(VERIFY_PATH)} on ${label("instance")} came to ${label(VERIFY_OUTCOME)}, again and again for an hour.`,
  },
  {
    name: "SpangateVerifyOverdue", severity: "warning", for: "5m",
    expression: `time() - max by (instance, ${prometheusLabel(VERIFY_PATH)}) (${select(VERIFY_TIME)}) > ${THRESHOLDS.verifyAge}`,
    summary: "An audit log is not verified any more.",
    description: `${label(VERIFY_PATH)} on ${label("instance")} was last verified {{ $value | humanizeDuration }} ago.`,
  },
  {
    name: "SpangateStoreDegraded", severity: "critical", for: "1m",
    expression: `max ${per} (${select(STORE_DEGRADED)}) == 1`,
    summary: "The store of shared limits does not answer.",
    description: `${process} cannot reach the store that its limits are counted in: calls with a limit are denied, or counted by each process alone.`,
  },
  {
    name: "SpangateBudgetBurn", severity: "warning",
    expression: `${burns(THRESHOLDS.budgetBurn.fast, "1h", "5m")}\nor\n${burns(THRESHOLDS.budgetBurn.slow, "6h", "30m")}`,
    summary: "A budget is spent much faster than its window lasts.",
    description: `${label("job")} spends the budget ${label(LIMIT_NAME)} (${label(CURRENCY)}) {{ printf "%.1f" $value }} times as fast as it would have to last.`,
  },
  {
    name: "SpangateBudgetNearlyUsed", severity: "warning", for: "1m",
    expression: `max by (job, ${prometheusLabel(LIMIT_NAME)}) (${select(LIMIT_USAGE)} and on (job, instance, ${prometheusLabel(LIMIT_NAME)}) ${select(BUDGET_MAX)}) > ${THRESHOLDS.budgetUsed}`,
    summary: "A budget is nearly used up.",
    description: `{{ $value | humanizePercentage }} of the budget ${label(LIMIT_NAME)} of ${label("job")} is used up in its window; calls over it are denied.`,
  },
  {
    name: "SpangateCallsWaiting", severity: "warning",
    expression: `max by (job, ${prometheusLabel(SOURCE)}) (max_over_time(${select(WAITING_AGE)}[2m])) > ${THRESHOLDS.waitingAge}`,
    summary: "A tool call waits for an answer, an approval for one.",
    description: `A call of ${label("job")} has waited {{ $value | humanizeDuration }} for ${label(SOURCE)}; without an answer it is denied.`,
  },
  {
    name: "SpangateOverheadHigh", severity: "warning", for: "10m",
    expression: `${quantile(0.99, OVERHEAD, WINDOW, [], "job")} > ${THRESHOLDS.overhead}`,
    summary: "The gate slows tool calls down.",
    description: `The gate adds {{ $value | humanizeDuration }} to the slowest 1 % of the tool calls of ${label("job")}.`,
  },
  {
    name: "SpangateWaitLong", severity: "warning", for: "10m",
    expression: `${quantile(0.99, WAIT, WINDOW, [], "job")} > ${THRESHOLDS.wait}`,
    summary: "Tool calls wait long for an opinion.",
    description: `The slowest 1 % of the calls of ${label("job")} that wait for an opinion wait {{ $value | humanizeDuration }}.`,
  },
  {
    name: "SpangateAgentSilent", severity: "warning", for: "10m",
    expression: `count by (job) (last_over_time(${select(ENFORCING)}[${RECENTLY}]))\nunless on (job)\n${select(ENFORCING)}`,
    summary: "A job that was under spangate reports nothing any more.",
    description: `{{ $value }} processes of ${label("job")} reported within the last ${RECENTLY}, and none does now.`,
  },
  {
    name: "SpangateTelemetryUnreadable", severity: "warning", for: "1m",
    expression: `${counted(select(TELEMETRY_REDACTIONS, is(DETECTOR, "unreadable")), WINDOW, "job", SIGNAL)} > 0`,
    summary: "Telemetry could not be searched for what must not leave the process.",
    description: `{{ printf "%.0f" $value }} items (${label(SIGNAL)}) of ${label("job")} could not be looked at in the last ${WINDOW}; only ids, times and numbers of them were exported.`,
  },
  {
    name: "SpangateToolErrors", severity: "warning", for: "5m",
    expression: spike(`${prometheusLabel(ERROR_TYPE)}!~"|${WITHHELD}"`),
    summary: "A large share of the runs of a tool fails.",
    description: `{{ $value | humanizePercentage }} of the runs of ${label(TOOL_NAME)} of ${label("job")} ended with an error in the last ${WINDOW}.`,
  },
  {
    name: "SpangateResultsWithheld", severity: "warning", for: "1m",
    expression: spike(is(ERROR_TYPE, WITHHELD)),
    summary: "A large share of the results of a tool is withheld.",
    description: `{{ $value | humanizePercentage }} of the runs of ${label(TOOL_NAME)} of ${label("job")} had their result withheld in the last ${WINDOW}: the tool ran, and nobody saw what it returned.`,
  },
  {
    name: "SpangateWouldHaveDenied", severity: "info", for: "1m",
    expression: `${counted(select(SHADOW), RECENTLY, "job", RULE_NAME, SHADOW_SCOPE)} > 0`,
    summary: "Calls ran that would be denied once what is observed is enforced.",
    description: `${label(RULE_NAME)} (observed: ${label(SHADOW_SCOPE)}) would have kept {{ printf "%.0f" $value }} calls of ${label("job")} from running in the last ${RECENTLY}.`,
  },
];

/** The rule file that Prometheus loads: the alerts, and what is recorded. */
export function alertRules(): string {
  const rules = ALERTS.map(({ name, severity, expression, for: duration, summary, description }) => ({
    alert: name,
    expr: expression,
    ...(duration && { for: duration }),
    labels: { severity },
    annotations: { summary, description, runbook_url: `${RUNBOOK}#${name.toLowerCase()}` },
  }));
  return `# Generated from dashboards/alerts.ts and recordings.ts by scripts/generate.mjs; edit those.\n${stringify({ groups: [{ name: "spangate", rules }, { name: "spangate-recorded", rules: RECORDINGS.map(({ name, expression }) => ({ record: name, expr: expression })) }] }, { lineWidth: 0 })}`;
}
