import { join } from "node:path";
import { type Disk, realDisk } from "./disk.ts";
import { type AuditRecord, parseRecord } from "./record.ts";
import { HEADER, linesOf, listLogs, listSegments, OLD_RECORDS, readSegment, RECORD, type SegmentName, VALUE } from "./segment.ts";
import { leafBase64 } from "./tree/hash.ts";
import { type Opened, Vault } from "./vault.ts";

/** A record and where it stands. */
export interface Placed {
  readonly record: AuditRecord;
  /** The bytes that were hashed. */
  readonly text: string;
  /** `<log>:<index>`. */
  readonly place: string;
  /** What stands behind it, decrypted; undefined where nothing was kept, or without the vault's key. */
  readonly value: Opened | undefined;
}

/** How far a log has been read. */
export interface Position {
  readonly segment: string;
  readonly offset: number;
}

/**
 * The records of every log of a directory, log by log, one segment in memory at a time. Lines that are no records
 * are left out; `spangate verify` names them.
 *
 * @param read log → how far it has been read; brought up to date, so that a second call goes on from there
 */
export function* readRecords(directory: string, read: Map<string, Position> = new Map(), disk: Disk = realDisk): Generator<Placed> {
  let vault: Vault | undefined;
  try {
    vault = Vault.open(directory, process.env["SPANGATE_VAULT_KEY"] || undefined, false);
  } catch {
    // Records can be read without their values.
  }
  for (const log of listLogs(disk, directory)) yield* readLog(join(directory, log), log, vault, read, disk);
}

function* readLog(folder: string, log: string, vault: Vault | undefined, read: Map<string, Position>, disk: Disk): Generator<Placed> {
  const segments = disk.exists(join(folder, OLD_RECORDS)) ? [OLD, ...listSegments(disk, folder)] : listSegments(disk, folder);
  const from = read.get(log);
  for (const [at, segment] of segments.entries()) {
    if (segment.form === "leaves" || (from && segment.name < from.segment)) continue;
    // What stands from there on in this segment stands in the next one again, or counts for nothing.
    const end = segments[at + 1]?.first ?? Infinity;
    const start = from?.segment === segment.name ? from.offset : 0;
    // Who follows a log looks again and again: what was read before is not read again.
    const { bytes, before } = segment.form === "plain" && start > 0 ? bytesFrom(disk, join(folder, segment.file), start) : { bytes: readSegment(disk, folder, segment), before: 0 };
    let last: { record: AuditRecord; text: string } | undefined;
    const emit = (value: string | undefined): Placed[] => {
      if (!last) return [];
      const { record, text } = last;
      last = undefined;
      return [{ record, text, place: `${log}:${record.i}`, value: value === undefined ? undefined : vault?.unseal(value, record.i, leafBase64(text)) }];
    };
    for (const { text, whole, offset } of linesOf(bytes, start - before)) {
      // Half a line is still being written.
      if (!whole) break;
      if (text.startsWith(VALUE)) yield* emit(text);
      else if (!text.startsWith(HEADER)) yield* emit(undefined);
      read.set(log, { segment: segment.name, offset: before + offset + text.length + 1 });
      if (!text.startsWith(RECORD)) continue;
      const record = parseRecord(text);
      if (typeof record !== "string" && record.i < end) last = { record, text };
    }
    yield* emit(undefined);
  }
}

/** The end of a file that is appended to, from an offset on; `before` bytes of it are left out. */
function bytesFrom(disk: Disk, file: string, offset: number): { readonly bytes: Buffer; readonly before: number } {
  let { size } = disk.readTail(file, 0);
  for (;;) {
    const tail = disk.readTail(file, Math.max(0, size - offset));
    // Unless it has grown in between: then its end begins later.
    if (tail.size <= size) return { bytes: tail.bytes, before: offset };
    size = tail.size;
  }
}

const OLD: SegmentName = { name: OLD_RECORDS, file: OLD_RECORDS, number: 0, first: 0, form: "plain" };
