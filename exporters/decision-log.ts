import { closeSync, openSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { messageOf } from "../errors.ts";
import { say } from "../say.ts";
import type { OutcomeBody } from "./audit/bodies.ts";

/** Levels as pino numbers them. */
const LEVEL = { info: 30, warn: 40, error: 50 } as const;
/** How long a file that could not be opened or written is left alone, in milliseconds. */
const RETRY = 1_000;
const STDERR = 2;

/** What a line says of where it belongs. Names and ids, no arguments, no results, and no sentences that could quote them. */
export interface LoggedCall {
  readonly tool: string;
  readonly framework: string;
  readonly agent: string | undefined;
  readonly session: string | undefined;
  readonly trace: string | undefined;
  readonly span: string | undefined;
  readonly auditLog: string | undefined;
  /** Index of the decision record; undefined where it could not be written. */
  readonly auditIndex: number | undefined;
}

export interface LoggedDecision extends LoggedCall {
  readonly effect: string;
  readonly rule: string;
  readonly source: string;
  readonly mode: string;
  /** Whether the tool runs; in mode observe it always does. */
  readonly runs: boolean;
  /** What an observed rule would have said: `<effect>:<rule>`. */
  readonly shadow: string | undefined;
  /** `<name>@<version>`. */
  readonly policy: string;
  readonly digest: string;
}

export interface LoggedOutcome extends LoggedCall {
  readonly status: OutcomeBody["status"];
  /** How long the tool ran, in milliseconds. */
  readonly ms: number;
  /** Class of the error. */
  readonly error: string | undefined;
}

export interface DecisionLogOptions {
  /** Standard error without it. */
  readonly file?: string | undefined;
  /** `service.name`. */
  readonly service?: string | undefined;
  /** For tests: takes the place of the descriptor. */
  readonly write?: (bytes: Uint8Array) => number;
}

/**
 * One line of JSON for each decision and each outcome, in the form of pino (`level`, `time`, `pid`, `hostname`, `msg`),
 * for people and for log pipelines. It is no evidence: a line that cannot be written is dropped, and the next one says
 * how many were. The audit log is named in each line.
 */
export class DecisionLog {
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

  constructor({ file, service, write }: DecisionLogOptions = {}) {
    // The application may change its working directory later.
    this.#file = file === undefined ? undefined : resolve(file);
    this.#service = service;
    this.#replaced = write;
    if (file === undefined) this.#descriptor = STDERR;
  }

  decided({ effect, rule, source, mode, runs, shadow, policy, digest, ...call }: LoggedDecision): void {
    const level = source === "fail_closed" ? LEVEL.error : effect === "allow" || effect === "modify" ? LEVEL.info : LEVEL.warn;
    this.#line(level, `${effect} ${call.tool}${runs && level !== LEVEL.info ? ", which runs: the policy only observes" : ""}`, call, {
      event: "decision", decision: effect, runs, rule, source, mode, shadow, policy, policy_hash: digest,
    });
  }

  ended({ status, ms, error, ...call }: LoggedOutcome): void {
    this.#line(status === "ok" || status === "not_run" ? LEVEL.info : LEVEL.warn, `${call.tool} ended: ${status}`, call, { event: "outcome", status, ms, error });
  }

  #line(level: number, msg: string, { tool, framework, agent, session, trace, span, auditLog, auditIndex }: LoggedCall, rest: Readonly<Record<string, unknown>>): void {
    const text = JSON.stringify({
      level, time: Date.now(), pid: process.pid, hostname: (this.#host ??= process.getBuiltinModule("node:os").hostname()), name: "spangate", service: this.#service, msg, ...rest,
      tool, framework, agent, session, trace_id: trace, span_id: span, audit_log: auditLog, audit_i: auditIndex, ...(this.#dropped > 0 && { dropped: this.#dropped }),
    });
    try {
      this.#write(`${this.#torn ? "\n" : ""}${text}\n`);
      this.#dropped = 0;
    } catch (thrown) {
      this.#dropped++;
      this.#failed(thrown);
    }
  }

  #write(text: string): void {
    if (this.#file !== undefined && !this.#replaced && this.#descriptor === undefined) {
      if (performance.now() - this.#failedAt < RETRY) throw new Error("it failed a moment ago");
      this.#descriptor = openSync(this.#file, "a", 0o600);
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
