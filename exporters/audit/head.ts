import { join } from "node:path";
import { type Disk, replaceFile } from "./disk.ts";

/** Where a log was known to end: written when it is closed. */
export const HEAD = "head.json";
/** How far a destination has it: `cursor-<destination>.json`. */
export const CURSOR: RegExp = /^cursor-.*\.json$/;

/** The key of a log whose `open` record was pruned: the verifier key that was in force behind the pruned records. */
export const LOG_KEY = "key";

/** A place in a log. */
export interface Head {
  /** Records before it. */
  readonly size: number;
  /** Leaf hash of the last of them, base64. */
  readonly leaf: string;
  /** The segment that goes on there, and bytes of it before the place. */
  readonly segment: string;
  readonly offset: number;
  /** The tree of all records before it. */
  readonly frontier: string;
}

export function readHead(disk: Disk, folder: string, name: string): Head | undefined {
  let text: string;
  try {
    text = disk.read(join(folder, name)).toString();
  } catch (thrown) {
    // One that is there and cannot be read now may be what tells that the log was cut.
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw thrown;
  }
  try {
    const head = JSON.parse(text) as Head;
    const { size, leaf, segment, offset, frontier } = head;
    return Number.isSafeInteger(size) && Number.isSafeInteger(offset) && [leaf, segment, frontier].every((text) => typeof text === "string") ? head : undefined;
  } catch {
    return undefined;
  }
}

export function writeHead(disk: Disk, folder: string, name: string, head: Head): void {
  replaceFile(disk, join(folder, name), `${JSON.stringify(head)}\n`);
}

/** Every place that this log was known to have reached. */
export function knownHeads(disk: Disk, folder: string): Head[] {
  return disk.list(folder).filter((name) => name === HEAD || CURSOR.test(name)).flatMap((name) => readHead(disk, folder, name) ?? []);
}
