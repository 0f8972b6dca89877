/** Where evidence goes: `spangate/exporters`. @module */
export { AuditLog } from "./audit/log.ts";
export type { AuditRecord, DecisionBody, OutcomeBody, RecordType } from "./audit/record.ts";
export { Shipper } from "./audit/shipper.ts";
export { createTransport, type SendSpans } from "./audit/transport.ts";
export { type LogReport, type Problem, type Report, verifyDirectory } from "./audit/verify.ts";
export { type Instrument, INSTRUMENTS, prometheusName } from "./instruments.ts";
