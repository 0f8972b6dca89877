import { join } from "node:path";
import { type Disk, writeAll } from "./disk.ts";

/** Room for what is still to be said when the disk is full, in bytes. */
const SIZE = 1024 * 1024;

/** A file that is there to be deleted: on a full disk its room takes the records that wait, and the one that says so. */
export class Ballast {
  readonly #disk: Disk;
  readonly #file: string;
  #whole = false;

  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#file = join(folder, "ballast");
    this.restore();
  }

  /** Makes it; false where there is no room for it, and then nothing of it is left. */
  restore(): boolean {
    try {
      if (this.#disk.exists(this.#file)) {
        this.#whole = this.#disk.readTail(this.#file, 0).size === SIZE;
        if (this.#whole) return true;
        this.#disk.remove(this.#file);
      }
      const fd = this.#disk.create(this.#file);
      try {
        writeAll(this.#disk, fd, Buffer.alloc(SIZE));
      } finally {
        this.#disk.close(fd);
      }
      this.#whole = true;
    } catch {
      this.drop();
    }
    return this.#whole;
  }

  /** Gives its room back; false where there was none. */
  drop(): boolean {
    const was = this.#whole;
    this.#whole = false;
    try {
      if (this.#disk.exists(this.#file)) this.#disk.remove(this.#file);
    } catch {
      return false;
    }
    return was;
  }
}
