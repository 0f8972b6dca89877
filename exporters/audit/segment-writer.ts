import { join } from "node:path";
import { sha256 } from "../../sha256.ts";
import { type Disk, writeAll } from "./disk.ts";
import type { Head } from "./head.ts";
import type { Queue, TreePlace } from "./queue.ts";
import type { Resumed } from "./resume.ts";
import { formatHeader, formatSeal, segmentName } from "./segment.ts";

/** What a segment is called until it is whole: there is never a name for half of one. */
const UNFINISHED = "segment.new";
/** Most that is written and not synced, in bytes: it is kept in memory for a disk that fails when it is synced. */
const MAX_UNSAFE = 4 * 1024 * 1024;

/** Where a checkpoint ends, and how many records it covers. */
export interface SealPlace {
  readonly segment: string;
  readonly offset: number;
  readonly size: number;
}

/** What a sync that begins now makes safe. */
interface Mark {
  readonly place: TreePlace;
  readonly offset: number;
  readonly checkpoint: { readonly note: string | undefined; readonly size: number };
  readonly seal: SealPlace | undefined;
}

/** The segment that is written to, and when its bytes are safe. */
export class SegmentWriter {
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #origin: string;
  readonly #queue: Queue;
  #number: number;
  #name = "";
  #first = 0;
  #fd = -1;
  #offset = 0;
  /** Bytes of the segment that are safe. */
  #safeOffset = 0;
  #begun = 0;
  #pendingSeal = "";
  #sealed: number;
  #checkpoint: string | undefined;
  #safeCheckpoint: { readonly note: string | undefined; readonly size: number };
  /** A checkpoint stands in the segment that is not safe yet. */
  #openSeal: SealPlace | undefined;
  #exportable: SealPlace | undefined;
  #syncing = 0;
  #toClose: number[] = [];
  #failed: { readonly segment: string; readonly offset: number; told: boolean } | undefined;

