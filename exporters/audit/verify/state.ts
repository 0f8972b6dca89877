import { Frontier } from "../tree/frontier.ts";
import type { Hash } from "../tree/hash.ts";
import type { EraseBody, PruneBody, RecoverBody } from "../bodies.ts";
import type { Trust } from "./trust.ts";
import { MOST_RANGES, type RecordVerdict } from "./report.ts";

/** Indices of which one thing is true until a checkpoint settles it. */
export interface Range {
  readonly from: number;
  readonly to: number;
  /** What they are once a checkpoint covers them. */
  readonly as: "proven" | "pruned";
}

/** Why the records behind the last checkpoint are unproven, where nothing else is wrong. */
export const NOT_SEALED_YET = "no checkpoint covers them yet";

/** Decisions without an outcome that are held in memory; beyond it they are not counted. */
const MOST_RUNNING = 100_000;

/** How far a log has been read, and what is known up to there. */
export class State {
  /** Records so far. */
  size = 0;
  /** Leaf hash of the last, base64. */
  leaf: string;
  /** The tree of them; undefined where leaves are not known. */
  tree: Frontier | undefined = new Frontier();
  /** The tree at the last checkpoint that was checked, and the leaves since. */
  sealedTree: Frontier = new Frontier();
  openLeaves: Hash[] = [];
  /** Records that a believed checkpoint covers. */
  sealed = 0;
  /** Size of the last checkpoint that headers must not leave out. */
  headersOwe = 0;
  /** Size of the last checkpoint that was read, believed or not. */
  lastSize = 0;
  checkpoint: string | undefined;
  /** Checkpoints of this segment and the one before: size → root. */
  roots: Map<number, Hash> = new Map();
  trust: Trust;
  open: Range[] = [];
  counts: Record<RecordVerdict, number> = { proven: 0, unproven: 0, altered: 0, missing: 0, pruned: 0 };
  unproven: Record<string, number> = {};
  missing: [number, number][] = [];
  /** Why the last checkpoint was not believed. */
  doubt: string = NOT_SEALED_YET;
  running: Set<number> = new Set();
  recovers: { readonly index: number; readonly body: RecoverBody }[] = [];
  prunes: { readonly index: number; readonly body: PruneBody }[] = [];
  erases: { readonly index: number; readonly body: EraseBody }[] = [];
  /** Ranges whose bodies were deleted: not settled before every log has been read. */
  prunedRanges: { readonly from: number; readonly to: number }[] = [];
  /** The log ended with `close`. */
  closed = false;
  /** Seconds between heartbeats, and when the last record was written, nanoseconds since the epoch. */
  interval = 0;
  time = "0";
  /** The same of one that a believed checkpoint covers: the last where checkpoints came, and those that are not covered yet. */
  sealedTime = "0";
  marks: { readonly size: number; readonly time: string }[] = [];

  constructor(leaf: string, trust: Trust) {
    this.leaf = leaf;
    this.trust = trust;
  }

  clone(): State {
    const copy = new State(this.leaf, this.trust.clone());
    const { size, sealed, headersOwe, lastSize, checkpoint, doubt, closed, interval, time, sealedTime } = this;
    Object.assign(copy, { size, sealed, headersOwe, lastSize, checkpoint, doubt, closed, interval, time, sealedTime });
    copy.tree = this.tree?.copy();
    copy.sealedTree = this.sealedTree.copy();
    copy.openLeaves = [...this.openLeaves];
    copy.roots = new Map(this.roots);
    copy.open = [...this.open];
    copy.marks = [...this.marks];
    copy.counts = { ...this.counts };
    copy.missing = this.missing.map(([from, to]) => [from, to]);
    copy.unproven = { ...this.unproven };
    copy.running = new Set(this.running);
    copy.recovers = [...this.recovers];
    copy.prunes = [...this.prunes];
    copy.erases = [...this.erases];
    copy.prunedRanges = [...this.prunedRanges];
    return copy;
  }

