import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { AuditRecord } from "../../exporters/audit/record.ts";
import { FIELDS } from "../../exporters/decision-log/fields.ts";
import * as names from "../../names.ts";
import { canariesOf, seenIn } from "../support/canaries.ts";
import { OtlpBackend, type OtlpLog } from "../support/otlp.ts";
import { PRELOAD, ROOT, runApp, type RunOptions, type RunResult, temporaryFolder } from "../support/run.ts";

const POLICY = readFileSync(join(ROOT, "test/apps/decision-log.yaml"), "utf8");
/** No detector knows it: nothing but silence keeps it out of a record. */
const SECRET = "heliotrope-cartography";
const AWS_KEY = `AKIA${"Z7QXW2EJ4RTK5LMP"}`;
const CALLS = 6;
const ENTRIES = 9;

let backend: OtlpBackend;
let url: string;
beforeEach(async () => {
  backend = new OtlpBackend();
  url = await backend.start();
});
afterEach(() => backend.stop());

const told = (logs: readonly OtlpLog[]): OtlpLog[] => logs.filter(({ eventName }) => eventName.startsWith("spangate."));

async function runLogged(env: Readonly<Record<string, string>>, { policy = POLICY, args = [SECRET], ...more }: RunOptions = {}): Promise<RunResult> {
  const result = await runApp("test/apps/decision-log.mjs", { policy, args, ...more, env: { OTEL_SERVICE_NAME: "desk", SPANGATE_LOG: "otlp", ...env } });
  assert.equal(result.code, 0, result.stderr);
  return result;
}

/** What the application's own exporter was given. */
function exportedTo(file: string): any[] {
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line)) : [];
}

function decisionOf(result: RunResult, { attributes }: Pick<OtlpLog, "attributes">): AuditRecord<"decision"> {
  const record = result.records()[Number(attributes[names.AUDIT_INDEX])];
  assert.ok(record?.t === "decision" && record.log === attributes[names.AUDIT_LOG] && record.tool === attributes[names.TOOL_NAME]);
  return record;
}

