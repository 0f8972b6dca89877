import { SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { AUDIT_INDEX, AUDIT_LEAF, AUDIT_LOG, AUDIT_RECORD, DECISION, TOOL_NAME, VERSION } from "../../names.ts";
import { type AuditRecord, leafHash } from "./record.ts";

/** Backends cut attribute values; 2,048 is the smallest default limit met (Grafana Tempo). */
const VALUE_LENGTH = 2_000;

/**
 * The span that carries one record: of no duration, a child of the tool's span. The record travels as the
 * exact text that was hashed, since backends reorder, retype and cut attributes.
 */
export function recordSpan(line: string, record: AuditRecord, resource: Resource): ReadableSpan {
  const leaf = leafHash(line);
  const bytes = Buffer.from(leaf, "base64");
  const parent = "trace" in record && record.trace ? { traceId: record.trace, spanId: record.span, traceFlags: TraceFlags.SAMPLED } : undefined;
  const time: [number, number] = [Number(BigInt(record.ts) / 1_000_000_000n), Number(BigInt(record.ts) % 1_000_000_000n)];
  const own = {
    traceId: parent?.traceId ?? bytes.toString("hex", 0, 16),
    spanId: bytes.toString("hex", 16, 24),
    traceFlags: TraceFlags.SAMPLED,
  };
  return {
    name: `audit.${record.t}`,
    kind: SpanKind.INTERNAL,
    spanContext: () => own,
    ...(parent && { parentSpanContext: parent }),
    startTime: time,
    endTime: time,
    duration: [0, 0],
    status: { code: SpanStatusCode.UNSET },
    attributes: {
      [AUDIT_LOG]: record.log,
      [AUDIT_INDEX]: String(record.i),
      [AUDIT_LEAF]: leaf,
      ...chunks(line),
      // Copies for people; the record text is what counts.
      ...("tool" in record && { [TOOL_NAME]: record.tool }),
      ...("effect" in record && { [DECISION]: record.effect }),
    },
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: { name: "spangate", version: VERSION },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function chunks(line: string): Record<string, string> {
  if (line.length <= VALUE_LENGTH) return { [AUDIT_RECORD]: line };
  const parts: Record<string, string> = {};
  for (let at = 0, part = 0; at < line.length; at += VALUE_LENGTH, part++) parts[`${AUDIT_RECORD}.${part}`] = line.slice(at, at + VALUE_LENGTH);
  return parts;
}
