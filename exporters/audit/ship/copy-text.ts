import { formatHeader, formatSeal } from "../segment.ts";
import type { Gap, Interval, OutboundRecord } from "./outbox.ts";

/** The header of a segment that begins with this interval. */
export function headerLine({ origin, from, records, frontier, before }: Interval): string {
  const { prev } = (records[0] as OutboundRecord).record;
  return `${formatHeader({ v: 2, origin, first: from, prev, frontier: frontier.toString(), checkpoint: before })}\n`;
}

/** The records and the checkpoint as lines of a segment: what `spangate verify` reads. Values stay where they are. */
export function intervalLines({ records, note }: Interval): string {
  return `${records.map(({ text }) => text).join("\n")}\n${formatSeal(note)}\n`;
}

export function gapLine({ log, origin, from, to, reason, note }: Gap): string {
  return `${JSON.stringify({ log, origin, from, to, reason, note })}\n`;
}
