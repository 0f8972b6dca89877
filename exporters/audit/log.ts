import { closeSync, existsSync, fdatasyncSync, ftruncateSync, mkdirSync, openSync, writeSync } from "node:fs";
import { basename, join } from "node:path";
import { messageOf, SpangateError } from "../../errors.ts";
import type { Durability } from "../../policies/index.ts";
import { type Head, HEAD, listLogs, LOCK, RECORDS, writeHead } from "./files.ts";
import { acquire } from "./lock.ts";
import { formatRecord, leafHash, type OpenBody, type RecordBodies, type RecordType } from "./record.ts";
import { resume } from "./resume.ts";
import { say } from "../../say.ts";

/** Most that durability `memory` keeps back while the disk does not take it, in bytes; beyond it {@link AuditLog.append} throws. */
const MAX_PENDING = 8 * 1024 * 1024;
/** What durability `memory` writes at once, in bytes. */
const BLOCK = 256 * 1024;
/** How long to wait before it is tried again, in milliseconds. */
const RETRY = 1_000;

/**
 * The append-only log of one writer: `<directory>/<log id>/records.jsonl`. {@link append} returns when the
 * record is as safe as the durability says; it throws when it is not, and the caller must then deny.
 */
export class AuditLog {
  readonly folder: string;
  readonly id: string;
  readonly #fd: number;
  readonly #lock: { close(): void };
  #durability: Durability;
  #head: Head;
  #pending = "";
  #retry: NodeJS.Timeout | undefined;
  #broken = false;
  #decisions = 0;
  #closed = false;
  #watchers: (() => void)[] = [];

  private constructor(folder: string, lock: { close(): void }, durability: Durability, opening: Omit<OpenBody, "clean">) {
    this.folder = folder;
    this.id = basename(folder);
    this.#lock = lock;
    this.#durability = durability;
    const { head, clean, torn } = resume(folder);
    this.#head = head;
    this.#fd = openSync(join(folder, RECORDS), "a", 0o600);
    if (torn) this.append("recover", torn);
    this.append("open", { ...opening, clean });
  }

  /** Goes on with the first log of the directory that nobody writes to, or begins a new one. */
  static open(directory: string, durability: Durability, opening: Omit<OpenBody, "clean">): AuditLog {
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      for (const name of listLogs(directory)) {
        const folder = join(directory, name);
        if (!existsSync(join(folder, RECORDS))) continue;
        const lock = acquire(join(folder, LOCK));
        if (lock) return new AuditLog(folder, lock, durability, opening);
      }
      const folder = join(directory, crypto.randomUUID().replaceAll("-", ""));
      mkdirSync(folder, { mode: 0o700 });
      const lock = acquire(join(folder, LOCK));
      if (!lock) throw new Error(`the new log ${folder} is already locked`);
      return new AuditLog(folder, lock, durability, opening);
    } catch (thrown) {
      if (thrown instanceof SpangateError) throw thrown;
      throw unwritable(directory, thrown);
    }
  }

  /** How many records there are, where the last one ends, and its leaf hash. */
  get head(): Head {
    return this.#head;
  }

  set durability(durability: Durability) {
    this.#durability = durability;
  }

  /** Calls back after records were written; used by the shipper. */
  watch(watcher: () => void): void {
    this.#watchers.push(watcher);
  }

  /** Writes one record and returns its index. */
  append<T extends RecordType>(type: T, body: RecordBodies[T]): number {
    const { size, leaf, offset } = this.#head;
    const line = formatRecord(size, leaf, this.id, type, body);
    if (this.#durability === "memory") {
      // A loop that never yields would keep back everything; only a disk that does not take it gets that far.
      if (this.#pending.length > BLOCK && !this.#retry) this.flush();
      if (this.#pending.length > MAX_PENDING) throw unwritable(this.folder, new Error(`${this.#pending.length} bytes are waiting to be written`));
      if (!this.#pending) setImmediate(() => this.flush());
      this.#pending += `${line}\n`;
    } else this.#write(`${line}\n`, offset, this.#durability === "disk" && mustSurvive(type, body));
    this.#head = { size: size + 1, offset: offset + line.length + 1, leaf: leafHash(line) };
    if (type === "decision") this.#decisions++;
    for (const watcher of this.#watchers) watcher();
    return size;
  }

  /** Writes what durability `memory` has kept back. Never throws: nobody waits for these records; what cannot be written yet is tried again. */
  flush(): void {
    const pending = this.#pending;
    if (!pending) return;
    try {
      this.#write(pending, this.#head.offset - pending.length, false);
      this.#pending = "";
      this.#retry = undefined;
    } catch (thrown) {
      if (!this.#retry) say((thrown as SpangateError).line);
      this.#retry = setTimeout(() => this.flush(), RETRY).unref();
    }
  }

  /** Ends the session: a `close` record, and the head on disk so that a cut tail is noticed. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.append("close", { decisions: this.#decisions });
      this.flush();
      fdatasyncSync(this.#fd);
      writeHead(this.folder, HEAD, this.#head);
      closeSync(this.#fd);
      this.#lock.close();
    } catch (thrown) {
      say(unwritable(this.folder, thrown).line);
    }
  }

  /** All of `text` (ASCII) at `offset`, which is where the file ends, or an error; on the disk when it returns if `sync`. */
  #write(text: string, offset: number, sync: boolean): void {
    try {
      // After a failure part of a line may be on disk; it must be gone before anything follows it.
      if (this.#broken) ftruncateSync(this.#fd, offset);
      // A full disk cuts a write short without an error; only the next call says why.
      for (let written = 0; written < text.length; ) written += writeSync(this.#fd, written === 0 ? text : text.slice(written), null, "latin1");
      if (sync) fdatasyncSync(this.#fd);
      this.#broken = false;
    } catch (thrown) {
      this.#broken = true;
      throw unwritable(this.folder, thrown);
    }
  }
}

/** With durability `disk`: what something is about to happen upon. What has happened, or will not, goes with the next of these. */
function mustSurvive<T extends RecordType>(type: T, body: RecordBodies[T]): boolean {
  return type === "decision" ? (body as RecordBodies["decision"]).runs : type !== "outcome" && type !== "effect";
}

function unwritable(directory: string, thrown: unknown): SpangateError {
  return thrown instanceof SpangateError ? thrown
    : new SpangateError("SG_AUDIT_UNWRITABLE", { directory, problem: messageOf(thrown) }, { cause: thrown });
}
