/**
 * The board on the evidence: is it written, sealed, sent and whole. Generated into generated/audit.json.
 *
 * @module
 */
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { AUDIT_FAILURES, AUDIT_LAG, AUDIT_LOST, AUDIT_RECORDS, AUDIT_UNSEALED, ENFORCING, EXPORT_DURATION, EXPORTED, VERIFY_RECORDS, VERIFY_RESULT, VERIFY_TIME, prometheusLabel } from "../exporters/instruments.ts";
import { AUDIT_DESTINATION, AUDIT_LOG, AUDIT_TYPE, COMPONENT_NAME, ERROR_TYPE, VERIFY_OUTCOME, VERIFY_PATH, VERIFY_STATE } from "../names.ts";
import { bars, board, lines, stat } from "./panels.ts";
import { is, isAnyOf } from "./promql.ts";
import { ageOf, inRange, largest, legend, now, orZero, percentile, perSecond, top, unsealedFor } from "./selected.ts";
import { THRESHOLDS } from "./thresholds.ts";
import { span } from "./traces.ts";

const PROCESS = ["job", "instance"];
const traces = `${span(AUDIT_LOG)} != nil`;

export function audit(): Dashboard {
  return board({
    uid: "spangate-audit",
    title: "spangate: audit integrity",
    description: "Whether the evidence of AI agents' tool calls is written, under signed checkpoints, confirmed by the backend, and without holes.",
    presence: ENFORCING,
    rows: {
      "Right now": [
        stat({
          title: "Records", unit: "cps", width: 3, traces, noData: "No audit log",
          description: "Audit records per second of all types.",
          expression: perSecond(AUDIT_RECORDS),
        }),
        stat({
          title: "Not sealed", unit: "short", width: 3, traces, noData: "No audit log",
          description: "Audit records that no signed checkpoint on the disk covers yet. Some hundreds are usual while calls flow: a checkpoint is due after 256 records or a second.",
          expression: now(AUDIT_UNSEALED),
        }),
        stat({
          title: "Checkpoint overdue", unit: "s", width: 4, traces, noData: "No process", red: { above: THRESHOLDS.checkpointAge }, instant: true,
          description: "Longest time since a checkpoint, of the processes with records that wait for one. Records of it are written and chained, and nobody has signed them.",
          expression: orZero(unsealedFor()),
        }),
        stat({
          title: "Not confirmed", unit: "short", width: 3, traces, noData: "Not shipped", red: { above: THRESHOLDS.auditLag },
          description: "Audit records on disk that the OTLP backend has not confirmed. Empty where no OTLP endpoint for traces is set.",
          expression: now(AUDIT_LAG),
        }),
        stat({
          title: "Write failures", unit: "short", width: 3, traces, noData: "No process", red: { above: 1 }, instant: true,
          description: "Records of the time range shown that could not be written when they had to be. In mode enforce and audit mode strict each was a denied call.",
          expression: orZero(inRange(AUDIT_FAILURES)),
        }),
        stat({
          title: "Lost for good", unit: "short", width: 4, traces, noData: "No process", red: { above: 1 }, instant: true,
          description: "Records of the time range shown that neither the disk nor memory had room for. The log says so itself in a record gap.",
          expression: orZero(inRange(AUDIT_LOST)),
        }),
        stat({
          title: "Tampered with", unit: "short", width: 4, traces, noData: "Nobody verifies", red: { above: 1 }, instant: true,
          description: "Paths that the last spangate verify found altered, cut or forked, on all machines that report. Needs spangate verify --textfile on a timer; docs/verification.md has it.",
          expression: `sum(${largest(VERIFY_RESULT, { where: is(VERIFY_OUTCOME, "tampered"), by: ["instance", VERIFY_PATH] })})`,
        }),
      ],
      Records: [
        lines({
          title: "Records by type", unit: "cps", width: 12, traces, noData: "No audit log", stacked: true,
          description: "Audit records per second by type. docs/audit-format.md has what each type says.",
          queries: { [legend(AUDIT_TYPE)]: perSecond(AUDIT_RECORDS, { by: [AUDIT_TYPE] }) },
        }),
        lines({
          title: "Decisions and outcomes", unit: "cps", width: 12, traces, noData: "No audit log",
          description: "A call that runs has a decision and, when it ends, an outcome; one that is denied has a decision only. Outcomes that stay away are calls that still run, or a process that died.",
          queries: {
            decisions: perSecond(AUDIT_RECORDS, { where: is(AUDIT_TYPE, "decision") }),
            outcomes: perSecond(AUDIT_RECORDS, { where: is(AUDIT_TYPE, "outcome") }),
          },
        }),
      ],
      Verification: [
        bars({
          title: "Last verification by outcome", unit: "short", width: 8, traces, noData: "Nobody verifies",
          description: "How many paths are proven, incomplete, unverifiable or tampered with, by their last verification.",
          queries: { [legend(VERIFY_OUTCOME)]: `sum by (${prometheusLabel(VERIFY_OUTCOME)}) (${largest(VERIFY_RESULT, { by: ["instance", VERIFY_PATH, VERIFY_OUTCOME] })})` },
        }),
        bars({
          title: "Verified records by state", unit: "short", width: 8, traces, noData: "Nobody verifies",
          description: "Records of the last verification of every path, by what became of them.",
          queries: { [legend(VERIFY_STATE)]: `sum by (${prometheusLabel(VERIFY_STATE)}) (${largest(VERIFY_RECORDS, { by: ["instance", VERIFY_PATH, VERIFY_STATE] })})` },
        }),
        lines({
          title: "Age of the last verification", unit: "s", width: 8, traces, noData: "Nobody verifies",
          description: `How long ago each path was verified. An alert fires above ${THRESHOLDS.verifyAge / 60} minutes.`,
          queries: { [legend("instance", VERIFY_PATH)]: ageOf(VERIFY_TIME, "instance", VERIFY_PATH) },
        }),
      ],
      Delivery: [
        lines({
          title: "Not confirmed, by destination", unit: "short", width: 8, traces, noData: "No audit log is shipped",
          description: "Audit records on disk that each destination has not confirmed. A line that rises is a destination that takes nothing.",
          queries: { [legend(AUDIT_DESTINATION)]: now(AUDIT_LAG, { by: [AUDIT_DESTINATION] }) },
        }),
        lines({
          title: "Deliveries by outcome", unit: "cps", width: 8, traces, noData: "No audit log is shipped",
          description: "Audit records per second that were sent, by destination and by what went wrong; without a class they were taken. Whatever is not taken, and not refused, is sent again.",
          queries: { [legend(COMPONENT_NAME, ERROR_TYPE)]: perSecond(EXPORTED, { by: [COMPONENT_NAME, ERROR_TYPE] }) },
        }),
        lines({
          title: "Duration of deliveries, p99", unit: "s", width: 8, traces, noData: "No audit log is shipped",
          description: "How long the slowest 1 % of attempts to send took, by destination.",
          queries: { [legend(COMPONENT_NAME)]: percentile(0.99, EXPORT_DURATION, COMPONENT_NAME) },
        }),
      ],
      "On its way": [
        lines({
          title: "Not sealed, by process", unit: "short", width: 8, traces, noData: "No audit log",
          description: "Audit records that no signed checkpoint on the disk covers yet.",
          queries: { [legend(...PROCESS)]: now(AUDIT_UNSEALED, { by: PROCESS }) },
        }),
        lines({
          title: "Checkpoint overdue, by process", unit: "s", width: 8, traces, noData: "Every record is under a checkpoint",
          description: "Time since the last checkpoint, of the processes with records that wait for one. A line that rises: the signer does not answer, or the disk does not.",
          queries: { [legend(...PROCESS)]: unsealedFor(...PROCESS) },
        }),
        lines({
          title: "Not confirmed, by process", unit: "short", width: 8, traces, noData: "No audit log is shipped",
          description: "Audit records on disk that the OTLP backend has not confirmed. They are kept until it has.",
          queries: { [legend(...PROCESS)]: now(AUDIT_LAG, { by: PROCESS }) },
        }),
      ],
      Trouble: [
        lines({
          title: "Write failures by process", unit: "cps", width: 8, traces, noData: "No record failed",
          description: "Audit records per second that could not be written. A single failure is no rate; it is in the number at the top.",
          queries: { [legend(...PROCESS)]: perSecond(AUDIT_FAILURES, { by: PROCESS }) },
        }),
        bars({
          title: "Lost for good, by process", unit: "short", width: 8, traces, noData: "No audit log",
          description: "Records of the time range shown that neither the disk nor memory had room for.",
          queries: { [legend(...PROCESS)]: inRange(AUDIT_LOST, { by: PROCESS }) },
        }),
        bars({
          title: "Records that tell of trouble", unit: "short", width: 8, traces, noData: "The logs tell of no trouble",
          description: "gap: records were lost. recover: a crash or a failing disk left bytes that count for nothing. halt: the disk was full. erase and prune: somebody took values or bodies out.",
          queries: { [legend("job", "instance", AUDIT_TYPE)]: top(20, inRange(AUDIT_RECORDS, { where: isAnyOf(AUDIT_TYPE, "gap", "recover", "halt", "erase", "prune"), by: [...PROCESS, AUDIT_TYPE] })) },
        }),
      ],
    },
  });
}
