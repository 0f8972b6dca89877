import type { KeyObject } from "node:crypto";
import { join } from "node:path";
import { messageOf } from "../../../errors.ts";
import { type Disk, realDisk } from "../disk.ts";
import { listLogs, listSegments, OLD_RECORDS } from "../segment.ts";
import type { KnownHead } from "./heads.ts";
import { LogVerifier } from "./log.ts";
import { type LogReport, type Report, worst } from "./report.ts";
import type { Revocation } from "./trust.ts";
import { Values } from "./values.ts";
import { verifyOldLog } from "./version1.ts";
import type { Witnesses } from "./witnesses.ts";

/** How often a directory that changes under the reading is read, before what looks wrong is believed. */
const ATTEMPTS = 5;

export interface VerifyOptions {
  /** Ed25519 public keys that are believed. Default: for each log, the one in its first `open` record. */
  readonly keys?: readonly KeyObject[];
  readonly revoked?: readonly Revocation[];
  /** Heads that were kept elsewhere. */
  readonly heads?: readonly KnownHead[];
  /** Whether values are decrypted and compared with their commitments. Default: true; without the vault's key they are counted as unread. */
  readonly values?: boolean;
  /** SPANGATE_VAULT_KEY; default: `vault/master.key` of the directory. */
  readonly vaultKey?: string | undefined;
  /** Milliseconds since the epoch; with it, a log that has fallen silent is named `stale`. */
  readonly now?: number;
  /**
   * Milliseconds: the last records of a log need no checkpoint yet where the newest one that has one is no older than this,
   * as of `now`. A log that is written to has such records at any time. Default: they make a log incomplete.
   */
  readonly grace?: number | undefined;
  /** Called now and then with how many records of the log at hand have been read. */
  readonly step?: (log: string, records: number) => void;
  readonly disk?: Disk;
  /** Only this log is reported; the others are read where their records may tell what was deleted of it. */
  readonly log?: string;
  /** Only this file of it is read. */
  readonly segment?: string;
  readonly witnesses?: Witnesses | undefined;
}

/**
 * Verifies every log of an audit directory; changes nothing. One or two segments are in memory at a time, never
 * a log. Reports of logs come in the order of their ids; a directory without logs gives none.
 *
 * Processes may write to it, compress and prune meanwhile. What one does between two reads can look like a tampering: then
 * everything is read again. A real one is there the next time as well.
 *
 * Throws what the file system throws where the directory itself cannot be listed; a file that cannot be read is a
 * problem of its log.
 */
export function verifyDirectory(directory: string, options: VerifyOptions = {}): Report {
  const disk = options.disk ?? realDisk;
  for (let attempt = 1; ; attempt++) {
    const before = filesOf(disk, directory);
    const report = readAll(disk, directory, options);
    if (report.outcome === "proven" || report.outcome === "incomplete" || attempt === ATTEMPTS || filesOf(disk, directory) === before) return report;
  }
}

/** Which segments there are, and in which form. */
function filesOf(disk: Disk, directory: string): string {
  return listLogs(disk, directory, () => {}).flatMap((log) => [log, ...listSegments(disk, join(directory, log)).map(({ file }) => file)]).join("\n");
}

function readAll(disk: Disk, directory: string, options: VerifyOptions): Report {
  const unlisted: LogReport[] = [];
  const names = listLogs(disk, directory, (name, problem) => unlisted.push(unlistedLog(name, messageOf(problem))));
  const readers = names.filter((log) => options.log === undefined || log === options.log).flatMap((log) => verifyLog(directory, log, options));
  const others = readers.some(({ asksOthers }) => asksOthers) && options.log !== undefined ? names.filter((log) => log !== options.log).flatMap((log) => verifyLog(directory, log, { ...options, segment: undefined })) : [];
  const all = [...readers, ...others];
  const elsewhere = { prunes: all.flatMap((reader) => reader.prunes), erased: new Set(all.flatMap((reader) => reader.erased)) };
  return summary([...readers.map((reader) => reader.finish(elsewhere)), ...unlisted.filter(({ log }) => options.log === undefined || log === options.log)], options);
}

/** A folder that cannot be listed may be a log: the others are verified all the same, and are not all. */
function unlistedLog(log: string, problem: string): LogReport {
  return {
    log, origin: `unknown/${log}`, version: 2, records: 0, sealed: 0, head: "", checkpoint: undefined, key: undefined,
    counts: { proven: 0, unproven: 0, altered: 0, missing: 0, pruned: 0 }, values: { checked: 0, erased: 0, unread: 0, damaged: 0 }, unproven: {}, missing: [], unfinished: 0,
    states: [], outcome: "incomplete", problemCount: 1, notes: [], problems: [{ kind: "unreadable", index: 0, segment: "", line: 0, detail: problem, means: "incomplete" }],
  };
}

/** One log of a directory; it is not reported before the others have been read, since their records tell what was deleted of it. */
function verifyLog(directory: string, log: string, options: Omit<VerifyOptions, "segment"> & { readonly segment?: string | undefined }): Pick<LogVerifier, "prunes" | "erased" | "asksOthers" | "finish">[] {
  const { keys = [], revoked = [], heads = [], values = true, vaultKey, now, grace, step, disk = realDisk, segment, witnesses } = options;
  const folder = join(directory, log);
  const old = disk.exists(join(folder, OLD_RECORDS)) ? [verifyOldLog(disk, folder)].map((report: LogReport) => ({ prunes: [], erased: [], asksOthers: false, finish: () => report })) : [];
  // A file of version 1 must not hide the segments beside it.
  if (old.length > 0 && listSegments(disk, folder).length === 0) return old;
  return [...old, new LogVerifier(disk, folder, {
    keys, revoked, heads, now, grace, segment, witnesses, values: values ? new Values(directory, vaultKey) : undefined, step: (records) => step?.(log, records),
  }).run()];
}

export function summary(logs: readonly LogReport[], { keys = [] }: VerifyOptions): Report {
  const outcome = worst(logs.map((log) => log.outcome));
  return { ok: outcome === "proven", outcome, keys: keys.length > 0 ? "given" : "log", logs };
}
