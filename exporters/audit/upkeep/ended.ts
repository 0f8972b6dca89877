import { join } from "node:path";
import type { Disk } from "../disk.ts";
import { headerOf, listSegments, type SegmentName } from "../segment.ts";

export interface Ended {
  readonly segment: SegmentName;
  /** First index that is not in it. */
  readonly end: number;
}

/** A segment that was torn while it was begun is no longer than a header, in bytes; others are not read. */
const LONGEST_TORN = 65_536;

/**
 * The segments of a log that nobody writes to any more, oldest first: all before the newest one that has a whole
 * header. One without was being made when a crash came, and the one before it will be gone on with.
 */
export function endedSegments(disk: Disk, folder: string): Ended[] {
  const segments = listSegments(disk, folder);
  while (segments.length > 1 && isTorn(disk, folder, segments.at(-1) as SegmentName)) segments.pop();
  return segments.slice(0, -1).map((segment, at) => ({ segment, end: (segments[at + 1] as SegmentName).first }));
}

function isTorn(disk: Disk, folder: string, segment: SegmentName): boolean {
  const { bytes, size } = disk.readTail(join(folder, segment.file), LONGEST_TORN);
  return segment.form === "plain" && size < LONGEST_TORN && typeof headerOf(bytes) === "string";
}
