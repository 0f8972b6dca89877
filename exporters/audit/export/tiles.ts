import { dirname, join } from "node:path";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { type Disk, realDisk, replaceFile, writeAll } from "../disk.ts";
import { CHECKPOINT_PATH, TILE_WIDTH, type TileSink, type TileSource } from "../tree/tiles.ts";
import { TileReader } from "../tree/tile-reader.ts";
import { TileWriter } from "../tree/tile-writer.ts";
import { KeyList } from "./keys.ts";
import { checkpointIn } from "./prove.ts";
import { bestSeal, loadTree } from "./tree.ts";
import { rootOf } from "../tree/proof.ts";
import { SpangateError } from "../../../errors.ts";

/** The verifier keys of a log beside its tiles, one a line; no part of tlog-tiles. */
export const KEYS_PATH = "keys";

export interface TilesReport {
  readonly log: string;
  readonly origin: string;
  /** Records under the checkpoint that was written; undefined where there is none yet. */
  readonly size: number | undefined;
  /** Records that were there already. */
  readonly before: number;
  /** Files written. */
  readonly files: number;
  /** First record that has an entry: those before it were pruned. */
  readonly entriesFrom: number;
}

/**
 * Writes a log as C2SP tlog-tiles, up to its newest checkpoint, which is written last. What is there already is gone
 * on with; a file that is there is not written again. Undefined for a folder that is no log.
 *
 * @throws SG_AUDIT_CORRUPT; SG_AUDIT_TILE where what is there is of another history
 */
export function exportTiles(disk: Disk, folder: string, out: string): TilesReport | undefined {
  const keys = KeyList.of(disk, folder);
  const lines: (string | undefined)[] = [];
  const tree = loadTree(disk, folder, (item) => {
    if (item.kind !== "leaf") return;
    lines.push(item.text);
    if (item.text !== undefined) keys.see(item.text);
  });
  if (!tree) return undefined;
  const seal = bestSeal(disk, tree, 0);
  const newest = tree.seals.at(-1);
  const target = newest && seal && seal.size < newest.size ? newest : seal;
  let files = 0;
  const sink: TileSink = {
    write(path, bytes) {
      // A bundle with a record that was pruned cannot be made any more; one that was made before stays.
      const bundle = /^tile\/entries\//.test(path) ? bundleIndex(path) : undefined;
      if ((bundle !== undefined && bundle * TILE_WIDTH < tree.pruned) || existsSync(join(out, path))) return;
      files++;
      put(join(out, path), bytes);
    },
  };
  const present = readTiles(out);
  const before = present?.size ?? 0;
  if (!target) return { log: tree.log, origin: tree.origin, size: undefined, before, files, entriesFrom: tree.pruned };
  // Whoever reads must not find a tree that contradicts the checkpoint, nor one that was there before.
  if (present && (present.size > tree.leaves.length || rootOf(present, present.size) !== rootOf(tree.source, present.size))) throw new SpangateError("SG_AUDIT_TILE", { path: join(out, CHECKPOINT_PATH), problem: `it is of ${present.size} records that this log does not have` });
  if (target.size < before) return { log: tree.log, origin: tree.origin, size: before, before, files, entriesFrom: tree.pruned };
  const writer = present ? resume(sink, present) : new TileWriter(sink);
  for (let index = writer.size; index < target.size; index++) writer.append(tree.leaves[index] as string, lines[index] ?? "");
  writer.flush();
  if (keys.keys.length > 0) replace(join(out, KEYS_PATH), keys.keys.map(({ key }) => `${key}\n`).join(""));
  if (rootOf(new TileReader(folderSource(out), target.size, target.root), target.size) !== target.root) throw new SpangateError("SG_AUDIT_TILE", { path: out, problem: "what was written does not lead to the checkpoint" });
  replace(join(out, CHECKPOINT_PATH), target.note);
  return { log: tree.log, origin: tree.origin, size: target.size, before, files, entriesFrom: tree.pruned };
}

/** The tiles of a folder under their checkpoint; undefined where there are none. Says nothing of who signed. */
export function readTiles(folder: string): TileReader | undefined {
  const file = join(folder, CHECKPOINT_PATH);
  const checkpoint = existsSync(file) ? checkpointIn(readFileSync(file, "utf8")) : undefined;
  return checkpoint && new TileReader(folderSource(folder), checkpoint.size, checkpoint.root);
}

function folderSource(folder: string): TileSource {
  return { read: (path) => (existsSync(join(folder, path)) ? readFileSync(join(folder, path)) : undefined) };
}

/** Without the entries of its edge a writer begins from the first record; what is there is the same and is left. */
function resume(sink: TileSink, present: TileReader): TileWriter {
  try {
    return TileWriter.resume(sink, present);
  } catch {
    return new TileWriter(sink);
  }
}

function bundleIndex(path: string): number {
  const digits = path.slice("tile/entries/".length).replace(/\.p\/\d+$/, "").replaceAll(/[x/]/g, "");
  return Number(digits);
}

function put(file: string, bytes: Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  const next = `${file}.new`;
  if (existsSync(next)) realDisk.remove(next);
  const fd = realDisk.create(next);
  try {
    writeAll(realDisk, fd, bytes);
    realDisk.sync(fd);
  } finally {
    realDisk.close(fd);
  }
  realDisk.rename(next, file);
}

function replace(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  replaceFile(realDisk, file, text);
}

