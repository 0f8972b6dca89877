import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { describe, test, type TestContext } from "node:test";
import { Endpoint } from "../../../../exporters/audit/ship/endpoint.ts";
import { HttpError, retryAfterOf } from "../../../../exporters/audit/ship/http.ts";
import { CERTIFICATE, OTHER_CERTIFICATE } from "./certificate.ts";
import { Receiver } from "./receiver.ts";

function endpoint(t: TestContext, url: string, more: Partial<ConstructorParameters<typeof Endpoint>[0]> = {}): Endpoint {
  const made = new Endpoint({ url: new URL(url), headers: { "x-own": "1" }, timeout: 5_000, tls: {}, ...more });
  t.after(() => made.close());
  return made;
}

test("a body goes out whole, and the answer comes back", async (t) => {
  const receiver = await Receiver.start(t);
  receiver.answer = (_, response) => void response.writeHead(201).end("made");
  assert.equal((await endpoint(t, receiver.url).post("é\n", { "Content-Type": "text/plain" }, "some/path?x=1")).toString(), "made");
  const [request] = receiver.requests;
  assert.deepEqual([request?.method, request?.path, request?.body, request?.headers["x-own"], request?.headers["content-length"]], ["POST", "/some/path?x=1", "é\n", "1", "3"]);
});

test("a redirect is not followed: nobody's answer chooses who gets the log", async (t) => {
  const other = await Receiver.start(t);
  const receiver = await Receiver.start(t);
  receiver.answer = (_, response) => void response.writeHead(307, { Location: other.url }).end();
  await assert.rejects(endpoint(t, receiver.url).post("x", {}), (thrown: HttpError) => thrown.status === 307);
  assert.equal(other.requests.length, 0);
});

describe("Retry-After", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  for (const [header, expected] of [["120", 120_000], [" 0 ", 0], ["Thu, 01 Jan 2026 00:01:00 GMT", 60_000], ["Wed, 31 Dec 2025 23:00:00 GMT", 0], ["soon", undefined], [undefined, undefined]] as const) {
    test(`${header}`, () => assert.equal(retryAfterOf(header, now), expected));
  }
  test("reaches who waits", async (t) => {
    const receiver = await Receiver.start(t);
    for (const status of [429, 503]) {
      receiver.answer = (_, response) => void response.writeHead(status, { "Retry-After": "7" }).end();
      await assert.rejects(endpoint(t, receiver.url).post("x", {}), (thrown: HttpError) => thrown.status === status && thrown.retryAfter === 7_000);
    }
  });
});

describe("a request fails, and does not hang, when", () => {
  test("nobody listens", async (t) => {
    await assert.rejects(endpoint(t, "http://127.0.0.1:1/").post("x", {}), /ECONNREFUSED/);
  });

  test("there is no answer", async (t) => {
    const receiver = await Receiver.start(t);
    receiver.answer = () => {};
    await assert.rejects(endpoint(t, receiver.url, { timeout: 50 }).post("x", {}), /no answer within 50 ms/);
  });

  test("the answer comes drop by drop", async (t) => {
    const receiver = await Receiver.start(t);
    receiver.answer = (_, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write("x"), 5);
      response.on("close", () => clearInterval(drip));
    };
    await assert.rejects(endpoint(t, receiver.url, { timeout: 100 }).post("x", {}), /no answer within 100 ms/);
  });

  test("the answer never ends growing", async (t) => {
    const receiver = await Receiver.start(t);
    receiver.answer = (_, response) => {
      response.writeHead(200);
      response.end("x".repeat(5 * 1024 * 1024));
    };
    await assert.rejects(endpoint(t, receiver.url).post("x", {}), /longer than/);
  });

  test("the answer is cut off", async (t) => {
    const receiver = await Receiver.start(t);
    receiver.answer = (_, response) => {
      response.writeHead(200, { "Content-Length": "100" });
      response.write("half", () => response.socket?.destroy());
    };
    await assert.rejects(endpoint(t, receiver.url).post("x", {}), /aborted|cut off|closed|hang up/);
  });

  test("the connection is reset in the middle of the request", async (t) => {
    const server = createServer((socket) => socket.on("error", () => {}).once("data", () => socket.resetAndDestroy()));
    server.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    t.after(() => server.close());
    await assert.rejects(endpoint(t, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`).post("x".repeat(20_000_000), {}), /ECONNRESET|EPIPE|hang up/);
  });

  test("what answers is no HTTP server", async (t) => {
    const server = createServer((socket) => socket.on("error", () => {}).once("data", () => socket.end("220 mail.example ESMTP\r\n")));
    server.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    t.after(() => server.close());
    await assert.rejects(endpoint(t, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`).post("x", {}), /Parse Error/);
  });
});

describe("a certificate", () => {
  test("that is trusted is enough", async (t) => {
    const receiver = await Receiver.start(t, { tls: true });
    await endpoint(t, receiver.url, { tls: { ca: CERTIFICATE } }).post("x", {});
    assert.equal(receiver.requests.length, 1);
  });

  for (const [name, tls, host] of [["of nobody known", {}, "localhost"], ["of somebody else", { ca: OTHER_CERTIFICATE }, "localhost"], ["for another name", { ca: CERTIFICATE }, "127.0.0.1"]] as const) {
    test(`${name} gets nothing`, async (t) => {
      const receiver = await Receiver.start(t, { tls: true });
      await assert.rejects(endpoint(t, receiver.url.replace("localhost", host), { tls }).post("x", {}), /certificate|altnames/i);
      assert.equal(receiver.requests.length, 0);
    });
  }
});
