import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { messageOf, SpangateError } from "../../../errors.ts";
import type { Audit } from "../../../policies/schema/audit.ts";
import type { PruneBody } from "../bodies.ts";
import { type Disk, realDisk } from "../disk.ts";
import { acquire } from "../lock.ts";
import type { AuditLog } from "../log.ts";
import { listLogs, listSegments } from "../segment.ts";
import { isAppendOnly, setAppendOnly } from "./append-only.ts";
import { compressSegment } from "./compress.ts";
import { endedSegments } from "./ended.ts";
import { readHolds } from "./holds.ts";
import { pruneLog, type PruneReport } from "./prune.ts";

export interface KeepOptions {
  /** The audit directory. */
  readonly directory: string;
  readonly audit: Pick<Audit, "compress" | "retention" | "append_only">;
  /** Names of the destinations that are to have the log. */
  readonly destinations: readonly string[];
  /** Whom the `prune` record names. Default: spangate. */
  readonly actor?: string;
  readonly disk?: Disk;
  readonly now?: () => number;
}

/** What was done to one log. */
export interface KeepReport extends PruneReport {
  readonly log: string;
  readonly compressed: readonly string[];
  /** What could not be done; nothing is lost by it. */
  readonly problems: readonly SpangateError[];
}

/** How long an outside signer is waited for before what its checkpoint tells of is done, and how often it is looked for, in milliseconds. */
const LONGEST = 5_000;
const LOOK = 50;

const running = new WeakMap<AuditLog, { again: boolean; done: Promise<void> }>();

/**
 * Compresses and prunes what has ended in the log of this process, and in the logs of the directory that nobody
 * writes to any more; in the background, never twice at once. Resolves when nothing is left to do, and never rejects:
 * what cannot be done is told.
 */
export function keepUp(log: AuditLog, options: KeepOptions, tell: (line: string) => void): Promise<void> {
  const other = running.get(log);
  if (other) {
    other.again = true;
    return other.done;
  }
  const state = { again: true, done: Promise.resolve() };
  running.set(log, state);
  state.done = (async () => {
    try {
      while (state.again) {
        state.again = false;
        for (const { problems } of await keepAll(log, options)) for (const problem of problems) tell(problem.line);
      }
    } catch (thrown) {
      tell(thrown instanceof SpangateError ? thrown.line : `spangate: ${messageOf(thrown)}`);
    } finally {
      running.delete(log);
    }
  })();
  return state.done;
}

/** The same once, for every log that is not written to by another process; the `prune` records go into `log`. */
export async function keepAll(log: AuditLog, options: KeepOptions, dry = false): Promise<KeepReport[]> {
  const disk = options.disk ?? realDisk;
  const record = async (body: PruneBody): Promise<boolean> => {
    const { index } = log.append("prune", body);
    return index !== undefined && log.flush() && (await isSealed(log, index));
  };
  const reports: KeepReport[] = [];
  // While it cannot be written its newest segment may be half a segment.
  if (!log.problem) reports.push(await keepLog(log.folder, options, record, dry));
  if (options.audit.append_only && !dry) reports.push(await guardActive(log, disk));
  for (const name of listLogs(disk, options.directory)) {
    const folder = join(options.directory, name);
    if (folder === log.folder || !hasWork(disk, folder, options)) continue;
    const lock = acquire(join(folder, "lock"));
    if (!lock) continue;
    try {
      reports.push(await keepLog(folder, options, record, dry));
    } finally {
      lock.close();
    }
  }
  return reports;
}

async function keepLog(folder: string, { directory, audit, destinations, actor = "spangate", disk = realDisk, now = Date.now }: KeepOptions, record: (body: PruneBody) => Promise<boolean>, dry: boolean): Promise<KeepReport> {
  const compressed: string[] = [];
  const problems: SpangateError[] = [];
  const trouble = (segment: string, problem: string): void => void problems.push(new SpangateError("SG_AUDIT_UPKEEP", { file: join(folder, segment), problem }));
  if (audit.compress !== "none" && !dry) {
    for (const { segment } of endedSegments(disk, folder)) {
      if (segment.form !== "plain") continue;
      try {
        await compressSegment(disk, folder, segment, audit.compress);
        compressed.push(segment.name);
      } catch (thrown) {
        trouble(segment.name, messageOf(thrown));
      }
    }
  }
  let report: PruneReport = {};
  try {
    report = await pruneLog(folder, basename(folder), { disk, retention: audit.retention, now: now(), destinations, actor, holds: () => readHolds(directory, disk), record }, dry);
    if (report.kept) trouble(report.kept.segment, report.kept.because);
  } catch (thrown) {
    trouble("", messageOf(thrown));
  }
  return { log: basename(folder), compressed, ...report, problems };
}

/** To whoever verifies in between, bodies that are gone and of which only an unsealed record tells were deleted by anybody. */
async function isSealed(log: AuditLog, index: number): Promise<boolean> {
  for (let waited = 0; (log.exportable?.size ?? 0) <= index; waited += LOOK) {
    if (waited >= LONGEST || log.problem) return false;
    await setTimeout(LOOK);
  }
  return true;
}

/** Another process may want to go on with a log: it is locked only where there is something to do. */
function hasWork(disk: Disk, folder: string, { audit }: KeepOptions): boolean {
  try {
    const ended = endedSegments(disk, folder).filter(({ segment }) => segment.form !== "leaves");
    const prunes = audit.retention.age !== undefined || audit.retention.size !== undefined;
    return ended.some(({ segment }) => prunes || (segment.form === "plain" && audit.compress !== "none"));
  } catch {
    // What cannot be read is left alone.
    return false;
  }
}

async function guardActive(log: AuditLog, disk: Disk): Promise<KeepReport> {
  const active = listSegments(disk, log.folder).at(-1);
  const file = join(log.folder, active?.file ?? "");
  const set = !active || (await isAppendOnly(file)) === true || (await setAppendOnly(file, true));
  return { log: log.id, compressed: [], problems: set ? [] : [new SpangateError("SG_AUDIT_APPEND_ONLY", { file })] };
}
