import assert from "node:assert/strict";
import type { AuditLog } from "../../../../exporters/audit/log.ts";
import { realDisk } from "../../../../exporters/audit/disk.ts";
import type { Destination } from "../../../../exporters/audit/ship/destination.ts";
import { beginning, type Gap, type Interval, isGap, outbound } from "../../../../exporters/audit/ship/outbox.ts";
import type { Head } from "../../../../exporters/audit/head.ts";
import { parseCheckpoint } from "../../../../exporters/audit/tree/checkpoint.ts";
import { parseNote } from "../../../../exporters/audit/tree/note.ts";
import { readRecords } from "../../../../exporters/audit/reader.ts";
import { decision } from "../../../support/records.ts";
import { dirname } from "node:path";

/** Records under a checkpoint of their own, on the disk. */
export function interval(log: AuditLog, count: number, name = "tool"): void {
  for (let index = 0; index < count; index++) log.append("decision", decision(`${name}_${index}`));
  assert.ok(log.flush());
}

/** Everything that a destination with this cursor would be sent. */
export function sent(log: AuditLog, cursor: Head = beginning(log.origin)): (Interval | Gap)[] {
  return [...outbound({ disk: realDisk, folder: log.folder, log: log.id, origin: log.origin }, cursor, log.exportable?.size ?? 0)];
}

export function intervalsOf(all: readonly (Interval | Gap)[]): Interval[] {
  return all.filter((one): one is Interval => !isGap(one));
}

export function gapsOf(all: readonly (Interval | Gap)[]): Gap[] {
  return all.filter(isGap);
}

/** What an interval claims is what its own records prove. */
export function assertProven({ from, size, frontier, records, note, origin }: Interval): void {
  const parsed = parseNote(note);
  assert.ok(typeof parsed !== "string", String(parsed));
  const checkpoint = parseCheckpoint(parsed.text);
  assert.ok(typeof checkpoint !== "string", String(checkpoint));
  assert.equal(checkpoint.origin, origin);
  assert.equal(checkpoint.size, size);
  assert.equal(frontier.size, from);
  assert.deepEqual(records.map(({ record }) => record.i), Array.from({ length: size - from }, (_, at) => from + at));
  const grown = frontier.copy();
  for (const { leaf } of records) grown.append(leaf);
  assert.equal(grown.root(), checkpoint.root);
}

/** The texts of the records of a log, as they stand on the disk. */
export function textsOf(log: AuditLog): string[] {
  return [...readRecords(dirname(log.folder))].filter(({ record }) => record.log === log.id).map(({ text }) => text);
}

/** A destination that keeps what it is given. */
export class Kept implements Destination {
  readonly name: string;
  readonly intervals: Interval[] = [];
  readonly gaps: Gap[] = [];
  /** Called before anything is kept; what it throws is the destination's failure. */
  before: () => void | Promise<void> = () => {};
  /** Indices to refuse for good. */
  refuse: (one: Interval) => readonly number[] = () => [];

  constructor(name = "kept") {
    this.name = name;
  }

  get texts(): string[] {
    return this.intervals.flatMap(({ records }) => records.map(({ text }) => text));
  }

  async deliver(one: Interval): Promise<readonly number[]> {
    await this.before();
    this.intervals.push(one);
    return this.refuse(one);
  }

  async declare(gap: Gap): Promise<void> {
    await this.before();
    this.gaps.push(gap);
  }
}
