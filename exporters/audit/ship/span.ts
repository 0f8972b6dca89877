import { type HrTime, SpanKind, SpanStatusCode, TraceFlags } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { DECISION, TOOL_NAME, VERSION } from "../../../names.ts";
import { sha256 } from "../../../sha256.ts";
import type { AuditRecord } from "../record.ts";
import { asAttributes, checkpointEvidence, type Evidence, gapEvidence, recordEvidence } from "./evidence.ts";
import type { Gap, Interval, OutboundRecord } from "./outbox.ts";

/**
 * The span that carries one record: of no duration, a child of the tool's span. The record travels as the
 * exact text that was hashed, since backends reorder, retype and cut attributes.
 */
export function recordSpan(one: OutboundRecord, origin: string, resource: Resource): ReadableSpan {
  const bytes = Buffer.from(one.leaf, "latin1");
  const parent = traceOf(one.record);
  return span(`audit.${one.record.t}`, hrTime(one.record.ts), { ...asAttributes(recordEvidence(one, origin)), ...copies(one.record) }, resource, {
    traceId: parent?.traceId ?? bytes.toString("hex", 0, 16), spanId: bytes.toString("hex", 16, 24), parent,
  });
}

/** The spans that carry a checkpoint. */
export function checkpointSpans(interval: Interval, resource: Resource): ReadableSpan[] {
  return checkpointEvidence(interval).map((evidence, part) => span("audit.checkpoint", timeOf(interval), evidence, resource, idsOf(`${interval.note}${part}`)));
}

export function gapSpan(gap: Gap, resource: Resource): ReadableSpan {
  return span("audit.gap", now(), gapEvidence(gap), resource, idsOf(`${gap.origin}\n${gap.from}\n${gap.to}`));
}

interface Ids {
  readonly traceId: string;
  readonly spanId: string;
  readonly parent?: { readonly traceId: string; readonly spanId: string; readonly traceFlags: TraceFlags } | undefined;
}

function span(name: string, time: HrTime, attributes: Evidence, resource: Resource, { traceId, spanId, parent }: Ids): ReadableSpan {
  const own = { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
  return {
    name, kind: SpanKind.INTERNAL, spanContext: () => own, ...(parent && { parentSpanContext: parent }), startTime: time, endTime: time, duration: [0, 0], status: { code: SpanStatusCode.UNSET }, attributes,
    links: [], events: [], ended: true, resource, instrumentationScope: SCOPE, droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0,
  };
}

export const SCOPE: { readonly name: string; readonly version: string } = { name: "spangate", version: VERSION };

/** The span of the tool that a record is about. */
export function traceOf(record: AuditRecord): { traceId: string; spanId: string; traceFlags: TraceFlags } | undefined {
  return "trace" in record && record.trace ? { traceId: record.trace, spanId: record.span, traceFlags: TraceFlags.SAMPLED } : undefined;
}

/** Copies for people; the record text is what counts. */
export function copies(record: AuditRecord): Evidence {
  return { ...("tool" in record && { [TOOL_NAME]: record.tool }), ...("effect" in record && { [DECISION]: record.effect }) };
}

/** A checkpoint is dated by its last record: the log knows no other time of it. */
export function timeOf({ records }: Interval): HrTime {
  return hrTime((records.at(-1) as OutboundRecord).record.ts);
}

/** @param ts nanoseconds since the epoch */
export function hrTime(ts: string): HrTime {
  return [Number(BigInt(ts) / 1_000_000_000n), Number(BigInt(ts) % 1_000_000_000n)];
}

export function now(): HrTime {
  return hrTime(`${Date.now()}000000`);
}

/** The same message has the same ids, so that a backend may take two of it for one. */
function idsOf(text: string): Ids {
  const id = Buffer.from(sha256(text, "latin1"), "latin1");
  return { traceId: id.toString("hex", 0, 16), spanId: id.toString("hex", 16, 24) };
}
