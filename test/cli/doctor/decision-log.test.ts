import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, test } from "node:test";
import { decisionLog } from "../../../cli/doctor/decision-log.ts";
import { temporaryFolder } from "../../support/run.ts";
import { examine, told } from "./context.ts";

const forget = (): void => {
  for (const name of Object.keys(process.env)) if (name.startsWith("OTEL_")) delete process.env[name];
};
afterEach(forget);

/** OpenTelemetry's configuration reads the process's own environment. */
async function look(env: Readonly<Record<string, string>>): Promise<string> {
  Object.assign(process.env, Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith("OTEL_"))));
  return told(await examine(decisionLog, env));
}

describe("decision log", () => {
  test("none", async () => assert.match(await look({}), /^ok: none is asked for/));
  test("standard error", async () => assert.equal(await look({ SPANGATE_LOG: "json" }), "ok: lines on standard error"));

  test("a file that can be made, one in a folder that is missing, and a folder in its place", async () => {
    const folder = temporaryFolder();
    assert.match(await look({ SPANGATE_LOG: `json:${join(folder, "a.jsonl")}` }), /^ok: lines in \/.*a\.jsonl$/);
    assert.match(await look({ SPANGATE_LOG: `json:${join(folder, "missing/a.jsonl")}` }), /^failed: .* cannot be written: .* → Make the folder/);
    mkdirSync(join(folder, "b.jsonl"));
    assert.match(await look({ SPANGATE_LOG: `json:${join(folder, "b.jsonl")}` }), /^failed: .*b\.jsonl is a folder → Name a file/);
  });

  test("OTLP: the endpoint for logs is asked, unless the check of the endpoint has asked it", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? "");
      request.resume().on("end", () => response.writeHead(200, { "Content-Type": "application/json" }).end("{}"));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      assert.match(await look({ SPANGATE_LOG: "otlp", OTEL_EXPORTER_OTLP_ENDPOINT: url }), /^ok: log records through the application's logger provider, .*$/);
      assert.deepEqual(asked, []);
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    forget();
    // What the exporter's default address answers is this machine's matter; that it was asked is ours.
    assert.match(await look({ SPANGATE_LOG: "json,otlp" }), /^ok: lines on standard error\nok: log records .*\n(ok|warning|failed): http:\/\/localhost:4318\/v1\/logs /);
  });

  test("OTLP without a way of our own", async () => assert.match(await look({ SPANGATE_LOG: "otlp", OTEL_LOGS_EXPORTER: "none" }), /^warning: .*OTEL_LOGS_EXPORTER is none → Where the application has none they are dropped/));
});
