import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { chmodSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { clock } from "../../../cli/doctor/clock.ts";
import { collector, healthUrl } from "../../../cli/doctor/collector.ts";
import { otlp } from "../../../cli/doctor/otlp.ts";
import { temporaryFolder } from "../../support/run.ts";
import { contextOf, examine, statuses, told } from "./context.ts";

interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly date?: string;
}

interface Asked {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

const servers: Server[] = [];
const before = { ...process.env };

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
  for (const name of Object.keys(process.env)) if (name.startsWith("OTEL_")) delete process.env[name];
  process.env["PATH"] = before["PATH"];
});

/** A backend that answers so; what it was asked. */
async function backend(answer: (path: string) => Answer): Promise<{ readonly url: string; readonly asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const bytes = Buffer.concat(parts);
      asked.push({ path: request.url ?? "", headers: request.headers, body: String(request.headers["content-encoding"] === "gzip" ? gunzipSync(bytes) : bytes) });
      const { status, body = "", date } = answer(request.url ?? "");
      response.writeHead(status, { "Content-Type": "application/json", ...(date !== undefined && { Date: date }) }).end(body);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

/** OpenTelemetry's configuration reads the process's own environment. */
async function examineOtlp(env: Readonly<Record<string, string>>): Promise<ReturnType<typeof examine>> {
  Object.assign(process.env, env);
  return examine(otlp, env);
}

describe("OTLP endpoint", () => {
  test("none is set: nothing is sent", async () => assert.match(told(await examineOtlp({})), /^skipped: OTEL_EXPORTER_OTLP_ENDPOINT is not set.*→ Set it/));

  test("takes one span and one log record", async () => {
    const { url, asked } = await backend(() => ({ status: 200, body: "{}" }));
    assert.match(told(await examineOtlp({ OTEL_EXPORTER_OTLP_ENDPOINT: url })), /^ok: http:\S+\/v1\/traces took a span in \d+ ms\nok: http:\S+\/v1\/logs took a log record in \d+ ms$/);
    assert.deepEqual(asked.map(({ path }) => path), ["/v1/traces", "/v1/logs"]);
    const [trace, log] = asked.map(({ body }) => JSON.parse(body) as any);
    const [span] = trace.resourceSpans[0].scopeSpans[0].spans;
    assert.match(span.traceId, /^[0-9a-f]{32}$/);
    assert.match(span.spanId, /^[0-9a-f]{16}$/);
    assert.ok(Math.abs(Number(BigInt(span.startTimeUnixNano) / 1_000_000n) - Date.now()) < 60_000);
    assert.equal(log.resourceLogs[0].scopeLogs[0].logRecords[0].body.stringValue, "spangate doctor");
  });

  test("headers, compression and an endpoint of its own are those that the shipper uses", async () => {
    const { url, asked } = await backend(() => ({ status: 200 }));
    const findings = await examineOtlp({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${url}/own`, OTEL_EXPORTER_OTLP_HEADERS: "api-key=a%20b", OTEL_EXPORTER_OTLP_COMPRESSION: "gzip" });
    assert.deepEqual(statuses(findings), ["ok", "ok"]);
    assert.deepEqual(asked.map(({ path, headers }) => [path, headers["api-key"], headers["content-encoding"]]), [["/own", "a b", "gzip"], ["/v1/logs", "a b", "gzip"]]);
    assert.ok(!told(findings).includes("a b"));
  });

  const answers: readonly [what: string, answer: Answer, says: RegExp][] = [
    ["401", { status: 401 }, /^failed: \S+ answered 401 to a span → Set the credentials in OTEL_EXPORTER_OTLP_HEADERS/],
    ["403", { status: 403 }, /^failed: .* → The credentials .* may not write/],
    ["404", { status: 404 }, /^failed: .* → Nothing listens at that path: .*v1\/traces is added/],
    ["429", { status: 429 }, /^failed: .* → The backend is over its quota/],
    ["503", { status: 503 }, /^failed: .* → The backend has a problem of its own/],
    ["418", { status: 418 }, /^failed: .* → See the log of the backend/],
    ["a span that is refused with 200", { status: 200, body: '{"partialSuccess":{"rejectedSpans":"1","errorMessage":"tenant unknown"}}' }, /^failed: \S+ refused the span: tenant unknown → Mend/],
    ["a warning", { status: 200, body: '{"partialSuccess":{"errorMessage":"old schema"}}' }, /^warning: \S+ took the span and warns: old schema/],
    ["a web page", { status: 200, body: "<html>" }, /^warning: \S+ answered what is no OTLP: "<html>" → See whether it is an OTLP receiver/],
  ];
  for (const [what, answer, says] of answers) {
    test(`answers ${what}`, async () => {
      const { url } = await backend(() => answer);
      assert.match(told(await examineOtlp({ OTEL_EXPORTER_OTLP_ENDPOINT: url })), says);
    });
  }

  test("a backend for traces alone is enough", async () => {
    const { url } = await backend((path) => ({ status: path === "/v1/traces" ? 200 : 404 }));
    assert.match(told(await examineOtlp({ OTEL_EXPORTER_OTLP_ENDPOINT: url })), /^ok: .*\nwarning: \S+ answered 404 to a log record \(the log goes as spans, too\) → /);
  });

  test("nobody listens, an unknown host, and a port that speaks something else", async () => {
    const { url } = await backend(() => ({ status: 200 }));
    servers[0]?.close();
    servers[0]?.closeAllConnections();
    assert.match(told(await examineOtlp({ OTEL_EXPORTER_OTLP_ENDPOINT: url })), /^failed: \S+ took no span: connect ECONNREFUSED.* → Nothing listens there: .*4318.* audit records wait on disk\.\nskipped: a log record was not sent$/);
    assert.match(told(await examineOtlp({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://nowhere.invalid:4318" })), /^failed: .* → (The host name is not known here|DNS does not answer)/);
    const { createServer: createRaw } = await import("node:net");
    const raw = createRaw((socket) => socket.on("error", () => {}).end("\0\0\x06\x04\0\0\0\0\0"));
    await new Promise<void>((resolve) => raw.listen(0, "127.0.0.1", resolve));
    assert.match(told(await examineOtlp({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(raw.address() as AddressInfo).port}` })), /^failed: .* → It .*4317 is for gRPC/);
    raw.close();
  });

  test("grpc is named, since spangate does not speak it", async () => {
    const { url } = await backend(() => ({ status: 200 }));
    assert.match(told(await examineOtlp({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" })), /^warning: .*grpc is for the application.* → .*4318/);
  });
});

describe("clock", () => {
  const ntp = (answer: string): void => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "timedatectl"), `#!/bin/sh\n${answer}\n`);
    chmodSync(join(folder, "timedatectl"), 0o755);
    process.env["PATH"] = `${folder}${delimiter}${before["PATH"]}`;
  };
  test("what NTP does to it", async () => {
    ntp("echo yes");
    assert.match(told(await examine(clock)), /ok: synchronised by NTP/);
    ntp("echo no");
    assert.match(told(await examine(clock)), /warning: not synchronised by NTP → timedatectl set-ntp true/);
    ntp("exit 1");
    assert.match(told(await examine(clock)), /skipped: whether NTP sets it/);
  });
  for (const [off, says] of [[0, /ok: agrees with the OTLP/], [3_600_000, /failed: 3[56]\d\d\.\d s behind the OTLP endpoint's → Set the clock by NTP/], [-3_600_000, /failed: 3[56]\d\d\.\d s ahead of the OTLP endpoint's/]] as const) {
    test(`an endpoint whose clock is ${off} ms from ours`, async () => {
      const { url } = await backend(() => ({ status: 200, date: new Date(Date.now() + off).toUTCString() }));
      process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = url;
      const context = contextOf({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
      await otlp.run(context);
      assert.match(told(await clock.run(context)), says);
    });
  }
  test("a step is seen", async (t) => {
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 5_000 });
    assert.match(told(await examine(clock)), /warning: the clock was stepped by [45]\d\d\d ms just now → Have NTP slew/);
  });
});

