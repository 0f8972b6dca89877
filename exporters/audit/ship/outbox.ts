import { join } from "node:path";
import type { Disk } from "../disk.ts";
import type { Head } from "../head.ts";
import { type AuditRecord, genesis, parseRecord } from "../record.ts";
import { type Header, linesOf, listSegments, parseHeader, parseSeal, readSegment, RECORD, SEAL, type SegmentName, VALUE } from "../segment.ts";
import { type Checkpoint, parseCheckpoint } from "../tree/checkpoint.ts";
import { Frontier } from "../tree/frontier.ts";
import { type Hash, leafHash, toBase64 } from "../tree/hash.ts";
import { parseNote } from "../tree/note.ts";

/** One record on its way out. */
export interface OutboundRecord {
  /** The bytes that were hashed. */
  readonly text: string;
  readonly record: AuditRecord;
  readonly leaf: Hash;
}

/**
 * The records between two checkpoints, with all that proves them: whoever has `frontier`, the leaves of `records`
 * and `note` can prove each of the records, and that the log of `note` goes on from that of the interval before.
 */
export interface Interval {
  readonly log: string;
  readonly origin: string;
  /** Records before it. */
  readonly from: number;
  /** Records up to and with it: what `note` covers. */
  readonly size: number;
  /** The tree of the first `from` records. */
  readonly frontier: Frontier;
  readonly records: readonly OutboundRecord[];
  /** The checkpoint, a signed note. */
  readonly note: string;
  /** The checkpoint of the first `from` records, where there is one. */
  readonly before: string | undefined;
  /** Where the next interval begins. */
  readonly end: Head;
}

/** Records that a destination will never get: they are not in the log any more. */
export interface Gap {
  readonly log: string;
  readonly origin: string;
  /** The first of them, and the first that is there again. */
  readonly from: number;
  readonly to: number;
  /** `pruned`: deleted as the policy demands. `missing`: nobody can say where they are; `spangate verify` looks. */
  readonly reason: "pruned" | "missing";
  /** The last checkpoint before `to`. */
  readonly note: string | undefined;
  readonly end: Head;
}

export function isGap(outbound: Interval | Gap): outbound is Gap {
  return "reason" in outbound;
}

/** Which log, and what of it. */
export interface Source {
  readonly disk: Disk;
  readonly folder: string;
  readonly log: string;
  readonly origin: string;
}

interface Gathered extends OutboundRecord {
  /** Where the lines of the record end. */
  end: { readonly segment: string; readonly offset: number };
}

/** Where a destination that has nothing yet begins. */
export function beginning(origin: string): Head {
  return { size: 0, leaf: genesis(origin), segment: "", offset: 0, frontier: "" };
}

/**
 * What comes after a cursor, up to the last checkpoint that may leave the process.
 *
 * @param until records that this checkpoint covers; undefined: as far as there are checkpoints
 * @throws Error where the log does not go on as far as that: it is damaged
 */
export function* outbound(source: Source, cursor: Head, until?: number): Generator<Interval | Gap> {
  const walk = new Walk(source, cursor);
  const segments = listSegments(source.disk, source.folder);
  const first = segments.find(({ name }) => name === cursor.segment)?.number ?? 0;
  let pruned = false;
  for (const segment of segments) {
    if (segment.number < first) continue;
    if (segment.form === "leaves") pruned = true;
    else yield* walk.segment(segment, pruned);
    if (until !== undefined && walk.size >= until) return;
  }
  if (until !== undefined) throw new Error(`the log ${source.log} is damaged after record ${walk.size - 1}; run spangate verify`);
}

class Walk {
  readonly #source: Source;
  readonly #cursor: Head;
  #tree: Frontier;
  #note: string | undefined;
  #gathered: Gathered[] = [];

  constructor(source: Source, cursor: Head) {
    this.#source = source;
    this.#cursor = cursor;
    this.#tree = Frontier.parse(cursor.size, cursor.frontier) as Frontier;
  }

  /** Records that were handed out, or named as gone. */
  get size(): number {
    return this.#tree.size;
  }

  *segment(segment: SegmentName, pruned: boolean): Generator<Interval | Gap> {
    const { bytes, base } = this.#open(segment);
    const from = segment.name === this.#cursor.segment ? this.#cursor.offset : 0;
    for (const { text, whole, offset } of linesOf(bytes)) {
      const at = base + offset;
      // Half a line is still being written, or torn.
      if (!whole) return;
      if (at === 0) {
        const header = parseHeader(text);
        if (typeof header === "string" || header.origin !== this.#source.origin || header.first !== segment.first) return;
        yield* this.#begin(header, segment, at + text.length + 1, pruned);
      } else if (at >= from) {
        const found = this.#line(text, { segment: segment.name, offset: at + text.length + 1 });
        // What does not go on from the line before counts for nothing, and so does all behind it.
        if (found === "dead") return;
        if (found) yield found;
      }
    }
  }

  /** A segment may be compressed between being listed and being read. */
  #open(segment: SegmentName): { readonly bytes: Buffer; readonly base: number } {
    try {
      return this.#read(segment);
    } catch (thrown) {
      const { disk, folder } = this.#source;
      const now = (thrown as NodeJS.ErrnoException).code === "ENOENT" ? listSegments(disk, folder).find(({ name, form }) => name === segment.name && form !== "leaves") : undefined;
      if (!now) throw thrown;
      return this.#read(now);
    }
  }

