import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../dashboards/live.ts";
import { bareEnvironment, PRELOAD, ROOT, type RunResult, runApp, temporaryFolder } from "../support/run.ts";
import { freePort } from "../support/port.ts";

export const VICTORIALOGS = "victoria-logs";
export const JAEGER = "jaeger";
const HELPDESK = join(ROOT, "examples/policy-rollout");

/** The help desk of examples/policy-rollout, which knows nothing of spangate, under it, through its requests so often and to its end. */
export function runHelpdesk(rounds: number, env: Readonly<Record<string, string>>): Promise<RunResult> {
  const requests = ["monday", "tuesday"].map((day) => readFileSync(join(HELPDESK, `requests/${day}.jsonl`), "utf8")).join("");
  return runApp("agent.mjs", {
    cwd: HELPDESK, nodeArgs: PRELOAD, policy: readFileSync(join(HELPDESK, "v1.yaml"), "utf8"), onStart: (child) => child.stdin?.end(requests.repeat(rounds)),
    env: { SPANGATE_MODE: "enforce", OTEL_SERVICE_NAME: "helpdesk", OTEL_METRICS_EXPORTER: "none", ...env },
  });
}

interface Server extends AsyncDisposable {
  start(): Promise<void>;
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
}

export interface VictoriaLogs extends Server {
  /** What VICTORIALOGS_ENDPOINT is. */
  readonly url: string;
  /** What it answers to a query in LogsQL: a line of JSON for each. */
  export(query: string): Promise<string>;
  /** The same, read. */
  query(query: string): Promise<Readonly<Record<string, string>>[]>;
}

export async function startVictoriaLogs(): Promise<VictoriaLogs> {
  const port = await freePort();
  const server = await started(VICTORIALOGS, [`-httpListenAddr=127.0.0.1:${port}`, `-storageDataPath=${temporaryFolder()}`, "-retentionPeriod=100y"], `http://127.0.0.1:${port}/health`);
  const lines = async (query: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}/select/logsql/query`, { method: "POST", body: new URLSearchParams({ query }) });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.text();
  };
  return {
    ...server, url: `http://127.0.0.1:${port}/insert/opentelemetry`, export: lines,
    query: async (query) => (await lines(query)).split("\n").filter(Boolean).map((line) => JSON.parse(line)),
  };
}

export interface JaegerSpan {
  readonly operationName: string;
  readonly tags: Readonly<Record<string, unknown>>;
}

export interface Jaeger extends Server {
  /** OTLP over HTTP. */
  readonly url: string;
  /** The spans of one trace, by its id; none where it has no such trace. */
  trace(id: string): Promise<JaegerSpan[]>;
  /** Traces of a service, as its API gives them. */
  export(service: string): Promise<string>;
}

/** Jaeger 2, with its traces in memory. */
export async function startJaeger(): Promise<Jaeger> {
  const [otlp, query, grpc] = [await freePort(), await freePort(), await freePort()];
  const configuration = {
    extensions: {
      jaeger_storage: { backends: { here: { memory: { max_traces: 100_000 } } } },
      jaeger_query: { storage: { traces: "here" }, http: { endpoint: `127.0.0.1:${query}` }, grpc: { endpoint: `127.0.0.1:${grpc}` } },
    },
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${otlp}` } } } },
    exporters: { jaeger_storage_exporter: { trace_storage: "here" } },
    service: {
      extensions: ["jaeger_storage", "jaeger_query"], telemetry: { metrics: { level: "none" } },
      pipelines: { traces: { receivers: ["otlp"], exporters: ["jaeger_storage_exporter"] } },
    },
  };
  const api = `http://127.0.0.1:${query}/api`;
  const server = await started(JAEGER, ["--config", `yaml:${JSON.stringify(configuration)}`], `${api}/services`, "SIGKILL");
  return {
    ...server, url: `http://127.0.0.1:${otlp}`,
    export: async (service) => (await fetch(`${api}/traces?service=${service}&limit=100000&lookback=1h`)).text(),
    async trace(id) {
      const answer = await fetch(`${api}/traces/${id}`);
      if (answer.status === 404) return [];
      const { data } = (await answer.json()) as { data: { spans: { operationName: string; tags: { key: string; value: unknown }[] }[] }[] };
      return data.flatMap(({ spans }) => spans.map(({ operationName, tags }) => ({ operationName, tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])) })));
    },
  };
}

/** A server that runs, and may be stopped and started again as it was. One with nothing to save need not be asked: Jaeger takes ten seconds to end. */
async function started(program: string, args: readonly string[], ready: string, usual: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<Server> {
  let child: ChildProcess | undefined;
  let closed: Promise<unknown> = Promise.resolve();
  let output = "";
  const stop: Server["stop"] = async (signal = usual) => {
    child?.kill(signal);
    await closed;
  };
  const server: Server = {
    stop,
    async start() {
      child = spawn(program, args, { cwd: temporaryFolder(), env: bareEnvironment() });
      closed = once(child, "close");
      for (const stream of [child.stdout, child.stderr]) stream?.on("data", (part: Buffer) => (output += part.toString()));
      await until(() => `answer of ${program} (${output.slice(-2_000)})`, async () => ((await fetch(ready)).ok ? true : undefined));
    },
    [Symbol.asyncDispose]: () => stop(),
  };
  try {
    await server.start();
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return server;
}
