import { join } from "node:path";
import { type Disk, realDisk } from "../disk.ts";
import { HEAD, knownHeads, readHead } from "../head.ts";
import { headerOf, listLogs, listSegments, readSegment, type SegmentName } from "../segment.ts";
import type { Destination } from "./destination.ts";
import { beginning, type Gap, type Interval, isGap, joined, outbound } from "./outbox.ts";

export interface BackfillOptions {
  /** First record, by index. */
  readonly fromIndex?: number | undefined;
  /** Milliseconds since the epoch: intervals with a record at this time or later. */
  readonly fromTime?: number | undefined;
  readonly disk?: Disk | undefined;
  /** Called after each interval with how many records have been sent. */
  readonly step?: ((sent: number) => void) | undefined;
}

/** What became of one log. */
export interface Backfilled {
  readonly log: string;
  readonly intervals: number;
  readonly records: number;
  /** Indices of records that were refused for good. */
  readonly refused: readonly number[];
  readonly gaps: readonly Pick<Gap, "from" | "to" | "reason">[];
  /** Records up to the last checkpoint that was sent. */
  readonly size: number;
  /** Why not everything was sent; undefined where everything was. */
  readonly problem: string | undefined;
}

/**
 * Sends the logs of a directory again, without a process that writes them: takes no lock, moves no cursor, writes
 * nothing. Of a log that was not closed the last checkpoint is left to its writer: whether it is on the disk only the
 * writer knows, and one that leaves before could contradict the log after a power cut.
 */
export async function* backfill(directory: string, destination: Destination, options: BackfillOptions = {}): AsyncGenerator<Backfilled> {
  const disk = options.disk ?? realDisk;
  let sent = 0;
  for (const log of listLogs(disk, directory)) {
    const result = await one(disk, join(directory, log), log, destination, options, (records) => options.step?.((sent += records)));
    if (result) yield result;
  }
}

async function one(disk: Disk, folder: string, log: string, destination: Destination, { fromIndex = 0, fromTime }: BackfillOptions, step: (records: number) => void): Promise<Backfilled | undefined> {
  const segments = listSegments(disk, folder);
  const origin = originOf(disk, folder, segments);
  if (origin === undefined) return undefined;
  let [intervals, records, size] = [0, 0, 0];
  const refused: number[] = [];
  const gaps: Backfilled["gaps"][number][] = [];
  const result = (problem?: string): Backfilled => ({ log, intervals, records, refused, gaps, size, problem });
  try {
    let there = 0;
    const counted = function* (all: Iterable<Interval | Gap>): Generator<Interval | Gap> {
      for (const next of all) {
        there = isGap(next) ? next.to : next.size;
        yield next;
      }
    };
    const all = exportable(counted(outbound({ disk, folder, log, origin }, beginning(origin))), isClosed(disk, folder, segments));
    const wanted = filter(all, (next) => (isGap(next) ? next.to : next.size) > fromIndex && (fromTime === undefined || isGap(next) || next.records.some(({ record }) => Number(BigInt(record.ts) / 1_000_000n) >= fromTime)));
    for (const next of joined(wanted, destination.gather?.records ?? 0)) {
      if (isGap(next)) {
        await destination.declare(next);
        gaps.push({ from: next.from, to: next.to, reason: next.reason });
      } else {
        refused.push(...(await destination.deliver(next)));
        intervals++;
        records += next.records.length;
        step(next.records.length);
      }
      size = isGap(next) ? next.to : next.size;
    }
    const known = Math.max(...knownHeads(disk, folder).map((head) => head.size));
    if (known > there) return result(`${known} records were known to be there, and checkpoints of only ${there} are; run spangate verify`);
  } catch (thrown) {
    return result(thrown instanceof Error ? thrown.message : "it cannot be sent");
  }
  return result();
}

function originOf(disk: Disk, folder: string, segments: readonly SegmentName[]): string | undefined {
  for (const segment of segments.filter(({ form }) => form !== "leaves")) {
    const header = headerOf(readSegment(disk, folder, segment));
    if (typeof header !== "string") return header.origin;
  }
  return undefined;
}

function isClosed(disk: Disk, folder: string, segments: readonly SegmentName[]): boolean {
  const head = readHead(disk, folder, HEAD);
  const last = segments.at(-1);
  return head !== undefined && last?.name === head.segment && readSegment(disk, folder, last).length === head.offset;
}

function* exportable(all: Iterable<Interval | Gap>, closed: boolean): Generator<Interval | Gap> {
  let held: Interval | Gap | undefined;
  for (const next of all) {
    if (held) yield held;
    held = next;
  }
  if (held && closed) yield held;
}

function* filter<T>(all: Iterable<T>, wanted: (one: T) => boolean): Generator<T> {
  for (const one of all) if (wanted(one)) yield one;
}
