import { existsSync, truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { SpangateError } from "../../errors.ts";
import { sha256 } from "../../sha256.ts";
import { CURSOR, HEAD, type Head, readHead, readTail, RECORDS } from "./files.ts";
import { genesis, leafHash, parseRecord, type RecoverBody } from "./record.ts";

/** Longest tail that is looked at to find the last record: two of the largest records. */
const TAIL = 2 * 65_535 + 2;

export interface Resumed {
  readonly head: Head;
  /** Whether the last session ended with `close` (a new log counts as clean). */
  readonly clean: boolean;
  /** What a crash left after the last whole line; already moved away. */
  readonly torn: RecoverBody | undefined;
}

/**
 * Finds where a log ends, so that its chain goes on. Bytes after the last line feed are what a crash leaves:
 * they are moved to a file of their own and a `recover` record will name them. Anything else that is not a
 * record, or a log that ends before a head that was already known, is damage: it is refused, never repaired.
 */
export function resume(log: string): Resumed {
  const file = join(log, RECORDS);
  const empty = { size: 0, offset: 0, leaf: genesis(basename(log)) };
  if (!existsSync(file)) return { head: empty, clean: true, torn: undefined };
  const { bytes, offset } = readTail(file, TAIL);
  const end = bytes.lastIndexOf(10) + 1;
  const torn = end < bytes.length ? moveAway(log, file, offset + end, bytes.subarray(end)) : undefined;
  const head = end === 0 ? empty : headOf(log, bytes.subarray(0, end), offset);
  for (const known of [HEAD, CURSOR].map((name) => readHead(log, name))) {
    if (!known) continue;
    if (known.size > head.size) throw corrupt(log, head.size, `${known.size - head.size} records that were known to be there are missing`);
    if (known.size === head.size && known.leaf !== head.leaf) throw corrupt(log, head.size, "it is not the record that was known to be the last");
  }
  return { head, clean: end === 0 || bytes.subarray(0, end).includes('"t":"close"', bytes.lastIndexOf(10, end - 2) + 1, "latin1"), torn };
}

function headOf(log: string, lines: Buffer, offset: number): Head {
  const start = lines.lastIndexOf(10, lines.length - 2) + 1;
  const text = lines.toString("latin1", start, lines.length - 1);
  const record = parseRecord(text);
  if (typeof record === "string") throw corrupt(log, "last", record);
  if (record.log !== basename(log)) throw corrupt(log, record.i + 1, `it belongs to the log ${record.log}`);
  if (start > 0) {
    const before = lines.toString("latin1", lines.lastIndexOf(10, start - 2) + 1, start - 1);
    if (record.prev !== leafHash(before)) throw corrupt(log, record.i + 1, "it does not follow from the record before it");
  }
  return { size: record.i + 1, offset: offset + lines.length, leaf: leafHash(text) };
}

function moveAway(log: string, file: string, offset: number, bytes: Buffer): RecoverBody {
  const name = `torn-${offset}-${process.pid}.bin`;
  writeFileSync(join(log, name), bytes, { mode: 0o600, flag: "wx" });
  truncateSync(file, offset);
  return { offset, bytes: bytes.length, sha256: sha256(bytes, "hex"), file: name };
}

function corrupt(log: string, line: number | string, problem: string): SpangateError {
  return new SpangateError("SG_AUDIT_CORRUPT", { file: join(log, RECORDS), line, problem, directory: join(log, "..") });
}
