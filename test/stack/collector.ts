import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { TestContext } from "node:test";
import { until } from "../dashboards/live.ts";
import { freePort } from "../support/port.ts";
import { bareEnvironment, ROOT, temporaryFolder } from "../support/run.ts";

export const COLLECTOR = "otelcol-spangate";
export const VENDORS = "otelcol-spangate-vendors";
const FILES = join(ROOT, "dashboards/collector");

/** What `npm run stack` builds is found by a test that is run by itself, too. */
process.env["PATH"] = `${join(ROOT, ".stack/bin")}${delimiter}${process.env["PATH"]}`;

const told = new Set<string>();

/** The first of the programs that is there. Where none is, the test is skipped, and not in silence. */
export function inStack(programs: readonly string[], context: TestContext): string | undefined {
  const found = programs.find((name) => !spawnSync(name, ["--version"]).error);
  if (found) return found;
  const remedy = programs.some((name) => /alertmanager|amtool/.test(name)) ? "Debian: apt-get install prometheus-alertmanager"
    : `${spawnSync("go", ["version"]).error ? "no Go" : "not built"}: npm run stack builds it with Go 1.26`;
  const reason = `SKIPPED: ${programs[0]} is not there (${remedy})`;
  if (!told.has(reason)) process.stdout.write(`\n${"!".repeat(reason.length)}\n${reason}\n${"!".repeat(reason.length)}\n`);
  told.add(reason);
  context.skip(reason);
  return undefined;
}

/** A configuration of dashboards/collector by name, or the text of one. */
export function configuration(names: readonly string[]): string[] {
  return names.flatMap((name) => ["--config", existsSync(join(FILES, `${name}.yaml`)) ? join(FILES, `${name}.yaml`) : `yaml:${name}`]);
}

/** Evidence the way that it is not meant to go, through everything that batches and changes, into `files/mangled.jsonl`. */
export const MANGLED = `
processors: { batch: { timeout: 100ms } }
exporters: { file/mangled: { path: "\${env:OTELCOL_FILES}/mangled.jsonl", rotation: { max_megabytes: 100 } } }
service:
  pipelines:
    traces/mangled: { receivers: [otlp], processors: [filter/audit_only, batch, redaction/belt, transform/size], exporters: [file/mangled] }
    logs/mangled: { receivers: [otlp], processors: [filter/audit_only, batch, redaction/belt, transform/size], exporters: [file/mangled] }
`;

/** Whatever a configuration asks for; nothing is there. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  AUDIT_OTLP_ENDPOINT: "http://127.0.0.1:1", TRACES_OTLP_ENDPOINT: "http://127.0.0.1:1", LOGS_OTLP_ENDPOINT: "http://127.0.0.1:1",
  BACKEND_OTLP_ENDPOINT: "http://127.0.0.1:1", HONEYCOMB_API_KEY: "key", DD_API_KEY: "key", TENANT: "tenant", CLICKHOUSE_PASSWORD: "password", KAFKA_BROKER: "127.0.0.1:1",
};

export interface Collector extends AsyncDisposable {
  /** OTLP over HTTP. */
  readonly url: string;
  /** What the prometheus exporter shows. */
  metrics(): Promise<string>;
  /** What the collector counts of itself. */
  ownMetrics(): Promise<string>;
  /** Where OTELCOL_FILES and OTELCOL_STORAGE_DIR are. Kept over restarts. */
  readonly folder: string;
  stop(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** Again, on the same ports, with the same folder. */
  start(): Promise<void>;
}

/** A collector on free ports of this machine, with configurations of dashboards/collector by name and texts of YAML. */
export async function startCollector(names: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Collector> {
  const folder = temporaryFolder();
  for (const name of ["files", "storage"]) mkdirSync(join(folder, name));
  const [grpc, http, shown, health, own] = [await freePort(), await freePort(), await freePort(), await freePort(), await freePort()];
  const settings = {
    ...bareEnvironment(), ...ENVIRONMENT, OTELCOL_GRPC: `127.0.0.1:${grpc}`, OTELCOL_HTTP: `127.0.0.1:${http}`, OTELCOL_PROMETHEUS: `127.0.0.1:${shown}`,
    OTELCOL_HEALTH: `127.0.0.1:${health}`, OTELCOL_OWN_METRICS_PORT: `${own}`, OTELCOL_FILES: join(folder, "files"), OTELCOL_STORAGE_DIR: join(folder, "storage"),
    OTELCOL_DECISION_WAIT: "1s", OTELCOL_SPAN_METRICS_INTERVAL: "1s", ...env,
  };
  let child: ChildProcess | undefined;
  let closed: Promise<unknown> = Promise.resolve();
  let output = "";
  const collector: Collector = {
    url: `http://127.0.0.1:${http}`,
    folder,
    metrics: async () => (await fetch(`http://127.0.0.1:${shown}/metrics`)).text(),
    ownMetrics: async () => (await fetch(`http://127.0.0.1:${own}/metrics`)).text(),
    async stop(signal) {
      child?.kill(signal);
      await closed;
    },
    async start() {
      child = spawn(COLLECTOR, configuration(names), { env: settings });
      closed = once(child, "close");
      child.stderr?.on("data", (part: Buffer) => (output += part.toString()));
      await until(() => `healthy collector (${output.slice(-2_000)})`, async () => ((await fetch(`http://127.0.0.1:${health}`)).ok ? true : undefined));
    },
    async [Symbol.asyncDispose]() {
      await collector.stop("SIGTERM");
    },
  };
  try {
    await collector.start();
  } catch (thrown) {
    await collector.stop("SIGKILL");
    throw thrown;
  }
  return collector;
}

export interface FileItem {
  readonly signal: "span" | "log";
  readonly scope: string;
  /** Of the span; of a log record its event name. */
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The span or log record as OTLP-JSON has it. */
  readonly item: any;
}

/** Where a request begins, also behind half of another; inside a JSON string its quotes would be escaped. */
const REQUEST = /(?=\{"resource(?:Spans|Logs)":\[)/;

/** Every span and log record that the collector's `file` exporter wrote, in the order of the file. What a kill has torn is left out. */
export function readFileExport(path: string): FileItem[] {
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8").split("\n").flatMap((line) => line.split(REQUEST)).flatMap((request) => {
    let body: { resourceSpans?: any[]; resourceLogs?: any[] };
    try {
      body = JSON.parse(request);
    } catch {
      return [];
    }
    const { resourceSpans = [], resourceLogs = [] } = body;
    return [
      ...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ scope, spans }: any) => spans.map((item: any) => fileItem("span", scope, item.name, item)))),
      ...resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap(({ scope, logRecords }: any) => logRecords.map((item: any) => fileItem("log", scope, item.eventName ?? "", item)))),
    ];
  });
}

function fileItem(signal: FileItem["signal"], scope: { name?: string } | undefined, name: string, item: any): FileItem {
  const attributes = Object.fromEntries((item.attributes ?? []).map(({ key, value }: any) => [key, Object.values(value)[0]]));
  return { signal, scope: scope?.name ?? "", name, attributes, item };
}
