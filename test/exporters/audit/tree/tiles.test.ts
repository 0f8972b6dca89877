import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { SpangateError } from "../../../../errors.ts";
import { leafHash } from "../../../../exporters/audit/tree/hash.ts";
import { consistencyProof, inclusionProof, rootOf, verifyConsistency, verifyInclusion } from "../../../../exporters/audit/tree/proof.ts";
import { TileReader } from "../../../../exporters/audit/tree/tile-reader.ts";
import { TileWriter } from "../../../../exporters/audit/tree/tile-writer.ts";
import { bundlePath, LONGEST_ENTRY, tilePath, tilesOf } from "../../../../exporters/audit/tree/tiles.ts";
import { Nodes } from "./reference.ts";

/** Files in memory that refuse to be written twice with different bytes. */
class Files extends Map<string, Uint8Array> {
  read(path: string): Uint8Array | undefined {
    return this.get(path);
  }

  write(path: string, bytes: Uint8Array): void {
    const before = this.get(path);
    if (before) assert.deepEqual(bytes, before, `${path} changed`);
    this.set(path, bytes);
  }
}

const MOST = 70_000;
const ENTRIES = Array.from({ length: MOST }, (_, index) => `{"i":${index}}`);
const LEAVES = ENTRIES.map((entry) => leafHash(entry));
const NODES = new Nodes(LEAVES);

/** Written in one go, with partial tiles at these sizes. */
function written(size: number, flushes: readonly number[] = [], options = {}): Files {
  const files = new Files();
  const writer = new TileWriter(files, options);
  for (let index = 0; index < size; index++) {
    writer.append(LEAVES[index] as string, ENTRIES[index] as string);
    if (flushes.includes(index + 1)) writer.flush();
  }
  writer.flush();
  return files;
}

const readerOf = (files: Files, size: number): TileReader => new TileReader(files, size, rootOf(NODES, size));
const refused = (code: string, what: RegExp) => (error: SpangateError): boolean => error.code === code && what.test(error.message);

describe("paths", () => {
  for (const [index, path] of [[0, "000"], [5, "005"], [999, "999"], [1000, "x001/000"], [67067, "x067/067"], [1234067, "x001/x234/067"], [2 ** 45, "x035/x184/x372/x088/832"]] as const) {
    test(`of tile ${index}`, () => {
      assert.equal(tilePath({ level: 0, index, width: 256 }), `tile/0/${path}`);
      assert.equal(tilePath({ level: 3, index, width: 17 }), `tile/3/${path}.p/17`);
      assert.equal(bundlePath(index), `tile/entries/${path}`);
      assert.equal(bundlePath(index, 1), `tile/entries/${path}.p/1`);
    });
  }

  test("of a log of 70,000 are those of the specification's example", () => {
    const tiles = [...tilesOf(70_000)];
    const count = (level: number, partial: boolean): number[] => tiles.filter((tile) => tile.level === level && tile.width < 256 === partial).map(({ width }) => width);
    assert.deepEqual([count(0, false).length, count(0, true), count(1, false).length, count(1, true), count(2, true), tiles.length], [273, [112], 1, [17], [1], 277]);
    assert.deepEqual([...tilesOf(256)], [{ level: 0, index: 0, width: 256 }, { level: 1, index: 0, width: 1 }]);
    assert.deepEqual([...tilesOf(0)], []);
  });
});

describe("tiles", () => {
  test("of every size to 300 are what the specification has, no more and no less", () => {
    for (let size = 0; size <= 300; size++) {
      const expected = [...[...tilesOf(size)].map(tilePath), ...[...tilesOf(size)].filter(({ level }) => level === 0).map(({ index, width }) => bundlePath(index, width))];
      assert.deepEqual([...written(size).keys()].sort(), expected.sort(), `${size}`);
    }
  });

  test("written with every flush, with none and by a writer that was resumed are the same", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 1200 }), fc.array(fc.nat(1200), { maxLength: 6 }), (size, cuts) => {
      const stops = [...cuts.filter((cut) => cut < size), size].sort((a, b) => a - b);
      const once = written(size, stops);
      const files = new Files();
      let writer = new TileWriter(files);
      for (const stop of stops) {
        while (writer.size < stop) writer.append(LEAVES[writer.size] as string, ENTRIES[writer.size] as string);
        writer.flush();
        writer = TileWriter.resume(files, readerOf(files, stop));
      }
      assert.deepEqual([...files].sort(), [...once].sort());
      for (const [path, bytes] of written(size)) assert.deepEqual(files.get(path), bytes, path);
    }), { numRuns: 60 });
  });

  test("without entries are the hashes alone", () => assert.deepEqual([...written(300, [], { entries: false }).keys()].sort(), [...tilesOf(300)].map(tilePath).sort()));

  test("flushed again at the same size are not written again", () => {
    let writes = 0;
    const writer = new TileWriter({ write: () => writes++ });
    for (let index = 0; index < 300; index++) writer.append(LEAVES[index] as string, ENTRIES[index] as string);
    writer.flush();
    const before = writes;
    writer.flush();
    assert.equal(writes, before);
    writer.append(LEAVES[300] as string, ENTRIES[300] as string);
    writer.flush();
    assert.equal(writes, before + 2, "the tile of level 0 and the bundle; level 1 has nothing new");
  });

  test("take entries up to 65,535 bytes", () => {
    const files = new Files();
    const writer = new TileWriter(files);
    const long = "x".repeat(LONGEST_ENTRY);
    writer.append(leafHash(long), long);
    assert.throws(() => writer.append(leafHash(`${long}x`), `${long}x`), refused("SG_AUDIT_TILE_ENTRY", /record 1 is 65536 bytes/));
    writer.flush();
    assert.equal(new TileReader(files, 1, leafHash(long)).entry(0).toString(), long);
  });
});

