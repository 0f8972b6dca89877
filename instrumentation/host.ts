import type { TracerProvider } from "@opentelemetry/sdk-trace";
import type { DecisionBody, OutcomeBody, RecordBodies, RecordType } from "../exporters/audit/bodies.ts";
import type { AuditLog } from "../exporters/audit/log.ts";
import type { Kept } from "../exporters/audit/safety.ts";
import type { Sealed, Vault } from "../exporters/audit/vault.ts";
import type { DecisionLog } from "../exporters/decision-log/decision-log.ts";
import type { Metrics } from "../exporters/metrics.ts";
import type { MirrorProcessor } from "../exporters/mirror.ts";
import type { Pipeline } from "../processors/pipeline.ts";

/** A record with the value that it commits to. */
export interface Written<T> {
  readonly body: T;
  readonly value?: Sealed | undefined;
}

/** What the gate needs of the process that it stands in. */
export interface Host {
  /** The policy in force and its processors. */
  readonly pipeline: Pipeline;
  /** Private: never registered, always recording. */
  readonly provider: TracerProvider;
  readonly mirror: MirrorProcessor;
  readonly metrics: Metrics;
  /** For people; undefined where nobody asked for them. */
  readonly decisionLog: DecisionLog | undefined;
  /** `deployment.environment.name` of this process. */
  readonly deployment: string | undefined;
  /** The audit log of this thread; throws when it cannot be opened. */
  log(): AuditLog;
  /** The values that records commit to; throws when its key cannot be used. */
  vault(): Vault;
  /** Writes what was decided; a promise only for who can wait. Not safe, counted and reported where it cannot be made so. */
  decide(make: () => Written<DecisionBody>, canWait: boolean): Kept | Promise<Kept>;
  /** Writes what became of it. */
  conclude(make: () => Written<OutcomeBody>): void;
  /** Writes a record and returns its index; undefined, counted and reported when it cannot be written. */
  record<T extends RecordType>(type: T, body: RecordBodies[T]): number | undefined;
  /** Tells the operator, on stderr, each thing once. */
  report(problem: string): void;
  /** Runs something that must not throw into the application; a failure is reported. */
  attempt(action: () => void): void;
}
