import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import type { Disk } from "./disk.ts";
import { type AnnouncedKey, KeyList } from "./export/keys.ts";
import { checkpointIn } from "./export/prove.ts";
import { KEYS_PATH, readTiles } from "./export/tiles.ts";
import { loadTree, settleLog } from "./export/tree.ts";
import { listLogs } from "./segment.ts";
import type { Hash } from "./tree/hash.ts";
import type { NodeSource } from "./tree/proof.ts";
import { CHECKPOINT_PATH } from "./tree/tiles.ts";

/** A log as it was found somewhere: its newest checkpoint, and what can prove that it goes on from an earlier one. */
export interface Member {
  readonly origin: string;
  /** Where it was found. */
  readonly place: string;
  readonly note: string;
  readonly size: number;
  readonly root: Hash;
  /** Undefined where the records do not lead to the checkpoint; `problem` says why. */
  readonly source: NodeSource | undefined;
  readonly problem?: string;
  /** Keys that the log itself tells of. */
  readonly announced: readonly AnnouncedKey[];
}

/**
 * The logs of audit directories and of exported tiles, the latter wherever a file `checkpoint` stands: in the folder
 * or in folders of it. A log without a checkpoint is none yet.
 */
export function findMembers(disk: Disk, paths: readonly string[]): Member[] {
  return paths.flatMap((path) => {
    const tiles = [path, ...readdirSync(path).sort().map((name) => join(path, name))].filter((folder) => existsSync(join(folder, CHECKPOINT_PATH)));
    return [...tiles.flatMap((folder) => ofTiles(folder) ?? []), ...listLogs(disk, path).flatMap((log) => ofLog(disk, join(path, log)) ?? [])];
  });
}

function ofLog(disk: Disk, folder: string): Member | undefined {
  const keys = KeyList.of(disk, folder);
  let last: { note: string; size: number; root: Hash } | undefined;
  try {
    settleLog(disk, folder);
    const tree = loadTree(disk, folder, (item) => {
      if (item.kind === "seal") last = item;
      else if (item.kind === "leaf" && item.text !== undefined) keys.see(item.text);
    });
    const origin = tree?.origin;
    return origin !== undefined && last ? { origin, place: folder, ...pick(last), source: tree?.source, announced: keys.keys } : undefined;
  } catch (thrown) {
    const checkpoint = last && checkpointIn(last.note);
    return last && checkpoint ? { origin: checkpoint.origin, place: folder, ...pick(last), source: undefined, problem: messageOf(thrown), announced: keys.keys } : undefined;
  }
}

function ofTiles(folder: string): Member | undefined {
  const note = readFileSync(join(folder, CHECKPOINT_PATH), "utf8");
  const checkpoint = checkpointIn(note);
  if (!checkpoint) return undefined;
  const file = join(folder, KEYS_PATH);
  const announced = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean).map((key, index) => ({ key, index, ts: "0" })) : [];
  const found = { origin: checkpoint.origin, place: folder, note, size: checkpoint.size, root: checkpoint.root, announced };
  try {
    return { ...found, source: readTiles(folder) };
  } catch (thrown) {
    return { ...found, source: undefined, problem: messageOf(thrown) };
  }
}

function pick({ note, size, root }: { note: string; size: number; root: Hash }): Pick<Member, "note" | "size" | "root"> {
  return { note, size, root };
}
