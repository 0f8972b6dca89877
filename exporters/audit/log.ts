import { basename, join } from "node:path";
import { SpangateError } from "../../errors.ts";
import { say } from "../../say.ts";
import { Ballast } from "./ballast.ts";
import type { OpenBody, RecordBodies, RecordType } from "./bodies.ts";
import { type Disk, realDisk } from "./disk.ts";
import { isFull, unwritable } from "./disk-problem.ts";
import { HEAD, writeHead } from "./head.ts";
import { discard, makeFolders, nameLog, newOrigin, originOf } from "./log-folder.ts";
import { acquire } from "./lock.ts";
import { type Resumed, resume } from "./resume.ts";
import { listLogs, OLD_RECORDS } from "./segment.ts";
import { type SealPlace, SegmentWriter } from "./segment-writer.ts";
import { Sealer } from "./sealer.ts";
import type { Kept, Safety } from "./safety.ts";
import type { KeyHolder } from "./signer.ts";
import { Queue } from "./queue.ts";
import type { Sealed } from "./vault.ts";

/** How long a log that could not be written is left alone before it is tried again, in milliseconds. */
const RETRY = 250;

export interface LogOptions extends Safety {
  readonly keys: KeyHolder;
  /** What origins begin with, like `example.com/production`. */
  readonly origin: string;
  readonly opening: Omit<OpenBody, "origin" | "key" | "safety" | "clean" | "unsealed" | "refused">;
  /** Bytes and milliseconds after which a segment ends. */
  readonly rotate: { readonly size: number; readonly age: number };
  readonly disk?: Disk;
  readonly lock?: (file: string) => { close(): void } | undefined;
  /** Called with the folder after a segment has ended, to compress and prune. */
  readonly rotated?: (folder: string) => void;
}

/**
 * The append-only log of one writer: `<directory>/<log id>/`. Every record gets its index and its hash at once
 * and never loses them: a record that the disk did not take stays in memory and is written before anything else
 * once it does. The tree only ever grows, so no two checkpoints of a log contradict each other.
 */
export class AuditLog {
  readonly folder: string;
  readonly id: string;
  readonly origin: string;
  readonly #lock: { close(): void };
  readonly #options: LogOptions;
  readonly #writer: SegmentWriter;
  readonly #queue: Queue;
  readonly #sealer: Sealer;
  #safety: Safety;
  #writing: NodeJS.Immediate | undefined;
  #committing = false;
  #waiters: { readonly index: number; readonly done: (kept: Kept) => void }[] = [];
  #failedAt = 0;
  #problem: SpangateError | undefined;
  #retry: NodeJS.Timeout | undefined;
  readonly #ballast: Ballast;
  #halted = false;
  #decisions = 0;
  #closed = false;
  #ending = false;
  readonly #watchers: (() => void)[] = [];

