import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Checkpoint, signCheckpoint } from "../../exporters/audit/tree/checkpoint.ts";
import { Frontier } from "../../exporters/audit/tree/frontier.ts";
import { type Hash, leafHash } from "../../exporters/audit/tree/hash.ts";
import { formatVerifierKey, generateKey } from "../../exporters/audit/tree/key.ts";
import { ed25519Signer, type Signer } from "../../exporters/audit/tree/note.ts";
import { TileReader } from "../../exporters/audit/tree/tile-reader.ts";
import { TileWriter } from "../../exporters/audit/tree/tile-writer.ts";
import { CHECKPOINT_PATH, type TileSource } from "../../exporters/audit/tree/tiles.ts";

export const ORIGIN = "spangate.example/stack/one";

/** A log on disk with everything that it takes to go on. */
export interface WrittenLog {
  readonly folder: string;
  /** Verifier key of the log. */
  readonly key: string;
  readonly signer: Signer;
  readonly leaves: readonly Hash[];
  /** Root at a size at which there was a checkpoint. */
  readonly roots: ReadonlyMap<number, Hash>;
  readonly reader: TileReader;
}

/** The entry of an index, of the length that records have. */
export function entryOf(index: number, name = "tool"): string {
  return `{"v":1,"i":${index},"t":"decision","tool":"${name}_${index % 17}","args":"${"x".repeat(index % 400)}"}`;
}

/** Files under a folder. */
export function filesOf(folder: string): TileSource {
  return {
    read(path) {
      try {
        return readFileSync(join(folder, path));
      } catch {
        return undefined;
      }
    },
  };
}

/** Writes a log as tiles, with partial ones and a checkpoint at each of the sizes, the last of which is its own. */
export function writeLog(folder: string, sizes: readonly number[], name?: string): WrittenLog {
  const key = generateKey("ed25519");
  const signer = ed25519Signer(ORIGIN, key);
  const writer = new TileWriter({
    write(path, bytes) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes, { flag: "wx" });
    },
  });
  const frontier = new Frontier();
  const leaves: Hash[] = [];
  const roots = new Map<number, Hash>();
  for (const size of sizes) {
    while (writer.size < size) {
      const entry = entryOf(writer.size, name);
      leaves.push(leafHash(entry));
      frontier.append(leaves.at(-1) as Hash);
      writer.append(leaves.at(-1) as Hash, entry);
    }
    writer.flush();
    const checkpoint: Checkpoint = { origin: ORIGIN, size, root: frontier.root() };
    roots.set(size, checkpoint.root);
    writeFileSync(join(folder, CHECKPOINT_PATH), signCheckpoint(checkpoint, [signer]));
  }
  const reader = new TileReader(filesOf(folder), frontier.size, frontier.root());
  return { folder, key: formatVerifierKey({ name: ORIGIN, type: "ed25519", key }), signer, leaves, roots, reader };
}
