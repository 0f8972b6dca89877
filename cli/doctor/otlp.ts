import { createRequire } from "node:module";
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { messageOf } from "../../errors.ts";
import { VERSION } from "../../names.ts";
import { type Check, type Context, failed, type Finding, ok, skipped, warning } from "./check.ts";

const require = createRequire(import.meta.url);

export type Signal = "TRACES" | "LOGS";
/** What one request came to. */
interface Answer {
  readonly url: string;
  readonly status: number;
  readonly body: string;
  /** The `Date` header, and milliseconds that the request took. */
  readonly date: string | undefined;
  readonly took: number;
}

const NAMES: Readonly<Record<Signal, string>> = { TRACES: "span", LOGS: "log record" };
/** Status → what to do about it. */
const STATUS_REMEDIES: Readonly<Record<number, string>> = {
  400: "The backend cannot read OTLP as JSON; put an OpenTelemetry Collector between.",
  401: "Set the credentials in OTEL_EXPORTER_OTLP_HEADERS (key=value, percent-encoded).",
  403: "The credentials in OTEL_EXPORTER_OTLP_HEADERS may not write; ask for a key that may.",
  404: "Nothing listens at that path: OTEL_EXPORTER_OTLP_ENDPOINT is a base to which v1/traces is added; OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is taken as it stands.",
  405: "That is no OTLP receiver, or not at this path; its address ends in /v1/traces.",
  413: "The backend limits how large a request is; raise its limit.",
  415: "The backend takes no JSON; put an OpenTelemetry Collector between.",
  429: "The backend is over its quota; audit records wait on disk meanwhile.",
};
/** Code of a failed connection → what to do about it. */
const CODE_REMEDIES: Readonly<Record<string, string>> = {
  ECONNREFUSED: "Nothing listens there: start the collector, or mend OTEL_EXPORTER_OTLP_ENDPOINT (OTLP over HTTP is port 4318).",
  ENOTFOUND: "The host name is not known here: mend OTEL_EXPORTER_OTLP_ENDPOINT, or the DNS of this machine.",
  EAI_AGAIN: "DNS does not answer on this machine.",
  ECONNRESET: "It hung up: port 4317 is for gRPC, which spangate does not speak; use 4318. Or it expects https.",
  HPE_INVALID_CONSTANT: "It does not answer in HTTP: port 4317 is for gRPC, which spangate does not speak; use 4318. Or it expects https.",
  DEPTH_ZERO_SELF_SIGNED_CERT: "Name its certificate in OTEL_EXPORTER_OTLP_CERTIFICATE.",
  SELF_SIGNED_CERT_IN_CHAIN: "Name the authority's certificate in OTEL_EXPORTER_OTLP_CERTIFICATE.",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "Name the authority's certificate in OTEL_EXPORTER_OTLP_CERTIFICATE.",
  ERR_TLS_CERT_ALTNAME_INVALID: "The certificate is for another host; use the name that stands in it.",
  CERT_HAS_EXPIRED: "Renew the certificate of the backend, or set this machine's clock.",
};
/** What a failure costs, in words that follow a remedy. */
export interface Cost {
  readonly meanwhile: string;
  readonly refused: string;
}
const AUDIT: Cost = { meanwhile: "Nothing is lost meanwhile: audit records wait on disk.", refused: "Audit records that are refused for good are kept in rejected-otlp.jsonl." };

