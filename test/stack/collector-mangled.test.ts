import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { spangate } from "../cli/cli.ts";
import { startAgent, until } from "../dashboards/live.ts";
import { readRecords, temporaryFolder } from "../support/run.ts";
import { COLLECTOR, type FileItem, inStack, MANGLED, readFileExport, startCollector } from "./collector.ts";

const ENOUGH = 200;

test("evidence that was batched, redacted and transformed all the same is still word for word what was sent", async (t) => {
  if (!inStack([COLLECTOR], t)) return;
  await using collector = await startCollector(["collector", "audit-file", MANGLED]);
  const audit = join(temporaryFolder(), "audit");
  {
    await using agent = startAgent({ SPANGATE_AUDIT_DIR: audit, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_METRICS_EXPORTER: "none" });
    await until(() => `records (${agent.stderr()})`, () => readRecords(audit).length >= ENOUGH || undefined);
  }
  // Sent again is written again, to either file.
  const items = (name: string) => [...new Set(readFileExport(join(collector.folder, `files/${name}.jsonl`)).map(text))].sort();
  const sent = items("audit");
  assert.ok(sent.length >= ENOUGH);
  await until(() => "same number of items", () => items("mangled").length >= sent.length || undefined);
  const mangled = new Set(items("mangled"));
  assert.deepEqual(sent.filter((item) => !mangled.has(item)).slice(0, 3), []);

  // Proven from that file alone: nothing of the agent's own disk is asked.
  const file = join(collector.folder, "files/mangled.jsonl");
  const { code, stdout } = spangate(["verify", file, "--json"]);
  const { logs } = JSON.parse(stdout) as { logs: { records: number; counts: Record<string, number>; problems: unknown[] }[] };
  assert.equal(logs.length, 1);
  const [{ records, counts, problems }] = logs as [(typeof logs)[0]];
  assert.ok(records >= ENOUGH && counts["proven"] === records, stdout.slice(0, 2_000));
  assert.deepEqual([code, problems], [0, []]);

  // One word of it changed is named.
  const forged = join(temporaryFolder(), "forged.jsonl");
  writeFileSync(forged, readFileSync(file, "utf8").replaceAll('\\"effect\\":\\"deny\\"', '\\"effect\\":\\"soso\\"'));
  assert.equal(spangate(["verify", forged, "--json"]).code, 1);
});

/** All but what the redaction notes of itself. */
function text({ signal, name, item, attributes }: FileItem): string {
  return JSON.stringify([signal, name, item.traceId, item.spanId, item.body, Object.entries(attributes).filter(([key]) => !key.startsWith("redaction.")).sort()]);
}
