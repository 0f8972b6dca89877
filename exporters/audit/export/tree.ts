import { basename, join } from "node:path";
import { SpangateError } from "../../../errors.ts";
import type { Disk } from "../disk.ts";
import { listSegments } from "../segment.ts";
import { parseCheckpoint } from "../tree/checkpoint.ts";
import { Frontier } from "../tree/frontier.ts";
import type { Hash } from "../tree/hash.ts";
import { parseNote } from "../tree/note.ts";
import { leavesSource, type NodeSource, rootOf } from "../tree/proof.ts";
import { originOfLog } from "../upkeep/by-hand.ts";
import { type Walked, walkLog, type WalkedSeal } from "../walk.ts";

export const COSIGNED = "cosigned";

/** A log as its tree: every leaf, and the checkpoints over them. 60 bytes of memory a record. */
export interface LogTree {
  readonly folder: string;
  readonly log: string;
  readonly origin: string;
  readonly leaves: readonly Hash[];
  /** By size; of each it was checked that it has the root of these leaves, and not who signed it. */
  readonly seals: readonly WalkedSeal[];
  /** First record whose body is there. */
  readonly pruned: number;
  readonly source: NodeSource;
}

/**
 * Reads a whole log. Undefined for a folder that has no segment with a header.
 *
 * @param visit sees everything on the way
 * @throws SG_AUDIT_CORRUPT, also for a checkpoint that is not one of this tree
 */
export function loadTree(disk: Disk, folder: string, visit: (item: Walked) => void = () => {}): LogTree | undefined {
  const origin = originOfLog(disk, folder);
  if (origin === undefined) return undefined;
  const leaves: Hash[] = [];
  const seals: WalkedSeal[] = [];
  let pruned = 0;
  const tree = new Frontier();
  const roots = new Map<number, Hash>();
  for (const item of walkLog(disk, folder)) {
    visit(item);
    if (item.kind === "leaf") {
      leaves.push(item.leaf);
      tree.append(item.leaf);
      if (item.text === undefined) pruned = leaves.length;
    } else if (item.kind === "seal") {
      // Most stand right behind what they cover.
      const root = item.size === tree.size ? tree.root() : roots.get(item.size) ?? rootOf(leavesSource(leaves), item.size);
      roots.set(item.size, root);
      if (root !== item.root) throw new SpangateError("SG_AUDIT_CORRUPT", { file: folder, place: item.size, problem: "a checkpoint has another root than the records before it" });
      seals.push(item);
    }
  }
  return { folder, log: basename(folder), origin, leaves, seals, pruned, source: leavesSource(leaves) };
}

/** The checkpoint of at least so many records that vouches for most: a cosigned one before one that is not, then the newest. */
export function bestSeal(disk: Disk, { folder, seals, source, leaves }: LogTree, atLeast: number): WalkedSeal | undefined {
  const cosigned = cosignedNotes(disk, folder).filter(({ size, root }) => size >= atLeast && size <= leaves.length && rootOf(source, size) === root);
  return cosigned.at(-1) ?? seals.findLast(({ size }) => size >= atLeast);
}

/** The checkpoints that witnesses have cosigned, by size. */
export function cosignedNotes(disk: Disk, folder: string): WalkedSeal[] {
  const place = join(folder, COSIGNED);
  if (!disk.exists(place)) return [];
  return disk.list(place).filter((file) => /^\d+\.note$/.test(file)).flatMap((file): WalkedSeal[] => {
    const note = disk.read(join(place, file)).toString();
    const parsed = parseNote(note);
    const checkpoint = typeof parsed === "string" ? parsed : parseCheckpoint(parsed.text);
    return typeof checkpoint === "string" ? [] : [{ kind: "seal", note, size: checkpoint.size, root: checkpoint.root }];
  }).sort((a, b) => a.size - b.size);
}

/**
 * What another process has written may not be on the disk yet, and a checkpoint that leaves before it is would
 * contradict what is left after a power cut.
 */
export function settleLog(disk: Disk, folder: string): void {
  const active = listSegments(disk, folder).at(-1);
  if (active?.form !== "plain") return;
  const fd = disk.append(join(folder, active.file));
  try {
    disk.sync(fd);
  } finally {
    disk.close(fd);
  }
}
