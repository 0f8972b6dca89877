import type { KeyObject } from "node:crypto";
import { ascii, type AuditRecord, parseRecord } from "../record.ts";
import { Frontier } from "../tree/frontier.ts";
import { type Hash, leafHash, toBase64 } from "../tree/hash.ts";
import { type CheckpointMessage, readExport, type RecordMessage } from "./export-reader.ts";
import { headOfNote, type KnownHead } from "./heads.ts";
import { type LogReport, type LogState, MOST_RANGES, Problems, type RecordVerdict } from "./report.ts";
import { parsePublicKey, type Revocation, Trust } from "./trust.ts";
import { hashOf } from "./walk.ts";

export interface ExportOptions {
  readonly keys?: readonly KeyObject[];
  readonly revoked?: readonly Revocation[];
  readonly heads?: readonly KnownHead[];
}

/** A copy of a record that a backend gave back. */
interface Copy {
  readonly leaf: Hash;
  readonly prev: Hash | undefined;
  /** It may be the beginning of the record: it is no record, and its braces are still open where it ends. */
  readonly isCut: boolean;
}

/** What a backend has of one log. */
class Received {
  readonly copies = new Map<number, Copy[]>();
  readonly checkpoints = new Map<string, CheckpointMessage[]>();
  /** Records that tell of keys, by index. */
  readonly keys = new Map<number, Extract<AuditRecord, { t: "open" | "key" }>[]>();
  duplicates = 0;

  add({ index, text }: RecordMessage): void {
    const parsed = text === "" ? "" : parseRecord(text);
    const copy = { leaf: leafHash(text), prev: typeof parsed === "string" ? undefined : hashOf(parsed.prev), isCut: typeof parsed === "string" && isOpen(text) };
    const copies = this.copies.get(index);
    if (!copies) this.copies.set(index, [copy]);
    else if (copies.some(({ leaf }) => leaf === copy.leaf)) this.duplicates++;
    else copies.push(copy);
    if (typeof parsed !== "string" && (parsed.t === "open" || parsed.t === "key")) this.keys.set(index, [...(this.keys.get(index) ?? []), parsed]);
  }

  addCheckpoint(message: CheckpointMessage): void {
    const messages = this.checkpoints.get(message.note);
    if (!messages) this.checkpoints.set(message.note, [message]);
    // One that was cut must not stand before one that was not.
    else if (messages.some(({ from, frontier, leaves }) => from === message.from && frontier === message.frontier && leaves?.join("") === message.leaves?.join(""))) this.duplicates++;
    else messages.push(message);
  }
}

/**
 * Verifies what a backend gives back of audit logs: files as {@link readExport} takes them, in whatever order, with
 * whatever missing. Nothing that a backend may do to spans – drop, sample, cut, repeat, reorder, re-type – makes a
 * record `altered`; what it lost is named.
 *
 * @throws as `readExport` does
 */
export function verifyExport(files: readonly string[], options: ExportOptions = {}): LogReport[] {
  const logs = new Map<string, Received>();
  const of = (origin: string): Received => {
    const received = logs.get(origin) ?? new Received();
    logs.set(origin, received);
    return received;
  };
  for (const file of files) readExport(file, { record: (message) => of(message.origin).add(message), checkpoint: (message) => of(message.origin).addCheckpoint(message) });
  return [...logs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([origin, received]) => new ExportVerifier(origin, received, options).verify());
}

class ExportVerifier {
  readonly #origin: string;
  readonly #received: Received;
  readonly #trust: Trust;
  readonly #heads: readonly KnownHead[];
  readonly #problems = new Problems();
  readonly #notes: string[] = [];
  /** Index → the leaf hash that is signed. */
  readonly #leaves = new Map<number, Hash>();
  /** Size → the root that is signed, or that a signed one contains. */
  readonly #roots = new Map<number, Hash>();
  /** Size → the tree of so many records that a believed checkpoint contains: {@link Frontier.toString}. */
  readonly #trees = new Map<number, string>([[0, ""]]);
  #sealed = 0;
  #checkpoint: string | undefined;
  #forked = false;
  #unknown = "";

  constructor(origin: string, received: Received, { keys = [], revoked = [], heads = [] }: ExportOptions) {
    this.#origin = origin;
    this.#received = received;
    this.#heads = heads.filter((head) => head.origin === origin);
    const first = Math.min(...received.keys.keys());
    const open = received.keys.get(first)?.find(({ t }) => t === "open");
    const own = keys.length > 0 ? keys : [parsePublicKey(open?.key ?? "")].filter((key) => key !== undefined);
    this.#trust = new Trust(origin, own, revoked);
  }

  verify(): LogReport {
    this.#checkpoints();
    this.#fillIntervals();
    this.#links();
    return this.#report();
  }

