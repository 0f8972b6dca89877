import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

/** A file that is longer than it may be. */
export class FileTooLarge extends Error {
  readonly size: number;

  constructor(file: string, size: number, limit: number) {
    super(`${file} is ${size} bytes, more than ${limit}`);
    this.size = size;
  }
}

/**
 * The descriptor of a file that is one, for reading: a pipe in its place would be waited for, and a device read, without end. A
 * process that only looks whether its policy has changed must not hang on that, nor one that verifies what others may write.
 */
export function openFile(file: string): number {
  // Windows has neither the flag nor such files.
  const descriptor = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  if (fstatSync(descriptor).isFile()) return descriptor;
  closeSync(descriptor);
  throw new Error(`${file} is no file`);
}

/**
 * The bytes of a file. Looked at and read through one descriptor, so that nothing is put in its place meanwhile.
 *
 * @throws FileTooLarge, and what the file system throws
 */
export function readFile(file: string, limit: number): Buffer {
  const descriptor = openFile(file);
  try {
    const { size } = fstatSync(descriptor);
    if (size > limit) throw new FileTooLarge(file, size, limit);
    // It may grow meanwhile; files of the kernel say that they have no bytes.
    const bytes = Buffer.allocUnsafe(Math.min(limit, Math.max(size, 65_536)) + 1);
    let length = 0;
    for (let count = -1; count !== 0 && length < bytes.length; length += count) count = readSync(descriptor, bytes, length, bytes.length - length, null);
    if (length > limit) throw new FileTooLarge(file, length, limit);
    if (length === bytes.length) throw new Error(`${file} grows while it is read`);
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}
