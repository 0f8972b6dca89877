/**
 * The Prometheus alerts. Generated into generated/alerts.yaml; each has a heading in runbook.md.
 *
 * @module
 */
import { stringify } from "yaml";
import { AUDIT_FAILURES, AUDIT_LAG, CALLS, COVERAGE, ENFORCING, OVERHEAD, prometheusLabel } from "../exporters/instruments.ts";
import { DECISION, GATED, MODULE, MODULE_VERSION, UNGATED_REASON } from "../names.ts";
import { counted, is, quantile, select, sum } from "./promql.ts";
import { THRESHOLDS } from "./thresholds.ts";

/** Where the runbook is, from the root of this repository. */
const RUNBOOK = "dashboards/runbook.md";
const PROCESS = ["job", "instance"] as const;
const WINDOW = "10m";

export interface Alert {
  readonly name: string;
  readonly severity: "critical" | "warning";
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
    name: "SpangateModuleNotGated", severity: "critical", for: "1m",
    expression: `${sum(select(COVERAGE, is(GATED, "false")), ...PROCESS, MODULE, MODULE_VERSION, UNGATED_REASON)} > 0`,
    summary: "A module that can run tools is not gated.",
    description: `${label(MODULE)} ${label(MODULE_VERSION)} in ${process} can run tools past the gate (${label(UNGATED_REASON)}).`,
  },
  {
    name: "SpangateAuditWriteFailed", severity: "critical",
    expression: `${counted(select(AUDIT_FAILURES), WINDOW, ...PROCESS)} > 0`,
    summary: "Audit records could not be written.",
    description: `{{ printf "%.0f" $value }} audit records of ${process} could not be written in the last ${WINDOW}. Where the policy is enforced, these calls were denied.`,
  },
  {
    name: "SpangateAuditLagHigh", severity: "warning", for: "10m",
    expression: `max by (${PROCESS.join(", ")}) (${select(AUDIT_LAG)}) > ${THRESHOLDS.auditLag}`,
    summary: "Audit records do not reach the backend.",
    description: `{{ $value | humanize }} audit records of ${process} are on its disk and not in the backend.`,
  },
  {
    name: "SpangateOverheadHigh", severity: "warning", for: "10m",
    expression: `${quantile(0.99, OVERHEAD, WINDOW, [], "job")} > ${THRESHOLDS.overhead}`,
    summary: "The gate slows tool calls down.",
    description: `The gate adds {{ $value | humanizeDuration }} to the slowest 1 % of the tool calls of ${label("job")}.`,
  },
];

/** The rule file that Prometheus loads. */
export function alertRules(): string {
  const rules = ALERTS.map(({ name, severity, expression, for: duration, summary, description }) => ({
    alert: name,
    expr: expression,
    ...(duration && { for: duration }),
    labels: { severity },
    annotations: { summary, description, runbook_url: `${RUNBOOK}#${name.toLowerCase()}` },
  }));
  return `# Generated from dashboards/alerts.ts by scripts/generate.mjs; edit that file.\n${stringify({ groups: [{ name: "spangate", rules }] }, { lineWidth: 0 })}`;
}
