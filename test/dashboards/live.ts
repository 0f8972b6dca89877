import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { bareEnvironment, PRELOAD, ROOT, temporaryFolder } from "../support/run.ts";

const POLICY = `
spangate: 1
name: shop
mode: enforce
default: deny
rules:
  - { id: reads, tool: [search, flaky, leak, ping, good, bad], effect: allow }
  - { id: no-search, tool: search, effect: deny, mode: observe }
  - { id: no-wipe, tool: wipe, effect: deny, reason: "wiping is not allowed" }
  - { id: no-export, tool: export, effect: deny, reason: "exporting is not allowed" }
limits:
  rate: [{ id: calm, tool: ping, max: 10, window: 10s }]
  budget: [{ id: search-money, tool: search, max: 1000 USD, window: 1d, cost: 0.01 USD }]
engines: [{ id: org, engine: rego, file: ${join(ROOT, "test/fixtures/rego/spangate.wasm")}, entrypoint: spangate/decision, mode: observe }]
redact: { in: [arguments, results] }
`;
/** Longest wait for anything in these tests, in milliseconds. */
const PATIENCE = 40_000;

/** Asks until the answer is not undefined. */
export async function until<T>(what: () => string, ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const end = Date.now() + PATIENCE;
  let problem: unknown;
  while (Date.now() < end) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
      problem = undefined;
    } catch (thrown) {
      problem = thrown;
    }
    await wait(100);
  }
  throw new Error(`no ${what()} after ${PATIENCE / 1_000} s`, { cause: problem });
}

/** What node_exporter does with a file of its textfile collector: every scrape has what it says now. */
export async function serveTextfile(file: string): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((_, response) => response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(readFileSync(file))).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export interface Running extends AsyncDisposable {
  readonly stderr: () => string;
}

export interface Agent extends Running {
  /** Its audit directory. */
  readonly audit: string;
}

/** An agent with its own audit directory. `fileBlocks`: the shell's limit for the size of a file. */
export function startAgent(env: Readonly<Record<string, string>>, files: readonly string[] = [], fileBlocks?: number): Agent {
  const folder = temporaryFolder();
  const audit = env["SPANGATE_AUDIT_DIR"] ?? join(folder, "audit");
  const policy = join(folder, "policy.yaml");
  writeFileSync(policy, POLICY);
  const command = [process.execPath, ...PRELOAD, join(ROOT, "test/dashboards/agent.mjs"), ...files];
  const limited = fileBlocks === undefined ? command : ["/bin/sh", "-c", `ulimit -f ${fileBlocks}; exec "$0" "$@"`, ...command];
  const child = spawn(limited[0] as string, limited.slice(1), { cwd: ROOT, env: { ...bareEnvironment(), SPANGATE_POLICY: policy, ...env, SPANGATE_AUDIT_DIR: audit } });
  return { ...running(child, ({ stdin }) => stdin?.end()), audit };
}

/** Prometheus with the generated alerts, scraping `localhost:<port>` for each instance once a second. */
export function startPrometheus(port: number, targets: readonly number[]): Running {
  const folder = temporaryFolder();
  const configuration = {
    global: { scrape_interval: "1s", evaluation_interval: "1s" },
    rule_files: [join(ROOT, "dashboards/generated/alerts.yaml")],
    scrape_configs: [{ job_name: "shop", static_configs: [{ targets: targets.map((target) => `localhost:${target}`) }] }],
  };
  const file = join(folder, "prometheus.yml");
  writeFileSync(file, JSON.stringify(configuration));
  return running(spawn("prometheus", [
    `--config.file=${file}`, `--storage.tsdb.path=${join(folder, "data")}`, `--web.listen-address=127.0.0.1:${port}`, "--log.level=warn",
  ], { cwd: folder }), (child) => child.kill());
}

/** What one process sent over OTLP: metric name → the metric as JSON. */
export type Received = Map<string, any>;

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** By `service.name`. */
  readonly services: ReadonlyMap<string, Received>;
}

/** Takes OTLP/HTTP metrics in JSON; refuses traces for now, so that audit records have to wait. */
export async function startReceiver(): Promise<Receiver> {
  const services = new Map<string, Received>();
  const server: Server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    if (request.url !== "/v1/metrics") return void response.writeHead(503).end();
    for (const { resource, scopeMetrics } of JSON.parse(Buffer.concat(parts).toString()).resourceMetrics) {
      const service = resource.attributes.find(({ key }: { key: string }) => key === "service.name").value.stringValue as string;
      const metrics = services.get(service) ?? new Map();
      services.set(service, metrics);
      for (const metric of scopeMetrics.flatMap((scope: any) => scope.metrics)) metrics.set(metric.name, metric);
    }
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    services,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** A copy of a framework that no seam is found in, and one that looks like the real one. Returns the files to load. */
export function fakeFrameworks(): { readonly ungated: string; readonly gated: string } {
  const write = (version: string, source: string): string => {
    const root = join(temporaryFolder(), "node_modules", "ai");
    mkdirSync(join(root, "dist"), { recursive: true });
    writeFileSync(join(root, "package.json"), JSON.stringify({ name: "ai", version, type: "module" }));
    writeFileSync(join(root, "dist/index.js"), source);
    return join(root, "dist/index.js");
  };
  return { ungated: write("99.0.0", "export const tools = 1;\n"), gated: write("6.0.0", "async function executeToolCall() {}\nexport { executeToolCall };\n") };
}

function running(child: ChildProcess, stop: (child: ChildProcess) => void): Running {
  let stderr = "";
  child.stderr?.on("data", (part: Buffer) => (stderr += part.toString()));
  child.stdout?.resume();
  const closed = once(child, "close");
  return {
    stderr: () => stderr,
    async [Symbol.asyncDispose]() {
      stop(child);
      await closed;
    },
  };
}
