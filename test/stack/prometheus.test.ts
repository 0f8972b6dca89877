import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ALERTS } from "../../dashboards/alerts.ts";
import { RECORDINGS } from "../../dashboards/recordings.ts";
import { AUDIT_FAILURES, INSTRUMENTS, type Instrument, OVERHEAD, prometheusLabel, prometheusName } from "../../exporters/instruments.ts";
import { boardExpressions, substituted } from "../dashboards/board.ts";
import { spangate } from "../cli/cli.ts";
import { type Agent, fakeFrameworks, type Received, serveTextfile, startAgent, startPrometheus, startReceiver, until } from "../dashboards/live.ts";
import { onPath } from "../dashboards/on-path.ts";
import { numbers, prometheusApi } from "../dashboards/prometheus-api.ts";
import { freePort } from "../support/port.ts";
import { temporaryFolder } from "../support/run.ts";
import { missingRedis, Redis } from "./redis.ts";

const noStore = missingRedis();
/** Board and panel → why it is empty with these agents. */
const EXPECTED_EMPTY: Readonly<Record<string, string>> = noStore ? { "overview: Store of shared limits, p99": noStore, "overview: Without their store": noStore } : {};
/** What an agent exports; without a store there is nothing to tell of it. */
const EXPORTED_HERE = INSTRUMENTS.filter((instrument) => !instrument.textfile && !(noStore && isOfStore(instrument)));
/** Size that no file of an agent may exceed, in blocks of 512 bytes: some decisions, then no more. */
const FULL_DISK = 64;
/** What the JavaScript scrape endpoint adds to every series. */
const SCOPE_LABELS = ["otel_scope_name", "otel_scope_version"];

