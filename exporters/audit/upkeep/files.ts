import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip, zstdDecompress } from "node:zlib";
import { type Disk, writeAll } from "../disk.ts";
import type { SegmentName } from "../segment.ts";

/** How much is written in one go, in bytes: an application runs beside this. */
const SLICE = 1024 * 1024;

/** Lets others run. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A whole file, on the disk; one that was left by an attempt before is written anew. */
export async function writeFile(disk: Disk, file: string, bytes: Uint8Array): Promise<void> {
  if (disk.exists(file)) disk.remove(file);
  const fd = disk.create(file);
  try {
    for (let at = 0; at < bytes.length; at += SLICE) {
      writeAll(disk, fd, bytes.subarray(at, at + SLICE));
      await breathe();
    }
    await new Promise<void>((resolve, reject) => disk.syncLater(fd, (problem) => (problem ? reject(problem) : resolve())));
  } finally {
    disk.close(fd);
  }
}

/** The bytes of a segment, decompressed while others run. Throws as `readSegment` does. */
export function unpacked(disk: Disk, folder: string, { file, form }: SegmentName): Promise<Buffer> | Buffer {
  const bytes = disk.read(join(folder, file));
  return form === "gzip" ? promisify(gunzip)(bytes) : form === "zstd" ? promisify(zstdDecompress)(bytes) : bytes;
}
