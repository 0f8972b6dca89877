import { join } from "node:path";
import { messageOf, SpangateError } from "../../errors.ts";
import type { Disk } from "./disk.ts";
import { genesis } from "./record.ts";
import { type Header, headerOf, linesOf, listSegments, parseSeal, readSegment, RECORD, SEAL, type SegmentName, VALUE } from "./segment.ts";
import { parseCheckpoint } from "./tree/checkpoint.ts";
import { Frontier } from "./tree/frontier.ts";
import { type Hash, HASH_BYTES, leafHash, toBase64 } from "./tree/hash.ts";
import { parseNote } from "./tree/note.ts";

/** A leaf of the tree. */
export interface WalkedLeaf {
  readonly kind: "leaf";
  readonly index: number;
  readonly leaf: Hash;
  /** The line of the record; undefined where it was pruned. */
  readonly text: string | undefined;
}

/** A checkpoint, where it stands. Its signature was not looked at, and its root only if `root` is compared with it. */
export interface WalkedSeal {
  readonly kind: "seal";
  /** The signed note. */
  readonly note: string;
  readonly size: number;
  readonly root: Hash;
}

/** The encrypted value behind the record before it. */
export interface WalkedValue {
  readonly kind: "value";
  readonly text: string;
}

export type Walked = WalkedLeaf | WalkedSeal | WalkedValue;

/**
 * What stands in a log, in its order, each record once, as long as the chain goes on; for who proves, copies or
 * counts. What is wrong with a log, and how, is for `verify` to say: here it only ends the walk.
 *
 * @throws SG_AUDIT_CORRUPT where a segment does not go on from the one before, or ends before the next one begins or
 *   before what was sealed
 */
export function* walkLog(disk: Disk, folder: string): Generator<Walked> {
  const segments = listSegments(disk, folder);
  let tree = new Frontier();
  let prev: string | undefined;
  for (const [at, segment] of segments.entries()) {
    const bytes = read(disk, folder, segment);
    const header = headerOf(bytes);
    // A crash came while it was being made; nothing in it counts.
    if (typeof header === "string" && at === segments.length - 1) return;
    if (typeof header === "string") throw corrupt(folder, segment, 0, `it has no header: ${header}`);
    prev ??= genesis(header.origin);
    if (header.first !== tree.size || header.frontier !== tree.toString() || header.prev !== prev) throw corrupt(folder, segment, 0, "it does not go on from the segment before it");
    const next = segments[at + 1];
    const end = next && typeof headerOf(read(disk, folder, next)) !== "string" ? next.first : undefined;
    prev = yield* walkSegment(bytes, segment, header, end ?? Infinity, tree);
    if (end !== undefined && tree.size !== end) throw corrupt(folder, segment, tree.size, `the chain ends there, and the next segment begins at ${end}`);
    // A crash tears the end of the last one; what was sealed behind the damage was there before it.
    if (end === undefined && sealedBeyond(bytes, segment, tree.size)) throw corrupt(folder, segment, tree.size, "the chain ends there, and a checkpoint stands behind it");
    tree = tree.copy();
  }
}

/**
 * The same for one segment.
 *
 * @param tree that of all records before it; the leaves are added to it
 * @returns the hash of the last record, base64
 */
export function* walkSegment(bytes: Buffer, { form }: SegmentName, header: Header, end: number, tree: Frontier): Generator<Walked, string> {
  let prev = header.prev;
  const begin = bytes.indexOf("\n") + 1;
  if (form === "leaves") {
    for (let at = begin; at + HASH_BYTES <= bytes.length && tree.size < end; at += HASH_BYTES) {
      const leaf = bytes.toString("latin1", at, at + HASH_BYTES);
      prev = toBase64(leaf);
      const index = tree.size;
      tree.append(leaf);
      yield { kind: "leaf", index, leaf, text: undefined };
    }
    return prev;
  }
  for (const { text, whole } of linesOf(bytes, begin)) {
    if (!whole) break;
    if (text.startsWith(RECORD)) {
      const index = tree.size;
      if (index >= end || !text.startsWith(`{"v":2,"i":${index},"prev":"${prev}","t":"`)) break;
      const leaf = leafHash(text);
      prev = toBase64(leaf);
      tree.append(leaf);
      yield { kind: "leaf", index, leaf, text };
    } else if (text.startsWith(SEAL)) {
      const seal = sealOf(text);
      if (!seal || seal.size > tree.size) break;
      yield seal;
    } else if (text.startsWith(VALUE)) yield { kind: "value", text };
    else break;
  }
  return prev;
}

function sealOf(line: string): WalkedSeal | undefined {
  const note = parseSeal(line);
  const parsed = note === undefined ? "" : parseNote(note);
  const checkpoint = typeof parsed === "string" ? parsed : parseCheckpoint(parsed.text);
  return note === undefined || typeof checkpoint === "string" ? undefined : { kind: "seal", note, size: checkpoint.size, root: checkpoint.root };
}

function sealedBeyond(bytes: Buffer, { form }: SegmentName, size: number): boolean {
  return form !== "leaves" && linesOf(bytes).some(({ text, whole }) => whole && text.startsWith(SEAL) && (sealOf(text)?.size ?? 0) > size);
}

function read(disk: Disk, folder: string, segment: SegmentName): Buffer {
  try {
    return readSegment(disk, folder, segment);
  } catch (thrown) {
    throw corrupt(folder, segment, 0, `it cannot be read: ${messageOf(thrown)}`);
  }
}

function corrupt(folder: string, segment: SegmentName, place: number, problem: string): SpangateError {
  return new SpangateError("SG_AUDIT_CORRUPT", { file: join(folder, segment.file), place, problem });
}
