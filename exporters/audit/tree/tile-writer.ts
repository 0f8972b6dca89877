import { SpangateError } from "../../../errors.ts";
import type { Hash } from "./hash.ts";
import type { TileReader } from "./tile-reader.ts";
import { bundlePath, foldComplete, levelWidth, LONGEST_ENTRY, TILE_WIDTH, type TileSink, tilePath } from "./tiles.ts";

/** What a writer puts out. */
export interface TileWriterOptions {
  /** Whether entries are written too, or hash tiles only. Default: true. */
  readonly entries?: boolean;
}

/**
 * Writes the tiles of a growing log: full ones as soon as they are full, partial ones when `flush` is called,
 * which must be before a checkpoint of that size is published. No path is written twice with different bytes.
 * Give it records that are durable: one that a crash takes back, and that then becomes another, breaks this.
 * After the sink threw, this writer no longer knows what is written: resume another.
 */
export class TileWriter {
  readonly #sink: TileSink;
  readonly #entries: boolean;
  /** Per level, the hashes after its last full tile. */
  readonly #edge: Hash[][] = [];
  /** The entries after the last full bundle, each behind its length. */
  #bundle: Buffer[] = [];
  /** Size at the last flush. */
  #flushed = 0;
  #size = 0;

  constructor(sink: TileSink, { entries = true }: TileWriterOptions = {}) {
    this.#sink = sink;
    this.#entries = entries;
  }

  /** Goes on where the log of a reader ends; of the source it reads the partial tiles and the partial bundle. */
  static resume(sink: TileSink, reader: TileReader, options: TileWriterOptions = {}): TileWriter {
    const writer = new TileWriter(sink, options);
    writer.#size = writer.#flushed = reader.size;
    for (let level = 0; levelWidth(level, reader.size) > 0; level++) writer.#edge.push([...reader.edge(level)]);
    const width = reader.size % TILE_WIDTH;
    if (writer.#entries && width > 0) writer.#bundle = reader.entries(reader.size - width).map(packEntry);
    return writer;
  }

  get size(): number {
    return this.#size;
  }

  /** One leaf more, with the entry that it is the hash of. */
  append(leaf: Hash, entry: string | Uint8Array): void {
    if (this.#entries) {
      const bytes = Buffer.from(entry as string);
      if (bytes.length > LONGEST_ENTRY) throw new SpangateError("SG_AUDIT_TILE_ENTRY", { index: this.#size, size: bytes.length, limit: LONGEST_ENTRY });
      this.#bundle.push(packEntry(bytes));
    }
    const index = Math.floor(this.#size++ / TILE_WIDTH);
    if (this.#bundle.length === TILE_WIDTH) {
      this.#sink.write(bundlePath(index), Buffer.concat(this.#bundle));
      this.#bundle = [];
    }
    this.#push(0, leaf);
  }

  /** Writes the partial tiles and the partial bundle of the present size. */
  flush(): void {
    this.#edge.forEach((hashes, level) => {
      const changed = levelWidth(level, this.#size) > levelWidth(level, this.#flushed);
      const index = Math.floor(levelWidth(level, this.#size) / TILE_WIDTH);
      if (changed && hashes.length > 0) this.#write(level, index, hashes);
    });
    if (this.#bundle.length > 0 && this.#size > this.#flushed) this.#sink.write(bundlePath(Math.floor(this.#size / TILE_WIDTH), this.#bundle.length), Buffer.concat(this.#bundle));
    this.#flushed = this.#size;
  }

  #push(level: number, hash: Hash): void {
    const hashes = (this.#edge[level] ??= []);
    hashes.push(hash);
    if (hashes.length < TILE_WIDTH) return;
    this.#write(level, levelWidth(level + 1, this.#size) - 1, hashes);
    this.#edge[level] = [];
    this.#push(level + 1, foldComplete(hashes));
  }

  #write(level: number, index: number, hashes: readonly Hash[]): void {
    this.#sink.write(tilePath({ level, index, width: hashes.length }), Buffer.from(hashes.join(""), "latin1"));
  }
}

function packEntry(entry: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(entry.length >> 8, entry.length & 0xff), entry]);
}