describe("an application without an SDK", () => {
  test("each decision and each outcome reaches the OTLP endpoint, by severity, with the ids of its record and its span; the evidence is as it was", async () => {
    const result = await runLogged({ OTEL_EXPORTER_OTLP_ENDPOINT: url });
    const records = told(backend.logs);
    assert.deepEqual(records.map(({ eventName, severityNumber, severityText, body, attributes }) => [eventName, severityNumber, severityText, body.stringValue, attributes[names.RULE_NAME] ?? attributes[names.ERROR_TYPE], attributes[names.SHADOW_VERDICT]]), [
      ["spangate.decision", 9, "INFO", "allow read", "rest", "deny:no-read"],
      ["spangate.outcome", 9, "INFO", "read ended: ok", undefined, undefined],
      ["spangate.decision", 9, "INFO", "allow fail", "rest", undefined],
      ["spangate.outcome", 13, "WARN", "fail ended: error", "RangeError", undefined],
      ["spangate.decision", 9, "INFO", "allow leak", "rest", undefined],
      ["spangate.outcome", 13, "WARN", "leak ended: withheld", undefined, undefined],
      ["spangate.decision", 13, "WARN", "deny wipe", "no-wipe", undefined],
      ["spangate.decision", 13, "WARN", "deny quote", "no-quotes", undefined],
      ["spangate.decision", 17, "ERROR", "deny gossip", "fail-closed", undefined],
    ]);
    for (const record of records) {
      const { trace, span, digest } = decisionOf(result, record);
      assert.deepEqual([record.traceId, record.spanId], [trace, span]);
      assert.deepEqual([record.scope.name, record.scope.version, record.resource["service.name"]], ["spangate", names.VERSION, "desk"]);
      if (record.eventName === "spangate.decision") {
        assert.deepEqual([names.RULESET_NAME, names.RULESET_VERSION, names.POLICY_DIGEST, names.MODE].map((name) => record.attributes[name]), ["desk", "3", digest, "enforce"]);
      }
    }
    const evidence = backend.logs.filter(({ eventName }) => !eventName.startsWith("spangate."));
    assert.deepEqual(new Set(evidence.map(({ eventName }) => eventName)), new Set(["audit.record", "audit.checkpoint"]));
    assert.equal(evidence.filter(({ eventName }) => eventName === "audit.record").length, result.records().filter(({ t: type }) => type !== "close").length);
    // The decision's copy as evidence names the same call.
    for (const { traceId } of records) assert.ok(evidence.some((one) => one.traceId === traceId));
  });

  test("lines on stderr and log records, asked for together, say the same", async () => {
    const result = await runLogged({ SPANGATE_LOG: "json,otlp", OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${url}/v1/logs` });
    const lines = result.stderr.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Record<string, unknown>);
    const records = told(backend.logs);
    assert.deepEqual([lines.length, records.length], [ENTRIES, ENTRIES]);
    for (const [index, line] of lines.entries()) {
      const record = records[index] as OtlpLog;
      for (const { key, attributes } of FIELDS) {
        const values = attributes.map((attribute) => record.attributes[attribute]).filter((value) => value !== undefined);
        assert.equal(String(line[key] ?? ""), values.join("@"), key);
      }
      assert.deepEqual([record.body.stringValue, record.traceId, record.spanId, Number(BigInt(record.timeUnixNano) / 1_000_000n)], [line["msg"], line["trace_id"], line["span_id"], line["time"]]);
    }
  });

  test("no record shows what was in arguments, results, errors or reasons; a name that holds a secret loses it, whatever the policy says of telemetry", async () => {
    for (const policy of [POLICY, `${POLICY}telemetry: { redact: off }\n`]) {
      backend.logs.length = 0;
      const result = await runLogged({ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${url}/v1/logs` }, { policy, args: [SECRET, `session of ${AWS_KEY}`] });
      const records = told(backend.logs);
      assert.equal(records.length, ENTRIES);
      assert.ok(!JSON.stringify(records).includes(SECRET));
      assert.ok(!JSON.stringify(records).includes(AWS_KEY));
      assert.match(String(records[0]?.attributes[names.CONVERSATION_ID]), /^session of \[REDACTED:aws_\w+\]$/);
      // It is not because nobody knew it: the records quote it in their reasons.
      assert.ok(result.records().some((record) => record.t === "decision" && record.reason.includes(SECRET)));
    }
  });

  test("no canary of any kind that is in arguments, results, errors and reasons is in a record", async () => {
    const canaries = canariesOf("traces", "logs", "ai");
    await runLogged({ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${url}/v1/logs` }, { args: [canaries.map(({ written }) => written).join("\n")] });
    const records = told(backend.logs);
    assert.equal(records.length, ENTRIES);
    assert.deepEqual(seenIn(Buffer.from(JSON.stringify(records)), canaries), []);
  });

  test("OTEL_LOGS_EXPORTER=none: nothing is sent, and that is said with its number", async () => {
    const result = await runLogged({ OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_LOGS_EXPORTER: "none" });
    assert.deepEqual(backend.logs, []);
    assert.match(result.stderr, /the application has no logger provider, and OTEL_LOGS_EXPORTER is none/);
    assert.match(result.stderr, new RegExp(`${ENTRIES} entries of the decision log were not sent`));
  });
});

test("what is sent while a tool runs is no request of that tool, and no rule on hosts applies to it", async () => {
  const result = await runApp("test/apps/decision-log-nested.mjs", { policy: "spangate: 1\nname: t\nmode: enforce\ndefault: allow\nnetwork: {}\n", env: { SPANGATE_LOG: "otlp", OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${url}/v1/logs` } });
  assert.equal(result.code, 0, result.stderr);
  assert.deepEqual(told(backend.logs).map(({ body }) => body.stringValue), ["allow outer", "allow inner", "inner ended: ok", "outer ended: ok"]);
  assert.deepEqual(result.records().filter(({ t: type }) => type === "effect"), []);
});

