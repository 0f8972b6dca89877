// The stack, left running: an unchanged agent under spangate -> collector -> Prometheus -> Alertmanager -> this terminal.
import { spawnSync } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../toolchain.mjs";
import { FOLDER } from "./install.mjs";
import { keepRunning } from "./processes.mjs";

const HOST = "127.0.0.1";
const PORTS = { otlp: 4318, grpc: 4317, metrics: 8889, health: 13133, collector: 8888, prometheus: 9090, alertmanager: 9093 };
const HELP = `npm run stack -- up [options]       everything listens on ${HOST}

  --<name> <port>   0: any free one. The usual ones:
${Object.entries(PORTS).map(([name, port]) => `                    ${name} ${port}`).join("\n")}
  --free-ports      all of them any free one
  --folder <path>   what is written goes there, instead of .stack/run
  --overlay <name>  another overlay of dashboards/collector
  --for <time>      how long a rule must hold, instead of what the rules say
  --webhook <url>   where Alertmanager sends alerts, instead of this terminal
  --policy <file>   of the agent, instead of examples/policy-rollout/v1.yaml
  --no-agent        no agent: start your own
  --no-build        takes what is there
  --json            one line of JSON with the addresses, when all is running
`;
const EXAMPLE = join(root, "examples/policy-rollout");
/** How often numbers travel: agent to collector, collector to Prometheus, rules; in seconds. */
const INTERVAL = 2;

export async function up(args) {
  const { values } = parseArgs({
    args,
    options: {
      ...Object.fromEntries(Object.keys(PORTS).map((name) => [name, { type: "string" }])),
      "free-ports": { type: "boolean" }, folder: { type: "string" }, overlay: { type: "string", multiple: true }, for: { type: "string" }, webhook: { type: "string" },
      policy: { type: "string", default: join(EXAMPLE, "v1.yaml") }, "no-agent": { type: "boolean" }, "no-build": { type: "boolean" }, json: { type: "boolean" }, help: { type: "boolean" },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const folder = resolve(values.folder ?? join(FOLDER, "run"));
  emptied(folder);
  mkdirSync(join(folder, "collector"));
  const ports = await choosePorts(values);
  const alertmanager = ["alertmanager", "prometheus-alertmanager"].find((name) => !spawnSync(name, ["--version"]).error);
  const webhook = values.webhook ?? (await terminalWebhook());

  const { start, stop, stopped } = keepRunning(join(folder, "log"));
  start("collector", "otelcol-spangate", ["collector", "audit-file", "observe-file", ...(values.overlay ?? [])].flatMap((name) => ["--config", join(root, `dashboards/collector/${name}.yaml`)]), { env: {
    OTELCOL_GRPC: `${HOST}:${ports.grpc}`, OTELCOL_HTTP: `${HOST}:${ports.otlp}`, OTELCOL_PROMETHEUS: `${HOST}:${ports.metrics}`, OTELCOL_HEALTH: `${HOST}:${ports.health}`,
    OTELCOL_OWN_METRICS_PORT: `${ports.collector}`, OTELCOL_FILES: join(folder, "collector"), OTELCOL_DECISION_WAIT: "2s", OTELCOL_SPAN_METRICS_INTERVAL: `${INTERVAL}s`,
    // The overlays take these out of all pipelines.
    AUDIT_OTLP_ENDPOINT: "http://unused", TRACES_OTLP_ENDPOINT: "http://unused",
  } });
  if (alertmanager) {
    start("alertmanager", alertmanager, [`--config.file=${write(folder, "alertmanager.yml", alertmanagerFile(webhook))}`, `--storage.path=${join(folder, "alertmanager")}`,
      `--web.listen-address=${HOST}:${ports.alertmanager}`, "--cluster.listen-address="]);
  }
  const rules = readFileSync(join(root, "dashboards/generated/alerts.yaml"), "utf8");
  const rulesFile = write(folder, "alerts.yaml", values.for ? rules.replaceAll(/^( +for:) .*$/gm, `$1 ${values.for}`) : rules);
  start("prometheus", "prometheus", [`--config.file=${write(folder, "prometheus.yml", prometheusFile(rulesFile, ports, Boolean(alertmanager)))}`,
    `--storage.tsdb.path=${join(folder, "prometheus")}`, `--web.listen-address=${HOST}:${ports.prometheus}`]);

  const at = (port, path = "") => `http://${HOST}:${port}${path}`;
  try {
    await answers("collector", at(ports.health));
    await answers("Prometheus", at(ports.prometheus, "/-/ready"));
    if (alertmanager) await answers("Alertmanager", at(ports.alertmanager, "/-/ready"));
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  if (!values["no-agent"]) startAgent(start, folder, at(ports.otlp), resolve(values.policy));

  const addresses = { otlp: at(ports.otlp), metrics: at(ports.metrics, "/metrics"), collector: at(ports.collector, "/metrics"), prometheus: at(ports.prometheus), ...(alertmanager && { alertmanager: at(ports.alertmanager) }), folder };
  process.stdout.write(values.json ? `${JSON.stringify(addresses)}\n` : summary(addresses));
  await stopped;
}

/** Removes what an earlier run has written, and nothing that is not. */
function emptied(folder) {
  const mark = join(folder, ".written-by-stack");
  if (existsSync(folder) && readdirSync(folder).length > 0 && !existsSync(mark)) throw new Error(`${folder} is not empty, and not from an earlier run; choose another with --folder`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(mark, "");
}

async function choosePorts(values) {
  const chosen = {};
  for (const [name, usual] of Object.entries(PORTS)) {
    const wanted = values[name] !== undefined ? Number(values[name]) : values["free-ports"] ? 0 : usual;
    chosen[name] = wanted || (await freePort(Object.values(chosen)));
    if (wanted && !(await isFree(wanted))) throw new Error(`port ${wanted} is taken; choose another with --${name} <port>, or --free-ports`);
  }
  return chosen;
}

/** Below 32768: from there on Linux gives ports to outgoing connections, and one may be gone before it is used. */
async function freePort(chosen) {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    if (!chosen.includes(port) && (await isFree(port))) return port;
  }
}

async function isFree(port) {
  const server = createServer();
  const free = await new Promise((done) => server.once("error", () => done(false)).listen(port, HOST, () => done(true)));
  if (free) await new Promise((done) => server.close(done));
  return free;
}

/** Prints what Alertmanager sends. */
async function terminalWebhook() {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    for (const { status, labels, annotations } of JSON.parse(body).alerts) process.stdout.write(`\n${status === "firing" ? "ALERT" : status} ${labels.alertname} (${labels.severity})\n  ${annotations.description}\n  ${annotations.runbook_url}\n`);
    response.end();
  });
  await new Promise((done) => server.listen(0, HOST, done));
  server.unref();
  return `http://${HOST}:${server.address().port}/`;
}

function alertmanagerFile(url) {
  return { route: { receiver: "webhook", group_by: ["alertname", "job"], group_wait: "1s", group_interval: "5s" }, receivers: [{ name: "webhook", webhook_configs: [{ url }] }] };
}

function prometheusFile(rules, ports, alerting) {
  const time = `${INTERVAL}s`;
  const target = (job_name, port) => ({ job_name, honor_labels: true, static_configs: [{ targets: [`${HOST}:${port}`] }] });
  return {
    global: { scrape_interval: time, evaluation_interval: time },
    rule_files: [rules],
    ...(alerting && { alerting: { alertmanagers: [{ static_configs: [{ targets: [`${HOST}:${ports.alertmanager}`] }] }] } }),
    scrape_configs: [target("spangate", ports.metrics), target("collector", ports.collector)],
  };
}

/** JSON is YAML. */
function write(folder, name, content) {
  const file = join(folder, name);
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content, null, 2));
  return file;
}

