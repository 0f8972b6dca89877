import assert from "node:assert/strict";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, test, type TestContext } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import type { Tls } from "../../../../exporters/audit/ship/endpoint.ts";
import type { Message } from "../../../../exporters/audit/ship/message.ts";
import { Shipper } from "../../../../exporters/audit/ship/shipper.ts";
import { syslogDestination, syslogMessage, type SyslogOptions } from "../../../../exporters/audit/ship/syslog.ts";
import { openLog } from "../../../support/records.ts";
import { temporaryFolder } from "../../../support/run.ts";
import { CERTIFICATE, KEY, OTHER_CERTIFICATE } from "./certificate.ts";
import { interval, textsOf } from "./sealed.ts";

const OPTIONS = { host: "localhost", tls: undefined, hostname: "host1", appName: "spangate", enterprise: 32_473, format: "record", timeout: 2_000 } as const;

interface Receiving {
  port: number;
  /** What came over each connection that the sender has ended. */
  readonly streams: string[];
  connections: number;
}

/** A receiver that reads to the end, or does what it is told with each connection. */
async function receive(t: TestContext, tls: boolean, handle: (socket: Socket) => boolean = () => true): Promise<Receiving> {
  const state: Receiving = { port: 0, streams: [], connections: 0 };
  const open = new Set<Socket>();
  const onSocket = (socket: Socket): void => {
    state.connections++;
    open.add(socket);
    socket.on("error", () => {});
    if (!handle(socket)) return;
    const parts: Buffer[] = [];
    socket.on("data", (part: Buffer) => parts.push(part));
    socket.on("end", () => {
      state.streams.push(Buffer.concat(parts).toString());
      socket.end();
    });
  };
  const server = tls ? createTlsServer({ cert: CERTIFICATE, key: KEY, allowHalfOpen: true }, onSocket).on("tlsClientError", () => {}) : createServer({ allowHalfOpen: true }, onSocket);
  server.listen(0, "localhost");
  await new Promise((resolve) => server.once("listening", resolve));
  state.port = (server.address() as AddressInfo).port;
  t.after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return state;
}

/** RFC 6587 §3.4.1: MSG-LEN SP SYSLOG-MSG, to the last byte. */
function framesOf(stream: string): string[] {
  const bytes = Buffer.from(stream);
  const frames: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(32, at);
    const length = Number(bytes.toString("ascii", at, space));
    assert.ok(length > 0 && space + 1 + length <= bytes.length);
    frames.push(bytes.toString("utf8", space + 1, space + 1 + length));
    at = space + 1 + length;
  }
  return frames;
}

const RFC5424 = /^<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) \[spangate@32473((?: [a-z]+="(?:[^"\\\]]|\\["\\\]])*")*)\] (.*)$/s;

function start(t: TestContext, options: SyslogOptions): { log: ReturnType<typeof openLog>; shipper: Shipper } {
  const log = openLog(temporaryFolder());
  interval(log, 5);
  const shipper = new Shipper(log, syslogDestination("syslog", options));
  t.after(() => {
    shipper.close();
    log.close();
  });
  return { log, shipper };
}

for (const [name, tls] of [["TCP", undefined], ["TLS", { ca: CERTIFICATE }]] as readonly [string, Tls | undefined][]) {
  describe(name, () => {
    test("every record arrives as an RFC 5424 message whose MSG is what was hashed, and every checkpoint", async (t) => {
      const state = await receive(t, tls !== undefined);
      const { log, shipper } = start(t, { ...OPTIONS, port: state.port, tls });
      await shipper.flush();
      assert.equal(shipper.lag, 0);
      const messages = state.streams.flatMap(framesOf).map((message) => RFC5424.exec(message) ?? assert.fail(message));
      const records = messages.filter(([, , , , , , id]) => id !== "checkpoint");
      assert.deepEqual(records.map((fields) => fields[8]), textsOf(log));
      assert.equal(messages.length - records.length, 2);
      // Facility 13 (log audit); a denied call is a warning (4).
      assert.ok(records.filter(([, , , , , , id]) => id === "decision").every(([, priority]) => Number(priority) === 13 * 8 + 4));
      assert.match(records[1]?.[7] ?? "", new RegExp(` log="${log.origin}" i="1" leaf="[A-Za-z0-9+/]{43}="`));
    });

    test("a receiver that resets, that never reads, or that never ends confirms nothing", async (t) => {
      const ways: Record<string, (socket: Socket) => boolean> = {
        resets: (socket) => (socket.once("data", () => (socket as Socket & { resetAndDestroy(): void }).resetAndDestroy()), false),
        "never reads": (socket) => (socket.pause(), false),
        "never ends": (socket) => (socket.resume(), false),
        "closes at once": (socket) => (socket.destroy(), false),
      };
      for (const [way, handle] of Object.entries(ways)) {
        // Node resets no TLS connection on demand.
        if (tls && way === "resets") continue;
        const state = await receive(t, tls !== undefined, handle);
        const { log, shipper } = start(t, { ...OPTIONS, port: state.port, tls, timeout: 200 });
        await shipper.flush();
        assert.equal(shipper.lag, log.size, way);
        assert.equal(state.connections, 1, way);
      }
    });
  });
}

for (const [name, tls, host] of [["of nobody known", {}, "localhost"], ["of somebody else", { ca: OTHER_CERTIFICATE }, "localhost"], ["for another name", { ca: CERTIFICATE }, "127.0.0.1"]] as const) {
  test(`a receiver with a certificate ${name} gets nothing`, async (t) => {
    const state = await receive(t, true);
    const { log, shipper } = start(t, { ...OPTIONS, host, port: state.port, tls });
    await shipper.flush();
    assert.equal(shipper.lag, log.size);
    assert.deepEqual(state.streams.filter((stream) => stream !== ""), []);
  });
}

test("structured data is escaped, and nothing breaks out of it", () => {
  const hostile: Message = { event: "audit.record", id: "x", time: 0, severity: "error", evidence: { "spangate.audit.log": 'a"] b\\c]', "spangate.audit.i": "1" }, record: undefined };
  const text = syslogMessage(OPTIONS, hostile);
  assert.match(text, /^<107>1 1970-01-01T00:00:00\.000Z host1 spangate \d+ record \[spangate@32473 log="a\\"\\\] b\\\\c\\\]" i="1"\] /);
  assert.match(text, RFC5424);
});