describe("collector", () => {
  test("is asked only when it is named", async () => assert.match(told(await examine(collector)), /^skipped: --collector/));
  test("that is ready, and that is not", async () => {
    const ready = await backend(() => ({ status: 200, body: '{"status":"Server available","upSince":"2026-01-01T00:00:00Z"}' }));
    assert.match(told(await examine(collector, {}, { collector: ready.url.slice("http://".length) })), /^ok: http:\S+: Server available$/);
    const not = await backend(() => ({ status: 503 }));
    assert.match(told(await examine(collector, {}, { collector: not.url })), /^failed: .*answered 503.* → See its log/);
    const gone = await backend(() => ({ status: 200 }));
    servers.at(-1)?.close();
    assert.match(told(await examine(collector, {}, { collector: gone.url })), /^failed: .*cannot be reached: .*ECONNREFUSED.* → Start the collector with the health_check extension/);
  });
  const addresses: readonly [given: string, url: string | undefined][] = [
    ["localhost", "http://localhost:13133/"], ["localhost:9", "http://localhost:9/"], ["http://otel/healthz", "http://otel:13133/healthz"], ["https://otel/", "https://otel/"], ["otel:80", "http://otel/"], ["ftp://otel", undefined], ["http://", undefined],
  ];
  for (const [given, url] of addresses) {
    test(`${given} is ${url ?? "no address"}`, () => {
      if (url === undefined) assert.throws(() => healthUrl(given), /neither a host nor an http URL/);
      else assert.equal(healthUrl(given).href, url);
    });
  }
});
