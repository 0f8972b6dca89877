import type { Resource } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import type { Destination } from "./destination.ts";
import { isRefusal } from "./http.ts";
import { checkpointLogs, gapLog, type LogRecord, recordLog } from "./log-record.ts";
import type { Gap, Interval, OutboundRecord } from "./outbox.ts";
import { deliverRecords } from "./refused.ts";
import { checkpointSpans, gapSpan, recordSpan } from "./span.ts";
import type { Send } from "./transport.ts";

/** Records in one request. */
const BATCH = 512;

/** Names of the destinations that OTEL_EXPORTER_OTLP_* variables make. */
export const OTLP_TRACES = "otlp-traces";
export const OTLP_LOGS = "otlp-logs";

/** An OTLP backend: each record as a span beside the call's own, each checkpoint as a span that proves them. */
export function otlpDestination(send: Send<ReadableSpan>, resource: Resource): Destination {
  return destination(OTLP_TRACES, send, {
    record: (one, origin) => recordSpan(one, origin, resource), checkpoint: (interval) => checkpointSpans(interval, resource), gap: (gap) => gapSpan(gap, resource),
  });
}

/** The same as log records: a second copy on another way, which sampling of traces does not touch. */
export function otlpLogsDestination(send: Send<LogRecord>, resource: Resource): Destination {
  return destination(OTLP_LOGS, send, {
    record: (one, origin) => recordLog(one, origin, resource), checkpoint: (interval) => checkpointLogs(interval, resource), gap: (gap) => gapLog(gap, resource),
  });
}

interface Items<T> {
  record(one: OutboundRecord, origin: string): T;
  checkpoint(interval: Interval): T[];
  gap(gap: Gap): T;
}

function destination<T>(name: string, send: Send<T>, { record, checkpoint, gap }: Items<T>): Destination {
  // How many were refused for good: a request that is refused as a whole, all of them.
  const attempt = (items: readonly T[]): Promise<number> => send(items).catch((thrown: unknown) => {
    if (isRefusal(thrown)) return items.length;
    throw thrown;
  });
  return {
    name,
    async deliver(interval) {
      const refused = await deliverRecords(interval.records, BATCH, (records) => attempt(records.map((one) => record(one, interval.origin))));
      // A checkpoint that is refused proves nothing there; its records are proven by the log itself.
      for (const item of checkpoint(interval)) await attempt([item]);
      return refused;
    },
    async declare(one) {
      await attempt([gap(one)]);
    },
  };
}
