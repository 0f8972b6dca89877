import { decisionEntry, type Entry, type LoggedDecision, type LoggedOutcome, outcomeEntry, type Sink } from "./entry.ts";

/**
 * One entry for each decision and each outcome, for people and for log pipelines, in each form that was asked for. It is
 * no evidence: the audit log is, and each entry names its record there.
 */
export class DecisionLog {
  readonly #sinks: readonly Sink[];

  constructor(sinks: readonly Sink[]) {
    this.#sinks = sinks;
  }

  decided(decision: LoggedDecision): void {
    this.#write(decisionEntry(decision));
  }

  ended(outcome: LoggedOutcome): void {
    this.#write(outcomeEntry(outcome));
  }

  /** @param patience milliseconds after which no further request is begun */
  async flush(patience?: number): Promise<void> {
    await Promise.all(this.#sinks.map((sink) => sink.flush?.(patience)));
  }

  /** The process ends now: who has something left says how much. */
  close(): void {
    for (const sink of this.#sinks) sink.close?.();
  }

  #write(entry: Entry): void {
    for (const sink of this.#sinks) sink.write(entry);
  }
}
