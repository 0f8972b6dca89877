import type { KeyObject } from "node:crypto";
import { basename, join } from "node:path";
import { messageOf } from "../../../errors.ts";
import type { PruneBody } from "../bodies.ts";
import type { Disk } from "../disk.ts";
import { type Head, knownHeads, LOG_KEY } from "../head.ts";
import { genesis, parseRecord } from "../record.ts";
import { type Header, headerOf, linesOf, parseSeal, RECORD, SEAL, type SegmentName } from "../segment.ts";
import { Frontier } from "../tree/frontier.ts";
import { HASH_BYTES, type Hash, toBase64 } from "../tree/hash.ts";
import { DeadBytes } from "./dead-bytes.ts";
import { takeApart } from "./damage.ts";
import { HeadCheck } from "./head-check.ts";
import type { KnownHead } from "./heads.ts";
import { type LogReport, type LogState, type Problem, type ProblemKind, Problems, worst } from "./report.ts";
import { SegmentFiles } from "./segment-files.ts";
import { State } from "./state.ts";
import { parsePublicKey, type Revocation, Trust } from "./trust.ts";
import type { Values } from "./values.ts";
import { checkHeader, hashOf, type Segment, type Stop, walk } from "./walk.ts";
import { judgeWitnesses, type Witnesses } from "./witnesses.ts";

/** The name of a segment in a copy that is made of objects: docs/shipping.md. */
const COPY = /^\d{16}-/;

export interface LogOptions {
  readonly keys: readonly KeyObject[];
  readonly revoked: readonly Revocation[];
  readonly heads: readonly KnownHead[];
  readonly values: Values | undefined;
  /** Milliseconds since the epoch, to tell whether the log still speaks. */
  readonly now: number | undefined;
  readonly grace?: number | undefined;
  readonly step: (records: number) => void;
  /** The only file that is read; what stands before and after it is not missed. */
  readonly segment: string | undefined;
  readonly witnesses: Witnesses | undefined;
}

/** What sealed records of every log of the directory say. */
export interface Elsewhere {
  readonly prunes: readonly Prune[];
  /** Subjects whose keys were destroyed. */
  readonly erased: ReadonlySet<string>;
}

/** Records whose bodies a `prune` record says were deleted. */
export type Prune = Pick<PruneBody, "target" | "from" | "to">;

const LINE_FEED = 10;
const WORDS = ['"t":"open"', '"t":"key"'];
/** Folder of a log with checkpoints that witnesses have cosigned. */
const COSIGNED = "cosigned";
const NO_VALUES = { checked: 0, erased: 0, unread: 0, damaged: 0 };

/** A segment as it was read, with what its first lines say. */
interface Loaded {
  readonly name: SegmentName;
  readonly bytes: Buffer;
  readonly header: Header | undefined;
  /** What its first record says of the one before it; without one its header says it. */
  readonly prev: string | undefined;
}

/** One log, one segment (and the beginning of the next) in memory at a time. */
export class LogVerifier {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #options: LogOptions;
  readonly #problems = new Problems();
  readonly #notes: string[] = [];
  readonly #heads: HeadCheck;
  readonly #files: SegmentFiles;
  #state: State;
  readonly #origin: string;
  readonly #dead: DeadBytes;
  #torn = false;
  /** First record of a single segment. */
  #start = 0;

  constructor(disk: Disk, folder: string, options: LogOptions) {
    this.#disk = disk;
    this.#folder = folder;
    this.#options = options;
    // Heads before segments: a log that grows meanwhile is then longer than they say, never shorter.
    const local = options.segment === undefined ? this.#localHeads() : [];
    this.#files = new SegmentFiles(disk, folder, options.segment);
    this.#dead = new DeadBytes(this.#names, (name) => this.#files.read(name));
    const { origin, key, named } = this.#firstWords();
    this.#origin = origin;
    this.#heads = new HeadCheck(local, options.heads.filter((head) => head.origin === origin));
    const keys = options.keys.length > 0 ? options.keys : [parsePublicKey(key ?? "")].filter((one) => one !== undefined);
    this.#state = new State(genesis(origin), new Trust(origin, keys, options.revoked, named));
  }