/** The help desk of examples/policy-rollout, which knows nothing of spangate; its requests come again and again. */
function startAgent(start, folder, endpoint, policy) {
  const child = start("agent", process.execPath, ["--require", "spangate/register", "agent.mjs"], { cwd: EXAMPLE, endsWithInput: true, env: {
    SPANGATE_POLICY: policy, SPANGATE_MODE: "enforce", SPANGATE_AUDIT_DIR: join(folder, "audit"), SPANGATE_SDK: "1",
    OTEL_SERVICE_NAME: "helpdesk", OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_METRIC_EXPORT_INTERVAL: `${INTERVAL * 1_000}`,
  } });
  const requests = ["monday", "tuesday"].flatMap((day) => readFileSync(join(EXAMPLE, `requests/${day}.jsonl`), "utf8").trimEnd().split("\n"));
  let next = 0;
  const timer = setInterval(() => child.stdin.write(`${requests[next++ % requests.length]}\n`), 200);
  child.on("close", () => clearInterval(timer));
}

async function answers(what, url) {
  for (let attempt = 0; attempt < 300; attempt++) {
    if ((await fetch(url).catch(() => undefined))?.ok) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`${what} does not answer at ${url}`);
}

function summary({ otlp, metrics, prometheus, alertmanager, folder }) {
  const shown = relative(process.cwd(), folder);
  const query = "sum by (spangate_decision) (spangate_calls_total)";
  return `
The stack is running; Ctrl-C ends it.

  your own agent   OTEL_EXPORTER_OTLP_ENDPOINT=${otlp}
  collector        ${metrics}
  Prometheus       ${prometheus}/api/v1/alerts
  Alertmanager     ${alertmanager ? `${alertmanager}/api/v2/alerts` : "not installed (Debian: prometheus-alertmanager)"}
  evidence         ${join(shown, "collector", "audit.jsonl")}
  spans            ${join(shown, "collector", "observe.jsonl")}
  what they say    ${join(shown, "log")}

  .stack/bin/promtool query instant ${prometheus} \\
    '${query}'

Alerts are printed here as Alertmanager sends them.
`;
}
