import type { RecordBodies, RecordType } from "./bodies.ts";
import { formatRecord } from "./record.ts";
import type { Frontier } from "./tree/frontier.ts";
import { type Hash, leafHash, toBase64 } from "./tree/hash.ts";
import type { Sealed } from "./vault.ts";

/** Most that is kept in memory while the disk does not take it. */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_RECORDS = 10_000;
/** Room that stays for what tells of the trouble itself. */
const RESERVE = 64;

/** The chain and the tree of a log, and its records until they are safe. Knows nothing of disks. */
export class Queue {
  readonly #log: string;
  readonly #frontier: Frontier;
  #leaf: string;
  /** Lines that no segment has yet. */
  #lines: Kept[] = [];
  #bytes = 0;
  /** Lines that a segment has, and the disk perhaps not. */
  #unsafe: Kept[] = [];
  #unsafeBytes = 0;
  #written: TreePlace;
  #safe: TreePlace;
  #lost: { count: number; decisions: number; from: string; to: string } | undefined;
  #lostEver = 0;
  readonly #records = new Map<RecordType, number>();

  constructor(log: string, { frontier, leaf }: { readonly frontier: Frontier; readonly leaf: string }) {
    this.#log = log;
    this.#frontier = frontier.copy();
    this.#leaf = leaf;
    this.#written = { size: frontier.size, leaf, frontier: frontier.copy() };
    this.#safe = this.#written;
  }

  get size(): number {
    return this.#frontier.size;
  }

  /** Index of the next record that something is told by: one of what was lost comes before it. */
  get next(): number {
    return this.size + (this.#lost ? 1 : 0);
  }

  get waiting(): number {
    return this.#lines.length;
  }

  /** Bytes that a failing disk would have to be given again. */
  get unsafeBytes(): number {
    return this.#unsafeBytes;
  }

  get lost(): number {
    return this.#lostEver;
  }

  /** How many of each type have got an index from this process. */
  get records(): ReadonlyMap<RecordType, number> {
    return this.#records;
  }

  /** Where the tree stands; where the last line stands that a segment has; and that the disk is known to have. */
  get place(): TreePlace {
    return { size: this.size, leaf: this.#leaf, frontier: this.#frontier.copy() };
  }

  get written(): TreePlace {
    return this.#written;
  }

  get safe(): TreePlace {
    return this.#safe;
  }

  root(): Hash {
    return this.#frontier.root();
  }

  /** Gives a record its index and its place in the tree. Undefined, and counted, where there is no room. */
  push<T extends RecordType>(type: T, body: RecordBodies[T], value: Sealed | undefined): number | undefined {
    const telling = type === "recover" || type === "halt" || type === "close";
    if (!telling && (this.#bytes > MAX_BYTES || this.#lines.length > MAX_RECORDS - RESERVE)) {
      this.#lose(type);
      return undefined;
    }
    if (this.#lost) {
      const { count, decisions, from, to } = this.#lost;
      this.#lost = undefined;
      this.#add("gap", { count, decisions, reason: "no room in memory while the disk took nothing", from, to }, undefined);
    }
    return this.#add(type, body, value);
  }

  #add<T extends RecordType>(type: T, body: RecordBodies[T], value: Sealed | undefined): number {
    const index = this.#frontier.size;
    this.#records.set(type, (this.#records.get(type) ?? 0) + 1);
    const line = formatRecord(index, this.#leaf, this.#log, type, body);
    const hash = leafHash(line);
    this.#frontier.append(hash);
    this.#leaf = toBase64(hash);
    const kept = value?.line(index, this.#leaf);
    const text = kept === undefined ? `${line}\n` : `${line}\n${kept}\n`;
    this.#lines.push({ end: index + 1, text });
    this.#bytes += text.length;
    return index;
  }

  #lose(type: RecordType): void {
    const now = `${Date.now()}000000`;
    this.#lost ??= { count: 0, decisions: 0, from: now, to: now };
    this.#lost.count++;
    if (type === "decision") this.#lost.decisions++;
    this.#lost.to = now;
    this.#lostEver++;
  }

  /** Hands out what no segment has yet. */
  take(): string {
    if (this.#lines.length === 0) return "";
    const text = this.#lines.length === 1 ? (this.#lines[0] as Kept).text : this.#lines.map((line) => line.text).join("");
    this.#unsafe.push(...this.#lines);
    this.#unsafeBytes += this.#bytes;
    this.#lines = [];
    this.#bytes = 0;
    this.#written = this.place;
    return text;
  }

  /** The disk has everything up to this place. */
  settle(place: TreePlace): void {
    if (place.size <= this.#safe.size) return;
    this.#safe = place;
    let count = 0;
    for (let line = this.#unsafe[0]; line && line.end <= place.size; line = this.#unsafe[++count]) this.#unsafeBytes -= line.text.length;
    this.#unsafe.splice(0, count);
  }

  /** The disk failed: what was not safe is to be written again, before anything else. */
  takeBack(): void {
    this.#lines = [...this.#unsafe, ...this.#lines];
    this.#bytes += this.#unsafeBytes;
    this.#unsafe = [];
    this.#unsafeBytes = 0;
  }
}

interface Kept {
  /** Records up to its end. */
  readonly end: number;
  readonly text: string;
}

/** A place in the log, and the tree of everything before it. */
export interface TreePlace {
  readonly size: number;
  /** Leaf hash of the last record, base64. */
  readonly leaf: string;
  readonly frontier: Frontier;
}