describe("real agents", () => {
  const stack = new AsyncDisposableStack();
  after(() => stack.disposeAsync());
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  /** Of an agent that does everything, and of one whose audit log cannot grow. */
  const ports = { busy: 0, full: 0 };
  const pages = { busy: "", full: "" };
  /** The audit directory of the first. */
  let audit: string;

  before(async () => {
    receiver = stack.use(await startReceiver());
    const { gated, ungated } = fakeFrameworks();
    const otlp = {
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${receiver.url}/v1/metrics`, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/v1/traces`, OTEL_METRIC_EXPORT_INTERVAL: "500",
    };
    for (const name of ["busy", "full"] as const) ports[name] = await freePort();
    const store = noStore ? {} : { SPANGATE_LIMITS_STORE: stack.use(await Redis.start()).url, SPANGATE_LIMITS_TIMEOUT: "2000" };
    // One that takes everything beside the one that takes nothing.
    const folder = temporaryFolder();
    writeFileSync(join(folder, "destinations.yaml"), `spangate: 1\ndestinations: [{ name: copy, type: file, path: ${join(folder, "copy")} }]\n`);
    const both = { ...otlp, ...store, SPANGATE_AUDIT_DESTINATIONS: join(folder, "destinations.yaml"), OTEL_SERVICE_NAME: "both", OTEL_METRICS_EXPORTER: "prometheus,otlp", OTEL_EXPORTER_PROMETHEUS_PORT: `${ports.busy}` };
    const full = { OTEL_SERVICE_NAME: "full", OTEL_METRICS_EXPORTER: "prometheus", OTEL_EXPORTER_PROMETHEUS_PORT: `${ports.full}` };
    const agents: Readonly<Record<"busy" | "full", Agent>> = { busy: stack.use(startAgent(both, [gated, ungated])), full: stack.use(startAgent(full, [], FULL_DISK)) };
    audit = agents.busy.audit;
    stack.use(startAgent({ ...otlp, ...store, OTEL_SERVICE_NAME: "otlp", OTEL_METRICS_EXPORTER: "otlp" }, [gated, ungated]));
    for (const name of ["busy", "full"] as const) {
      pages[name] = await until(() => `complete scrape of ${name} (${agents[name].stderr()})`, async () => {
        const page = await (await fetch(`http://localhost:${ports[name]}/metrics`)).text();
        // By number: whether the names are right is for the tests to say. One more is target_info.
        return (page.match(/^# TYPE /gm)?.length ?? 0) > EXPORTED_HERE.filter((instrument) => expectedFrom(name, instrument)).length ? page : undefined;
      });
    }
  });

  test("the scrape endpoint has every instrument under its Prometheus name, and nothing else", () => {
    const names = new Set(Object.values(pages).flatMap((page) => Array.from(page.matchAll(/^# TYPE (\S+)/gm), ([, name]) => name as string)));
    names.delete("target_info");
    assert.deepEqual([...names].sort(), EXPORTED_HERE.map(prometheusName).sort());
  });

  for (const instrument of EXPORTED_HERE) {
    test(`${prometheusName(instrument)} is scraped with the labels of its attributes`, () => {
      const labels = new Set(Object.values(pages).flatMap((page) => page.split("\n")).filter((line) => line.startsWith(`${prometheusName(instrument)}`) && !line.startsWith("#"))
        .filter((line) => /^_?(bucket|count|sum)?[{ ]/.test(line.slice(prometheusName(instrument).length)))
        .flatMap((line) => Array.from(line.matchAll(/([a-z_]+)="/g), ([, label]) => label as string)));
      for (const label of SCOPE_LABELS) assert.ok(labels.delete(label), label);
      labels.delete("le");
      assert.deepEqual([...labels].sort(), instrument.attributes.map(prometheusLabel).sort());
    });
  }

  test("the scraped histogram has the buckets of the registry", () => {
    const bounds = new Set(Array.from(pages.busy.matchAll(/^spangate_overhead_seconds_bucket\{.*le="([^"]+)"/gm), ([, bound]) => Number(bound === "+Inf" ? Infinity : bound)));
    assert.deepEqual([...bounds], [...(OVERHEAD.buckets ?? []), Infinity]);
  });

  for (const service of ["both", "otlp"]) {
    test(`over OTLP the same instruments arrive under the same Prometheus names (service ${service})`, async () => {
      const wanted = EXPORTED_HERE.filter((instrument) => instrument !== AUDIT_FAILURES);
      const received = await until<Received>(() => "complete OTLP export", () => {
        const metrics = receiver.services.get(service);
        return metrics && metrics.size >= wanted.length ? metrics : undefined;
      });
      const byName = new Map([...received.values()].map((metric) => [normalised(metric), metric]));
      assert.deepEqual([...byName.keys()].sort(), wanted.map(prometheusName).sort());
      for (const instrument of wanted) {
        const { points, bounds } = contents(byName.get(prometheusName(instrument)));
        const keys = new Set(points.flatMap(({ attributes }) => attributes.map(({ key }) => key)));
        assert.deepEqual([...keys].sort(), [...instrument.attributes].sort(), instrument.name);
        assert.deepEqual(bounds, instrument.buckets, instrument.name);
      }
    });
  }

  test("every expression of the boards finds data in Prometheus, and the alerts evaluate", async (t) => {
    if (!onPath("prometheus", t)) return;
    const port = await freePort();
    const textfile = join(temporaryFolder(), "spangate.prom");
    const verified = spangate(["verify", audit, "--textfile", textfile]);
    assert.ok(verified.code === 0 || verified.code === 3, verified.stderr);
    const prometheus = stack.use(startPrometheus(port, [...Object.values(ports), stack.use(await serveTextfile(textfile)).port]));
    const { query, rules } = prometheusApi(port);
    const board = boardExpressions().map(({ title, expression }) => ({ title, expression: substituted(expression, "10s", "5m") }));

    const samples = `min(count_over_time(${prometheusName(AUDIT_FAILURES)}[1m]))`;
    await until(() => `data in Prometheus (${prometheus.stderr()})`, async () => (numbers(await query(samples))[0] ?? 0) >= 3 || undefined);
    const results = new Map(await Promise.all(board.map(async ({ title, expression }) => [title, await query(expression)] as const)));
    assert.deepEqual([...results].filter(([, samples]) => samples.length === 0).map(([title]) => title), Object.keys(EXPECTED_EMPTY));
    // A quantile of what did not happen in the window is no number; Grafana leaves it out.
    for (const [title, samples] of results) assert.ok(samples.length === 0 || numbers(samples).some(Number.isFinite), title);

    const only = (title: string): number | undefined => numbers(results.get(title))[0];
    assert.equal(only("overview: Enforcing"), 1);
    assert.equal(only("overview: Ungated modules"), 1);
    assert.ok((only("overview: Audit lag") ?? 0) > 0 && (only("overview: Audit failures") ?? 0) > 0);
    const share = only("overview: Denied share") ?? 0;
    assert.ok(share >= 0.5 && share <= 1, `denied share ${share}`);
    const once = results.get("overview: Violations in this range")?.find(({ metric }) => metric["security_rule_name"] === "no-export");
    assert.equal(once?.value[1], "2", "one violation in each of two processes is not counted as such");

    const evaluated = await until(() => "evaluated alerts", async () => {
      const all = await rules();
      return all.every(({ health }) => health !== "unknown") && all.find(({ name }) => name === "SpangateAuditWriteFailed")?.state === "firing" ? all : undefined;
    });
    assert.deepEqual(evaluated.map(({ name, health, lastError }) => [name, health, lastError]), [...ALERTS, ...RECORDINGS].map(({ name }) => [name, "ok", undefined]));
    const state = (name: string): string | undefined => evaluated.find((rule) => rule.name === name)?.state;
    // Pending, and firing where this test takes longer than a minute.
    assert.notEqual(state("SpangateModuleNotGated"), "inactive");
    for (const name of ["SpangateToolErrors", "SpangateResultsWithheld", "SpangateWouldHaveDenied"]) assert.notEqual(state(name), "inactive", name);
    for (const name of ["SpangateChainBroken", "SpangateVerifyOverdue", "SpangatePolicyUntrusted", "SpangateNotEnforcing", "SpangateFailOpen", "SpangateToolWithoutRule", "SpangatePolicyStale", "SpangatePolicyDiverges", "SpangateAgentSilent"]) assert.equal(state(name), "inactive", name);
    const failed = evaluated.find(({ name }) => name === "SpangateAuditWriteFailed")?.alerts ?? [];
    assert.deepEqual(failed.map(({ labels }) => labels["instance"]), [`localhost:${ports.full}`]);
    assert.match(failed[0]?.annotations["description"] ?? "", /^\d+ audit records of localhost:\d+ of shop could not be written/);
  });
});

function isOfStore({ name }: Instrument): boolean {
  return name.startsWith("spangate.store.");
}

/** The full disk has failures, no backend and no store; the other one has everything else. */
function expectedFrom(agent: "busy" | "full", instrument: Instrument): boolean {
  if (agent === "busy") return instrument !== AUDIT_FAILURES;
  return instrument.name !== "spangate.audit.lag" && !instrument.name.startsWith("otel.sdk.") && !isOfStore(instrument);
}

/** Prometheus naming with suffixes as the OpenTelemetry specification has it, written down a second time. */
function normalised({ name, unit, sum }: { name: string; unit: string; sum?: { isMonotonic: boolean } }): string {
  const words = name.replaceAll(/[^a-zA-Z0-9]+/g, "_").split("_");
  const suffix = /^\{.*\}$/.test(unit) ? undefined : { s: "seconds", By: "bytes", 1: "ratio" }[unit];
  if (suffix && words.at(-1) !== suffix) words.push(suffix);
  if (sum?.isMonotonic) words.push("total");
  return words.join("_");
}

function contents(metric: any): { points: { attributes: { key: string }[]; explicitBounds?: number[] }[]; bounds: number[] | undefined } {
  const points = (metric.sum ?? metric.gauge ?? metric.histogram).dataPoints;
  return { points, bounds: points[0].explicitBounds };
}
