import { closeSync, constants, openSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { messageOf, oneLine } from "../../errors.ts";
import { say } from "../../say.ts";
import type { Entry, Sink } from "./entry.ts";
import { lineFields } from "./fields.ts";

/** How long a file that could not be opened or written is left alone, in milliseconds. */
const RETRY = 1_000;
const STDERR = 2;
/** A pipe that nobody reads is an error, and one that is full drops lines: neither is waited for. Windows has no such flag. */
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0);

export interface LinesOptions {
  /** Standard error without it. */
  readonly file?: string | undefined;
  /** `service.name`. */
  readonly service?: string | undefined;
  /** For tests: takes the place of the descriptor. */
  readonly write?: (bytes: Uint8Array) => number;
}

/**
 * One line of JSON for each entry, in the form of pino (`level`, `time`, `pid`, `hostname`, `msg`). A line that cannot be
 * written is dropped, and the next one says how many were.
 */
export class Lines implements Sink {
  readonly #file: string | undefined;
  readonly #service: string | undefined;
  readonly #replaced: ((bytes: Uint8Array) => number) | undefined;
  #descriptor: number | undefined;
  #host: string | undefined;
  #dropped = 0;
  /** A line was begun and not ended. */
  #torn = false;
  #failedAt = -Infinity;
  #told = false;

  constructor({ file, service, write }: LinesOptions = {}) {
    // The application may change its working directory later.
    this.#file = file === undefined ? undefined : resolve(file);
    this.#service = service;
    this.#replaced = write;
    if (file === undefined) this.#descriptor = STDERR;
  }

  write({ event, level, time, msg, facts }: Entry): void {
    // Also what JSON leaves as it is: a name that a model made up moves no cursor of whoever reads along.
    const text = oneLine(JSON.stringify({
      level, time, pid: process.pid, hostname: (this.#host ??= process.getBuiltinModule("node:os").hostname()), name: "spangate", service: this.#service, msg, event,
      ...lineFields(facts), trace_id: facts.trace, span_id: facts.span, ...(this.#dropped > 0 && { dropped: this.#dropped }),
    }));
    try {
      this.#put(`${this.#torn ? "\n" : ""}${text}\n`);
      this.#dropped = 0;
    } catch (thrown) {
      this.#dropped++;
      this.#failed(thrown);
    }
  }

  #put(text: string): void {
    if (this.#file !== undefined && !this.#replaced && this.#descriptor === undefined) {
      if (performance.now() - this.#failedAt < RETRY) throw new Error("it failed a moment ago");
      this.#descriptor = openSync(this.#file, APPEND, 0o600);
    }
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length; ) {
      const rest = bytes.subarray(written);
      written += this.#replaced ? this.#replaced(rest) : writeSync(this.#descriptor as number, rest);
      this.#torn = written < bytes.length;
    }
  }

  /** Told once: who reads the log sees `dropped`. A pipe that is full is no failure of the file. */
  #failed(thrown: unknown): void {
    if (this.#file === undefined) return;
    if (performance.now() - this.#failedAt >= RETRY) this.#failedAt = performance.now();
    const open = this.#descriptor;
    this.#descriptor = undefined;
    if (open !== undefined) {
      try {
        closeSync(open);
      } catch {
        // It is gone.
      }
    }
    if (!this.#told) say(`spangate: the decision log ${this.#file} cannot be written (${messageOf(thrown)}); lines are dropped and counted, the audit log is not concerned`);
    this.#told = true;
  }
}
