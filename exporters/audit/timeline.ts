import type { Disk } from "./disk.ts";
import { type Placed, readRecords } from "./reader.ts";
import { originOfLog } from "./upkeep/by-hand.ts";
import { join } from "node:path";

/** A record, and which log it is of. */
export interface OnTimeline extends Placed {
  readonly origin: string;
  readonly directory: string;
}

/**
 * The records of several audit directories by time, then origin, then index. A view: clocks of hosts differ, and the
 * order of records of different logs is no fact that anything proves. All records are in memory.
 */
export function timeline(disk: Disk, directories: readonly string[]): OnTimeline[] {
  const origins = new Map<string, string>();
  const originOf = (directory: string, log: string): string => {
    const folder = join(directory, log);
    const origin = origins.get(folder) ?? originOfLog(disk, folder) ?? log;
    origins.set(folder, origin);
    return origin;
  };
  const all = directories.flatMap((directory) => [...readRecords(directory, new Map(), disk)].map((placed) => ({ ...placed, directory, origin: originOf(directory, placed.record.log) })));
  return all.sort((a, b) => a.record.ts.length - b.record.ts.length || compare(a.record.ts, b.record.ts) || compare(a.origin, b.origin) || a.record.i - b.record.i);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
