/**
 * One audit record is one line of ASCII JSON with a fixed order of keys; the bytes of the line are what is
 * hashed. The frame is `v i prev t ts mono log`, then the body of the type. See docs/audit-format.md.
 *
 * @module
 */
import { SpangateError } from "../../errors.ts";
import { sha256 } from "../../sha256.ts";
import { KEYS, type RecordBodies, type RecordType } from "./bodies.ts";

/** Version of the record format that is written. Version 1 is read as well: its logs have no checkpoints. */
const FORMAT = 2;
const FRAME = ["v", "i", "prev", "t", "ts", "mono", "log"] as const;
/** Longest record in bytes: the length of a C2SP tlog-tiles entry is a uint16. */
export const MAX_RECORD = 65_535;

/** What every record starts with. */
export interface Frame {
  readonly v: number;
  /** Index in its log, from 0 without a gap. */
  readonly i: number;
  /** Leaf hash of the record before it. */
  readonly prev: string;
  readonly t: RecordType;
  /** Nanoseconds since the epoch, as text since they pass 2^53. */
  readonly ts: string;
  /** Monotonic nanoseconds of this process. */
  readonly mono: string;
  readonly log: string;
}

export type AuditRecord<T extends RecordType = RecordType> = T extends RecordType ? Frame & { readonly t: T } & RecordBodies[T] : never;

/** What the first record of a log links to: no other log starts the same way. Version 1 used the log's id for the origin. */
export function genesis(origin: string): string {
  return sha256(`spangate/v1/genesis\n${origin}\n`, "base64");
}

/**
 * The line of a record, without a line feed.
 *
 * @throws SG_AUDIT_RECORD_TOO_LARGE; names and reasons are clipped where they enter, so that this is nobody's daily life
 */
export function formatRecord<T extends RecordType>(index: number, prev: string, log: string, type: T, body: RecordBodies[T]): string {
  const frame = `{"v":${FORMAT},"i":${index},"prev":"${prev}","t":"${type}","ts":"${Date.now()}000000","mono":"${process.hrtime.bigint()}","log":"${log}"`;
  const line = `${frame},${ascii(JSON.stringify(body)).slice(1)}`;
  if (line.length > MAX_RECORD) throw new SpangateError("SG_AUDIT_RECORD_TOO_LARGE", { type, size: line.length, limit: MAX_RECORD });
  return line;
}

/** A record, or what is wrong with the line. Strict: a line that we would have written otherwise is not ours. */
export function parseRecord(line: string): AuditRecord | string {
  let value: AuditRecord;
  let again: string;
  try {
    value = JSON.parse(line) as AuditRecord;
    // Can fail where parsing did not: for lack of stack.
    again = JSON.stringify(value);
  } catch {
    return "not JSON";
  }
  if (typeof value !== "object" || value === null || !Number.isSafeInteger(value.i) || value.i < 0 || typeof value.prev !== "string" || typeof value.t !== "string") return "not a record";
  if (value.v !== FORMAT && value.v !== 1) return `version ${JSON.stringify(value.v)} of the format is not known`;
  if (ascii(again) !== line) return "not in the form in which records are written";
  if (value.v === FORMAT && line.length > MAX_RECORD) return `longer than ${MAX_RECORD} bytes`;
  if (value.v === FORMAT) return misplacedKey(value) ?? value;
  return value;
}

function misplacedKey(value: AuditRecord): string | undefined {
  const expected = Object.hasOwn(KEYS, value.t) ? (KEYS[value.t] as readonly string[]) : undefined;
  if (!expected) return `there is no record type ${value.t}`;
  const keys = Object.keys(value);
  for (const [at, key] of FRAME.entries()) if (keys[at] !== key) return `${key} is missing or misplaced`;
  let from = 0;
  for (let at = FRAME.length; at < keys.length; at++) {
    const found = expected.indexOf(keys[at] as string, from);
    if (found < 0) return `the key ${keys[at]} does not belong there`;
    from = found + 1;
  }
  return undefined;
}

/** Everything above `~` as \u escapes, so that no store on the way normalises it. */
export function ascii(json: string): string {
  // oxlint-disable-next-line no-control-regex -- DEL is meant
  return /[\x7f-\uffff]/.test(json)
    ? json.replace(/[\x7f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)
    : json;
}