test("each thread sends its own", async () => {
  const result = await runApp("test/apps/decision-log-worker.mjs", { policy: "spangate: 1\nname: t\ndefault: allow\n", env: { SPANGATE_LOG: "otlp", OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${url}/v1/logs` } });
  assert.equal(result.code, 0, result.stderr);
  assert.deepEqual(told(backend.logs).map(({ body }) => body.stringValue).sort(), ["allow in main", "allow in worker", "in main ended: ok", "in worker ended: ok"]);
});

describe("an application with a logger provider of its own", () => {
  for (const api of ["1", "0"]) {
    test(`its provider gets every record, and we open no exporter of our own; API ${api}`, async () => {
      const file = join(temporaryFolder(), "records.jsonl");
      const result = await runLogged({ OTEL_EXPORTER_OTLP_ENDPOINT: url, RECORDS_FILE: file, LOGS_API: api }, { nodeArgs: [...PRELOAD, "--require", `${ROOT}test/apps/decision-log-provider.cjs`] });
      const records = exportedTo(file);
      assert.equal(records.length, ENTRIES);
      for (const record of records) {
        const { trace, span } = decisionOf(result, record);
        assert.deepEqual([record.spanContext.traceId, record.spanContext.spanId], [trace, span]);
        assert.deepEqual([record.scope.name, record.scope.version, record.resource["service.name"]], ["spangate", names.VERSION, "its own"]);
      }
      assert.deepEqual(told(backend.logs), []);
      assert.ok(!JSON.stringify(records).includes(SECRET));
    });
  }

  test("what its exporter gets is redacted as all of its telemetry", async () => {
    const file = join(temporaryFolder(), "records.jsonl");
    await runLogged({ RECORDS_FILE: file }, { nodeArgs: [...PRELOAD, "--require", `${ROOT}test/apps/decision-log-provider.cjs`], args: [SECRET, `session of ${AWS_KEY}`] });
    const records = exportedTo(file);
    assert.equal(records.length, ENTRIES);
    assert.match(records[0].attributes[names.CONVERSATION_ID], /^session of \[REDACTED:aws_\w+\]$/);
  });

  test("one that was there before spangate gets them too", async () => {
    const file = join(temporaryFolder(), "records.jsonl");
    await runLogged({ RECORDS_FILE: file }, { nodeArgs: ["--require", `${ROOT}test/apps/decision-log-provider.cjs`, ...PRELOAD] });
    assert.equal(exportedTo(file).length, ENTRIES);
  });
});

test("SPANGATE_SDK=1: the SDK that spangate starts sends them, each once, with its own resource", async () => {
  const result = await runLogged({ SPANGATE_SDK: "1", OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_PROTOCOL: "http/json", OTEL_METRICS_EXPORTER: "none" });
  const records = told(backend.logs);
  assert.equal(records.length, ENTRIES);
  for (const record of records) {
    assert.equal(decisionOf(result, record).trace, record.traceId);
    // The very span that the SDK exported of the call.
    assert.ok(backend.spans.some(({ name, traceId, spanId }) => name === `execute_tool ${record.attributes[names.TOOL_NAME]}` && traceId === record.traceId && spanId === record.spanId));
    assert.ok("process.pid" in record.resource, "detected by the SDK alone");
  }
});

describe("a backend that is down", () => {
  test("nobody listens: the application ends as without it, every call is judged, and what was not sent is counted", async () => {
    await backend.stop();
    const result = await runLogged({ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${url}/v1/logs` });
    assert.match(result.stderr, /cannot be sent over OTLP \(.*ECONNREFUSED.*\); 10000 wait, what is more is dropped and counted/);
    assert.match(result.stderr, new RegExp(`${ENTRIES} entries of the decision log were not sent over OTLP; the audit log is not concerned`));
    assert.equal(result.records().filter(({ t: type }) => type === "decision").length, CALLS);
    await backend.start();
  });

  test("it takes the connection and never answers: the application ends all the same", async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => sockets.add(socket.on("error", () => {})));
    silent.listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    try {
      // That `runLogged` returns is the proof: nothing ends these connections but we.
      const result = await runLogged({ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `http://127.0.0.1:${(silent.address() as AddressInfo).port}/v1/logs`, OTEL_EXPORTER_OTLP_TIMEOUT: "1000" });
      assert.ok(sockets.size > 0);
      assert.match(result.stderr, /cannot be sent over OTLP \(no answer within 1000 ms\)/);
      assert.equal(result.records().filter(({ t: type }) => type === "decision").length, CALLS);
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => silent.close(resolve));
    }
  });
});

describe("a wrong value is refused at start", () => {
  for (const value of ["pretty", "oltp", "otlp:http://localhost", "json,", "json,,otlp", "otlp,otlp", "json:", "json:/a,b.jsonl", "JSON"]) {
    test(value, async () => {
      const { code, stderr } = await runApp("test/apps/nothing.cjs", { env: { SPANGATE_LOG: value } });
      assert.equal(code, 1);
      assert.match(stderr, /SG_ENV_INVALID: SPANGATE_LOG=.*json, json:<path of a file>, otlp, or several of them/);
    });
  }
});
