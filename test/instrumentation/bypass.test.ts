import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { guardTool } from "../../instrumentation/tool.ts";
import { ROOT, PRELOAD, runApp, temporaryFolder, type RunOptions } from "../support/run.ts";

const APPS = `${ROOT}test/apps/bypass`;
const POLICY = "spangate: 1\nname: t\nrules:\n  - { id: reads, tool: read, effect: allow }\n";

interface Printed {
  readonly executed: readonly string[];
  readonly seen: Readonly<Record<string, string>>;
}

/** Runs an application and asserts what must hold in every case: `wipe` did not run, and both records exist. */
async function assertGated(file: string, options: RunOptions, ran: readonly string[] = ["read"]): Promise<string> {
  const run = await runApp(file, { policy: POLICY, ...options });
  const { executed, seen } = run.json<Printed>();
  assert.deepEqual(executed, ran);
  assert.match(seen["wipe"] ?? "", /^Tool call denied by policy: /);
  const decisions = run.records().flatMap((record) => (record.t === "decision" && "effect" in record ? [[record.tool, record.effect, record.runs]] : []));
  assert.deepEqual(decisions, [["read", ran.includes("read") ? "allow" : "deny", ran.includes("read")], ["wipe", "deny", false]]);
  return run.stderr;
}

describe("whatever the application's telemetry does, the denied tool does not run and the record exists:", () => {
  const telemetry: readonly [name: string, way: string, env?: Record<string, string>][] = [
    ["a ratio sampler that keeps nothing", "ratio-sampler"],
    ["a parent with sampled=0 in its traceparent", "unsampled-parent"],
    ["suppressTracing", "suppressed"],
    ["OTEL_SDK_DISABLED", "sdk-from-environment", { OTEL_SDK_DISABLED: "true" }],
    ["OTEL_TRACES_EXPORTER=none", "sdk-from-environment", { OTEL_TRACES_EXPORTER: "none" }],
    ["the always_off sampler", "sdk-from-environment", { OTEL_TRACES_SAMPLER: "always_off" }],
    ["trace.disable()", "trace-disabled"],
    ["no provider", "no-provider"],
    ["a provider that was shut down", "provider-shut-down"],
    ["two copies of the OpenTelemetry API", "two-apis"],
    ["attribute limits", "sdk-from-environment", { OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: "1", OTEL_ATTRIBUTE_COUNT_LIMIT: "1", OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: "1", OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: "1" }],
    ["an exporter that stalls", "exporter-stalled"],
    ["an exporter that throws", "exporter-throws"],
    ["a processor of the application that throws in onStart", "processor-throws-onStart"],
    ["a processor of the application that throws in onEnding", "processor-throws-onEnding"],
    ["a processor of the application that throws in onEnd", "processor-throws-onEnd"],
  ];
  for (const [name, way, env] of telemetry) {
    test(name, async () => {
      await assertGated(`${APPS}/telemetry.cjs`, { args: [way], ...(env && { env }) });
    });
  }

  test("another instrumentation's _wrap on the same method", async () => {
    await assertGated(`${APPS}/rewrap.cjs`, {});
  });

  test("an OTLP backend that never answers", async () => {
    const server = createServer(() => {}).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    await assertGated(`${ROOT}test/apps/ai7/agent.mjs`, { env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, OTEL_EXPORTER_OTLP_TIMEOUT: "300" } });
    server.closeAllConnections();
    server.close();
  });
});

describe("a processor that the operator adds", () => {
  const preload = [...PRELOAD, "--import", `${APPS}/processors.mjs`];
  test("and that throws in onStart denies every call", async () => {
    const stderr = await assertGated(`${ROOT}test/apps/ai7/agent.mjs`, { nodeArgs: preload, env: { OPERATOR_HOOK: "onStart" } }, []);
    assert.match(stderr, /onStart threw: broke/);
  });
  for (const hook of ["onEnding", "onEnd"]) {
    test(`and that throws in ${hook} keeps no record from being written`, async () => {
      const stderr = await assertGated(`${ROOT}test/apps/ai7/agent.mjs`, { nodeArgs: preload, env: { OPERATOR_HOOK: hook } });
      assert.match(stderr, new RegExp(`${hook} threw: broke`));
    });
  }
});

test("arguments changed while an approval is waited for: the tool runs with what was judged", async () => {
  process.env["SPANGATE_AUDIT_DIR"] = temporaryFolder();
  const { enforce } = await import("../../instrumentation/tool.ts");
  const { GateProcessor } = await import("../../processors/index.ts");
  const { promise, resolve } = Promise.withResolvers<{ effect: "allow"; rule: string }>();
  class Approval extends GateProcessor {
    override readonly name = "approval";
    override judge(): typeof promise {
      return promise;
    }
  }
  enforce({ spangate: 1, name: "t", rules: [{ id: "pay", tool: "pay", effect: "allow" }] }, { processors: [new Approval()] });
  const payment = { amount: 5, to: { account: "a" } };
  const paid = guardTool("pay", (args: typeof payment) => args)(payment);
  payment.amount = 1e6;
  payment.to.account = "b";
  resolve({ effect: "allow", rule: "human" });
  assert.deepEqual(await paid, { amount: 5, to: { account: "a" } });
});

test("every row of the catalogue that says mitigated names a test that exists", () => {
  const catalogue = readFileSync(`${ROOT}docs/bypass-catalogue.md`, "utf8");
  const rows = catalogue.split("\n").filter((line) => /^\| .*\| mitigated \|/.test(line));
  assert.ok(rows.length >= 14, `${rows.length} rows`);
  for (const row of rows) {
    const [, file, name] = /`(test\/[^`]+)`: (.+?) \|$/.exec(row) ?? assert.fail(row);
    assert.ok(readFileSync(`${ROOT}${file}`, "utf8").includes(name as string), `${file} has no test "${name}"`);
  }
});
