import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { AUDIT_INDEX, DECISION, TOOL_NAME } from "../../names.ts";
import { CALLS, prometheusName } from "../../exporters/instruments.ts";
import { until } from "../dashboards/live.ts";
import { numbers, prometheusApi } from "../dashboards/prometheus-api.ts";
import { readRecords, ROOT, temporaryFolder } from "../support/run.ts";
import { COLLECTOR, inStack, readFileExport } from "./collector.ts";

const STACK = join(ROOT, "scripts/stack.mjs");
/** Denies nearly everything that the help desk does. */
const POLICY = "spangate: 1\nname: tight\nmode: enforce\ndefault: deny\nrules:\n  - { id: reading, tool: read_ticket, effect: allow }\n";

interface Alert {
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

describe("an unchanged agent -> collector -> Prometheus -> a rule -> Alertmanager -> webhook", () => {
  test("denials are alerted on, kept as spans, and every record is in the evidence", async (t) => {
    if (!inStack([COLLECTOR], t) || !inStack(["prometheus"], t) || !inStack(["alertmanager", "prometheus-alertmanager"], t)) return;
    const alerts: Alert[] = [];
    const webhook = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      alerts.push(...(JSON.parse(Buffer.concat(parts).toString()) as { alerts: Alert[] }).alerts);
      response.end();
    }).listen(0, "127.0.0.1");
    await once(webhook, "listening");
    t.after(() => webhook.close());
    const folder = join(temporaryFolder(), "run");
    const policy = join(temporaryFolder(), "tight.yaml");
    writeFileSync(policy, POLICY);

    // What docs/operations.md tells people to run; `--for` since a test does not wait for a minute.
    const up = spawn(process.execPath, [STACK, "up", "--no-build", "--json", "--free-ports", "--for", "2s", "--folder", folder, "--policy", policy,
      "--webhook", `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/`], { cwd: ROOT });
    const closed = once(up, "close");
    t.after(() => void up.kill());
    let stdout = "";
    let stderr = "";
    up.stdout.on("data", (part: Buffer) => (stdout += part.toString()));
    up.stderr.on("data", (part: Buffer) => (stderr += part.toString()));
    const addresses = await until(() => `addresses (${stdout}${stderr})`, () => {
      const line = stdout.split("\n").slice(0, -1).find((text) => text.startsWith("{"));
      return line ? (JSON.parse(line) as Record<string, string>) : undefined;
    });

    const alert = await until(() => `alert (${JSON.stringify(alerts)})`, () => alerts.find(({ labels }) => labels["alertname"] === "SpangateDenySpike"));
    assert.equal(alert.status, "firing");
    assert.equal(alert.labels["job"], "helpdesk");
    assert.match(alert.annotations["description"] ?? "", /^\d+(\.\d+)?% of the tool calls of helpdesk were denied/);
    assert.equal(alert.annotations["runbook_url"], "dashboards/runbook.md#spangatedenyspike");

    const { query } = prometheusApi(Number(new URL(addresses["prometheus"] as string).port));
    const LEAST: Readonly<Record<string, number>> = {
      [`sum(${prometheusName(CALLS)}{job="helpdesk",spangate_decision="deny"})`]: 20,
      'sum(spangate_span_calls_total{spangate_decision="deny"})': 20,
      "sum(spangate_audit_received_spans_total)": 20,
      'sum(otelcol_receiver_accepted_spans{job="collector"})': 20,
    };
    for (const [expression, least] of Object.entries(LEAST)) {
      await until(() => expression, async () => (numbers(await query(expression))[0] ?? 0) >= least || undefined);
    }

    up.kill("SIGINT");
    assert.deepEqual(await closed, [0, null], stderr);
    const records = readRecords(join(folder, "audit"));
    const denied = records.flatMap((record) => (record.t === "decision" && "effect" in record && record.effect === "deny" ? [String(record.i)] : []));
    const spans = readFileExport(join(folder, "collector/observe.jsonl")).filter(({ attributes }) => attributes[DECISION] === "deny");
    assert.ok(spans.every(({ attributes }) => attributes[TOOL_NAME] !== undefined));
    assert.deepEqual(spans.map(({ attributes }) => attributes[AUDIT_INDEX]).sort(), denied.sort(), "a denied call has no span behind the sampling");
    const evidence = new Set(readFileExport(join(folder, "collector/audit.jsonl")).map(({ attributes }) => attributes[AUDIT_INDEX]));
    // `close` stays on the agent's disk.
    assert.deepEqual(records.filter(({ t: type, i }) => type !== "close" && !evidence.has(String(i))), []);
  });

  test("its help fits a terminal of 80 columns; a folder of somebody else's is left alone; a taken port is named with the way out", async (t) => {
    const help = spawnSync(process.execPath, [STACK, "up", "--help"], { encoding: "utf8" });
    assert.equal(help.status, 0);
    assert.deepEqual(help.stdout.split("\n").filter((line) => line.length > 80), []);
    const strange = temporaryFolder();
    writeFileSync(join(strange, "thesis.txt"), "years of work");
    const refused = spawnSync(process.execPath, [STACK, "up", "--no-build", "--free-ports", "--folder", strange], { encoding: "utf8" });
    assert.deepEqual([refused.status, refused.stderr], [1, `stack: ${strange} is not empty, and not from an earlier run; choose another with --folder\n`]);
    assert.deepEqual(readdirSync(strange), ["thesis.txt"]);
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    t.after(() => taken.close());
    const { port } = taken.address() as AddressInfo;
    const run = spawnSync(process.execPath, [STACK, "up", "--no-build", "--free-ports", "--prometheus", String(port), "--folder", join(temporaryFolder(), "run")], { encoding: "utf8" });
    assert.equal(run.status, 1);
    assert.equal(run.stderr, `stack: port ${port} is taken; choose another with --prometheus <port>, or --free-ports\n`);
  });
});
