/**
 * The recording rules: what is cheap to keep for long and to look at over months, per job. Written into
 * generated/alerts.yaml beside the alerts. Names: level, metric, operation, as Prometheus' own practice has it.
 *
 * @module
 */
import { AUDIT_UNSEALED, CALLS, type Instrument, OVERHEAD, prometheusName, SHADOW, TOOL_DURATION } from "../exporters/instruments.ts";
import { DECISION } from "../names.ts";
import { is, quantile, select, sum } from "./promql.ts";

const WINDOW = "5m";

export interface Recording {
  readonly name: string;
  readonly expression: string;
}

const rate = (counter: Instrument, matchers: readonly string[], ...by: readonly string[]): string => sum(`rate(${select(counter, ...matchers)}[${WINDOW}])`, ...by);
const nameOf = (instrument: Instrument, level: string, operation: string): string => `${level}:${prometheusName(instrument).replace(/_total$/, "")}:${operation}`;

export const RECORDINGS: readonly Recording[] = [
  { name: nameOf(CALLS, "job_decision", `rate${WINDOW}`), expression: rate(CALLS, [], "job", DECISION) },
  { name: nameOf(CALLS, "job", `denied_ratio_rate${WINDOW}`), expression: `${rate(CALLS, [is(DECISION, "deny")], "job")} / (${rate(CALLS, [], "job")} > 0)` },
  { name: nameOf(SHADOW, "job", `rate${WINDOW}`), expression: rate(SHADOW, [], "job") },
  { name: nameOf(OVERHEAD, "job", `p99_rate${WINDOW}`), expression: quantile(0.99, OVERHEAD, WINDOW, [], "job") },
  { name: nameOf(TOOL_DURATION, "job", `p99_rate${WINDOW}`), expression: quantile(0.99, TOOL_DURATION, WINDOW, [], "job") },
  { name: nameOf(AUDIT_UNSEALED, "job", "sum"), expression: sum(select(AUDIT_UNSEALED), "job") },
];
