import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { resourceFromAttributes } from "@opentelemetry/resources";
import type { AuditLog } from "../../../../exporters/audit/log.ts";
import { leafBase64 } from "../../../../exporters/audit/tree/hash.ts";
import { otlpDestination, otlpLogsDestination } from "../../../../exporters/audit/ship/otlp.ts";
import { Shipper } from "../../../../exporters/audit/ship/shipper.ts";
import { createLogsTransport, createTransport } from "../../../../exporters/audit/ship/transport.ts";
import { parseCheckpoint } from "../../../../exporters/audit/tree/checkpoint.ts";
import { Frontier, rangeRoots } from "../../../../exporters/audit/tree/frontier.ts";
import { parseHashes } from "../../../../exporters/audit/tree/hash.ts";
import { parseNote } from "../../../../exporters/audit/tree/note.ts";
import { OtlpBackend, type OtlpLog, type OtlpSpan } from "../../../support/otlp.ts";
import { decision, openLog } from "../../../support/records.ts";
import { ROOT, runApp, temporaryFolder } from "../../../support/run.ts";
import { textsOf } from "./sealed.ts";

let backend: OtlpBackend;
let url: string;
beforeEach(async () => {
  backend = new OtlpBackend();
  url = await backend.start();
  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = url;
});
afterEach(async () => {
  for (const name of ["ENDPOINT", "COMPRESSION", "HEADERS", "LOGS_ENDPOINT", "LOGS_HEADERS", "TIMEOUT"]) delete process.env[`OTEL_EXPORTER_OTLP_${name}`];
  await backend.stop();
});

const RESOURCE = resourceFromAttributes({ "service.name": "test" });

type Signal = "spans" | "logs";
type Item = Pick<OtlpSpan & OtlpLog, "attributes">;

const SIGNALS: readonly Signal[] = ["spans", "logs"];

function start(signal: Signal, count: number, directory = temporaryFolder()): { log: AuditLog; shipper: Shipper } {
  const log = openLog(directory);
  for (let index = 0; index < count; index++) log.append("decision", decision(`tool_${index}`));
  return { log, shipper: new Shipper(log, signal === "spans" ? otlpDestination(createTransport(), RESOURCE) : otlpLogsDestination(createLogsTransport(), RESOURCE)) };
}

function itemsOf(signal: Signal): readonly Item[] {
  return signal === "spans" ? backend.spans : backend.logs;
}

function answer(signal: Signal, how: (items: readonly Item[]) => ReturnType<OtlpBackend["answer"]>): void {
  if (signal === "spans") backend.answer = how;
  else backend.answerLogs = how;
}

function recordOf({ attributes }: Item): string | undefined {
  if (typeof attributes["spangate.audit.rec"] === "string") return attributes["spangate.audit.rec"];
  let text = "";
  for (let part = 0; `spangate.audit.rec.${part}` in attributes; part++) text += attributes[`spangate.audit.rec.${part}`] as string;
  return text || undefined;
}

/** Texts of the records that arrived, each once. */
function arrived(signal: Signal): string[] {
  return [...new Set(itemsOf(signal).flatMap((item) => recordOf(item) ?? []))];
}

/** Of each checkpoint that arrived: what it claims, from its own attributes. */
function proofs(signal: Signal): { from: number; size: number; leaves: string[] }[] {
  const checkpoints = itemsOf(signal).filter(({ attributes }) => "spangate.audit.cp" in attributes);
  return [...Map.groupBy(checkpoints, ({ attributes }) => attributes["spangate.audit.cp"] as string)].map(([note, parts]) => {
    const parsed = parseNote(note);
    assert.ok(typeof parsed !== "string");
    const checkpoint = parseCheckpoint(parsed.text);
    assert.ok(typeof checkpoint !== "string");
    const sorted = parts.toSorted((a, b) => Number(a.attributes["spangate.audit.from"]) - Number(b.attributes["spangate.audit.from"]));
    const [first] = sorted as [Item, ...Item[]];
    const from = Number(first.attributes["spangate.audit.from"]);
    const leaves = sorted.flatMap(({ attributes }) => Array.from({ length: 6 }, (_, at) => parseHashes((attributes[`spangate.audit.leaves.${at}`] as string | undefined) ?? "") ?? []).flat());
    const frontier = Frontier.parse(from, first.attributes["spangate.audit.frontier"] as string);
    assert.ok(frontier);
    assert.equal(rangeRoots(frontier, leaves).after, checkpoint.root);
    assert.equal(from + leaves.length, checkpoint.size);
    return { from, size: checkpoint.size, leaves };
  });
}

