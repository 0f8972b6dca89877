import { createRequire } from "node:module";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { post } from "./http.ts";
import type { LogRecord } from "./log-record.ts";

/** Sends items of telemetry; resolves with how many the backend refused for good, rejects when they have to be sent again. */
export type Send<T> = (items: readonly T[]) => Promise<number>;

interface Serializer<T> {
  serializeRequest(items: T[]): Uint8Array | undefined;
  deserializeResponse(bytes: Uint8Array): { readonly partialSuccess?: object };
}

const require = createRequire(import.meta.url);

/**
 * OTLP/HTTP with JSON. Endpoint, headers, compression, time-out and certificates come from the standard
 * `OTEL_EXPORTER_OTLP_*` variables as OpenTelemetry's own exporter reads them. The request is ours since
 * that exporter gives up after ten seconds and reports a partly refused batch as a success.
 */
export function createTransport(): Send<ReadableSpan> {
  const { JsonTraceSerializer } = require("@opentelemetry/otlp-transformer") as typeof import("@opentelemetry/otlp-transformer");
  return transport("TRACES", "v1/traces", "rejectedSpans", JsonTraceSerializer);
}

/**
 * The same for log records.
 *
 * @param timeout milliseconds that a request may take where the environment does not say; default: OpenTelemetry's ten seconds
 */
export function createLogsTransport(timeout?: number): Send<LogRecord> {
  const { JsonLogsSerializer } = require("@opentelemetry/otlp-transformer") as typeof import("@opentelemetry/otlp-transformer");
  return transport("LOGS", "v1/logs", "rejectedLogRecords", JsonLogsSerializer, timeout);
}

function transport<T>(signal: string, path: string, rejected: string, serializer: Serializer<T>, timeout?: number): Send<T> {
  const { convertLegacyHttpOptions } = require("@opentelemetry/otlp-exporter-base/node-http") as typeof import("@opentelemetry/otlp-exporter-base/node-http");
  const isSaid = process.env[`OTEL_EXPORTER_OTLP_${signal}_TIMEOUT`] || process.env["OTEL_EXPORTER_OTLP_TIMEOUT"];
  const options = convertLegacyHttpOptions(timeout === undefined || isSaid ? {} : { timeoutMillis: timeout }, signal, path, { "Content-Type": "application/json" });
  const url = new URL(options.url);
  const { gzipSync } = process.getBuiltinModule("node:zlib");
  return async (items) => {
    const json = serializer.serializeRequest([...items]) as Uint8Array;
    const zipped = options.compression === "gzip";
    const answer = await post({
      url, timeout: options.timeoutMillis, agent: await options.agentFactory(url.protocol) as import("node:http").Agent,
      headers: { ...(await options.headers()), ...(zipped && { "Content-Encoding": "gzip" }) },
    }, zipped ? gzipSync(json) : json);
    if (answer.length === 0) return 0;
    return Number((serializer.deserializeResponse(answer).partialSuccess as Record<string, unknown> | undefined)?.[rejected] ?? 0);
  };
}
