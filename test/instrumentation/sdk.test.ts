import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { OtlpBackend } from "../support/otlp.ts";
import { ROOT, runApp } from "../support/run.ts";

const POLICY = "spangate: 1\nname: t\nrules:\n  - { id: reads, tool: read, effect: allow }\n";
const backend = new OtlpBackend();
let url: string;
before(async () => {
  url = await backend.start();
});
after(() => backend.stop());

test("SPANGATE_SDK=1 starts an SDK for an application that has none: tool spans arrive beside the audit records", async () => {
  const run = await runApp(`${ROOT}test/apps/ai7/agent.mjs`, { policy: POLICY, env: { SPANGATE_SDK: "1", OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_PROTOCOL: "http/json", OTEL_METRICS_EXPORTER: "none", OTEL_LOGS_EXPORTER: "none" } });
  assert.equal(run.code, 0, run.stderr);
  const tools = backend.spans.filter(({ name }) => name.startsWith("execute_tool "));
  assert.deepEqual(tools.map(({ name, attributes }) => [name, attributes["spangate.decision"], attributes["error.type"]]).sort(), [
    ["execute_tool read", "allow", undefined], ["execute_tool wipe", "deny", "spangate_denied"],
  ]);
  for (const tool of tools) {
    // The record of the decision hangs below the span of the tool, and the span names the record.
    const record = backend.spans.find(({ name, parentSpanId }) => name === "audit.decision" && parentSpanId === tool.spanId);
    assert.equal(record?.attributes["spangate.audit.i"], tool.attributes["spangate.audit.i"]);
    assert.equal(record?.traceId, tool.traceId);
    assert.ok(!("gen_ai.tool.call.arguments" in tool.attributes), "arguments are content, and content is opt-in");
  }
});
