import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { Resource } from "@opentelemetry/resources";
import { messageOf } from "../../errors.ts";
import { CURSOR, type Head, type Line, readHead, readLines, RECORDS, REJECTED, writeHead } from "./files.ts";
import type { AuditLog } from "./log.ts";
import { leafHash, parseRecord } from "./record.ts";
import { recordSpan } from "./span.ts";
import type { SendSpans } from "./transport.ts";
import { say } from "../../say.ts";

/** Records in one request. */
const BATCH = 512;
/** How long records are gathered before they are sent, in milliseconds. */
const GATHER = 200;
/** First and longest wait after a failure, in milliseconds; doubled in between, with 20 % jitter. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;

/**
 * Sends a log to an OTLP backend. The file is the queue: a cursor beside it moves only after the backend has
 * taken everything before it, so neither a dead backend nor a dead process loses a record. What a backend
 * refuses for good goes to `rejected.jsonl` beside the log.
 */
export class Shipper {
  readonly #log: AuditLog;
  readonly #send: SendSpans;
  readonly #resource: Resource;
  #cursor: Head;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #wait = 0;
  #told = false;

  constructor(log: AuditLog, send: SendSpans, resource: Resource) {
    this.#log = log;
    this.#send = send;
    this.#resource = resource;
    this.#cursor = readHead(log.folder, CURSOR) ?? { size: 0, offset: 0, leaf: "" };
    log.watch(() => this.#schedule(GATHER));
    this.#schedule(GATHER);
  }

  /** Records that the backend does not have yet. */
  get lag(): number {
    return this.#log.head.size - this.#cursor.size;
  }

  /** One attempt to send everything now. */
  flush(): Promise<void> {
    this.#running ??= this.#ship().finally(() => (this.#running = undefined));
    return this.#running;
  }

  #schedule(milliseconds: number): void {
    if (this.#timer || this.#running) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.flush().then(() => this.lag > 0 && this.#schedule(Math.max(this.#wait, GATHER)));
    }, milliseconds);
    // Waiting for a backend must not keep an application alive: the records are safe on disk.
    this.#timer.unref();
  }

  async #ship(): Promise<void> {
    try {
      this.#log.flush();
      while (this.lag > 0) {
        const lines = this.#nextLines();
        if (lines.length === 0) return;
        await this.#deliver(lines);
      }
      this.#wait = 0;
      this.#told = false;
    } catch (thrown) {
      this.#wait = Math.min(LONGEST_WAIT, Math.max(FIRST_WAIT, this.#wait * 2)) * (0.8 + Math.random() * 0.4);
      if (!this.#told) say(`spangate: the audit log cannot be sent (${messageOf(thrown)}); nothing is lost, it is kept in ${this.#log.folder} and sent later`);
      this.#told = true;
    }
  }

  #nextLines(): Line[] {
    const lines: Line[] = [];
    for (const line of readLines(join(this.#log.folder, RECORDS), this.#cursor.offset)) {
      if (!line.whole || lines.push(line) >= BATCH) break;
    }
    return lines;
  }

  /** Sends a batch; one that is refused in part is halved until the refused records are known by name. */
  async #deliver(lines: readonly Line[]): Promise<void> {
    const spans = lines.map(({ text }) => {
      const record = parseRecord(text);
      if (typeof record === "string") throw new Error(`${this.#log.folder}: ${record}`);
      return recordSpan(text, record, this.#resource);
    });
    const rejected = await this.#send(spans).catch((thrown: unknown) => {
      // A request that is too large or malformed will be so again; smaller ones may not be.
      const status = (thrown as { status?: number }).status;
      if (status === 400 || status === 413) return lines.length;
      throw thrown;
    });
    if (rejected > 0 && lines.length > 1) {
      const middle = lines.length >> 1;
      await this.#deliver(lines.slice(0, middle));
      await this.#deliver(lines.slice(middle));
      return;
    }
    const last = lines.at(-1) as Line;
    if (rejected > 0) appendFileSync(join(this.#log.folder, REJECTED), `${last.text}\n`, { mode: 0o600 });
    this.#cursor = { size: this.#cursor.size + lines.length, offset: last.offset + last.text.length + 1, leaf: leafHash(last.text) };
    writeHead(this.#log.folder, CURSOR, this.#cursor);
  }
}
