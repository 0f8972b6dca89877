import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip, zstdCompress, zstdDecompress } from "node:zlib";
import type { Disk } from "../disk.ts";
import type { SegmentName } from "../segment.ts";
import { removeEnded } from "./append-only.ts";
import { writeFile } from "./files.ts";

export type Compression = "gzip" | "zstd";

const ENDINGS = { gzip: ".gz", zstd: ".zst" } as const;

/**
 * Puts a compressed copy in the place of an ended segment. The original goes only when the copy is on the disk, was
 * read back and holds the same bytes; a crash at any step leaves one of them whole, and the next attempt begins anew.
 * Throws what the disk throws, and for a copy that reads back as something else.
 */
export async function compressSegment(disk: Disk, folder: string, { file }: SegmentName, compression: Compression): Promise<void> {
  const plain = join(folder, file);
  const packed = `${plain}${ENDINGS[compression]}`;
  const bytes = disk.read(plain);
  await writeFile(disk, `${packed}.new`, await pack(compression, bytes));
  const back = await unpack(compression, disk.read(`${packed}.new`), bytes.length);
  if (!back.equals(bytes)) throw new Error("its compressed copy reads back as other bytes");
  disk.rename(`${packed}.new`, packed);
  disk.syncFolder(folder);
  await removeEnded(disk, plain);
}

function pack(compression: Compression, bytes: Buffer): Promise<Buffer> {
  return compression === "gzip" ? promisify(gzip)(bytes) : promisify(zstdCompress)(bytes);
}

function unpack(compression: Compression, bytes: Buffer, most: number): Promise<Buffer> {
  // One byte more than there should be is enough to know that it is another text.
  const limit = { maxOutputLength: most + 1 };
  return compression === "gzip" ? promisify(gunzip)(bytes, limit) : promisify(zstdDecompress)(bytes, limit);
}
