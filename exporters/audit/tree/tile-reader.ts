import { SpangateError } from "../../../errors.ts";
import { Frontier } from "./frontier.ts";
import { type Hash, HASH_BYTES, leafHash } from "./hash.ts";
import type { NodeSource } from "./proof.ts";
import { bundlePath, foldComplete, levelWidth, TILE_HEIGHT, TILE_WIDTH, type Tile, type TileSource, tilePath } from "./tiles.ts";

/** Tiles that are kept, of 8 KiB each: enough for the way to any leaf and its neighbourhood. */
const MOST_KEPT = 256;

/**
 * Reads the tiles of one checkpoint and believes none of them before its hashes lead to the root: the
 * partial ones do so together, when the reader is made, and each full one through its hash in the tile above
 * it. A source of proofs therefore, wherever the tiles lie. Throws SG_AUDIT_TILE for a tile that is not there
 * or not of this log.
 */
export class TileReader implements NodeSource {
  readonly size: number;
  readonly #source: TileSource;
  /** Per level, the hashes after its last full tile. */
  readonly #edge: readonly (readonly Hash[])[];
  readonly #kept = new Map<string, readonly Hash[]>();

  constructor(source: TileSource, size: number, root: Hash) {
    this.#source = source;
    this.size = size;
    const edge: (readonly Hash[])[] = [];
    for (let level = 0; levelWidth(level, size) > 0; level++) {
      const hashes = levelWidth(level, size);
      const width = hashes % TILE_WIDTH;
      edge.push(width === 0 ? [] : this.#read({ level, index: Math.floor(hashes / TILE_WIDTH), width }));
    }
    this.#edge = edge;
    if (rootOfEdge(edge, size) !== root) throw new SpangateError("SG_AUDIT_TILE", { path: `tile/*/*.p of a log of ${size}`, problem: "the partial tiles do not lead to the root of the checkpoint" });
  }

  /** The hashes of a level after its last full tile. */
  edge(level: number): readonly Hash[] {
    return this.#edge[level] ?? [];
  }

  node(level: number, index: number): Hash {
    if (!((index + 1) * 2 ** level <= this.size)) throw new RangeError(`no complete subtree ${index} of height ${level} in a tree of ${this.size}`);
    const height = level % TILE_HEIGHT;
    const first = index * 2 ** height;
    const tile = this.#tile(Math.floor(level / TILE_HEIGHT), Math.floor(first / TILE_WIDTH));
    return foldComplete(tile.slice(first % TILE_WIDTH, first % TILE_WIDTH + 2 ** height));
  }

  /** The entry of a leaf, whose hash is that leaf. */
  entry(index: number): Buffer {
    const bundle = Math.floor(index / TILE_WIDTH);
    return this.#entriesOf(bundle)[index - bundle * TILE_WIDTH] as Buffer;
  }

  /** Entries from an index up to the end of its bundle. */
  entries(from: number): Buffer[] {
    const bundle = Math.floor(from / TILE_WIDTH);
    return this.#entriesOf(bundle).slice(from - bundle * TILE_WIDTH);
  }

  #entriesOf(index: number): Buffer[] {
    if (!(index >= 0 && index * TILE_WIDTH < this.size)) throw new RangeError(`no bundle ${index} in a tree of ${this.size}`);
    const leaves = this.#tile(0, index);
    const [path, full] = [bundlePath(index, leaves.length), bundlePath(index)];
    const partial = this.#source.read(path);
    const bytes = partial ?? (path === full ? undefined : this.#source.read(full));
    if (!bytes) throw new SpangateError("SG_AUDIT_TILE", { path, problem: "it is not there" });
    const entries = unpackEntries(bytes, partial ? leaves.length : TILE_WIDTH)?.slice(0, leaves.length);
    const wrong = entries?.findIndex((entry, at) => leafHash(entry) !== leaves[at]);
    if (!entries || wrong !== -1) throw new SpangateError("SG_AUDIT_TILE", { path, problem: entries ? `entry ${index * TILE_WIDTH + (wrong as number)} is not the one of the log` : `it does not hold ${leaves.length} entries` });
    return entries;
  }

  #tile(level: number, index: number): readonly Hash[] {
    if ((index + 1) * TILE_WIDTH > levelWidth(level, this.size)) return this.edge(level);
    const tile = { level, index, width: TILE_WIDTH };
    const path = tilePath(tile);
    let hashes = this.#kept.get(path);
    if (hashes) return hashes;
    hashes = this.#read(tile);
    // Its place in the tile above; the topmost tile is a partial one, so that this ends.
    const above = this.#tile(level + 1, Math.floor(index / TILE_WIDTH));
    if (foldComplete(hashes) !== above[index % TILE_WIDTH]) throw new SpangateError("SG_AUDIT_TILE", { path, problem: "its hash is not the one in the tile above it" });
    if (this.#kept.size >= MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value as string);
    this.#kept.set(path, hashes);
    return hashes;
  }

  /** A partial tile may be gone once the full one is there (tlog-tiles, "Partial Tiles"), which begins with the same hashes. */
  #read(tile: Tile): Hash[] {
    const path = tilePath(tile);
    const partial = this.#source.read(path);
    const bytes = partial ?? (tile.width < TILE_WIDTH ? this.#source.read(tilePath({ ...tile, width: TILE_WIDTH })) : undefined);
    if (!bytes) throw new SpangateError("SG_AUDIT_TILE", { path, problem: "it is not there" });
    const width = partial ? tile.width : TILE_WIDTH;
    if (bytes.length !== width * HASH_BYTES) throw new SpangateError("SG_AUDIT_TILE", { path, problem: `it has ${bytes.length} bytes and not ${width * HASH_BYTES}` });
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    return Array.from({ length: tile.width }, (_, at) => text.slice(at * HASH_BYTES, (at + 1) * HASH_BYTES));
  }
}

/** The entries of a bundle; undefined unless there are exactly so many. */
function unpackEntries(bytes: Uint8Array, count: number): Buffer[] | undefined {
  const bundle = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: Buffer[] = [];
  let at = 0;
  while (at + 2 <= bundle.length) {
    const end = at + 2 + bundle.readUInt16BE(at);
    entries.push(bundle.subarray(at + 2, end));
    at = end;
  }
  return at === bundle.length && entries.length === count ? entries : undefined;
}

/** The complete subtrees of the edges, from the highest level down, are the frontier of the tree. */
function rootOfEdge(edge: readonly (readonly Hash[])[], size: number): Hash {
  const subtrees = edge.toReversed().flatMap((hashes) => {
    const frontier = new Frontier();
    for (const hash of hashes) frontier.append(hash);
    return frontier.subtrees;
  });
  return new Frontier(size, subtrees).root();
}