  /** Each checkpoint with its leaves, smallest first, so that a `key` record is known when its key signs. */
  #checkpoints(): void {
    const notes = [...this.#received.checkpoints].map(([note, messages]) => ({ note, messages, size: headOfNote(note)?.size ?? -1 })).sort((a, b) => a.size - b.size);
    let cut = 0;
    for (const { note, messages, size } of notes) {
      if (size < 0) {
        cut++;
        continue;
      }
      const judged = this.#trust.judge(note, () => 0n);
      if (judged.problem !== undefined) {
        if (judged.kind === "wrong") this.#tell("checkpoint", size - 1, `a checkpoint of ${size} records: ${judged.problem}`, "tampered");
        else this.#unknown = judged.problem;
        continue;
      }
      this.#agree(size, judged.checkpoint.root);
      if (size > this.#sealed) [this.#sealed, this.#checkpoint] = [size, note];
      if (!this.#fold(messages, size, judged.checkpoint.root)) cut++;
      this.#trust.sealed(size);
    }
    if (cut > 0) this.#notes.push(`${cut} ${cut === 1 ? "checkpoint" : "checkpoints"} came without all of what proves the records before`);
    for (const { size, root } of this.#heads) this.#agree(size, root);
  }

  /** From the last message of an interval to the first: each ends where the next begins. False where some are lost or cut. */
  #fold(messages: readonly CheckpointMessage[], size: number, root: Hash): boolean {
    let [end, expected, isLast] = [size, "", true];
    const byEnd = messages.filter(({ leaves }) => leaves !== undefined).sort((a, b) => b.from - a.from);
    for (const { from, frontier, leaves, part } of byEnd) {
      const tree = Frontier.parse(from, frontier);
      if (!tree || from + (leaves as readonly Hash[]).length !== end) continue;
      const before = tree.root();
      for (const leaf of leaves as readonly Hash[]) tree.append(leaf);
      if (isLast ? tree.root() !== root : tree.toString() !== expected) {
        this.#tell("checkpoint", from, `the leaf hashes of the records ${from} to ${end - 1} are not those that the checkpoint of ${size} sealed`, "tampered");
        continue;
      }
      for (const [at, leaf] of (leaves as readonly Hash[]).entries()) this.#prove(from + at, leaf);
      this.#trees.set(from, frontier).set(end, tree.toString());
      if (from > 0) this.#agree(from, before);
      if (part.number === 1) return true;
      [end, expected, isLast] = [from, frontier, false];
    }
    return false;
  }

  #prove(index: number, leaf: Hash): void {
    const known = this.#leaves.get(index);
    if (known !== undefined && known !== leaf) this.#fork(index, `record ${index} is sealed as two different records`);
    this.#leaves.set(index, leaf);
    for (const record of this.#received.keys.get(index) ?? []) {
      if (record.t === "key" && leafHash(ascii(JSON.stringify(record))) === leaf) this.#trust.announce(index, record);
    }
  }

  #agree(size: number, root: Hash): void {
    const known = this.#roots.get(size);
    if (known !== undefined && known !== root) this.#fork(size - 1, `the first ${size} records are sealed under two different roots`);
    this.#roots.set(size, root);
  }

