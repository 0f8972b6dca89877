import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AuditLog } from "../../../exporters/audit/log.ts";
import { leafHash } from "../../../exporters/audit/record.ts";
import { Shipper } from "../../../exporters/audit/shipper.ts";
import { createTransport } from "../../../exporters/audit/transport.ts";
import { OtlpBackend, type OtlpSpan } from "../../support/otlp.ts";
import { decision, OPENING } from "../../support/records.ts";
import { ROOT, runApp, temporaryFolder } from "../../support/run.ts";

let backend: OtlpBackend;
let url: string;
beforeEach(async () => {
  backend = new OtlpBackend();
  url = await backend.start();
  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = url;
});
afterEach(async () => {
  delete process.env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  delete process.env["OTEL_EXPORTER_OTLP_COMPRESSION"];
  delete process.env["OTEL_EXPORTER_OTLP_HEADERS"];
  await backend.stop();
});

const RESOURCE = resourceFromAttributes({ "service.name": "test" });

function start(count: number, directory = temporaryFolder()): { log: AuditLog; shipper: Shipper } {
  const log = AuditLog.open(directory, "os", OPENING);
  for (let index = 0; index < count; index++) log.append("decision", decision(`tool_${index}`));
  return { log, shipper: new Shipper(log, createTransport(), RESOURCE) };
}

function linesOf(log: AuditLog): string[] {
  return readFileSync(join(log.folder, "records.jsonl"), "utf8").trimEnd().split("\n");
}

function recordOf({ attributes }: OtlpSpan): string {
  if (typeof attributes["spangate.audit.rec"] === "string") return attributes["spangate.audit.rec"];
  let text = "";
  for (let part = 0; `spangate.audit.rec.${part}` in attributes; part++) text += attributes[`spangate.audit.rec.${part}`] as string;
  return text;
}

/** Every line of the log arrived, as it stands in the file, with its leaf hash; at least once and in order. */
function assertAllArrived(log: AuditLog): void {
  assert.deepEqual([...new Set(backend.spans.map(recordOf))], linesOf(log));
  for (const span of backend.spans) assert.equal(span.attributes["spangate.audit.leaf"], leafHash(recordOf(span)));
}

test("the bytes that were hashed arrive, under the tool's trace, with the resource", async () => {
  const { log, shipper } = start(3);
  await shipper.flush();
  assertAllArrived(log);
  const span = backend.spans[1] as OtlpSpan;
  assert.equal(span.name, "audit.decision");
  assert.equal(span.traceId, "0af7651916cd43dd8448eb211c80319c");
  assert.equal(span.parentSpanId, "b7ad6b7169203331");
  assert.equal(span.resource["service.name"], "test");
  assert.equal(span.attributes["gen_ai.tool.name"], "tool_0");
  assert.equal(shipper.lag, 0);
});

test("a record longer than a backend keeps in one attribute is split", async () => {
  const { log, shipper } = start(0);
  log.append("decision", decision("long", { args: "x".repeat(5_000) }));
  await shipper.flush();
  assertAllArrived(log);
  assert.ok(backend.spans.every(({ attributes }) => Object.values(attributes).every((value) => String(value).length <= 2_000)));
});

test("the standard variables hold: headers and compression", async () => {
  process.env["OTEL_EXPORTER_OTLP_COMPRESSION"] = "gzip";
  process.env["OTEL_EXPORTER_OTLP_HEADERS"] = "x-team=blue";
  const { log, shipper } = start(1);
  await shipper.flush();
  assertAllArrived(log);
  assert.equal(backend.requests[0]?.headers["content-encoding"], "gzip");
  assert.equal(backend.requests[0]?.headers["x-team"], "blue");
});

