import { join } from "node:path";
import { messageOf } from "../../../errors.ts";
import { say } from "../../../say.ts";
import { type Disk, realDisk, writeAll } from "../disk.ts";
import { type Head, readHead, writeHead } from "../head.ts";
import type { AuditLog } from "../log.ts";
import { Frontier } from "../tree/frontier.ts";
import type { Destination, Gathering, Postponed } from "./destination.ts";
import { beginning, type Gap, type Interval, isGap, joined, outbound } from "./outbox.ts";

/** How long records are gathered before they are sent, in milliseconds; each interval by itself. */
const GATHER: Gathering = { after: 200, records: 0 };
/** First and longest wait after a failure, in milliseconds; doubled in between, with 20 % jitter. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
/** Longest wait that a destination may ask for, in milliseconds: no answer of a stranger stops the log for days. */
const LONGEST_RETRY_AFTER = 3_600_000;

/** One attempt to deliver, or a part of it. */
export interface Delivery {
  readonly records: number;
  /** How long the attempt took; undefined for those of an attempt already told of. */
  readonly milliseconds: number | undefined;
  /** Why they were not taken: `refused` for good, else the class of what went wrong. */
  readonly error: string | undefined;
}

/**
 * Sends a log to one destination. The log is the queue: a cursor beside it moves only after the destination has
 * taken everything before it, so neither a dead backend nor a dead process loses a record; there is no last
 * attempt. Only what is safe on the disk is sent (see AuditLog.exportable). What is refused for good goes to
 * `rejected-<destination>.jsonl` beside the log.
 */
export class Shipper {
  readonly #log: AuditLog;
  readonly #destination: Destination;
  readonly #delivered: (delivery: Delivery) => void;
  readonly #gather: Gathering;
  readonly #disk: Disk;
  readonly #cursorFile: string;
  #cursor: Head;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #wait = 0;
  #told = false;
  #refusals = 0;
  #closed = false;

