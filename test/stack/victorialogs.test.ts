import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { AuditRecord } from "../../exporters/audit/record.ts";
import { leafHash, toBase64 } from "../../exporters/audit/tree/hash.ts";
import * as names from "../../names.ts";
import { spangate } from "../cli/cli.ts";
import { startAgent, until } from "../dashboards/live.ts";
import { readRecords, runApp, type RunResult, temporaryFolder } from "../support/run.ts";
import { runHelpdesk, startVictoriaLogs, VICTORIALOGS, type VictoriaLogs } from "./backends.ts";
import { COLLECTOR, type Collector, inStack, readFileExport, startCollector } from "./collector.ts";

const ROUNDS = 5;
const EVIDENCE = "event_name:=audit.record";
/** Everything that belongs to the evidence. */
const EXPORT = 'event_name:~"^audit[.]"';

const quoted = (name: string): string => JSON.stringify(name);
const indexes = (rows: readonly Readonly<Record<string, string>>[]): number[] => [...new Set(rows.map((row) => Number(row[names.AUDIT_INDEX])))].sort((a, b) => a - b);
/** The last record of a log stays on its disk: it is written when all is sent. */
const shipped = (records: readonly AuditRecord[]): AuditRecord[] => records.filter(({ t }) => t !== "close");

describe("an unchanged agent, the real collector, and VictoriaLogs behind it", () => {
  const stack = new AsyncDisposableStack();
  after(() => stack.disposeAsync());
  let logs: VictoriaLogs;
  let collector: Collector;
  let run: RunResult;
  let records: AuditRecord[];

  before(async (t) => {
    if (!inStack([COLLECTOR], t as any) || !inStack([VICTORIALOGS], t as any)) return;
    logs = stack.use(await startVictoriaLogs());
    collector = stack.use(await startCollector(["collector", "audit-file", "observe-file", "victorialogs"], { VICTORIALOGS_ENDPOINT: logs.url }));
    run = await runHelpdesk(ROUNDS, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, SPANGATE_SDK: "1" });
    assert.equal(run.code, 0, run.stderr);
    records = shipped(run.records());
    // What it has taken can be found a moment later; the last that comes is a checkpoint of everything.
    await until(() => `checkpoint of ${records.length} records`, async () => (await logs.query(`event_name:=audit.checkpoint ${quoted(names.AUDIT_SIZE)}:=${records.length}`))[0]);
    await until(() => `${records.length} records`, async () => indexes(await logs.query(EVIDENCE)).length >= records.length || undefined);
  });
  const check = (what: string, ask: () => void | Promise<void>) => test(what, (t) => (inStack([COLLECTOR], t) && inStack([VICTORIALOGS], t) ? ask() : undefined));

  check("every record of the audit log is there, word for word", async () => {
    const rows = await logs.query(EVIDENCE);
    assert.deepEqual(indexes(rows), records.map(({ i }) => i));
    for (const row of rows) assert.equal(toBase64(leafHash(row["_msg"] as string)), row[names.AUDIT_LEAF]);
  });

  check("denied calls are found by their decision, those of a tool by its name", async () => {
    const denied = records.flatMap((record) => (record.t === "decision" && record.effect === "deny" ? [record] : []));
    assert.ok(denied.length >= ROUNDS);
    assert.deepEqual(indexes(await logs.query(`${EVIDENCE} ${quoted(names.DECISION)}:=deny`)), denied.map(({ i }) => i));
    const [{ tool }] = denied as [(typeof denied)[0]];
    assert.deepEqual(indexes(await logs.query(`${EVIDENCE} ${quoted(names.DECISION)}:=deny ${quoted(names.TOOL_NAME)}:=${quoted(tool)}`)), denied.filter((one) => one.tool === tool).map(({ i }) => i));
  });

  check("what belongs to one call is found by its trace id", async () => {
    const traced = records.flatMap((record) => (record.t === "outcome" ? [record] : []))[0];
    const same = records.filter((record) => "trace" in record && record.trace === traced?.trace).map(({ i }) => i);
    assert.ok(same.length >= 2);
    assert.deepEqual(indexes(await logs.query(`trace_id:=${traced?.trace}`)), same);
  });

  check("the trace id of a denied record leads to the span of its call, which went another way", async () => {
    const [row] = await logs.query(`${EVIDENCE} ${quoted(names.DECISION)}:=deny | limit 1`);
    const span = await until(() => "span", () => readFileExport(join(collector.folder, "files/observe.jsonl")).find(({ item }) => item.traceId === row?.["trace_id"] && item.spanId === row?.["span_id"]));
    assert.deepEqual([span.name, span.attributes[names.DECISION]], [`execute_tool ${row?.[names.TOOL_NAME]}`, "deny"]);
  });

  check("what a query gives back is verified as it is; one word of it changed is named", async () => {
    const file = join(temporaryFolder(), "export.jsonl");
    writeFileSync(file, await logs.export(EXPORT));
    const { code, stdout } = spangate(["verify", file, "--json"]);
    const { logs: [log] } = JSON.parse(stdout) as { logs: { records: number; counts: Record<string, number>; problems: unknown[] }[] };
    assert.deepEqual([code, log?.records, log?.counts["proven"], log?.problems], [0, records.length, records.length, []]);
    const forged = join(temporaryFolder(), "forged.jsonl");
    writeFileSync(forged, (await logs.export(EXPORT)).replaceAll('\\"effect\\":\\"deny\\"', '\\"effect\\":\\"soso\\"'));
    assert.equal(spangate(["verify", forged, "--json"]).code, 1);
  });

  check("a log record of the application is there as well, and without its secrets", async () => {
    const attributes = [{ key: "password", value: { stringValue: "hunter2" } }, { key: "note", value: { stringValue: `it is AKIA${"A1B2".repeat(4)}` } }];
    const own = { timeUnixNano: `${Date.now()}000000`, body: { stringValue: "order paid" }, traceId: "5b".repeat(16), spanId: "5b".repeat(8), attributes };
    const answer = await fetch(`${collector.url}/v1/logs`, {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ resourceLogs: [{ resource: { attributes: [] }, scopeLogs: [{ scope: { name: "app" }, logRecords: [own] }] }] }),
    });
    assert.equal(answer.status, 200);
    const row = await until(() => "log record", async () => (await logs.query(`trace_id:=${own.traceId}`))[0]);
    assert.partialDeepStrictEqual(row, { _msg: "order paid", password: "****", note: "it is ****" });
  });
});