  constructor(disk: Disk, folder: string, origin: string, queue: Queue, { number, segment, sealed, checkpoint }: Resumed) {
    this.#disk = disk;
    this.#folder = folder;
    this.#origin = origin;
    this.#queue = queue;
    this.#number = number;
    this.#sealed = sealed;
    this.#checkpoint = checkpoint;
    this.#safeCheckpoint = { note: checkpoint, size: sealed };
    if (!segment) return;
    this.#name = segment.name;
    this.#fd = disk.append(join(folder, segment.name));
    this.#offset = segment.offset;
    this.#begun = Date.now();
    try {
      // Whether the last session got that far is not known; that this one builds on it is safe only now.
      disk.sync(this.#fd);
      disk.syncFolder(folder);
    } catch (thrown) {
      this.#drop();
      throw thrown;
    }
    this.#safeOffset = this.#offset;
    if (checkpoint !== undefined) this.#exportable = { segment: this.#name, offset: this.#offset, size: sealed };
  }

  /** Records that a checkpoint covers, written or about to be. */
  get sealed(): number {
    return this.#sealed;
  }

  get sealIsOpen(): boolean {
    return this.#openSeal !== undefined;
  }

  get exportable(): SealPlace | undefined {
    return this.#exportable;
  }

  head(): Head {
    const { size, leaf, frontier } = this.#queue.place;
    return { size, leaf, segment: this.#name, offset: this.#offset, frontier: frontier.toString() };
  }

  /** What the segment is called that begins behind the next record. */
  nextName(): string {
    return segmentName(this.#number + 1, this.#queue.next + 1);
  }

  /** Index of the first record of the segment. */
  get first(): number {
    return this.#first;
  }

  mustRotate({ size, age }: { readonly size: number; readonly age: number }): boolean {
    return this.#offset >= size || Date.now() - this.#begun >= age;
  }

  /** A checkpoint, to stand behind what is written next. */
  seal(note: string, size: number): void {
    this.#pendingSeal = `${formatSeal(note)}\n`;
    this.#sealed = size;
    this.#checkpoint = note;
  }

  write(): void {
    const seal = this.#pendingSeal;
    const text = this.#queue.take() + seal;
    this.#pendingSeal = "";
    if (text !== "") writeAll(this.#disk, this.#fd, Buffer.from(text, "latin1"));
    this.#offset += text.length;
    if (seal) this.#openSeal = { segment: this.#name, offset: this.#offset, size: this.#sealed };
    if (this.#queue.unsafeBytes > MAX_UNSAFE) this.sync();
  }

  sync(): void {
    const mark = this.#mark();
    this.#disk.sync(this.#fd);
    this.#settle(mark);
  }

  syncLater(done: (problem: Error | null) => void): void {
    const mark = this.#mark();
    const fd = this.#fd;
    this.#syncing++;
    this.#disk.syncLater(fd, (problem) => {
      this.#syncing--;
      if (this.#syncing === 0) for (const old of this.#toClose.splice(0)) this.#close(old);
      // What failed meanwhile is written to another segment; that this one has it now changes nothing.
      if (fd !== this.#fd) return done(null);
      if (!problem) this.#settle(mark);
      done(problem);
    });
  }

  /**
   * Begins a segment behind what is safe, with everything that waits or must be written again. It gets its name
   * when all of that is on the disk: a crash between would leave one that ends before the one it takes over from,
   * or dead bytes that no record names.
   */
  begin(rewrites: boolean): void {
    const { size, leaf, frontier } = this.#queue.safe;
    const name = segmentName(this.#number + 1, size);
    const unfinished = join(this.#folder, UNFINISHED);
    if (this.#disk.exists(unfinished)) this.#disk.remove(unfinished);
    const fd = this.#disk.create(unfinished);
    const header = `${formatHeader({ v: 2, origin: this.#origin, first: size, prev: leaf, frontier: frontier.toString(), checkpoint: this.#safeCheckpoint.note, rewrites: rewrites || undefined })}\n`;
    const text = header + this.#queue.take();
    try {
      writeAll(this.#disk, fd, Buffer.from(text, "latin1"));
      this.#disk.sync(fd);
      this.#disk.rename(unfinished, join(this.#folder, name));
      this.#disk.syncFolder(this.#folder);
    } catch (thrown) {
      this.#close(fd);
      this.#discard(unfinished);
      throw thrown;
    }
    this.#drop();
    this.#number++;
    this.#name = name;
    this.#first = size;
    this.#fd = fd;
    this.#begun = Date.now();
    this.#offset = text.length;
    this.#safeOffset = this.#offset;
    this.#openSeal = undefined;
    this.#settle(this.#mark());
  }

  /** A full disk needs the room. */
  #discard(file: string): void {
    try {
      if (this.#disk.exists(file)) this.#disk.remove(file);
    } catch {
      // The next attempt tries it again.
    }
  }

  /** The disk failed: nothing since it last was safe counts. */
  fail(): void {
    this.#failed ??= { segment: this.#name, offset: this.#safeOffset, told: false };
    this.#queue.takeBack();
    this.#pendingSeal = "";
    this.#openSeal = undefined;
    this.#checkpoint = this.#safeCheckpoint.note;
    this.#sealed = this.#safeCheckpoint.size;
    this.#drop();
  }

  /** Goes on in a new segment, which tells what bytes of the old one count for nothing. */
  beginAnew(reason: string): void {
    const failed = this.#failed;
    if (failed && !failed.told) {
      const { segment, offset } = failed;
      let rest: Buffer = Buffer.alloc(0);
      try {
        rest = this.#disk.read(join(this.#folder, segment)).subarray(offset);
      } catch (thrown) {
        // Gone, or not to be read any more: how much there is stays unknown. Anything else may pass.
        if (!["EIO", "ENOENT"].includes((thrown as NodeJS.ErrnoException).code ?? "")) throw thrown;
      }
      this.#queue.push("recover", { segment, offset, bytes: rest.length, sha256: sha256(rest, "hex"), reason }, undefined);
      failed.told = true;
    }
    this.begin(true);
    this.#failed = undefined;
  }

  close(): void {
    this.#drop();
  }

  #mark(): Mark {
    return { place: this.#queue.written, offset: this.#offset, checkpoint: { note: this.#checkpoint, size: this.#sealed }, seal: this.#openSeal };
  }

  #settle({ place, offset, checkpoint, seal }: Mark): void {
    this.#queue.settle(place);
    this.#safeOffset = Math.max(this.#safeOffset, offset);
    // A sync that was begun earlier may end later.
    if (!seal || seal.size <= (this.#exportable?.size ?? 0)) return;
    this.#safeCheckpoint = checkpoint;
    this.#exportable = seal;
    if (this.#openSeal === seal) this.#openSeal = undefined;
  }

  /** A descriptor that a thread is still syncing must not be closed under it: the number could be another file's by then. */
  #drop(): void {
    if (this.#fd < 0) return;
    if (this.#syncing > 0) this.#toClose.push(this.#fd);
    else this.#close(this.#fd);
    this.#fd = -1;
  }

  /** One that fails has closed it all the same, and says nothing of bytes that were synced. */
  #close(fd: number): void {
    try {
      this.#disk.close(fd);
    } catch {
      // As said.
    }
  }
}
