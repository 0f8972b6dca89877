import {
  closeSync, existsSync, fdatasync, fdatasyncSync, fsyncSync, fstatSync, linkSync, mkdirSync, openSync, readdirSync, readFileSync, readSync, renameSync, rmdirSync, statSync, unlinkSync, writeFileSync, writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { openFile } from "../../read-file.ts";

/**
 * Everything that the writer of a log does to a disk, so that tests can put one under it that crashes, tears
 * and fails at any call. Files are only ever made, appended to, replaced as a whole and deleted.
 */
export interface Disk {
  /** Makes a file that must not exist yet, readable by its owner only; for appending. */
  create(file: string): number;
  append(file: string): number;
  /** Bytes that were taken, which may be fewer than there are: a full disk says so only at the next call. */
  write(fd: number, bytes: Uint8Array): number;
  sync(fd: number): void;
  syncLater(fd: number, done: (problem: Error | null) => void): void;
  /** Makes the names in a folder durable. */
  syncFolder(folder: string): void;
  close(fd: number): void;
  read(file: string): Buffer;
  /** The last bytes of a file, at most `limit`, and how long it is. */
  readTail(file: string, limit: number): { readonly bytes: Buffer; readonly size: number };
  list(folder: string): string[];
  exists(file: string): boolean;
  makeFolder(folder: string): void;
  /** An empty one. */
  removeFolder(folder: string): void;
  rename(from: string, to: string): void;
  remove(file: string): void;
}

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

export const realDisk: Disk = {
  create: (file) => openSync(file, "ax", FILE_MODE),
  append: (file) => openSync(file, "a", FILE_MODE),
  write: (fd, bytes) => writeSync(fd, bytes),
  sync: (fd) => fdatasyncSync(fd),
  syncLater: (fd, done) => fdatasync(fd, done),
  syncFolder(folder) {
    const fd = openSync(folder, "r");
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  },
  close: (fd) => closeSync(fd),
  read(file) {
    const fd = openFile(file);
    try {
      return readFileSync(fd);
    } finally {
      closeSync(fd);
    }
  },
  readTail(file, limit) {
    const fd = openFile(file);
    try {
      const { size } = fstatSync(fd);
      const bytes = Buffer.alloc(Math.min(size, limit));
      let filled = 0;
      while (filled < bytes.length) {
        const count = readSync(fd, bytes, filled, bytes.length - filled, size - bytes.length + filled);
        if (count === 0) break;
        filled += count;
      }
      return { bytes: bytes.subarray(0, filled), size };
    } finally {
      closeSync(fd);
    }
  },
  list: (folder) => readdirSync(folder).sort(),
  exists: existsSync,
  makeFolder: (folder) => void makeFolders(folder),
  removeFolder: rmdirSync,
  rename: renameSync,
  remove: unlinkSync,
};

/** All of the bytes, or an error: a short write is tried again, and then says why it was short. */
export function writeAll(disk: Disk, fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) {
    const count = disk.write(fd, written === 0 ? bytes : bytes.subarray(written));
    if (count === 0) throw new Error("the disk takes no more bytes");
    written += count;
  }
}

/**
 * Makes a secret that only its owner may read: whole or not at all, with its name on the disk, and never over one that is
 * there (EEXIST). A log whose key did not survive the power cut that it survived itself could not be verified.
 */
export function writeSecret(file: string, text: string | Buffer): void {
  const folder = dirname(file);
  const made = makeFolders(folder);
  const next = `${file}.${process.pid}.new`;
  writeFileSync(next, text, { mode: FILE_MODE, flush: true });
  try {
    linkSync(next, file);
    unlinkSync(next);
  } catch (thrown) {
    // Without hard links a second process at the same moment is not seen.
    if (existsSync(file)) {
      unlinkSync(next);
      throw thrown;
    }
    renameSync(next, file);
  }
  realDisk.syncFolder(folder);
  if (made !== undefined) realDisk.syncFolder(dirname(made));
}

/** Replaces a small file as a whole, so that no reader and no crash sees half of it. */
export function replaceFile(disk: Disk, file: string, text: string): void {
  const next = `${file}.new`;
  if (disk.exists(next)) disk.remove(next);
  const fd = disk.create(next);
  try {
    writeAll(disk, fd, Buffer.from(text));
    disk.sync(fd);
  } finally {
    disk.close(fd);
  }
  disk.rename(next, file);
}

/** The first folder that was made. Node's own `recursive` never ends where a folder is there and takes none, as /proc. */
function makeFolders(folder: string): string | undefined {
  try {
    mkdirSync(folder, { mode: FOLDER_MODE });
    return folder;
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === "EEXIST" && statSync(folder).isDirectory()) return undefined;
    if (code !== "ENOENT" || existsSync(dirname(folder))) throw thrown;
    const first = makeFolders(dirname(folder));
    const last = makeFolders(folder);
    return first ?? last;
  }
}
