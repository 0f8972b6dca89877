import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { AUDIT_LAG, prometheusLabel, prometheusName } from "../../exporters/instruments.ts";
import { AUDIT_DESTINATION } from "../../names.ts";
import { until } from "../dashboards/live.ts";
import { OtlpBackend } from "../support/otlp.ts";
import { freePort } from "../support/port.ts";
import { runApp, temporaryFolder } from "../support/run.ts";

const POLICY = "spangate: 1\nname: quiet\nmode: enforce\nrules: [{ id: reads, tool: read, effect: allow }]\n";

test("how far each destination is behind is scraped by its name: one that is away is, and when it is back nothing is left", async () => {
  const backend = new OtlpBackend();
  backend.answer = () => ({ status: 503 });
  const endpoint = await backend.start();
  const folder = temporaryFolder();
  const destinations = join(folder, "destinations.yaml");
  writeFileSync(destinations, "spangate: 1\ndestinations:\n  - { name: copy, type: file, path: ./copy }\n");
  const port = await freePort();
  const lags = async (): Promise<Record<string, number>> => {
    const page = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const series = new RegExp(`^${prometheusName(AUDIT_LAG)}\\{.*\\b${prometheusLabel(AUDIT_DESTINATION)}="([^"]+)".*\\} (\\d+)`, "gm");
    return Object.fromEntries(Array.from(page.matchAll(series), ([, name, value]) => [name as string, Number(value)]));
  };
  let shown: Record<string, number> = {};
  const shows = (what: string, is: (now: Record<string, number>) => boolean) => until(() => `${what} in ${JSON.stringify(shown)}`, async () => (is((shown = await lags())) ? true : undefined));
  let end = (): void => {};
  const run = runApp("test/apps/quiet.mjs", {
    policy: POLICY, onStart: (child) => (end = () => child.stdin?.end()),
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_LOGS_EXPORTER: "none", OTEL_METRICS_EXPORTER: "prometheus", OTEL_EXPORTER_PROMETHEUS_PORT: `${port}`, SPANGATE_AUDIT_DESTINATIONS: destinations },
  });
  try {
    await shows("a copy that is complete and a backend that waits", ({ copy, "otlp-traces": traces }) => copy === 0 && Number(traces) > 0);
    assert.deepEqual(Object.keys(shown).sort(), ["copy", "otlp-traces"]);
    backend.answer = () => ({ status: 200, body: {} });
    await shows("nothing that waits", ({ copy, "otlp-traces": traces }) => copy === 0 && traces === 0);
  } finally {
    end();
    await run;
    await backend.stop();
  }
  assert.ok(backend.spans.length > 0);
});