  private constructor(folder: string, lock: { close(): void }, options: LogOptions, refused: string | undefined) {
    this.folder = folder;
    this.id = basename(folder);
    this.origin = originOf(options.disk ?? realDisk, folder) ?? newOrigin(options.origin, this.id);
    this.#lock = lock;
    this.#options = options;
    this.#safety = options;
    const disk = options.disk ?? realDisk;
    const resumed = resume(disk, folder, this.origin, options.keys.verifiers(this.origin));
    this.#queue = new Queue(this.id, resumed);
    this.#writer = new SegmentWriter(disk, folder, this.origin, this.#queue, resumed);
    this.#ballast = new Ballast(disk, folder);
    this.#sealer = new Sealer({
      origin: this.origin, queue: this.#queue, writer: this.#writer,
      working: () => !this.#closed && !this.#problem, failed: (problem) => this.#fail(problem), sealed: () => this.#tell(),
    }, options.keys.forOrigin(this.origin));
    try {
      this.#begin(resumed, refused);
    } catch (thrown) {
      this.#abandon();
      throw thrown;
    }
  }

  /** Goes on with the first log of the directory that nobody writes to, or begins a new one; one that is damaged is named and left. */
  static open(directory: string, options: LogOptions): AuditLog {
    const disk = options.disk ?? realDisk;
    const lockOf = options.lock ?? acquire;
    try {
      makeFolders(disk, directory);
      let refused: string | undefined;
      for (const name of listLogs(disk, directory)) {
        // Version 1: verified, and not gone on with.
        if (disk.exists(join(directory, name, OLD_RECORDS))) continue;
        const lock = lockOf(join(directory, name, "lock"));
        if (!lock) continue;
        try {
          return new AuditLog(join(directory, name), lock, options, refused);
        } catch (thrown) {
          lock.close();
          if (!(thrown instanceof SpangateError) || thrown.code !== "SG_AUDIT_CORRUPT") throw thrown;
          say(thrown.line);
          refused = `${name}: ${thrown.message}`.slice(0, 500);
        }
      }
      const folder = join(directory, crypto.randomUUID().replaceAll("-", ""));
      disk.makeFolder(folder);
      disk.syncFolder(directory);
      let lock: { close(): void } | undefined;
      try {
        nameLog(disk, folder, options.origin);
        lock = lockOf(join(folder, "lock"));
        if (!lock) throw new Error(`the new log ${folder} is already locked`);
        return new AuditLog(folder, lock, options, refused);
      } catch (thrown) {
        lock?.close();
        discard(disk, folder);
        throw thrown;
      }
    } catch (thrown) {
      throw unwritable(directory, thrown);
    }
  }

  /** Records that there are. */
  get size(): number {
    return this.#queue.size;
  }

  /** The last checkpoint that is on the disk with everything it covers, and so may leave the process; undefined before there is one. */
  get exportable(): SealPlace | undefined {
    return this.#writer.exportable;
  }

  /** Records that there was no room for, ever. */
  get lost(): number {
    return this.#queue.lost;
  }

  /** Records of this process, by type. */
  get records(): ReadonlyMap<RecordType, number> {
    return this.#queue.records;
  }

  get decisions(): number {
    return this.#decisions;
  }

  get safety(): string {
    return `${this.#safety.mode}/${this.#safety.durability}`;
  }

  set safety({ mode, durability }: Safety) {
    this.#safety = { mode, durability };
  }

  /** Calls back when more may be exported. */
  watch(watcher: () => void): void {
    this.#watchers.push(watcher);
  }

  /**
   * Writes one record. When it returns, the record is as safe as mode and durability say; `safe` is false where it
   * is not, and what the record tells of must then not happen. Never throws for a disk that fails.
   *
   * @throws SG_AUDIT_RECORD_TOO_LARGE
   */
  append<T extends RecordType>(type: T, body: RecordBodies[T], value?: Sealed): Kept {
    const index = this.#push(type, body, value);
    if (this.#safety.mode === "batch") {
      this.#writeSoon();
      return { index, safe: true };
    }
    const written = index !== undefined && this.#write(this.#mustSurvive(type, body));
    return this.#kept(index, written);
  }

  /** The same for who can wait: many decisions then share one fdatasync and one signature. */
  appendLater<T extends RecordType>(type: T, body: RecordBodies[T], value?: Sealed): Kept | Promise<Kept> {
    if (this.#safety.mode === "batch" || !this.#mustSurvive(type, body)) return this.append(type, body, value);
    const index = this.#push(type, body, value);
    if (index === undefined) return this.#kept(index, false);
    return new Promise((done) => {
      this.#waiters.push({ index, done });
      this.#commitSoon();
    });
  }

  /** Everything on the disk, sealed where the key is in this process; false where the disk does not take it. */
  flush(): boolean {
    return this.#write(true);
  }

  /** Another key signs from here on; the record that says so is sealed by the one before. */
  rotateKey(keys: KeyHolder, reason: string): void {
    const next = keys.forOrigin(this.origin);
    if (next.key === this.#sealer.key) return;
    this.#push("key", { key: next.key, previous: this.#sealer.key, reason }, undefined);
    // Else the one before goes on signing; who looks at the key file tries again.
    if (!this.#write(true)) return;
    this.#sealer.signer = next;
    this.#sealer.schedule();
  }

  /** Ends the session: a `close` record under a checkpoint, and the head on disk so that a cut tail is noticed. A disk that has failed is tried once more. */
  close(): void {
    if (this.#closed) return;
    this.#ready(0);
    this.#ending = true;
    this.#push("close", { decisions: this.#decisions }, undefined);
    if (this.#write(true)) this.#attempt(() => writeHead(this.#disk, this.folder, HEAD, this.#writer.head()));
    else say(`spangate: ${this.#queue.waiting} records could not be written to ${this.folder} and are lost with this process`);
    this.#closed = true;
    this.#sealer.stop();
    clearImmediate(this.#writing);
    this.#attempt(() => this.#writer.close());
    this.#attempt(() => this.#lock.close());
  }

  get #disk(): Disk {
    return this.#options.disk ?? realDisk;
  }

  #begin({ dead, clean, frontier, sealed, segment }: Resumed, refused: string | undefined): void {
    for (const body of dead) this.#push("recover", body, undefined);
    const { pid, thread, boot, node, spangate, service, mode, policy, digest } = this.#options.opening;
    this.#push("open", {
      origin: this.origin, key: this.#sealer.key, pid, thread, boot, node, spangate, service, mode, safety: this.safety, policy, digest, clean, unsealed: frontier.size - sealed, refused,
    }, undefined);
    // One write: what a crash left must be named before anything counts on it.
    if (!segment || dead.length > 0) this.#writer.begin(false);
    if (!this.#write(true)) throw this.#problem as SpangateError;
  }

  /** It could not be begun: nothing of it goes on in the background, for its lock is about to be somebody else's. */
  #abandon(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#sealer.stop();
    this.#attempt(() => this.#writer.close());
  }

  #push<T extends RecordType>(type: T, body: RecordBodies[T], value: Sealed | undefined): number | undefined {
    if (type === "decision") this.#decisions++;
    return this.#queue.push(type, body, value);
  }

  #kept(index: number | undefined, written: boolean): Kept {
    return { index, safe: written || this.#safety.mode !== "strict" };
  }

  /** With durability `disk`: what something is about to happen upon. What has happened, or will not, goes with the next of these. */
  #mustSurvive<T extends RecordType>(type: T, body: RecordBodies[T]): boolean {
    if (this.#safety.durability !== "disk") return false;
    return type === "decision" ? (body as RecordBodies["decision"]).runs : type !== "outcome" && type !== "effect";
  }

  /** Writes what waits; on the disk and under a checkpoint when it returns, if `sync`. */
  #write(sync: boolean): boolean {
    if (this.#closed || !this.#ready()) return false;
    try {
      if (!this.#ending && this.#writer.mustRotate(this.#options.rotate)) this.#rotate();
      if (sync) this.#sealer.now();
      this.#writer.write();
      if (sync) this.#writer.sync();
      this.#sealer.schedule();
      this.#tell();
      return true;
    } catch (thrown) {
      this.#fail(thrown);
      return false;
    }
  }

  /** True where the log can be written; one that failed is begun anew in another segment, not more often than every {@link RETRY}. */
  #ready(pause = RETRY): boolean {
    if (!this.#problem) return true;
    if (performance.now() - this.#failedAt < pause || (this.#halted && !this.#ballast.restore())) {
      this.#tryLater();
      return false;
    }
    this.#halted = false;
    try {
      this.#writer.beginAnew(this.#problem.message);
      this.#writer.sync();
      this.#problem = undefined;
      say(`spangate: the audit log in ${this.folder} is written again; nothing that it had promised was lost`);
      return true;
    } catch (thrown) {
      this.#fail(thrown);
      return false;
    }
  }

  #fail(thrown: unknown): void {
    this.#failedAt = performance.now();
    const problem = unwritable(this.folder, thrown);
    this.#writer.fail();
    if (!this.#problem) {
      say(problem.line);
      if (isFull(thrown)) this.#halt(problem.message);
    }
    this.#problem = problem;
    this.#tryLater();
  }

  /** Whether or not anybody calls again. */
  #tryLater(): void {
    if (!this.#retry) this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#write(false);
    }, RETRY).unref();
  }

  /** The last that is written to a full disk, in the room that was kept for it. Calls go on when there is as much room again. */
  #halt(reason: string): void {
    if (!this.#ballast.drop()) return;
    this.#halted = true;
    this.#queue.push("halt", { reason }, undefined);
    try {
      this.#writer.beginAnew(reason);
      this.#writer.sync();
    } catch {
      // The disk is not only full. Everything is still in memory.
    }
    this.#writer.fail();
  }

  /** Why the log cannot be written now; undefined where it can. */
  get problem(): SpangateError | undefined {
    return this.#problem;
  }

  #writeSoon(): void {
    this.#writing ??= setImmediate(() => {
      this.#writing = undefined;
      this.#write(this.#safety.durability === "disk");
    });
  }

  #commitSoon(): void {
    if (this.#committing) return;
    this.#committing = true;
    setImmediate(() => this.#commit());
  }

  /** One write, one signature and one fdatasync for everybody who waits. */
  #commit(): void {
    const waiters = this.#waiters.splice(0);
    // Not whether this sync went well: the log may have failed and gone on elsewhere meanwhile.
    const finish = (): void => {
      for (const { index, done } of waiters) done(this.#kept(index, index < this.#queue.safe.size));
      this.#committing = false;
      if (this.#waiters.length > 0) this.#commitSoon();
    };
    if (this.#closed || !this.#ready()) return finish();
    try {
      if (this.#writer.mustRotate(this.#options.rotate)) this.#rotate();
      this.#sealer.now();
      this.#writer.write();
    } catch (thrown) {
      this.#fail(thrown);
      return finish();
    }
    this.#writer.syncLater((problem) => {
      if (problem) this.#fail(problem);
      else this.#tell();
      finish();
    });
  }

  #rotate(): void {
    // Room for the record, should there have been none.
    this.#writer.write();
    const next = this.#writer.nextName();
    this.#push("rotate", { next, reason: "size or age" }, undefined);
    this.#sealer.now();
    this.#writer.write();
    this.#writer.sync();
    this.#writer.begin(false);
    this.#options.rotated?.(this.folder);
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #attempt(action: () => void): void {
    try {
      action();
    } catch (thrown) {
      say(unwritable(this.folder, thrown).line);
    }
  }
}