  /** Whether every record so far was read. */
  get isWhole(): boolean {
    return this.counts.missing + this.counts.altered === 0;
  }

  /** The record that goes on from the last. */
  append(leaf: Hash, base64: string): void {
    this.size++;
    this.leaf = base64;
    this.tree?.append(leaf);
    if (this.tree) this.openLeaves.push(leaf);
  }

  /** Records [from, to) are there; a checkpoint will settle what they are. */
  await(from: number, to: number, as: Range["as"] = "proven"): void {
    if (to <= from) return;
    const last = this.open.at(-1);
    if (last?.to === from && last.as === as) this.open[this.open.length - 1] = { ...last, to };
    else this.open.push({ from, to, as });
  }

  /** Root of the tree when it had so many leaves; undefined where it is not known any more. */
  rootAt(size: number): Hash | undefined {
    if (!this.tree) return undefined;
    if (size === this.size) return this.tree.root();
    if (size < this.sealedTree.size || size > this.sealedTree.size + this.openLeaves.length) return undefined;
    const tree = this.sealedTree.copy();
    for (const leaf of this.openLeaves.slice(0, size - tree.size)) tree.append(leaf);
    return tree.root();
  }

  /** A believed checkpoint fits the tree. */
  seal(size: number, note: string): void {
    this.openLeaves.splice(0, size - this.sealedTree.size).forEach((leaf) => this.size === size || this.sealedTree.append(leaf));
    if (this.size === size) this.sealedTree = (this.tree as Frontier).copy();
    this.sealed = Math.max(this.sealed, size);
    this.headersOwe = this.sealed;
    this.checkpoint = note;
    this.doubt = NOT_SEALED_YET;
    this.trust.sealed(size);
    // A checkpoint that took its time covers fewer records than stand before it.
    this.marks.push({ size: this.size, time: this.time });
    while (this.marks[0] !== undefined && this.marks[0].size <= size) this.sealedTime = (this.marks.shift() as State["marks"][number]).time;
    this.#settle(size);
  }

  #settle(size: number): void {
    const rest: Range[] = [];
    for (const { from, to, as } of this.open) {
      if (from < size) this.counts[as] += Math.min(to, size) - from;
      if (to > size) rest.push({ from: Math.max(from, size), to, as });
    }
    this.open = rest;
  }

  /** Records [from, to) are not there. */
  lose(from: number, to: number): void {
    this.counts.missing += to - from;
    const last = this.missing.at(-1);
    if (last?.[1] === from) last[1] = to;
    else if (this.missing.length < MOST_RANGES) this.missing.push([from, to]);
  }

  /** What nothing can prove any more. */
  giveUp(reason: string): void {
    for (const { from, to } of this.open) this.leaveUnproven(to - from, reason);
    this.open = [];
  }

  leaveUnproven(count: number, reason: string): void {
    if (count === 0) return;
    this.counts.unproven += count;
    this.unproven[reason] = (this.unproven[reason] ?? 0) + count;
  }

  /** Goes on from a header: what was before is not known to it. */
  restart(size: number, leaf: string, tree: Frontier | undefined): void {
    this.size = size;
    this.leaf = leaf;
    this.tree = tree?.copy();
    this.sealedTree = tree?.copy() ?? new Frontier();
    this.openLeaves = [];
  }

  /** Nothing was written for three intervals of its heartbeat, and it was not closed. */
  isStale(now: number): boolean {
    return !this.closed && this.interval > 0 && milliseconds(this.time) + 3_000 * this.interval < now;
  }

  /** Whether all that is unproven are the last records, and a sealed one before them says that the log was sealed since. */
  isBeingSealed(since: number): boolean {
    return Object.keys(this.unproven).every((doubt) => doubt === NOT_SEALED_YET) && milliseconds(this.sealedTime) >= since;
  }

  started(index: number): void {
    if (this.running.size < MOST_RUNNING) this.running.add(index);
  }
}

function milliseconds(nanoseconds: string): number {
  return Number(BigInt(nanoseconds) / 1_000_000n);
}
