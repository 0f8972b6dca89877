/** Where evidence goes: `spangate/exporters`. @module */
export { AuditLog, type LogOptions } from "./audit/log.ts";
export type { Kept, Safety } from "./audit/safety.ts";
export type { DecisionBody, OutcomeBody, RecordType } from "./audit/bodies.ts";
export type { AuditRecord } from "./audit/record.ts";
export type { Destination, Gathering, Postponed } from "./audit/ship/destination.ts";
export type { LogRecord } from "./audit/ship/log-record.ts";
export { otlpDestination, otlpLogsDestination } from "./audit/ship/otlp.ts";
export type { Gap, Interval, OutboundRecord } from "./audit/ship/outbox.ts";
export { Shipper } from "./audit/ship/shipper.ts";
export { createLogsTransport, createTransport, type Send } from "./audit/ship/transport.ts";
export { holdKey, type KeyHolder, type SignerSource } from "./audit/signer.ts";
export type { VerifyOptions } from "./audit/verify/directory.ts";
export type { ExportOptions } from "./audit/verify/export.ts";
export type { LogReport, LogState, Outcome, Problem, ProblemKind, Report, ValueCounts, RecordVerdict } from "./audit/verify/report.ts";
export { verifyDirectory, verifyExport } from "./audit/verify/verification.ts";
export { type Instrument, INSTRUMENTS, prometheusName } from "./instruments.ts";
