import { sha256 } from "../../../sha256.ts";
import type { AuditRecord } from "../record.ts";
import { cef } from "./cef.ts";
import { checkpointEvidence, type Evidence, gapEvidence, recordEvidence } from "./evidence.ts";
import { ocsf } from "./ocsf.ts";
import type { Gap, Interval, OutboundRecord } from "./outbox.ts";
import { type Severity, severityOf } from "./severity.ts";

/** What is told of the log to something that is no OTLP backend. */
export interface Message {
  readonly event: "audit.record" | "audit.checkpoint" | "audit.gap";
  /** The same each time that it is sent. */
  readonly id: string;
  /** Milliseconds since the epoch, by the host's clock. */
  readonly time: number;
  readonly severity: Severity;
  readonly evidence: Evidence;
  /** The record; absent for what is none. */
  readonly record: AuditRecord | undefined;
}

/** How a message is written: our own keys, an OCSF event, a CEF line. */
export type Format = "record" | "ocsf" | "cef";

export function recordMessage(one: OutboundRecord, origin: string): Message {
  const { record, leaf } = one;
  const id = `${record.log}-${record.i}-${Buffer.from(leaf, "latin1").toString("hex", 0, 8)}`;
  return { event: "audit.record", id, time: millisecondsOf(record.ts), severity: severityOf(record), evidence: recordEvidence(one, origin), record };
}

export function checkpointMessages(interval: Interval): Message[] {
  const time = millisecondsOf((interval.records.at(-1) as OutboundRecord).record.ts);
  return checkpointEvidence(interval).map((evidence, part) => {
    const id = `${interval.log}-${interval.from}-${interval.size}-${sha256(`${interval.note}${part}`, "hex").slice(0, 16)}`;
    return { event: "audit.checkpoint", id, time, severity: "info", evidence, record: undefined };
  });
}

export function gapMessage(gap: Gap): Message {
  return {
    event: "audit.gap", id: `${gap.log}-gap-${gap.from}-${gap.to}`, time: Date.now(), severity: gap.reason === "pruned" ? "warning" : "error", evidence: gapEvidence(gap), record: undefined,
  };
}

/** An object, or for CEF a line. */
export function formatMessage(format: Format, message: Message): object | string {
  if (format === "ocsf") return ocsf(message);
  if (format === "cef") return cef(message);
  const { event, time, severity, evidence, record } = message;
  return { event, time: new Date(time).toISOString(), severity, ...evidence, ...(record && { record }) };
}

function millisecondsOf(ts: string): number {
  return Number(BigInt(ts) / 1_000_000n);
}
