import type { HrTime } from "@opentelemetry/api";
import type { JsonLogsSerializer } from "@opentelemetry/otlp-transformer";
import type { Resource } from "@opentelemetry/resources";
import { asAttributes, checkpointEvidence, type Evidence, gapEvidence, recordEvidence } from "./evidence.ts";
import type { Gap, Interval, OutboundRecord } from "./outbox.ts";
import { SEVERITIES, type Severity, severityOf } from "./severity.ts";
import { copies, hrTime, now, SCOPE, timeOf, traceOf } from "./span.ts";

/** A log record as OpenTelemetry's serialiser takes it. */
export type LogRecord = Parameters<typeof JsonLogsSerializer.serializeRequest>[0][number];

/** The log record that carries one audit record: the same attributes as the span has, and the text as its body. */
export function recordLog(one: OutboundRecord, origin: string, resource: Resource): LogRecord {
  return logRecord("audit.record", hrTime(one.record.ts), one.text, severityOf(one.record), { ...asAttributes(recordEvidence(one, origin)), ...copies(one.record) }, resource, traceOf(one.record));
}

export function checkpointLogs(interval: Interval, resource: Resource): LogRecord[] {
  return checkpointEvidence(interval).map((evidence) => logRecord("audit.checkpoint", timeOf(interval), interval.note, "info", evidence, resource));
}

export function gapLog(gap: Gap, resource: Resource): LogRecord {
  return logRecord("audit.gap", now(), `records ${gap.from} to ${gap.to - 1} are ${gap.reason}`, gap.reason === "pruned" ? "warning" : "error", gapEvidence(gap), resource);
}

function logRecord(eventName: string, hrTimeOf: HrTime, body: string, severity: Severity, attributes: Evidence, resource: Resource, spanContext?: LogRecord["spanContext"]): LogRecord {
  return {
    eventName, hrTime: hrTimeOf, hrTimeObserved: hrTimeOf, body, severityNumber: SEVERITIES[severity].otel, severityText: severity.toUpperCase(), attributes, resource, instrumentationScope: SCOPE,
    droppedAttributesCount: 0, ...(spanContext && { spanContext }),
  };
}