for (const signal of SIGNALS) {
  describe(signal, () => {
    test("the bytes that were hashed arrive with the leaf, and a checkpoint proves them", async () => {
      const { log, shipper } = start(signal, 3);
      await shipper.flush();
      assert.deepEqual(arrived(signal), textsOf(log));
      for (const item of itemsOf(signal)) {
        const text = recordOf(item);
        if (text !== undefined) assert.equal(item.attributes["spangate.audit.leaf"], leafBase64(text));
        assert.equal(item.attributes["spangate.audit.log"], log.origin);
      }
      assert.deepEqual(proofs(signal).flatMap(({ leaves }) => leaves.map((leaf) => btoa(leaf))), arrived(signal).map(leafBase64));
      assert.equal(shipper.lag, 0);
      shipper.close();
    });

    test("an interval of many records takes several checkpoint messages, which fold together", async () => {
      const { log, shipper } = start(signal, 700);
      await shipper.flush();
      assert.deepEqual(arrived(signal), textsOf(log));
      assert.equal(proofs(signal).at(-1)?.size, log.size);
      assert.ok(itemsOf(signal).some(({ attributes }) => attributes["spangate.audit.part"] === "1/3"));
      shipper.close();
    });

    test("no value is longer than a backend keeps, no message has more attributes than it keeps, and all are strings of ASCII", async () => {
      const { log, shipper } = start(signal, 300);
      log.append("decision", decision("long", { reason: "x".repeat(5_000) }));
      await shipper.flush();
      assert.deepEqual(arrived(signal), textsOf(log));
      for (const { attributes } of itemsOf(signal)) {
        assert.ok(Object.keys(attributes).length <= 16);
        for (const value of Object.values(attributes)) assert.match(value as string, /^[\n -~\u2014]{0,2000}$/);
      }
      shipper.close();
    });

    for (const status of [401, 404, 408, 429, 500, 503]) {
      test(`nothing is lost when the backend answers ${status}`, async () => {
        answer(signal, () => ({ status, headers: { "Retry-After": "0" } }));
        const { log, shipper } = start(signal, 3);
        await shipper.flush();
        assert.equal(shipper.lag, 4);
        answer(signal, () => ({ status: 200 }));
        await shipper.flush();
        assert.deepEqual(arrived(signal), textsOf(log));
        assert.equal(shipper.lag, 0);
        shipper.close();
      });
    }

    test("a backend that goes away and comes back gets the rest", async () => {
      const { log, shipper } = start(signal, 3);
      await backend.stop();
      await shipper.flush();
      assert.equal(shipper.lag, 4);
      log.append("decision", decision("meanwhile"));
      backend = new OtlpBackend();
      await backend.start(Number(new URL(url).port));
      await shipper.flush();
      assert.deepEqual(arrived(signal), textsOf(log));
      shipper.close();
    });

    const refuses = (items: readonly Item[]): boolean => items.some(({ attributes }) => attributes["gen_ai.tool.name"] === "tool_2");
    const answers = {
      "a partial success": (items: readonly Item[]) => (refuses(items) ? { status: 200, body: { partialSuccess: { [signal === "spans" ? "rejectedSpans" : "rejectedLogRecords"]: "1" } } } : { status: 200 }),
      "413": (items: readonly Item[]) => ({ status: items.length > 1 || refuses(items) ? 413 : 200 }),
      "400": (items: readonly Item[]) => ({ status: refuses(items) ? 400 : 200 }),
    };
    for (const [name, how] of Object.entries(answers)) {
      test(`what is refused for good by ${name} is known by name, and the rest goes on`, async () => {
        answer(signal, how);
        const { log, shipper } = start(signal, 5);
        await shipper.flush();
        const rejected = readFileSync(join(log.folder, `rejected-otlp-${signal === "spans" ? "traces" : "logs"}.jsonl`), "utf8").trimEnd().split("\n");
        assert.equal(rejected.length, 1);
        assert.match(rejected[0] as string, /"tool":"tool_2"/);
        assert.deepEqual([...arrived(signal), ...rejected].sort(), textsOf(log).sort());
        assert.equal(shipper.lag, 0);
        shipper.close();
      });
    }
  });
}

