import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { context } from "@opentelemetry/api";
import { suppressTracing } from "@opentelemetry/core";

/** Longest answer that is read, in bytes. */
const MAX_ANSWER = 4 * 1024 * 1024;

export interface PostOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | number>>;
  /** Milliseconds from the first byte to the last. */
  readonly timeout: number;
  readonly agent: Agent | undefined;
}

/** An answer that is no success. */
export class HttpError extends Error {
  readonly status: number;
  /** Milliseconds. */
  readonly retryAfter: number | undefined;

  constructor(status: number, retryAfter: number | undefined, hint = "") {
    super(`the backend answered ${status}${hint}`);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/**
 * One POST; follows no redirect, since a stranger's answer must not choose who gets the log.
 *
 * @returns the body of an answer with a status from 200 to 299
 * @throws HttpError for any other; Error for a connection that fails, is slow, or an answer that is too long
 */
export function post({ url, headers, timeout, agent }: PostOptions, body: Uint8Array | string): Promise<Buffer> {
  const { request } = process.getBuiltinModule(url.protocol === "https:" ? "node:https" : "node:http");
  const options: RequestOptions = { method: "POST", headers: { ...headers, "Content-Length": Buffer.byteLength(body) }, ...(agent && { agent }) };
  return new Promise<Buffer>((resolve, reject) => {
    // Without this an HTTP instrumentation would make a span of every export of spans.
    context.with(suppressTracing(context.active()), () => {
      const outgoing: ClientRequest = request(url, options, (incoming) => read(incoming, resolve, reject));
      // Node's own time-out is one of silence; an answer of one byte a second would never end.
      const timer = setTimeout(() => outgoing.destroy(new Error(`no answer within ${timeout} ms`)), timeout);
      outgoing.on("close", () => {
        clearTimeout(timer);
        reject(new Error("the connection was closed before the answer was whole"));
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  });
}

function read(incoming: IncomingMessage, resolve: (body: Buffer) => void, reject: (problem: Error) => void): void {
  const parts: Buffer[] = [];
  let length = 0;
  incoming.on("data", (part: Buffer) => {
    length += part.length;
    if (length > MAX_ANSWER) incoming.destroy(new Error(`the answer is longer than ${MAX_ANSWER} bytes`));
    else parts.push(part);
  });
  incoming.on("error", reject);
  incoming.on("end", () => {
    const status = incoming.statusCode ?? 0;
    if (status >= 200 && status < 300) resolve(Buffer.concat(parts));
    else reject(Object.assign(new HttpError(status, retryAfterOf(incoming.headers["retry-after"])), { body: Buffer.concat(parts).toString() }));
  });
}

/** RFC 9110 §10.2.3: seconds, or a date. */
export function retryAfterOf(header: string | undefined, now: number = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** A request that is too large or malformed will be so again; smaller ones may not be. */
export function isRefusal(thrown: unknown): boolean {
  return thrown instanceof HttpError && [400, 413, 422].includes(thrown.status);
}
