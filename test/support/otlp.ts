import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

export interface OtlpSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
}

export interface OtlpLog {
  readonly eventName: string;
  readonly body: { readonly stringValue: string };
  readonly severityNumber: number;
  readonly severityText?: string;
  readonly timeUnixNano: string;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly flags?: number;
  /** Name and version. */
  readonly scope: { readonly name: string; readonly version?: string };
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
}

interface Answer {
  readonly status: number;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

interface KeyValue {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number; readonly boolValue?: boolean };
}

/** An OTLP/HTTP backend that keeps what it accepts and answers as it is told. */
export class OtlpBackend {
  readonly spans: OtlpSpan[] = [];
  readonly logs: OtlpLog[] = [];
  readonly requests: { readonly spans: readonly OtlpSpan[]; readonly headers: IncomingMessage["headers"] }[] = [];
  /** What to answer to a request; its spans are kept when it is 200 without a partial success. */
  answer: (spans: readonly OtlpSpan[]) => Answer = () => ({ status: 200, body: {} });
  /** The same for log records. */
  answerLogs: (logs: readonly OtlpLog[]) => Answer = () => ({ status: 200, body: {} });
  readonly #server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const bytes = Buffer.concat(parts);
      const signal = JSON.parse((request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes).toString()) as Parameters<typeof spansOf>[0] & Parameters<typeof logsOf>[0];
      if (signal.resourceLogs) {
        const logs = logsOf(signal);
        const { status, body, headers } = this.answerLogs(logs);
        if (status === 200 && !(body && "partialSuccess" in body)) this.logs.push(...logs);
        return response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body ?? {}));
      }
      // Metrics come to the same place; nobody asks for them here.
      if (!signal.resourceSpans) return response.writeHead(200, { "Content-Type": "application/json" }).end("{}");
      const spans = spansOf(signal);
      this.requests.push({ spans, headers: request.headers });
      const { status, body, headers } = this.answer(spans);
      if (status === 200 && !(body && "partialSuccess" in body)) this.spans.push(...spans);
      response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body ?? {}));
    });
  });

  /** @param port the port of an earlier backend, to come back where it was */
  async start(port = 0): Promise<string> {
    this.#server.listen(port, "127.0.0.1");
    await new Promise((resolve) => this.#server.once("listening", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function spansOf(request: { resourceSpans: { resource: { attributes: KeyValue[] }; scopeSpans: { spans: (Omit<OtlpSpan, "attributes"> & { attributes: KeyValue[] })[] }[] }[] }): OtlpSpan[] {
  return request.resourceSpans.flatMap(({ resource, scopeSpans }) => scopeSpans.flatMap(({ spans }) =>
    spans.map((span) => ({ ...span, attributes: plain(span.attributes), resource: plain(resource.attributes) }))));
}

function logsOf(request: { resourceLogs: { resource: { attributes: KeyValue[] }; scopeLogs: { scope: OtlpLog["scope"]; logRecords: (Omit<OtlpLog, "attributes"> & { attributes: KeyValue[] })[] }[] }[] }): OtlpLog[] {
  return request.resourceLogs.flatMap(({ resource, scopeLogs }) => scopeLogs.flatMap(({ scope, logRecords }) =>
    logRecords.map((log) => ({ ...log, scope, attributes: plain(log.attributes), resource: plain(resource.attributes) }))));
}

function plain(attributes: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