  /** Of the segment that the cursor stands in only what is behind it: it is read again every few moments. */
  #read(segment: SegmentName): { readonly bytes: Buffer; readonly base: number } {
    const { disk, folder } = this.#source;
    const { offset } = this.#cursor;
    if (segment.name !== this.#cursor.segment || segment.form !== "plain") return { bytes: readSegment(disk, folder, segment), base: 0 };
    const file = join(folder, segment.file);
    let { size } = disk.readTail(file, 0);
    for (;;) {
      const tail = disk.readTail(file, Math.max(0, size - offset));
      const base = tail.size - tail.bytes.length;
      if (base <= offset) return { bytes: tail.bytes, base };
      // It has grown meanwhile.
      size = tail.size;
    }
  }

  *#begin({ first, prev, frontier, checkpoint }: Header, segment: SegmentName, offset: number, pruned: boolean): Generator<Gap> {
    // What a failed disk left in the segment before stands here again.
    this.#gathered = this.#gathered.filter(({ record }) => record.i < first);
    if (checkpoint !== undefined && this.#note === undefined && sealOf(checkpoint)?.size === this.size) this.#note = checkpoint;
    if (first <= this.size + this.#gathered.length) return;
    const { log, origin } = this.#source;
    const gap: Gap = { log, origin, from: this.size, to: first, reason: pruned ? "pruned" : "missing", note: checkpoint, end: { size: first, leaf: prev, segment: segment.name, offset, frontier } };
    this.#gathered = [];
    this.#tree = Frontier.parse(first, frontier) as Frontier;
    this.#note = checkpoint;
    yield gap;
  }

  #line(text: string, end: Gathered["end"]): Interval | "dead" | undefined {
    if (text.startsWith(RECORD)) return this.#record(text, end);
    if (text.startsWith(SEAL)) return this.#seal(text);
    const last = this.#gathered.at(-1);
    if (!text.startsWith(VALUE)) return "dead";
    if (last) last.end = end;
    return undefined;
  }

  #record(text: string, end: Gathered["end"]): "dead" | undefined {
    const record = parseRecord(text);
    if (typeof record === "string") return "dead";
    // It was handed out before a failing disk made the log write it again.
    if (record.i < this.size) return undefined;
    if (record.i !== this.size + this.#gathered.length) return "dead";
    this.#gathered.push({ text, record, leaf: leafHash(text), end });
    return undefined;
  }

  #seal(text: string): Interval | "dead" | undefined {
    const note = parseSeal(text);
    const checkpoint = note === undefined ? undefined : sealOf(note);
    if (note === undefined || checkpoint === undefined) return "dead";
    if (checkpoint.size === this.size) this.#note = note;
    if (checkpoint.size <= this.size) return undefined;
    const records = this.#gathered.slice(0, checkpoint.size - this.size);
    const frontier = this.#tree;
    const grown = frontier.copy();
    for (const { leaf } of records) grown.append(leaf);
    // Never a claim that its own records do not prove.
    if (grown.size !== checkpoint.size || grown.root() !== checkpoint.root) return "dead";
    this.#gathered.splice(0, records.length);
    this.#tree = grown;
    const before = this.#note;
    this.#note = note;
    const last = records.at(-1) as Gathered;
    const { log, origin } = this.#source;
    return { log, origin, from: frontier.size, size: grown.size, frontier, records, note, before, end: { size: grown.size, leaf: toBase64(last.leaf), ...last.end, frontier: grown.toString() } };
  }
}

function sealOf(note: string): Checkpoint | undefined {
  const parsed = parseNote(note);
  const checkpoint = typeof parsed === "string" ? parsed : parseCheckpoint(parsed.text);
  return typeof checkpoint === "string" ? undefined : checkpoint;
}

/** Several intervals as one: the last checkpoint proves what the ones between did. */
export function* joined(all: Iterable<Interval | Gap>, most: number): Generator<Interval | Gap> {
  let open: Interval | undefined;
  for (const next of all) {
    if (isGap(next) || (open && (open.size !== next.from || open.records.length + next.records.length > most))) {
      if (open) yield open;
      open = undefined;
    }
    if (isGap(next)) yield next;
    else open = open ? { ...next, from: open.from, frontier: open.frontier, before: open.before, records: [...open.records, ...next.records] } : next;
  }
  if (open) yield open;
}