export const otlp: Check = {
  name: "OTLP endpoint",
  async run(context) {
    const { traces, logs } = context.environment.shipAudit;
    if (!traces && !logs) return [skipped("OTEL_EXPORTER_OTLP_ENDPOINT is not set: the log stays on this disk", "Set it, so that whoever changes the log here cannot change the copy.")];
    const { env } = context;
    const protocol = env["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] || env["OTEL_EXPORTER_OTLP_PROTOCOL"];
    const spans = traces ? await ask(context, "TRACES") : skipped("no endpoint for traces is set: the log goes as log records only");
    const records = logs && spans.status !== "failed" ? await ask(context, "LOGS") : skipped("a log record was not sent");
    return [
      ...(protocol === "grpc" ? [warning("OTEL_EXPORTER_OTLP_PROTOCOL=grpc is for the application; spangate sends over HTTP with JSON", "The endpoint must take OTLP over HTTP as well, usually at port 4318.")] : []),
      spans,
      // The audit log goes both ways; one of them is enough.
      traces && records.status === "failed" ? warning(`${records.says} (the log goes as spans, too)`, records.remedy as string) : records,
    ];
  },
};

/** Sends one item. */
export async function ask(context: Context, signal: Signal, cost: Cost = AUDIT): Promise<Finding> {
  let answer: Answer;
  try {
    answer = await send(signal);
  } catch (thrown) {
    const { code = "", url = "" } = thrown as { code?: string; url?: string };
    return failed(`${url || "the endpoint"} took no ${NAMES[signal]}: ${messageOf(thrown) || code}`, `${CODE_REMEDIES[code] ?? "See whether the endpoint can be reached from here."} ${cost.meanwhile}`);
  }
  const { url, status, body, date, took } = answer;
  if (date !== undefined && !Number.isNaN(Date.parse(date))) {
    // The header is cut to seconds: on average half of one too early.
    context.backendClock = { ahead: Date.parse(date) + 500 - (Date.now() - took / 2), within: 500 + took / 2 };
  }
  if (status < 200 || status > 299) return failed(`${url} answered ${status} to a ${NAMES[signal]}`, `${STATUS_REMEDIES[status] ?? (status >= 500 ? "The backend has a problem of its own; see its log." : "See the log of the backend.")} ${cost.meanwhile}`);
  return readBody(url, body, signal, took, cost);
}

/** OTLP: an empty body or `{}` is a success; `partialSuccess` may refuse what was sent with status 200. */
function readBody(url: string, body: string, signal: Signal, took: number, cost: Cost): Finding {
  let parsed: { partialSuccess?: { rejectedSpans?: string | number; rejectedLogRecords?: string | number; errorMessage?: string } };
  try {
    parsed = JSON.parse(body || "{}") as typeof parsed;
  } catch {
    return warning(`${url} answered what is no OTLP: ${JSON.stringify(body.slice(0, 40))}`, "See whether it is an OTLP receiver: a proxy or a web page may answer everything with 200.");
  }
  const { rejectedSpans, rejectedLogRecords, errorMessage } = parsed.partialSuccess ?? {};
  if (Number(rejectedSpans ?? rejectedLogRecords ?? 0) > 0) return failed(`${url} refused the ${NAMES[signal]}: ${errorMessage || "it gives no reason"}`, `Mend what it names. ${cost.refused}`);
  if (errorMessage) return warning(`${url} took the ${NAMES[signal]} and warns: ${errorMessage}`, "Mend what it names.");
  return ok(`${url} took a ${NAMES[signal]} in ${took.toFixed(0)} ms`);
}

/** One request, with endpoint, headers, compression, time-out and certificates as OpenTelemetry's exporter (and the shipper) reads them. */
async function send(signal: Signal): Promise<Answer> {
  const { convertLegacyHttpOptions } = require("@opentelemetry/otlp-exporter-base/node-http") as typeof import("@opentelemetry/otlp-exporter-base/node-http");
  const options = convertLegacyHttpOptions({}, signal, signal === "TRACES" ? "v1/traces" : "v1/logs", { "Content-Type": "application/json" });
  const url = new URL(options.url);
  const shown = `${url.origin}${url.pathname}`;
  const json = JSON.stringify(signal === "TRACES" ? traceRequest() : logRequest());
  const body = options.compression === "gzip" ? gzipSync(json) : Buffer.from(json);
  const headers = { ...(await options.headers()), "Content-Length": body.byteLength, ...(options.compression === "gzip" && { "Content-Encoding": "gzip" }) };
  const agent = await options.agentFactory(url.protocol);
  const { request } = process.getBuiltinModule(url.protocol === "https:" ? "node:https" : "node:http");
  const started = performance.now();
  return new Promise<Answer>((resolve, reject) => {
    const fail = (problem: Error): void => reject(Object.assign(problem, { url: shown }));
    const outgoing = request(url, { method: "POST", headers, agent, timeout: options.timeoutMillis }, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on("data", (part: Buffer) => parts.push(part));
      incoming.on("error", fail);
      incoming.on("end", () => resolve({ url: shown, status: incoming.statusCode ?? 0, body: Buffer.concat(parts).toString(), date: incoming.headers.date, took: performance.now() - started }));
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error(`no answer within ${options.timeoutMillis} ms`)));
    outgoing.on("error", fail);
    outgoing.end(body);
  }).finally(() => agent.destroy());
}

const RESOURCE = { attributes: [{ key: "service.name", value: { stringValue: "spangate-doctor" } }] };
const SCOPE = { name: "spangate.doctor", version: VERSION };
const now = (): string => String(BigInt(Date.now()) * 1_000_000n);

/** opentelemetry-proto trace.proto, in its JSON form: ids in hex, 64-bit numbers as text. */
function traceRequest(): object {
  const [traceId, spanId] = [randomBytes(16).toString("hex"), randomBytes(8).toString("hex")];
  return { resourceSpans: [{ resource: RESOURCE, scopeSpans: [{ scope: SCOPE, spans: [{ traceId, spanId, name: "spangate doctor", kind: 1, startTimeUnixNano: now(), endTimeUnixNano: now(), status: {} }] }] }] };
}

function logRequest(): object {
  return { resourceLogs: [{ resource: RESOURCE, scopeLogs: [{ scope: SCOPE, logRecords: [{ timeUnixNano: now(), observedTimeUnixNano: now(), severityNumber: 9, severityText: "INFO", body: { stringValue: "spangate doctor" } }] }] }] };
}
