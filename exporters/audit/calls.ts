import { existsSync } from "node:fs";
import { join } from "node:path";
import { listLogs, readLines, RECORDS } from "./files.ts";
import { type AuditRecord, parseRecord } from "./record.ts";

/** What a redacted value looks like in a record. */
const REDACTED = /\[REDACTED:|\[UNREADABLE\]/;

/** A record and where it stands. */
export interface Placed {
  readonly record: AuditRecord;
  /** `<log>:<index>`. */
  readonly place: string;
}

/**
 * The records of every log of a directory, log by log, in bounded memory. Lines that are no records are left out;
 * `spangate verify` names them.
 *
 * @param read log → how many bytes of it have been read; brought up to date, so that a second call goes on from there
 */
export function* readRecords(directory: string, read: Map<string, number> = new Map()): Generator<Placed> {
  for (const log of listLogs(directory)) {
    const file = join(directory, log, RECORDS);
    if (!existsSync(file)) continue;
    for (const { text, whole, offset } of readLines(file, read.get(log) ?? 0)) {
      // Half a line is still being written.
      if (!whole) break;
      read.set(log, offset + text.length + 1);
      const record = parseRecord(text);
      if (typeof record !== "string") yield { record, place: `${log}:${record.i}` };
    }
  }
}

/** A call as its decision record has it. */
export interface CallOfRecord {
  readonly place: string;
  readonly call: {
    readonly tool: string; readonly arguments: unknown; readonly framework: string; readonly server?: string; readonly caller?: string; readonly roles?: readonly string[]; readonly tenant?: string;
    readonly on_behalf_of?: string; readonly agent?: string; readonly session?: string; readonly environment?: string; readonly time: string;
  };
  readonly before: { readonly effect: string; readonly rule: string };
  /** Why the arguments are not those of the call. */
  readonly lossy: "cut" | "redacted" | undefined;
}

/** The call that a decision record tells of; undefined for any other record. Baggage is not recorded. */
export function callOf({ record, place }: Placed): CallOfRecord | undefined {
  if (record.t !== "decision" || !("args" in record)) return undefined;
  const { tool, framework, server, caller, roles, tenant, on_behalf_of: onBehalfOf, agent, session, environment, effect, rule, args, cut, ts } = record;
  return {
    place,
    call: {
      tool, framework, time: new Date(Number(BigInt(ts) / 1_000_000n)).toISOString(), arguments: cut === undefined ? (JSON.parse(args) as unknown) : {},
      ...(server !== undefined && { server }), ...(caller !== undefined && { caller }), ...(roles && { roles }), ...(tenant !== undefined && { tenant }),
      ...(onBehalfOf !== undefined && { on_behalf_of: onBehalfOf }), ...(agent !== undefined && { agent }), ...(session !== undefined && { session }), ...(environment !== undefined && { environment }),
    },
    before: { effect, rule },
    lossy: cut !== undefined ? "cut" : REDACTED.test(args) ? "redacted" : undefined,
  };
}
