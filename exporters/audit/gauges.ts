import { AUDIT_TYPE } from "../../names.ts";
import { AUDIT_CHECKPOINT_TIME, AUDIT_LOST, AUDIT_RECORDS, AUDIT_UNSEALED } from "../instruments.ts";
import type { Gauges } from "../metrics.ts";
import type { AuditLog } from "./log.ts";

/** What metrics say of a log: asked at each collection, so that writing a record costs nothing more. */
export class LogGauges {
  readonly #log: AuditLog;
  #sealed: number;
  #sealedAt: number = Date.now();

  constructor(log: AuditLog) {
    this.#log = log;
    this.#sealed = log.exportable?.size ?? 0;
    log.watch(() => {
      const sealed = log.exportable?.size ?? 0;
      if (sealed === this.#sealed) return;
      this.#sealed = sealed;
      this.#sealedAt = Date.now();
    });
  }

  readonly observe: Gauges = (observe) => {
    const { records, lost, size, exportable } = this.#log;
    for (const [type, count] of records) observe(AUDIT_RECORDS, count, { [AUDIT_TYPE]: type });
    observe(AUDIT_LOST, lost);
    observe(AUDIT_UNSEALED, size - (exportable?.size ?? 0));
    observe(AUDIT_CHECKPOINT_TIME, this.#sealedAt / 1_000);
  };
}