test("a span stands under the tool's, a log record has the same trace, a severity by its effect, and the text as its body", async () => {
  const spans = start("spans", 2);
  await spans.shipper.flush();
  const span = backend.spans.find(({ name }) => name === "audit.decision") as OtlpSpan;
  assert.equal(span.traceId, "0af7651916cd43dd8448eb211c80319c");
  assert.equal(span.parentSpanId, "b7ad6b7169203331");
  assert.equal(span.resource["service.name"], "test");
  assert.equal(span.attributes["gen_ai.tool.name"], "tool_0");
  const logs = start("logs", 1);
  logs.log.append("decision", decision("fine", { effect: "allow" }));
  await logs.shipper.flush();
  const records = backend.logs.filter(({ eventName }) => eventName === "audit.record");
  assert.equal(backend.logs.filter(({ eventName }) => eventName === "audit.checkpoint").length, 2);
  assert.deepEqual(records.map(({ severityNumber }) => severityNumber), [9, 13, 9]);
  assert.deepEqual(records.map(({ body }) => body.stringValue), textsOf(logs.log));
  assert.equal(records[1]?.traceId, "0af7651916cd43dd8448eb211c80319c");
  spans.shipper.close();
  logs.shipper.close();
});

test("the standard variables hold: headers, compression, and an endpoint of the signal's own", async (t) => {
  process.env["OTEL_EXPORTER_OTLP_COMPRESSION"] = "gzip";
  process.env["OTEL_EXPORTER_OTLP_HEADERS"] = "x-team=blue";
  const { shipper } = start("spans", 1);
  await shipper.flush();
  assert.equal(backend.requests[0]?.headers["content-encoding"], "gzip");
  assert.equal(backend.requests[0]?.headers["x-team"], "blue");
  shipper.close();
  const other = new OtlpBackend();
  t.after(() => other.stop());
  process.env["OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"] = `${await other.start()}/v1/logs`;
  const logs = start("logs", 1);
  await logs.shipper.flush();
  assert.equal(other.logs.length, 4);
  assert.equal(backend.logs.length, 0);
  logs.shipper.close();
});

test("a gap is told as a span and as a log record", async () => {
  const gap = { log: "l", origin: "o/l", from: 3, to: 9, reason: "pruned", note: "a note", end: { size: 9, leaf: "", segment: "", offset: 0, frontier: "" } } as const;
  await otlpDestination(createTransport(), RESOURCE).declare(gap);
  await otlpLogsDestination(createLogsTransport(), RESOURCE).declare(gap);
  const attributes = { "spangate.audit.log": "o/l", "spangate.audit.from": "3", "spangate.audit.to": "9", "spangate.audit.reason": "pruned", "spangate.audit.cp": "a note" };
  assert.deepEqual(backend.spans.map((span) => [span.name, span.attributes]), [["audit.gap", attributes]]);
  assert.deepEqual(backend.logs.map((log) => [log.eventName, log.attributes]), [["audit.gap", attributes]]);
});

const POLICY = "spangate: 1\nname: t\nrules:\n  - { id: reads, tool: read, effect: allow }\n";
const AGENT = `${ROOT}test/apps/ai7/agent.mjs`;

test("an application that ends by itself has sent everything by then, on both ways", async () => {
  const run = await runApp(AGENT, { policy: POLICY, env: { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_SERVICE_NAME: "support" } });
  assert.equal(run.stderr, "");
  const names = backend.spans.map(({ name }) => name).filter((name) => name !== "audit.checkpoint");
  assert.deepEqual(names, ["audit.open", "audit.decision", "audit.decision", "audit.outcome"]);
  assert.equal(backend.spans[0]?.resource["service.name"], "support");
  assert.deepEqual(arrived("logs"), arrived("spans"));
  assert.equal(proofs("spans").at(-1)?.size, 4);
  assert.equal(proofs("logs").at(-1)?.size, 4);
});

test("OTEL_LOGS_EXPORTER=none leaves the logs out; OTEL_TRACES_EXPORTER=none is about the application's own spans", async () => {
  await runApp(AGENT, { policy: POLICY, env: { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_LOGS_EXPORTER: "none", OTEL_TRACES_EXPORTER: "none" } });
  assert.equal(backend.logs.length, 0);
  assert.ok(backend.spans.length > 0);
});

test("a dead backend does not keep an application, nor deny it anything", async () => {
  await backend.stop();
  const dead = await runApp(AGENT, { policy: POLICY, env: { OTEL_EXPORTER_OTLP_ENDPOINT: url } });
  assert.equal(dead.code, 0);
  assert.deepEqual(dead.records().map(({ t }) => t), ["open", "decision", "decision", "outcome", "close"]);
  for (const name of ["otlp-traces", "otlp-logs"]) assert.match(dead.stderr, new RegExp(`^spangate: the audit log cannot be sent to ${name} \\([^)]*\\); nothing is lost, it is kept in `, "m"));
  backend = new OtlpBackend();
  await backend.start();
});