test("what a killed VictoriaLogs had in memory only is there again after `spangate audit backfill`", async (t) => {
  if (!inStack([COLLECTOR], t) || !inStack([VICTORIALOGS], t)) return;
  await using logs = await startVictoriaLogs();
  await using collector = await startCollector(["collector", "audit-file", "victorialogs"], { VICTORIALOGS_ENDPOINT: logs.url });
  const { auditDir, ...run } = await runHelpdesk(1, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  const all = shipped(run.records()).map(({ i }) => i);
  await logs.stop("SIGKILL");
  await logs.start();
  const kept = indexes(await logs.query(EVIDENCE)).length;
  t.diagnostic(`${kept} of ${all.length} records outlived it`);
  // As a child that does not block this process, which reads what the collector says.
  const { code, stderr } = await runApp("dist/cli.js", { nodeArgs: [], args: ["audit", "backfill", "--to", "otlp-logs", auditDir], env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url } });
  assert.equal(code, 0, stderr);
  const found = async () => indexes(await logs.query(EVIDENCE)).filter((i) => all.includes(i));
  await until(() => `${all.length} records`, async () => (await found()).length === all.length || undefined);
});

test("a VictoriaLogs that is away for a while misses nothing", async (t) => {
  if (!inStack([COLLECTOR], t) || !inStack([VICTORIALOGS], t)) return;
  await using logs = await startVictoriaLogs();
  await using collector = await startCollector(["collector", "audit-file", "victorialogs"], { VICTORIALOGS_ENDPOINT: logs.url });
  const audit = join(temporaryFolder(), "audit");
  {
    await using agent = startAgent({ SPANGATE_AUDIT_DIR: audit, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_METRICS_EXPORTER: "none" });
    const more = async () => {
      const least = readRecords(audit).length + 30;
      await until(() => `records of the agent (${agent.stderr()})`, () => readRecords(audit).length >= least || undefined);
    };
    await until(() => `record (${agent.stderr()})`, async () => (await logs.query(EVIDENCE))[0]);
    await logs.stop();
    await more();
    await logs.start();
    await more();
  }
  const all = shipped(readRecords(audit)).map(({ i }) => i);
  await until(() => `${all.length} records`, async () => indexes(await logs.query(EVIDENCE)).length >= all.length || undefined);
  assert.deepEqual(indexes(await logs.query(EVIDENCE)), all);
});
