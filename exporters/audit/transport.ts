import { createRequire } from "node:module";
import { context } from "@opentelemetry/api";
import { suppressTracing } from "@opentelemetry/core";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";

/** Sends spans; resolves with how many the backend refused for good, rejects when they have to be sent again. */
export type SendSpans = (spans: readonly ReadableSpan[]) => Promise<number>;

const require = createRequire(import.meta.url);

/**
 * OTLP/HTTP with JSON. Endpoint, headers, compression, time-out and certificates come from the standard
 * `OTEL_EXPORTER_OTLP_*` variables as OpenTelemetry's own exporter reads them. The request is ours since
 * that exporter gives up after ten seconds and reports a partly refused batch as a success.
 */
export function createTransport(): SendSpans {
  const { convertLegacyHttpOptions } = require("@opentelemetry/otlp-exporter-base/node-http") as typeof import("@opentelemetry/otlp-exporter-base/node-http");
  const { JsonTraceSerializer } = require("@opentelemetry/otlp-transformer") as typeof import("@opentelemetry/otlp-transformer");
  const options = convertLegacyHttpOptions({}, "TRACES", "v1/traces", { "Content-Type": "application/json" });
  const url = new URL(options.url);
  const { request: send } = process.getBuiltinModule(url.protocol === "https:" ? "node:https" : "node:http");
  const { gzipSync } = process.getBuiltinModule("node:zlib");

  return async (spans) => {
    const json = JsonTraceSerializer.serializeRequest([...spans]) as Uint8Array;
    const zipped = options.compression === "gzip";
    const body = zipped ? gzipSync(json) : json;
    const headers = { ...(await options.headers()), "Content-Length": body.byteLength, ...(zipped && { "Content-Encoding": "gzip" }) };
    const agent = await options.agentFactory(url.protocol);
    const response = await new Promise<Buffer>((resolve, reject) => {
      // Without this an HTTP instrumentation would make a span of every export of spans.
      context.with(suppressTracing(context.active()), () => {
        const outgoing = send(url, { method: "POST", headers, agent, timeout: options.timeoutMillis }, (incoming) => {
          const parts: Buffer[] = [];
          incoming.on("data", (part: Buffer) => parts.push(part));
          incoming.on("error", reject);
          incoming.on("end", () => {
            const status = incoming.statusCode ?? 0;
            if (status >= 200 && status < 300) resolve(Buffer.concat(parts));
            else reject(Object.assign(new Error(`the backend answered ${status}`), { status }));
          });
        });
        outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${options.timeoutMillis} ms`)));
        outgoing.on("error", reject);
        outgoing.end(body);
      });
    });
    if (response.length === 0) return 0;
    return Number(JsonTraceSerializer.deserializeResponse(response).partialSuccess?.rejectedSpans ?? 0);
  };
}
