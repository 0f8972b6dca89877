/**
 * What a message carries of the log, the same on every way: docs/audit-format.md, "Over OTLP". All values are strings
 * of ASCII but for the dash in a note, and but for a record of at most 2,000 characters, so that whatever a backend does to types, order
 * and length, the bytes that were hashed come out again.
 *
 * @module
 */
import {
  AUDIT_CHECKPOINT, AUDIT_FROM, AUDIT_FRONTIER, AUDIT_INDEX, AUDIT_LEAF, AUDIT_LEAVES, AUDIT_LOG, AUDIT_PART, AUDIT_REASON, AUDIT_RECORD, AUDIT_SIZE, AUDIT_TO,
} from "../../../names.ts";
import { HASH_BYTES, toBase64 } from "../tree/hash.ts";
import type { Gap, Interval, OutboundRecord } from "./outbox.ts";

/** Backends cut attribute values; 2,048 is the smallest default limit met (Grafana Tempo). */
export const VALUE_LENGTH = 2_000;
/** Hashes whose base64 fits into one value. */
const HASHES = Math.floor((VALUE_LENGTH / 4) * 3 / HASH_BYTES);
/** Leaves that one message tells of: six values, so that it stays below the smallest limit of attributes met (Dash0, 16). */
const LEAVES = 6 * HASHES;

export type Evidence = Readonly<Record<string, string>>;

export function recordEvidence({ text, record, leaf }: OutboundRecord, origin: string): Evidence {
  return { [AUDIT_LOG]: origin, [AUDIT_INDEX]: String(record.i), [AUDIT_LEAF]: toBase64(leaf), [AUDIT_RECORD]: text };
}

/** The same as attributes over OTLP, where values are cut: a longer record in parts. */
export function asAttributes({ [AUDIT_RECORD]: text, ...evidence }: Evidence): Evidence {
  return text === undefined ? evidence : { ...evidence, ...chunks(AUDIT_RECORD, text) };
}

/** The checkpoint with all that proves the records before it. Many records take several messages, and each then needs the others. */
export function checkpointEvidence({ origin, from, size, frontier, records, note }: Interval): Evidence[] {
  const parts = Math.max(1, Math.ceil(records.length / LEAVES));
  const tree = frontier.copy();
  return Array.from({ length: parts }, (_, part) => {
    const leaves = records.slice(part * LEAVES, (part + 1) * LEAVES).map(({ leaf }) => leaf);
    const before = tree.toString();
    for (const leaf of leaves) tree.append(leaf);
    const groups = Array.from({ length: Math.ceil(leaves.length / HASHES) }, (__, at) => toBase64(leaves.slice(at * HASHES, (at + 1) * HASHES).join("")));
    return {
      [AUDIT_LOG]: origin,
      [AUDIT_CHECKPOINT]: note,
      [AUDIT_FROM]: String(from + part * LEAVES),
      [AUDIT_SIZE]: String(size),
      [AUDIT_FRONTIER]: before,
      ...(parts > 1 && { [AUDIT_PART]: `${part + 1}/${parts}` }),
      ...Object.fromEntries(groups.map((group, at) => [`${AUDIT_LEAVES}.${at}`, group])),
    };
  });
}

export function gapEvidence({ origin, from, to, reason, note }: Gap): Evidence {
  return { [AUDIT_LOG]: origin, [AUDIT_FROM]: String(from), [AUDIT_TO]: String(to), [AUDIT_REASON]: reason, ...(note !== undefined && { [AUDIT_CHECKPOINT]: note }) };
}

function chunks(key: string, text: string): Record<string, string> {
  if (text.length <= VALUE_LENGTH) return { [key]: text };
  const parts: Record<string, string> = {};
  for (let at = 0, part = 0; at < text.length; at += VALUE_LENGTH, part++) parts[`${key}.${part}`] = text.slice(at, at + VALUE_LENGTH);
  return parts;
}
