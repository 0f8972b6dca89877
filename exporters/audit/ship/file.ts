import type { FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { realDisk } from "../disk.ts";
import { linesOf, listSegments, parseHeader, parseSeal, readSegment, RECORD, SEAL, type SegmentName, segmentName } from "../segment.ts";
import { parseCheckpoint } from "../tree/checkpoint.ts";
import { parseNote } from "../tree/note.ts";
import { gapLine, headerLine, intervalLines } from "./copy-text.ts";
import type { Destination, Gathering } from "./destination.ts";
import type { Gap, Interval } from "./outbox.ts";

/** What one fdatasync is spent on. */
const GATHER: Gathering = { after: 200, records: 10_000 };
const FILE_MODE = 0o600;

/**
 * A copy on another file system, mounted or local: `<path>/<log id>/` as the audit directory has it, without values, keys
 * and cursors, so that `spangate verify` checks it. Only ever appended to; what a crash left of an interval is replaced,
 * since nothing of it was confirmed. Everything waits in a thread: a mount that hangs holds up the copy, and not the
 * application.
 */
export function fileDestination(name: string, path: string, size: number): Destination {
  const copies = new Map<string, Promise<Copy>>();
  const copyOf = (log: string): Promise<Copy> => {
    const known = copies.get(log) ?? Copy.open(join(path, log), size);
    copies.set(log, known);
    return known;
  };
  const attempt = async (log: string, does: (copy: Copy) => Promise<void>): Promise<void> => {
    try {
      await does(await copyOf(log));
    } catch (thrown) {
      // Whatever it did to the file, the next attempt looks at it anew.
      await copies.get(log)?.then((copy) => copy.close()).catch(() => {});
      copies.delete(log);
      throw thrown;
    }
  };
  return {
    name,
    gather: GATHER,
    async deliver(interval) {
      await attempt(interval.log, (copy) => copy.append(interval));
      return [];
    },
    declare: (gap) => attempt(gap.log, (copy) => copy.declare(gap)),
    close() {
      for (const copy of copies.values()) void copy.then((one) => one.close()).catch(() => {});
      copies.clear();
    },
  };
}

class Copy {
  readonly #folder: string;
  readonly #limit: number;
  #handle: FileHandle | undefined;
  #number: number;
  #bytes: number;
  /** Records that are there. */
  #size: number;
  #note: string | undefined;

  private constructor(folder: string, limit: number, { number, bytes, size, note, handle }: Found) {
    this.#folder = folder;
    this.#limit = limit;
    this.#number = number;
    this.#bytes = bytes;
    this.#size = size;
    this.#note = note;
    this.#handle = handle;
  }

  static async open(folder: string, limit: number): Promise<Copy> {
    // Not what they stand in: a mount that is not there must not be copied to the disk below it.
    for (const path of [dirname(folder), folder]) {
      await fs().mkdir(path, 0o700).catch((thrown: NodeJS.ErrnoException) => {
        if (thrown.code !== "EEXIST") throw thrown;
      });
    }
    const last = listSegments(realDisk, folder).at(-1);
    return new Copy(folder, limit, last ? await mend(folder, last) : { number: 0, bytes: 0, size: 0, note: undefined });
  }

  async append(interval: Interval): Promise<void> {
    // It was there before the process that sent it had noted so.
    if (interval.size <= this.#size) return;
    const rest = interval.from < this.#size ? behind(interval, this.#size, this.#note) : interval;
    // A segment ends where there is no room in it, and where what comes does not go on from it.
    if (!this.#handle || this.#bytes >= this.#limit || rest.from !== this.#size) await this.#begin(rest);
    const bytes = Buffer.from(intervalLines(rest), "latin1");
    await writeAll(this.#handle as FileHandle, bytes);
    await (this.#handle as FileHandle).datasync();
    this.#bytes += bytes.length;
    this.#size = rest.size;
    this.#note = rest.note;
  }

  /** Beside the segments: `gaps.jsonl`. The next segment begins behind the gap. */
  async declare(gap: Gap): Promise<void> {
    const handle = await fs().open(join(this.#folder, "gaps.jsonl"), "a", FILE_MODE);
    try {
      await writeAll(handle, Buffer.from(gapLine(gap)));
      await handle.datasync();
    } finally {
      await handle.close();
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #begin(interval: Interval): Promise<void> {
    await this.close();
    const header = Buffer.from(headerLine(interval), "latin1");
    const file = join(this.#folder, segmentName(this.#number + 1, interval.from));
    const handle = await fs().open(file, "ax", FILE_MODE);
    this.#handle = handle;
    this.#number++;
    await writeAll(handle, header);
    await handle.datasync();
    await syncFolder(this.#folder);
    this.#bytes = header.length;
  }
}

interface Found {
  readonly number: number;
  readonly bytes: number;
  readonly size: number;
  /** The last checkpoint. */
  readonly note: string | undefined;
  readonly handle?: FileHandle;
}

/** Goes on with a segment of an earlier process, up to its last whole interval. */
async function mend(folder: string, segment: SegmentName): Promise<Found> {
  const file = join(folder, segment.file);
  const bytes = readSegment(realDisk, folder, segment);
  let [end, size] = [0, segment.first];
  let note: string | undefined;
  for (const { text, whole, offset } of linesOf(bytes)) {
    const header = offset === 0 ? parseHeader(text) : undefined;
    if (!whole || typeof header === "string") break;
    note ??= header?.checkpoint;
    const sealed = text.startsWith(SEAL) ? sizeOf(text) : undefined;
    if (sealed !== undefined) [size, note] = [sealed, parseSeal(text)];
    else if (offset > 0 && !text.startsWith(RECORD)) break;
    if (sealed !== undefined || offset === 0) end = offset + text.length + 1;
  }
  if (end < bytes.length) {
    await fs().rm(`${file}.new`, { force: true });
    const next = await fs().open(`${file}.new`, "ax", FILE_MODE);
    try {
      await writeAll(next, bytes.subarray(0, end));
      await next.datasync();
    } finally {
      await next.close();
    }
    if (end === 0) {
      // Not even a header: the segment is begun again under its name.
      await Promise.all([fs().rm(`${file}.new`), fs().rm(file)]);
      return { number: segment.number - 1, bytes: 0, size, note };
    }
    await fs().rename(`${file}.new`, file);
    await syncFolder(folder);
  }
  return { number: segment.number, bytes: end, size, note, handle: await fs().open(file, "a", FILE_MODE) };
}

function sizeOf(line: string): number | undefined {
  const note = parseNote(parseSeal(line) ?? "");
  const checkpoint = typeof note === "string" ? note : parseCheckpoint(note.text);
  return typeof checkpoint === "string" ? undefined : checkpoint.size;
}

/** What of an interval comes after the first `size` records of its log, whose checkpoint is `note`. */
export function behind(interval: Interval, size: number, note: string | undefined): Interval {
  const frontier = interval.frontier.copy();
  const known = interval.records.slice(0, size - interval.from);
  for (const { leaf } of known) frontier.append(leaf);
  return { ...interval, from: size, frontier, records: interval.records.slice(known.length), before: note };
}

async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let written = 0; written < bytes.length; ) written += (await handle.write(bytes, written)).bytesWritten;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await fs().open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function fs(): typeof import("node:fs/promises") {
  return process.getBuiltinModule("node:fs/promises");
}
