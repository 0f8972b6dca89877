/**
 * A log as static files, C2SP tlog-tiles v0.1: which there are, and what they are called. Hash tiles hold 256
 * hashes of one level each, entry bundles the 256 entries under a tile of level 0; at the right edge
 * they are partial. Plain file or HTTP servers can serve them, and software that is not ours can read them.
 *
 * @module
 */
import { type Hash, nodeHash } from "./hash.ts";

/** Hashes of a full tile: it stands for a subtree of height 8. */
export const TILE_WIDTH = 256;
export const TILE_HEIGHT = 8;
/** An entry stands behind its length in 16 bits. */
export const LONGEST_ENTRY = 65_535;
/** Path of the newest checkpoint. */
export const CHECKPOINT_PATH = "checkpoint";

export interface Tile {
  /** 0 holds hashes of leaves, 1 those of full tiles of level 0, and so on. */
  readonly level: number;
  /** Position in its level. */
  readonly index: number;
  /** 1 to 256 hashes. */
  readonly width: number;
}

/** Takes files; whether and when they are durable is its affair. */
export interface TileSink {
  write(path: string, bytes: Uint8Array): void;
}

/** Gives files; undefined where there is none. */
export interface TileSource {
  read(path: string): Uint8Array | undefined;
}

/** `tile/<level>/<index>`, with `.p/<width>` for a partial tile. */
export function tilePath({ level, index, width }: Tile): string {
  return `tile/${level}/${numberPath(index)}${widthSuffix(width)}`;
}

/** Path of the bundle with the entries of a tile of level 0. */
export function bundlePath(index: number, width: number = TILE_WIDTH): string {
  return `tile/entries/${numberPath(index)}${widthSuffix(width)}`;
}

/** Hashes of one level in the tiles of a log: full tiles below it. */
export function levelWidth(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/** Every tile that a log of this size has, partial ones last in their level. */
export function* tilesOf(size: number): Generator<Tile> {
  for (let level = 0; levelWidth(level, size) > 0; level++) {
    const hashes = levelWidth(level, size);
    for (let index = 0; index * TILE_WIDTH < hashes; index++) yield { level, index, width: Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH) };
  }
}

/** Root of a complete subtree: its 2^n hashes, folded in pairs. */
export function foldComplete(hashes: readonly Hash[]): Hash {
  let level = hashes;
  while (level.length > 1) level = Array.from({ length: level.length / 2 }, (_, index) => nodeHash(level[index * 2] as Hash, level[index * 2 + 1] as Hash));
  return level[0] as Hash;
}

/** Three digits per element, all but the last behind an x: 1234067 is x001/x234/067. */
function numberPath(index: number): string {
  const digits = (rest: number): string => `${rest % 1000}`.padStart(3, "0");
  let path = digits(index);
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) path = `x${digits(rest)}/${path}`;
  return path;
}

function widthSuffix(width: number): string {
  return width === TILE_WIDTH ? "" : `.p/${width}`;
}