  get #names(): readonly SegmentName[] {
    return this.#files.names;
  }

  get #log(): string {
    return basename(this.#folder);
  }

  #localHeads(): Head[] {
    try {
      return knownHeads(this.#disk, this.#folder);
    } catch (thrown) {
      this.#problems.add({ kind: "unreadable", index: 0, segment: "", line: 0, detail: messageOf(thrown), means: "incomplete" });
      return [];
    }
  }

  /** Reads everything. */
  run(): this {
    let next = this.#load(0);
    for (let at = 0; next; at++) {
      let current: Loaded = next;
      next = this.#load(at + 1);
      if (!next && this.#files.grow()) {
        // It has ended since it was read.
        current = this.#load(at) as Loaded;
        next = this.#load(at + 1);
      }
      const before = this.#names[at - 1]?.number ?? 0;
      // Who put it into a bucket numbered it by its first record: what is missing there shows in the records alone.
      if (this.#options.segment === undefined && !COPY.test(current.name.name) && current.name.number !== before + 1) this.#tell(current, "missing", this.#state.size, 0, `the ${current.name.number === before + 2 ? "segment" : "segments"} before it ${current.name.number === before + 2 ? "is" : "are"} not there`);
      if (current.name.form === "leaves") this.#leaves(current, next);
      else this.#segment(current, next);
    }
    // A single segment says nothing of the others.
    if (this.#options.segment === undefined) this.#dead.check(this.#state, this.#problems, this.#notes);
    return this;
  }

  /** Ranges that sealed `prune` records of this log name. */
  get prunes(): readonly Prune[] {
    return this.#state.prunes.filter(({ index }) => index < this.#state.sealed).map(({ body }) => body);
  }

  /** Whether other logs may hold records that explain what is gone here. */
  get asksOthers(): boolean {
    return this.#state.prunedRanges.length > 0 || (this.#options.values?.counts.erased ?? 0) > 0;
  }

  /** Subjects that sealed `erase` records of this log name. */
  get erased(): readonly string[] {
    return this.#state.erases.filter(({ index }) => index < this.#state.sealed).map(({ body }) => body.subject);
  }

  finish({ prunes, erased }: Elsewhere): LogReport {
    const state = this.#state;
    const gone = this.#options.values?.unexplained(erased) ?? 0;
    if (gone > 0) this.#problems.add({ kind: "value", index: 0, segment: "", line: 0, detail: `the keys of ${gone} values are gone, and no record says that their subjects were erased`, means: "incomplete" });
    const own = prunes.filter(({ target }) => target === this.#log || target === this.#origin);
    for (const { from, to } of state.prunedRanges) {
      if (own.some((prune) => prune.from <= from && prune.to >= to)) continue;
      this.#problems.add({ kind: "missing", index: from, segment: "", line: 0, detail: `the bodies of records ${from} to ${to - 1} were deleted, and no sealed prune record says so`, means: state.trust.isEmpty ? "unverifiable" : "tampered" });
      const counted = Math.min(to - from, state.counts.pruned);
      state.counts.pruned -= counted;
      state.lose(from, from + counted);
    }
    state.giveUp(state.doubt);
    const heads = this.#heads.settle(state, this.#problems, this.#notes);
    this.#askWitnesses();
    const means = state.trust.isEmpty || state.sealed === 0 ? "unverifiable" : state.doubt.startsWith("no ") ? "incomplete" : "unverifiable";
    const { now, grace } = this.#options;
    if (state.counts.unproven > 0 && now !== undefined && grace !== undefined && state.isBeingSealed(now - grace)) this.#notes.push(`${state.counts.unproven} records at its end are not sealed yet`);
    else if (state.counts.unproven > 0) this.#problems.add({ kind: "unproven", index: state.sealed, segment: "", line: 0, detail: `${state.counts.unproven} records are unproven: ${Object.keys(state.unproven).join("; ")}`, means });
    if (state.size === 0 && this.#problems.count === 0) this.#notes.push("it has no records");
    const states: LogState[] = [];
    if (heads.forked) states.push("forked");
    // Its last segment may have been taken apart for being shorter than its head.
    const isCut = heads.truncated || (heads.largest === state.size && state.size > 0 && state.missing.at(-1)?.[1] === state.size);
    if (isCut) states.push("truncated");
    if (heads.compared > 0 && !isCut && !heads.forked) states.push("consistent-with-heads");
    if (now !== undefined && state.isStale(now)) states.push("stale");
    if ((!state.closed && this.#options.segment === undefined) || this.#torn) states.push("unclean-end");
    return {
      log: this.#log, origin: this.#origin, version: 2, records: Math.max(state.size, heads.largest) - this.#start, sealed: state.sealed, head: state.leaf, checkpoint: state.checkpoint, key: state.trust.key,
      counts: state.counts, values: this.#options.values?.counts ?? NO_VALUES, unproven: state.unproven, missing: state.missing, unfinished: state.running.size, states,
      outcome: worst([this.#problems.outcome]), problems: this.#problems.listed, problemCount: this.#problems.count, notes: this.#notes,
    };
  }

  /** Origin and key as the log itself has them, and the other keys that it names. */
  #firstWords(): { origin: string; key: string | undefined; named: string[] } {
    let origin: string | undefined;
    const kept = join(this.#folder, LOG_KEY);
    // As good as the log's own word, and no better: whoever can write the log can write both.
    const named = this.#names[0]?.form === "leaves" && this.#disk.exists(kept) ? this.#disk.read(kept).toString().trim().split("\n") : [];
    // Where records were deleted, what named a key may stand behind what it signed.
    const all = this.#names.some(({ form }) => form === "leaves");
    for (const name of this.#names) {
      const bytes = this.#files.read(name);
      if (!bytes) continue;
      const header = headerOf(bytes);
      if (typeof header !== "string") origin ??= header.origin;
      if (name.form === "leaves" || !WORDS.some((word) => bytes.includes(word))) continue;
      for (const { text } of linesOf(bytes)) {
        const record = text.startsWith(RECORD) && WORDS.some((word) => text.includes(word)) ? parseRecord(text) : "";
        if (typeof record === "string") continue;
        if (record.t === "open" || record.t === "key") named.push(record.key);
        if (record.t === "key") named.push(record.previous);
        if (record.t === "open") origin ??= record.origin;
        if (record.t === "open" && !all) break;
      }
      if (named.length > 0 && !all) break;
    }
    return { origin: origin ?? `unknown/${this.#log}`, key: named[0], named };
  }

  #load(at: number): Loaded | undefined {
    let name = this.#names[at];
    if (!name) return undefined;
    let bytes = this.#files.read(name);
    if (!bytes && this.#names[at] !== name) {
      name = this.#names[at] as SegmentName;
      bytes = this.#files.read(name);
    }
    bytes ??= Buffer.alloc(0);
    const first = bytes.indexOf(LINE_FEED);
    const parsed = headerOf(bytes);
    const header = typeof parsed === "string" ? undefined : parsed;
    const end = bytes.indexOf(LINE_FEED, first + 1);
    const record = header && name.form !== "leaves" && end > 0 ? /^\{"v":2,"i":\d+,"prev":"([^"]{44})"/.exec(bytes.toString("latin1", first + 1, Math.min(end, first + 200)))?.[1] : undefined;
    return { name, bytes, header, prev: record };
  }

  #segment(current: Loaded, next: Loaded | undefined): void {
    const segment: Segment = { name: current.name.name, file: current.name.file, first: current.name.first, bytes: current.bytes, end: next?.name.first ?? Infinity };
    const broken = this.#files.unreadable.get(current.name.file);
    if (broken !== undefined) this.#tell(current, "unreadable", this.#state.size, 0, broken);
    const begun = broken === undefined && this.#begin(current, segment, next !== undefined);
    if (!begun) return;
    const before = this.#state.clone();
    const reset = this.#options.values?.mark();
    const stop = walk(this.#state, segment, { offset: current.bytes.indexOf(LINE_FEED) + 1, line: 2 }, { log: this.#log, values: this.#options.values, passed: this.#passed, step: this.#options.step });
    if (stop && (next ? this.#isDead(current, next, stop) : this.#isTorn(current, stop))) return;
    const above = next?.header?.prev ?? next?.prev;
    if (!stop && (!next || (this.#state.size === segment.end && (above === undefined || [next.header?.prev, next.prev].includes(this.#state.leaf))))) return;
    // Again, and more slowly: what each line is.
    this.#state = before;
    reset?.();
    this.#takeApart(current, { ...segment, above: above === undefined ? undefined : hashOf(above) });
  }

  #takeApart(current: Loaded, segment: Segment & { above: Hash | undefined }): void {
    const state = this.#state;
    const { size: from } = state;
    const tree = state.tree?.copy();
    const isLast = !Number.isFinite(segment.end);
    const known = new Map(this.#heads.local.flatMap(({ size, leaf }): [number, Hash][] => (isLast && size > from && hashOf(leaf) !== undefined ? [[size - 1, hashOf(leaf) as Hash]] : [])));
    const told = (kind: ProblemKind, index: number, line: number, detail: string): void => this.#tell(current, kind, index, line, detail);
    const truths = takeApart(state, { ...segment, log: this.#log, values: this.#options.values, known }, told);
    for (const [at, truth] of truths.entries()) {
      if (truth === undefined) break;
      tree?.append(truth);
      this.#heads.compare(from + at + 1, toBase64(truth), tree);
    }
  }

  /** The header, and what stands before it. False where nothing of the segment counts. */
  #begin(current: Loaded, segment: Segment, hasNext: boolean): boolean {
    const state = this.#state;
    const { header } = current;
    const first = segment.first;
    const line = current.bytes.toString("latin1", 0, Math.max(0, current.bytes.indexOf(LINE_FEED)));
    const checked = checkHeader(state, line, segment, this.#origin);
    if (typeof checked !== "string") return true;
    if (!header) {
      const stop: Stop = { offset: 0, line: 1, problem: checked };
      const dead = hasNext ? this.#dead.isTold(segment.name, current.bytes, 0) && state.size === segment.end : this.#isTorn(current, stop);
      if (dead) return false;
      this.#tell(current, "header", first, 1, checked);
      if (state.size !== first) this.#jump(first, current.prev, undefined);
      return true;
    }
    if (state.size < first && this.#options.segment !== undefined) {
      this.#notes.push(`only ${current.name.file} was read, from record ${first} on`);
      state.restart(first, header.prev, Frontier.parse(first, header.frontier));
      this.#start = first;
      return true;
    }
    if (state.size < first) {
      this.#tell(current, "missing", state.size, 0, first - state.size === 1 ? `record ${state.size} is not there` : `records ${state.size} to ${first - 1} are not there`);
      this.#jump(first, header.prev, Frontier.parse(first, header.frontier));
      return true;
    }
    this.#tell(current, "header", first, 1, checked);
    const tree = Frontier.parse(first, header.frontier) as Frontier;
    const judged = header.checkpoint === undefined ? undefined : state.trust.judge(header.checkpoint, () => BigInt(state.time));
    // Where a checkpoint vouches for the header, the header is right and what was read is not.
    if (judged?.problem === undefined && judged?.checkpoint.size === first && judged.checkpoint.root === tree.root()) {
      state.giveUp("they do not lead to the checkpoint after them");
      state.restart(first, header.prev, tree);
    }
    return true;
  }

  #jump(first: number, prev: string | undefined, tree: Frontier | undefined): void {
    const state = this.#state;
    state.giveUp("records beside them are altered or missing");
    state.lose(state.size, first);
    state.restart(first, prev ?? state.leaf, tree);
  }

  #leaves(current: Loaded, next: Loaded | undefined): void {
    const state = this.#state;
    const { name, bytes } = current;
    const end = next?.name.first ?? Infinity;
    const begun = this.#begin(current, { name: name.name, file: name.file, first: name.first, bytes, end }, next !== undefined);
    if (!begun) return;
    const hashes = bytes.subarray(bytes.indexOf(LINE_FEED) + 1);
    const count = Number.isFinite(end) ? end - name.first : Math.floor(hashes.length / HASH_BYTES);
    if (hashes.length !== count * HASH_BYTES) {
      this.#tell(current, "bytes", name.first, 0, `${hashes.length} bytes of leaf hashes for ${count} records`);
      return;
    }
    const from = state.size;
    for (let at = 0; at < hashes.length; at += HASH_BYTES) {
      const leaf = hashes.toString("latin1", at, at + HASH_BYTES);
      state.append(leaf, at + HASH_BYTES === hashes.length ? toBase64(leaf) : "");
      this.#heads.compare(state.size, state.leaf, state.tree);
    }
    state.await(from, state.size, "pruned");
    if (state.size > from) state.prunedRanges.push({ from, to: state.size });
  }

  #passed = (): void => this.#heads.compare(this.#state.size, this.#state.leaf, this.#state.tree);

  #askWitnesses(): void {
    const { witnesses } = this.#options;
    if (!witnesses) return;
    const folder = join(this.#folder, COSIGNED);
    const files = this.#disk.list(this.#folder).includes(COSIGNED) ? this.#disk.list(folder) : [];
    const own = [...files.map((file) => this.#disk.read(join(folder, file)).toString()), ...(this.#state.checkpoint === undefined ? [] : [this.#state.checkpoint])];
    const { size, problem } = judgeWitnesses(this.#heads.known.flatMap(({ note }) => note ?? []), own, witnesses);
    if (problem !== undefined) this.#problems.add({ kind: "witness", index: 0, segment: "", line: 0, detail: problem, means: "unverifiable" });
    else this.#notes.push(`witnesses have cosigned the first ${size} records`);
  }

  /** Bytes that count for nothing and of which the log itself tells. */
  #isDead(current: Loaded, next: Loaded, stop: Stop): boolean {
    const { name, bytes } = current;
    const isTold = this.#dead.isTold(name.name, bytes, stop.offset);
    const isRewritten = next.header?.rewrites === true && this.#state.size === next.name.first;
    // Records that go on are dead only where the disk failed and they were written again.
    if (!isRewritten && (!isTold || stop.beyond)) return false;
    if (this.#sealsBehind(bytes, stop.offset).size > 1) return false;
    if (!isTold) this.#notes.push(`${bytes.length - stop.offset} bytes at the end of ${name.file} stand in the next segment again; no record says so`);
    return true;
  }

  /** What a crash may have left at the end of the log, and nobody has gone on from. */
  #isTorn(current: Loaded, stop: Stop): boolean {
    const { name, bytes } = current;
    const rest = bytes.length - stop.offset;
    if (!stop.half && stop.offset > 0 && this.#isOurs(bytes.toString("latin1", stop.offset, bytes.indexOf(LINE_FEED, stop.offset)))) return false;
    if (this.#sealsBehind(bytes, stop.offset).size > 1 || this.#heads.local.some(({ size }) => size > this.#state.size)) return false;
    this.#torn = true;
    if (stop.half || rest === 0) this.#notes.push(`${name.file} ends with ${rest} bytes of a line that is not finished`);
    else this.#tell(current, "bytes", this.#state.size, stop.line, `${rest} bytes go on from nothing (${stop.problem}): a crash left them, or somebody changed what no two checkpoints cover`, "incomplete");
    return true;
  }

  /** A whole record, or a checkpoint of a known key: no crash puts one where it does not belong. */
  #isOurs(line: string): boolean {
    if (line.startsWith(RECORD)) return typeof parseRecord(line) !== "string";
    const note = line.startsWith(SEAL) ? parseSeal(line) : undefined;
    return note !== undefined && this.#state.trust.judge(note, () => BigInt(this.#state.time)).problem === undefined;
  }

  /** Sizes of checkpoints behind a damage: two prove that everything before the first was on the disk (docs/audit-format.md). */
  #sealsBehind(bytes: Buffer, offset: number): Set<number> {
    const sizes = new Set<number>();
    for (const { text } of linesOf(bytes, offset)) {
      const note = text.startsWith(SEAL) ? parseSeal(text) : undefined;
      const judged = note === undefined ? undefined : this.#state.trust.judge(note, () => BigInt(this.#state.time));
      if (judged?.problem === undefined && judged && judged.checkpoint.size > this.#state.lastSize) sizes.add(judged.checkpoint.size);
    }
    return sizes;
  }

  #tell({ name }: Loaded, kind: ProblemKind, index: number, line: number, detail: string, means: Problem["means"] = "tampered"): void {
    this.#problems.add({ kind, index, segment: name.file, line, detail, means });
  }
}