describe("nothing is lost when", () => {
  for (const status of [429, 500, 503]) {
    test(`the backend answers ${status}`, async () => {
      backend.answer = () => ({ status });
      const { log, shipper } = start(3);
      await shipper.flush();
      assert.equal(shipper.lag, 4);
      backend.answer = () => ({ status: 200 });
      await shipper.flush();
      assertAllArrived(log);
      assert.equal(shipper.lag, 0);
    });
  }

  test("the backend is away and comes back while the process works", async () => {
    await backend.stop();
    const { log, shipper } = start(3);
    await shipper.flush();
    assert.equal(shipper.lag, 4);
    log.append("decision", decision("meanwhile"));
    backend = new OtlpBackend();
    await backend.start(Number(new URL(url).port));
    await shipper.flush();
    assertAllArrived(log);
  });

  test("the process ends before the backend comes back: the next one sends the rest, and nothing twice", async () => {
    const directory = temporaryFolder();
    const first = start(2, directory);
    await first.shipper.flush();
    backend.answer = () => ({ status: 503 });
    first.log.append("decision", decision("late"));
    await first.shipper.flush();
    first.log.close();
    backend.answer = () => ({ status: 200 });
    const second = start(1, directory);
    await second.shipper.flush();
    assert.deepEqual(backend.spans.map(recordOf), linesOf(second.log));
  });

  test("a batch is larger than one request", async () => {
    const { log, shipper } = start(1_300);
    await shipper.flush();
    assert.deepEqual(backend.spans.map(recordOf), linesOf(log));
    assert.equal(backend.requests.length, 3);
  });
});

describe("what a backend refuses for good is kept beside the log, and the rest goes on:", () => {
  const refuses = (spans: readonly OtlpSpan[]): boolean => spans.some(({ attributes }) => attributes["gen_ai.tool.name"] === "tool_2");
  const answers = {
    "a partial success": () => (spans: readonly OtlpSpan[]) => (refuses(spans) ? { status: 200, body: { partialSuccess: { rejectedSpans: 1 } } } : { status: 200 }),
    "413": () => (spans: readonly OtlpSpan[]) => ({ status: spans.length > 1 || refuses(spans) ? 413 : 200 }),
    "400": () => (spans: readonly OtlpSpan[]) => ({ status: refuses(spans) ? 400 : 200 }),
  };
  for (const [name, answer] of Object.entries(answers)) {
    test(name, async () => {
      backend.answer = answer();
      const { log, shipper } = start(5);
      await shipper.flush();
      const rejected = readFileSync(join(log.folder, "rejected.jsonl"), "utf8").trimEnd().split("\n");
      assert.equal(rejected.length, 1);
      assert.match(rejected[0] as string, /"tool":"tool_2"/);
      assert.deepEqual([...new Set([...backend.spans.map(recordOf), ...rejected])].sort(), linesOf(log).sort());
      assert.equal(shipper.lag, 0);
    });
  }
});

test("an application that ends by itself has sent everything by then, and a dead backend does not keep it", async () => {
  const policy = "spangate: 1\nname: t\nrules:\n  - { id: reads, tool: read, effect: allow }\n";
  const agent = `${ROOT}test/apps/ai7/agent.mjs`;
  const run = await runApp(agent, { policy, env: { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_SERVICE_NAME: "support" } });
  assert.equal(run.stderr, "");
  assert.deepEqual(backend.spans.map(({ name }) => name), ["audit.open", "audit.decision", "audit.decision", "audit.outcome"]);
  assert.equal(backend.spans[0]?.resource["service.name"], "support");
  await backend.stop();
  const started = performance.now();
  const dead = await runApp(agent, { policy, env: { OTEL_EXPORTER_OTLP_ENDPOINT: url } });
  assert.equal(dead.code, 0);
  assert.match(dead.stderr, /^spangate: the audit log cannot be sent \([^)]*\); nothing is lost, it is kept in /);
  assert.ok(existsSync(dead.auditDir));
  // Far below the ten seconds after which OpenTelemetry's own exporter gives up.
  assert.ok(performance.now() - started < 9_000);
  backend = new OtlpBackend();
  await backend.start();
});
