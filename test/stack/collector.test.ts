import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { recordSpan } from "../../exporters/audit/ship/span.ts";
import { decisionEntry, outcomeEntry } from "../../exporters/decision-log/entry.ts";
import { recordOf } from "../../exporters/decision-log/record.ts";
import { leafHash } from "../../exporters/audit/tree/hash.ts";
import * as names from "../../names.ts";
import { until } from "../dashboards/live.ts";
import { COLLECTOR, type Collector, type FileItem, inStack, readFileExport, startCollector } from "./collector.ts";

const ALLOWED = 200;
const DENIED = 20;
const AWS_KEY = `AKIA${"A1B2".repeat(4)}`;
const SECRET = `its key is ${AWS_KEY}`;

type Attributes = Readonly<Record<string, string>>;
interface Item {
  readonly scope: string;
  readonly name: string;
  readonly trace?: string;
  readonly attributes?: Attributes;
}

const keyValues = (attributes: Attributes = {}) => Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } }));
const newTrace = () => randomBytes(16).toString("hex");
const resource = { attributes: keyValues({ "service.name": "shop" }) };
const toolSpan = (trace: string, tool: string, decision: string, more: Attributes = {}): Item =>
  ({ scope: "spangate", name: `execute_tool ${tool}`, trace, attributes: { [names.DECISION]: decision, [names.TOOL_NAME]: tool, ...more } });

function spansRequest(items: readonly Item[]): object {
  const now = BigInt(Date.now()) * 1_000_000n;
  const spans = items.map(({ scope, name, trace = newTrace(), attributes }) => ({
    scope: { name: scope },
    spans: [{ name, traceId: trace, spanId: randomBytes(8).toString("hex"), kind: 1, startTimeUnixNano: `${now - 3_000_000n}`, endTimeUnixNano: `${now}`, attributes: keyValues(attributes) }],
  }));
  return { resourceSpans: [{ resource, scopeSpans: spans }] };
}

function logsRequest(items: readonly Item[]): object {
  const records = items.map(({ scope, name, attributes }) => ({ scope: { name: scope }, logRecords: [{ eventName: name, body: { stringValue: "text" }, attributes: keyValues(attributes) }] }));
  return { resourceLogs: [{ resource, scopeLogs: records }] };
}

async function post(url: string, body: object): Promise<void> {
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  assert.equal(response.status, 200, await response.text());
}

/** Two records as the exporter makes them, short and in parts. */
const record = { t: "policy", i: 7, log: "l", prev: "p", ts: "1", policy: "demo@1", digest: "d", mode: "enforce" } as any;
const AUDIT: readonly Item[] = [JSON.stringify({ ...record, note: SECRET }), JSON.stringify({ ...record, args: SECRET.repeat(300) })].map((line) => {
  const { name, attributes, instrumentationScope } = recordSpan({ text: line, record, leaf: leafHash(line) }, "o/l", { attributes: {} } as any);
  return { scope: instrumentationScope.name, name, attributes: attributes as Attributes };
});
/** Entries of the decision log as the exporter makes them: the same scope, and the name of a record of that very log. */
const CALL = { tool: "wipe", framework: "guardTool", agent: "clerk", session: "s-1", trace: newTrace(), span: randomBytes(8).toString("hex"), traceFlags: 1, auditLog: "l", auditIndex: 7 };
const LOGGED: readonly Item[] = [
  decisionEntry({ ...CALL, effect: "deny", rule: "no-wipe", source: "policy", mode: "observe", runs: true, shadow: undefined, policy: { name: "demo", version: "1" }, digest: "d" }),
  outcomeEntry({ ...CALL, status: "ok", ms: 1, error: undefined }),
].map((entry) => {
  const { eventName, attributes } = recordOf(entry, 0);
  return { scope: "spangate", name: eventName, attributes: Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, String(value)])) };
});
/** What only looks like evidence. */
const FORGED: Item = { scope: "app", name: "audit.decision", attributes: { [names.AUDIT_RECORD]: "forged", [names.DECISION]: "deny" } };

