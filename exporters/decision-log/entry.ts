import type { OutcomeBody } from "../audit/bodies.ts";

/** Levels as pino numbers them. */
export const LEVEL = { info: 30, warn: 40, error: 50 } as const;

/** What an entry says of where it belongs. Names and ids, no arguments, no results, and no sentences that could quote them. */
export interface LoggedCall {
  readonly tool: string;
  readonly framework: string;
  readonly agent: string | undefined;
  readonly session: string | undefined;
  readonly trace: string | undefined;
  readonly span: string | undefined;
  /** W3C trace flags of the span. */
  readonly traceFlags: number | undefined;
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
  readonly policy: { readonly name: string; readonly version: string };
  readonly digest: string;
}

export interface LoggedOutcome extends LoggedCall {
  readonly status: OutcomeBody["status"];
  /** How long the tool ran, in milliseconds. */
  readonly ms: number;
  /** Class of the error. */
  readonly error: string | undefined;
}

/** Everything that an entry may say; a decision and an outcome say a part of it each. */
export type Facts = LoggedCall & Partial<LoggedDecision> & Partial<LoggedOutcome>;

/** One decision or outcome, before it has a form. */
export interface Entry {
  readonly event: "decision" | "outcome";
  readonly level: (typeof LEVEL)[keyof typeof LEVEL];
  /** Milliseconds since 1970. */
  readonly time: number;
  /** Verdict and tool, for people. */
  readonly msg: string;
  readonly facts: Facts;
}

/** Where entries go. It throws nothing: what it cannot take it drops, counts, and says in the next one. */
export interface Sink {
  write(entry: Entry): void;
  /**
   * Sends what is waiting; resolves when that was tried.
   *
   * @param patience milliseconds after which no further request is begun
   */
  flush?(patience?: number): Promise<void>;
  /** The process ends now. */
  close?(): void;
}

export function decisionEntry(facts: LoggedDecision): Entry {
  const { effect, source, runs, tool } = facts;
  const level = source === "fail_closed" ? LEVEL.error : effect === "allow" || effect === "modify" ? LEVEL.info : LEVEL.warn;
  return { event: "decision", level, time: Date.now(), msg: `${effect} ${tool}${runs && level !== LEVEL.info ? ", which runs: the policy only observes" : ""}`, facts };
}

export function outcomeEntry(facts: LoggedOutcome): Entry {
  const { status, tool } = facts;
  return { event: "outcome", level: status === "ok" || status === "not_run" ? LEVEL.info : LEVEL.warn, time: Date.now(), msg: `${tool} ended: ${status}`, facts };
}