describe("a reader", () => {
  const files = written(MOST, [300, 65_536]);
  const reader = readerOf(files, MOST);

  test("gives every node of the tree, of any level", () => {
    for (let level = 0; 2 ** level <= MOST; level++) {
      for (let index = 0; (index + 1) * 2 ** level <= MOST; index += 1 + Math.floor(MOST / 2 ** level / 40)) assert.equal(reader.node(level, index), NODES.node(level, index), `${level}/${index}`);
    }
    assert.throws(() => reader.node(4, 4375), RangeError);
    assert.throws(() => reader.node(17, 0), RangeError);
  });

  test("proves inclusion and consistency", () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: MOST }), fc.nat(), (size, pick) => {
      const index = pick % size;
      assert.ok(verifyInclusion(LEAVES[index] as string, index, size, inclusionProof(reader, index, size), rootOf(NODES, size)));
      assert.ok(verifyConsistency(size, MOST, rootOf(NODES, size), rootOf(NODES, MOST), consistencyProof(reader, size, MOST)));
    }), { numRuns: 100 });
  });

  test("reads few tiles for a proof", () => {
    let reads = 0;
    const counting = new TileReader({ read: (path) => (reads++, files.get(path)) }, MOST, rootOf(NODES, MOST));
    inclusionProof(counting, 12345, MOST);
    assert.ok(reads <= 6, `${reads}`);
  });

  test("gives every entry", () => {
    for (let index = 0; index < MOST; index += 199) assert.equal(reader.entry(index).toString(), ENTRIES[index]);
    assert.equal(reader.entry(MOST - 1).toString(), ENTRIES[MOST - 1]);
    assert.deepEqual(reader.entries(MOST - 3).map(String), ENTRIES.slice(-3));
    for (const index of [-1, MOST + 300]) assert.throws(() => reader.entry(index), RangeError);
  });

  test("takes the full tile where the partial one is gone", () => {
    const later = written(600, [300]);
    for (const path of later.keys()) if (/^tile\/(?:0|entries)\/001\.p/.test(path)) later.delete(path);
    const small = readerOf(later, 300);
    assert.equal(small.node(2, 74), NODES.node(2, 74));
    assert.equal(small.entry(299).toString(), ENTRIES[299]);
  });

  test("of an empty log needs no tile", () => assert.equal(new TileReader(new Files(), 0, rootOf(NODES, 0)).size, 0));

  test("of another root, another size or an edge that is not there is not made", () => {
    const some = written(300);
    assert.throws(() => new TileReader(some, 300, rootOf(NODES, 299)), refused("SG_AUDIT_TILE", /do not lead to the root/));
    assert.throws(() => new TileReader(some, 301, rootOf(NODES, 301)), refused("SG_AUDIT_TILE", /tile\/0\/001\.p\/45 cannot be used: it is not there/));
    some.set("tile/1/000.p/1", Buffer.alloc(31));
    assert.throws(() => readerOf(some, 300), refused("SG_AUDIT_TILE", /31 bytes and not 32/));
  });

  test("believes no file in which one bit changed", () => {
    const size = 1000;
    const good = written(size);
    for (const [path, bytes] of good) {
      fc.assert(fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const changed = new Files(good);
        changed.set(path, bytes.with(bit >> 3, (bytes[bit >> 3] as number) ^ (1 << (bit & 7))));
        assert.throws(() => {
          const all = readerOf(changed, size);
          for (let index = 0; index < size; index += 256) all.entries(index);
        }, (error: SpangateError) => error.code === "SG_AUDIT_TILE" && (error.message.includes(path) || error.message.includes(".p of")));
      }), { numRuns: 12 });
    }
  });

  test("believes no file that is longer, shorter or not there", () => {
    const size = 1000;
    const good = written(size);
    for (const [path, bytes] of good) {
      for (const wrong of [undefined, Buffer.alloc(0), bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.of(0)]), Buffer.concat([bytes, bytes]), Buffer.concat([bytes, Buffer.of(0, 0)])]) {
        const changed = new Files(good);
        if (wrong) changed.set(path, wrong);
        else changed.delete(path);
        assert.throws(() => {
          const all = readerOf(changed, size);
          for (let index = 0; index < size; index += 256) all.entries(index);
        }, (error: SpangateError) => error.code === "SG_AUDIT_TILE", path);
      }
    }
  });
});