describe("the two ways through the collector", () => {
  const stack = new AsyncDisposableStack();
  after(() => stack.disposeAsync());
  let collector: Collector | undefined;
  let audit: readonly FileItem[] = [];
  const observed = (): FileItem[] => readFileExport(join((collector as Collector).folder, "files/observe.jsonl"));
  const decided = (tool: string, trace?: string) => observed().filter(({ name, item }) => name === `execute_tool ${tool}` && (!trace || item.traceId === trace));
  const deniedTraces = Array.from({ length: DENIED }, newTrace);
  const late = newTrace();

  before(async (t) => {
    if (!inStack([COLLECTOR], t as any)) return;
    collector = stack.use(await startCollector(["collector", "audit-file", "observe-file"], { OTELCOL_KEEP_PERCENT: "0" }));
    const traces = `${collector.url}/v1/traces`;
    await post(traces, spansRequest(AUDIT));
    await post(traces, spansRequest([FORGED]));
    await post(traces, spansRequest([toolSpan(late, "late", "allow")]));
    await post(traces, spansRequest(Array.from({ length: ALLOWED }, () => toolSpan(newTrace(), "search", "allow"))));
    for (const trace of deniedTraces) {
      await post(traces, spansRequest([
        { scope: "app", name: "request", trace, attributes: { "app.note": SECRET, password: "hunter2", long: "x".repeat(5_000) } },
        toolSpan(trace, "wipe", "deny", { [names.AUDIT_LOG]: "l", [names.AUDIT_INDEX]: "7" }),
      ]));
    }
    await post(`${collector.url}/v1/logs`, logsRequest([
      { scope: "spangate", name: "audit.checkpoint", attributes: { note: SECRET } }, { scope: "spangate", name: "spangate.audit.heartbeat" }, { scope: "app", name: "audit.own", attributes: { note: SECRET } }, { scope: "spangate", name: "decision" },
      ...LOGGED,
    ]));
    await until(() => "denied spans after sampling", () => decided("wipe").length >= DENIED || undefined);
    audit = readFileExport(join(collector.folder, "files/audit.jsonl"));
  });

  const check = (what: string, run: () => void | Promise<void>) => test(what, (t) => (inStack([COLLECTOR], t) ? run() : undefined));

  check("evidence arrives exactly as it was sent, spans and log records, and nothing else comes with it", () => {
    const spans = audit.filter(({ signal }) => signal === "span");
    assert.deepEqual(spans.map(({ name, attributes }) => ({ scope: "spangate", name, attributes })), AUDIT);
    assert.deepEqual(audit.filter(({ signal }) => signal === "log").map(({ name, attributes }) => [name, attributes]), [["audit.checkpoint", { note: SECRET }], ["spangate.audit.heartbeat", {}]]);
  });

  check("no evidence goes the way of the spans; what only looks like it does", () => {
    const items = observed();
    assert.deepEqual(items.filter(({ scope, name }) => scope === "spangate" && /^(spangate\.)?audit\./.test(name)), []);
    assert.deepEqual(items.filter(({ name }) => name.startsWith("audit.")).map(({ scope, name }) => [scope, name]).sort(), [["app", "audit.decision"], ["app", "audit.own"]]);
  });

  check("entries of the decision log go the way of observability, whole, and none of them that of evidence", async () => {
    const isEntry = ({ signal, name }: FileItem): boolean => signal === "log" && LOGGED.some((entry) => entry.name === name);
    await until(() => "entries of the decision log", () => observed().filter(isEntry).length >= LOGGED.length || undefined);
    const pick = ({ scope, name, attributes }: Item | FileItem) => ({ scope, name, attributes: Object.fromEntries(Object.entries(attributes ?? {}).filter(([key]) => !key.startsWith("redaction."))) });
    assert.deepEqual(observed().filter(isEntry).map(pick), LOGGED.map(pick));
    assert.deepEqual(readFileExport(join((collector as Collector).folder, "files/audit.jsonl")).filter(isEntry), []);
  });

  check("every trace with a denied call survives sampling as a whole, and of the others none where none is asked for", () => {
    const traces = new Map(deniedTraces.map((trace) => [trace, observed().filter(({ item }) => item.traceId === trace).map(({ name }) => name).sort()]));
    for (const [trace, found] of traces) assert.deepEqual(found, ["execute_tool wipe", "request"], trace);
    assert.deepEqual(decided("search"), []);
  });

  check("a call that is denied after its trace was let go is kept by itself", async () => {
    const removed = async () => Number(/^otelcol_processor_tail_sampling_sampling_trace_removal_age\S*_count\S* (\d+)/m.exec(await (collector as Collector).ownMetrics())?.[1]);
    await until(() => "end of the wait for the allowed traces", async () => (await removed()) > ALLOWED || undefined);
    assert.deepEqual(decided("late"), []);
    await post(`${(collector as Collector).url}/v1/traces`, spansRequest([toolSpan(late, "late", "deny")]));
    await until(() => "late denial", () => decided("late", late)[0]);
  });

  check("calls are counted before sampling", async () => {
    await until(() => "span metrics", async () => {
      const page = await (collector as Collector).metrics();
      const calls = (decision: string, tool: string) => Number(new RegExp(`^spangate_span_calls_total\\{(?=.*spangate_decision="${decision}")(?=.*gen_ai_tool_name="${tool}").*\\} (\\d+)`, "m").exec(page)?.[1]);
      const received = (signal: string) => Number(new RegExp(`^spangate_audit_received_${signal}\\S* (\\d+)`, "m").exec(page)?.[1]);
      if (Number.isNaN(calls("deny", "wipe")) || Number.isNaN(received("logs_total"))) return undefined;
      assert.equal(calls("allow", "search"), ALLOWED);
      assert.equal(calls("deny", "wipe"), DENIED);
      assert.equal(received("spans_total"), AUDIT.length);
      assert.equal(received("logs_total"), 2);
      assert.match(page, /^spangate_span_duration_seconds_bucket\{.*le="0\.005"\} \d+/m);
      return true;
    });
  });

  check("spans and log records of the application lose secrets and length; links to the evidence stay", () => {
    const request = observed().find(({ name }) => name === "request");
    assert.equal(request?.attributes["app.note"], "its key is ****");
    assert.equal(request?.attributes["password"], "****");
    assert.equal(String(request?.attributes["long"]).length, 2_048);
    const [tool] = decided("wipe");
    assert.deepEqual([tool?.attributes[names.AUDIT_LOG], tool?.attributes[names.AUDIT_INDEX]], ["l", "7"]);
    assert.equal(observed().find(({ name }) => name === "audit.own")?.attributes["note"], "its key is ****");
  });
});
