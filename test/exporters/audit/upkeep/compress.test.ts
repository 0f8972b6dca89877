import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { realDisk } from "../../../../exporters/audit/disk.ts";
import { listLogs, listSegments } from "../../../../exporters/audit/segment.ts";
import { compressSegment } from "../../../../exporters/audit/upkeep/compress.ts";
import { endedSegments } from "../../../../exporters/audit/upkeep/ended.ts";
import { contentsOf, copyOf, logOf, openLog, stopping } from "./logs.ts";

const whole = logOf(3);
const before = contentsOf(whole.log.folder);
const id = whole.log.id;
whole.log.close();
const closed = contentsOf(whole.log.folder);

for (const compression of ["gzip", "zstd"] as const) {
  describe(compression, () => {
    test("makes ended segments smaller, and they read as before", async () => {
      const folder = join(copyOf(whole.directory), id);
      const ended = endedSegments(realDisk, folder);
      assert.equal(ended.length, 3);
      for (const { segment } of ended) await compressSegment(realDisk, folder, segment, compression);
      assert.deepEqual(listSegments(realDisk, folder).map(({ form }) => form), [compression, compression, compression, "plain"]);
      assert.deepEqual(contentsOf(folder), closed);
      assert.ok(readdirSync(folder).every((file) => !file.endsWith(".new")));
      const file = listSegments(realDisk, folder)[0]?.file as string;
      assert.ok(readFileSync(join(folder, file)).length < readFileSync(join(whole.directory, id, (ended[0] as { segment: { file: string } }).segment.file)).length / 2);
    });

    test("leaves a log that is whole at whichever step the machine stops, and ends the work the next time", async () => {
      let stops = 0;
      for (let at = 1; ; at++) {
        const folder = join(copyOf(whole.directory), id);
        const { disk, stopped } = stopping(at);
        const [first] = endedSegments(realDisk, folder);
        const failed = await compressSegment(disk, folder, (first as { segment: Parameters<typeof compressSegment>[2] }).segment, compression).then(() => false, () => true);
        assert.equal(failed, stopped());
        assert.deepEqual(contentsOf(folder), closed, `stopped at change ${at}`);
        if (!failed) break;
        stops++;
        const [again] = endedSegments(realDisk, folder);
        if (again?.segment.form === "plain") await compressSegment(realDisk, folder, again.segment, compression);
        assert.equal(listSegments(realDisk, folder)[0]?.form, compression);
        assert.equal(readdirSync(folder).filter((file) => file.startsWith("00000001-")).length, 1);
        assert.deepEqual(contentsOf(folder), closed);
      }
      assert.ok(stops >= 5, `${stops} steps`);
    });

    test("keeps the original when the copy reads back as something else", async () => {
      const folder = join(copyOf(whole.directory), id);
      const ended = endedSegments(realDisk, folder);
      // As long as it should be, and one bit is another.
      const other = realDisk.read(join(folder, ended[0]?.segment.file as string));
      other.writeUInt8(other.readUInt8(100) ^ 1, 100);
      const packed = compression === "gzip" ? gzipSync(other) : zstdCompressSync(other);
      const disk = { ...realDisk, read: (file: string): Buffer => (file.endsWith(".new") ? packed : realDisk.read(file)) };
      await assert.rejects(compressSegment(disk, folder, ended[0]?.segment as never, compression), /reads back as other bytes/);
      assert.equal(listSegments(realDisk, folder)[0]?.form, "plain");
      assert.deepEqual(contentsOf(folder), closed);
    });
  });
}

test("the segment that is written to has not ended, nor has the one before a header that a crash tore", () => {
  const directory = copyOf(whole.directory);
  const folder = join(directory, id);
  assert.equal(endedSegments(realDisk, folder).length, 3);
  writeFileSync(join(folder, "00000005-99.log"), '!{"v":2,"orig');
  assert.equal(endedSegments(realDisk, folder).length, 3);
});

test("a log whose ended segments are compressed is gone on with", async () => {
  const directory = copyOf(whole.directory);
  const folder = join(directory, id);
  for (const { segment } of endedSegments(realDisk, folder)) await compressSegment(realDisk, folder, segment, "gzip");
  const log = openLog(directory);
  assert.equal(log.folder, folder);
  log.close();
  const after = contentsOf(folder);
  assert.ok(after.sealed);
  assert.deepEqual(after.leaves.slice(0, before.size), before.leaves);
  assert.equal(listLogs(realDisk, directory).length, 1);
});
