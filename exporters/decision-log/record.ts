import { type HrTime, isSpanContextValid, type SeverityNumber, type SpanContext, TraceFlags } from "@opentelemetry/api";
import { DECISION_EVENT, LOG_DROPPED, OUTCOME_EVENT } from "../../names.ts";
import type { Entry } from "./entry.ts";
import { attributes } from "./fields.ts";

/** Level → severity as OpenTelemetry numbers and names it. */
const SEVERITY = { 30: [9, "INFO"], 40: [13, "WARN"], 50: [17, "ERROR"] } as const satisfies Record<Entry["level"], readonly [SeverityNumber, string]>;
const EVENT = { decision: DECISION_EVENT, outcome: OUTCOME_EVENT } as const;

/** An entry as OpenTelemetry has it. */
export interface DecisionRecord {
  readonly eventName: string;
  readonly time: HrTime;
  readonly severityNumber: SeverityNumber;
  readonly severityText: string;
  readonly body: string;
  readonly attributes: Record<string, string | number | boolean>;
  /** The call's span, with its own flags: whether its trace is sampled is as the span has it. */
  readonly spanContext: SpanContext | undefined;
}

/** @param dropped how many entries before this one are lost */
export function recordOf({ event, level, time, msg, facts }: Entry, dropped: number): DecisionRecord {
  const { trace: traceId = "", span: spanId = "", traceFlags = TraceFlags.NONE } = facts;
  const [severityNumber, severityText] = SEVERITY[level];
  const spanContext = { traceId, spanId, traceFlags };
  return {
    eventName: EVENT[event], time: [Math.floor(time / 1_000), (time % 1_000) * 1_000_000], severityNumber, severityText, body: msg,
    attributes: { ...attributes(facts), ...(dropped > 0 && { [LOG_DROPPED]: dropped }) }, spanContext: isSpanContextValid(spanContext) ? spanContext : undefined,
  };
}
