import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { CERTIFICATE, KEY } from "./certificate.ts";

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** An HTTP server of a test: keeps what it got, answers as it is told, and ends with the test. */
export class Receiver {
  readonly requests: Received[] = [];
  url = "";
  answer: (request: Received, response: ServerResponse) => void = (_, response) => void response.end("{}");

  static async start(t: TestContext, { tls = false, binary = false }: { tls?: boolean; binary?: boolean } = {}): Promise<Receiver> {
    const receiver = new Receiver();
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      const parts: Buffer[] = [];
      request.on("error", () => {});
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        const received = { method: request.method ?? "", path: request.url ?? "", headers: request.headers, body: Buffer.concat(parts).toString(binary ? "latin1" : "utf8") };
        receiver.requests.push(received);
        receiver.answer(received, response);
      });
    };
    const server: Server = tls ? createTlsServer({ cert: CERTIFICATE, key: KEY }, handle) : createServer(handle);
    server.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    receiver.url = `${tls ? "https://localhost" : "http://127.0.0.1"}:${(server.address() as AddressInfo).port}/`;
    t.after(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return receiver;
  }
}