  #fork(index: number, detail: string): void {
    this.#forked = true;
    this.#tell("fork", index, detail, "tampered");
  }

  /**
   * Where the checkpoint of an interval was lost, those around it still say which tree it led from and to. A record
   * that was lost as well is made up for by the one behind it, which holds its leaf hash.
   */
  #fillIntervals(): void {
    const sizes = [...this.#trees.keys()].sort((a, b) => a - b);
    for (const [at, from] of sizes.entries()) {
      const to = sizes[at + 1];
      if (to === undefined || this.#leaves.has(from)) continue;
      const leaves: Hash[] = [];
      for (let index = from; index < to; index++) {
        const leaf = this.#only(index + 1)?.prev ?? this.#only(index)?.leaf;
        if (leaf === undefined) break;
        leaves.push(leaf);
      }
      const tree = leaves.length === to - from ? Frontier.parse(from, this.#trees.get(from) as string) : undefined;
      for (const leaf of leaves) tree?.append(leaf);
      if (tree?.toString() === this.#trees.get(to)) for (const [offset, leaf] of leaves.entries()) this.#prove(from + offset, leaf);
    }
  }

  /** The copy of a record, unless there are different ones. */
  #only(index: number): Copy | undefined {
    const copies = this.#received.copies.get(index);
    return copies?.length === 1 && !copies[0]?.isCut ? copies[0] : undefined;
  }

  /** A proven record proves the one before it. */
  #links(): void {
    for (const index of [...this.#received.copies.keys()].sort((a, b) => b - a)) {
      const leaf = this.#leaves.get(index);
      const copy = this.#received.copies.get(index)?.find((one) => one.leaf === leaf);
      if (copy?.prev !== undefined && index > 0 && !this.#leaves.has(index - 1)) this.#leaves.set(index - 1, copy.prev);
    }
  }

  #report(): LogReport {
    const { copies, checkpoints, duplicates } = this.#received;
    const counts: Record<RecordVerdict, number> = { proven: 0, unproven: 0, altered: 0, missing: 0, pruned: 0 };
    const unproven: Record<string, number> = {};
    const doubt = (reason: string): void => {
      counts.unproven++;
      unproven[reason] = (unproven[reason] ?? 0) + 1;
    };
    let [first, end] = [Infinity, this.#sealed];
    for (const index of copies.keys()) [first, end] = [Math.min(first, index), Math.max(end, index + 1)];
    for (const messages of checkpoints.values()) for (const { from } of messages) first = Math.min(first, from);
    first = Math.min(first, end);
    const missing: [number, number][] = [];
    for (let index = first; index < end; index++) {
      const received = copies.get(index);
      const leaf = this.#leaves.get(index);
      if (!received) {
        counts.missing++;
        const last = missing.at(-1);
        if (last?.[1] === index) last[1]++;
        else missing.push([index, index + 1]);
      } else if (leaf === undefined) doubt(this.#unknown || (index < this.#sealed ? "what proves them was lost" : "no checkpoint covers them yet"));
      else if (received.some((copy) => copy.leaf === leaf)) {
        counts.proven++;
        if (received.some((copy) => copy.leaf !== leaf && !copy.isCut)) this.#tell("duplicate", index, `besides record ${index} there is another that says that it is`, "tampered");
      } else if (received.every(({ isCut }) => isCut)) doubt("only the beginning of them is there");
      else {
        counts.altered++;
        this.#tell("altered", index, "it is not the record that was sealed", "tampered");
      }
    }
    const named = missing.slice(0, MOST_RANGES);
    if (counts.missing > 0) this.#tell("missing", (missing[0] as [number, number])[0], `${counts.missing} records are not there: ${shortList(missing)}`, "incomplete");
    if (counts.unproven > 0) this.#tell("unproven", first, `${counts.unproven} records are unproven: ${Object.keys(unproven).join("; ")}`, this.#leaves.size > 0 && this.#unknown === "" ? "incomplete" : "unverifiable");
    if (first > 0 && first < Infinity) this.#notes.push(`the export begins with record ${first}`);
    if (duplicates > 0) this.#notes.push(`${duplicates} messages came more than once`);
    return {
      log: this.#origin.split("/").at(-1) as string, origin: this.#origin, version: 2, records: end - first, sealed: this.#sealed, head: toBase64(this.#leaves.get(end - 1) ?? ""),
      checkpoint: this.#checkpoint, key: this.#trust.key, counts, values: { checked: 0, erased: 0, unread: 0, damaged: 0 }, unproven, unfinished: 0, missing: named,
      states: this.#states(end), outcome: this.#problems.outcome, problems: this.#problems.listed, problemCount: this.#problems.count, notes: this.#notes,
    };
  }

  #states(end: number): LogState[] {
    const states: LogState[] = [];
    const longer = this.#heads.filter(({ size }) => size > end);
    if (this.#forked) states.push("forked");
    else if (this.#heads.length > longer.length) states.push("consistent-with-heads");
    if (longer.length > 0) {
      states.push("truncated");
      this.#tell("truncated", end, `the log was known to have ${Math.max(...longer.map(({ size }) => size))} records, and there are ${end}`, "incomplete");
    }
    return states;
  }

  #tell(kind: Parameters<Problems["add"]>[0]["kind"], index: number, detail: string, means: Parameters<Problems["add"]>[0]["means"]): void {
    this.#problems.add({ kind, index, segment: "", line: 0, detail, means });
  }
}

function shortList(ranges: readonly (readonly [number, number])[]): string {
  const told = ranges.slice(0, 20).map(([from, to]) => (to - from === 1 ? `${from}` : `${from}-${to - 1}`));
  return told.join(", ") + (ranges.length > told.length ? `, and ${ranges.length - told.length} more ranges (--json lists them)` : "");
}

/** Whether the JSON of a text goes on behind its end, as far as its strings and braces say. */
function isOpen(text: string): boolean {
  let [depth, inString] = [0, false];
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (inString && char === "\\") at++;
    else if (char === '"') inString = !inString;
    else if (!inString && char === "{") depth++;
    else if (!inString && char === "}") depth--;
  }
  return inString || depth > 0 || text === "";
}