  /** @param delivered told of each attempt */
  constructor(log: AuditLog, destination: Destination, delivered: (delivery: Delivery) => void = () => {}, disk: Disk = realDisk) {
    this.#log = log;
    this.#delivered = delivered;
    this.#destination = destination;
    this.#gather = destination.gather ?? GATHER;
    this.#disk = disk;
    this.#cursorFile = `cursor-${destination.name}.json`;
    this.#cursor = readCursor(disk, log.folder, this.#cursorFile) ?? this.#begin();
    log.watch(() => this.#schedule(this.#gather.after));
    this.#schedule(this.#gather.after);
  }

  /** Written down at once: what no destination has yet is not pruned. */
  #begin(): Head {
    const start = beginning(this.#log.origin);
    try {
      writeHead(this.#disk, this.#log.folder, this.#cursorFile, start);
    } catch {
      // The disk's trouble is the log's to tell.
    }
    return start;
  }

  get name(): string {
    return this.#destination.name;
  }

  /** Records that the destination does not have yet. */
  get lag(): number {
    return this.#log.size - this.#cursor.size;
  }

  /**
   * One attempt to send everything that there is now.
   *
   * @param patience milliseconds after which no other interval is begun; the rest is sent later
   */
  async flush(patience: number = Infinity): Promise<void> {
    try {
      this.#log.flush();
    } catch {
      // What the disk does not take may not leave either.
    }
    // One that is under way may have begun before the last records.
    await this.#running;
    await this.#run(performance.now() + patience);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#destination.close?.();
  }

  #run(deadline: number): Promise<void> {
    this.#running ??= this.#ship(deadline).finally(() => (this.#running = undefined));
    return this.#running;
  }

  #waiting(): boolean {
    return (this.#log.exportable?.size ?? 0) > this.#cursor.size;
  }

  #schedule(milliseconds: number): void {
    if (this.#timer || this.#running || this.#closed || !this.#waiting()) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#run(Infinity).then(() => this.#schedule(Math.max(this.#wait, this.#gather.after)));
    }, milliseconds);
    // Waiting for a backend must not keep an application alive: the records are safe on disk.
    this.#timer.unref();
  }

  async #ship(deadline: number): Promise<void> {
    try {
      const until = this.#log.exportable?.size ?? 0;
      if (until > this.#cursor.size) {
        const { folder, id, origin } = this.#log;
        const all = outbound({ disk: this.#disk, folder, log: id, origin }, this.#cursor, until);
        for (const next of this.#gather.records > 0 ? joined(all, this.#gather.records) : all) {
          await (isGap(next) ? this.#declare(next) : this.#deliver(next));
          if (this.#closed || performance.now() >= deadline) break;
        }
      }
      this.#wait = 0;
      this.#told = false;
    } catch (thrown) {
      this.#postpone(thrown);
    }
  }

  #postpone(thrown: unknown): void {
    const doubled = Math.min(LONGEST_WAIT, Math.max(FIRST_WAIT, this.#wait * 2)) * (0.8 + Math.random() * 0.4);
    const asked = Math.min(LONGEST_RETRY_AFTER, (thrown as Postponed | undefined)?.retryAfter ?? 0);
    this.#wait = Math.max(Math.min(LONGEST_WAIT, doubled), asked);
    if (!this.#told) say(`spangate: the audit log cannot be sent to ${this.name} (${messageOf(thrown)}); nothing is lost, it is kept in ${this.#log.folder} and sent later`);
    this.#told = true;
  }

  async #declare(gap: Gap): Promise<void> {
    await this.#destination.declare(gap);
    say(`spangate: records ${gap.from} to ${gap.to - 1} of ${gap.log} were ${gap.reason} before ${this.name} had them; it was told so`);
    this.#advance(gap.end);
  }

  async #deliver(interval: Interval): Promise<void> {
    const refused = new Set(await this.#attempt(interval));
    const dead = interval.records.filter(({ record }) => refused.has(record.i));
    if (dead.length > 0) this.#bury(dead.map(({ text }) => `${text}\n`).join(""), dead.length);
    this.#advance(interval.end);
  }

  async #attempt(interval: Interval): Promise<readonly number[]> {
    const started = performance.now();
    const { length } = interval.records;
    try {
      const refused = await this.#destination.deliver(interval);
      if (refused.length > 0) this.#delivered({ records: refused.length, milliseconds: undefined, error: "refused" });
      this.#delivered({ records: length - refused.length, milliseconds: performance.now() - started, error: undefined });
      return refused;
    } catch (thrown) {
      this.#delivered({ records: length, milliseconds: performance.now() - started, error: classOf(thrown) });
      throw thrown;
    }
  }

  #advance(place: Head): void {
    writeHead(this.#disk, this.#log.folder, this.#cursorFile, place);
    this.#cursor = place;
  }

  #bury(lines: string, count: number): void {
    const file = join(this.#log.folder, `rejected-${this.name}.jsonl`);
    const fd = this.#disk.append(file);
    try {
      writeAll(this.#disk, fd, Buffer.from(lines, "latin1"));
      this.#disk.sync(fd);
    } finally {
      this.#disk.close(fd);
    }
    // One line, however much is refused: the file has the rest.
    if (this.#refusals === 0) say(`spangate: ${this.name} refused ${count} ${count === 1 ? "record" : "records"} of the audit log for good; these and any later ones are kept in ${file}`);
    this.#refusals += count;
  }
}

/** What went wrong, in one word: the status of an answer, the code of a system error, or the name of another one. */
function classOf(thrown: unknown): string {
  const { status, code, name } = (thrown ?? {}) as { readonly status?: unknown; readonly code?: unknown; readonly name?: unknown };
  if (typeof status === "number") return String(status);
  return typeof code === "string" ? code : typeof name === "string" ? name : "_OTHER";
}

/** A cursor that cannot be read, or is none, is as none: everything is sent again. */
function readCursor(disk: Disk, folder: string, file: string): Head | undefined {
  const head = readHead(disk, folder, file);
  return head && typeof head.segment === "string" && Number.isSafeInteger(head.offset) && typeof head.frontier === "string" && Frontier.parse(head.size, head.frontier) ? head : undefined;
}
