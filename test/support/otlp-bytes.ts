import { createServer as createHttp, type IncomingHttpHeaders } from "node:http";
import { createServer as createHttp2 } from "node:http2";
import type { AddressInfo, Server } from "node:net";
import { gunzipSync } from "node:zlib";

/** An empty message of gRPC: not compressed, no bytes. */
const EMPTY_MESSAGE = Buffer.alloc(5);

export interface Received {
  /** `traces`, `logs`, `metrics`, or the path of a request of another kind. */
  readonly what: string;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
}

/** Keeps the bytes of everything that it is sent: OTLP over HTTP (JSON or protobuf) and over gRPC, and any other request. */
export class ByteReceiver {
  readonly received: Received[] = [];
  readonly #servers: Server[] = [];

  /** URLs for OTLP over HTTP and over gRPC. */
  async start(): Promise<{ readonly http: string; readonly grpc: string }> {
    const http = createHttp((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const bytes = Buffer.concat(parts);
        const path = (request.url ?? "").replace(/\?.*/, "");
        this.#keep(path.replace("/v1/", ""), request.headers, request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes);
        response.writeHead(200, { "Content-Type": request.headers["content-type"] ?? "text/plain" }).end(request.headers["content-type"] === "application/json" ? "{}" : "");
      });
    });
    const grpc = createHttp2();
    grpc.on("stream", (stream, headers) => {
      const parts: Buffer[] = [];
      stream.on("data", (part: Buffer) => parts.push(part));
      stream.on("end", () => {
        const service = /collector\.(trace|logs|metrics)\./.exec(headers[":path"] ?? "")?.[1] ?? "";
        this.#keep(service === "trace" ? "traces" : service, headers, messages(Buffer.concat(parts)));
        stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
        stream.end(EMPTY_MESSAGE);
      });
    });
    return { http: await this.#listen(http), grpc: await this.#listen(grpc) };
  }

  /** All bytes of one kind. */
  bytes(what: string): Buffer {
    return Buffer.concat(this.received.filter((one) => one.what === what).map(({ bytes }) => bytes));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#servers.map((server) => new Promise((resolve) => {
      server.close(resolve);
      if ("closeAllConnections" in server) (server as { closeAllConnections(): void }).closeAllConnections();
    })));
  }

  #keep(what: string, headers: IncomingHttpHeaders, bytes: Buffer): void {
    this.received.push({ what, headers, bytes });
  }

  async #listen(server: Server): Promise<string> {
    this.#servers.push(server);
    server.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
}

/** The messages in a body of gRPC: each begins with a byte that tells whether it is compressed, and its length. */
function messages(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at + EMPTY_MESSAGE.length <= body.length;) {
    const start = at + EMPTY_MESSAGE.length;
    const end = start + body.readUInt32BE(at + 1);
    const message = body.subarray(start, end);
    parts.push(body[at] === 1 ? gunzipSync(message) : message);
    at = end;
  }
  return Buffer.concat(parts);
}
