// Draws the generated boards with live data: node scripts/preview.mjs [--folder docs/boards] [--seconds 90] [board …]
// Needs prometheus and chromium on the PATH. @grafana/ui (500 MB) is installed into .stack/preview, outside of the package.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseArgs } from "node:util";
import { fakeFrameworks, serveTextfile, startAgent, startPrometheus, startReceiver } from "../test/dashboards/live.ts";
import { root } from "./toolchain.mjs";
import { missingRedis, Redis } from "../test/stack/redis.ts";
import { freePort } from "../test/support/port.ts";
import { temporaryFolder } from "../test/support/run.ts";

const { values, positionals } = parseArgs({ options: { folder: { type: "string", default: "docs/boards" }, seconds: { type: "string", default: "90" } }, allowPositionals: true });
const boards = positionals.length > 0 ? positionals : ["overview", "audit", "fleet"];
const place = join(root, ".stack/preview");
const built = join(place, "dist");
const WIDTH = 1600;
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json" };

cpSync(join(root, "scripts/preview"), place, { recursive: true });
if (!existsSync(join(place, "node_modules"))) command("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund"]);
command("npx", ["vite", "build", "--logLevel", "error"]);

await using stack = new AsyncDisposableStack();
const receiver = stack.use(await startReceiver());
const { gated, ungated } = fakeFrameworks();
const ports = { busy: await freePort(), full: await freePort(), prometheus: await freePort() };
const common = { OTEL_METRICS_EXPORTER: "prometheus" };
const folder = temporaryFolder();
writeFileSync(join(folder, "destinations.yaml"), `spangate: 1\ndestinations: [{ name: copy, type: file, path: ${join(folder, "copy")} }]\n`);
const store = missingRedis() ? {} : { SPANGATE_LIMITS_STORE: stack.use(await Redis.start()).url };
const { audit } = stack.use(startAgent({
  ...common, ...store, OTEL_EXPORTER_PROMETHEUS_PORT: `${ports.busy}`, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/v1/traces`, SPANGATE_AUDIT_DESTINATIONS: join(folder, "destinations.yaml"),
}, [gated, ungated]));
// The audit log of this one cannot grow.
stack.use(startAgent({ ...common, OTEL_EXPORTER_PROMETHEUS_PORT: `${ports.full}` }, [], 64));
// What the timer of deploy/systemd does every quarter of an hour.
const textfile = join(folder, "spangate.prom");
const verify = () => spawnSync(process.execPath, [join(root, "dist/cli.js"), "verify", audit, "--grace", "1m", "--state", join(folder, "heads"), "--textfile", textfile]);
await wait(3_000);
verify();
const timer = setInterval(verify, 20_000);
stack.defer(() => clearInterval(timer));
stack.use(startPrometheus(ports.prometheus, [ports.busy, ports.full, stack.use(await serveTextfile(textfile)).port]));
await wait(Number(values.seconds) * 1_000);

const server = createServer(async (request, response) => {
  const { pathname, search } = new URL(request.url, "http://localhost");
  try {
    if (pathname.startsWith("/prometheus/")) {
      const answer = await fetch(`http://127.0.0.1:${ports.prometheus}${pathname.slice("/prometheus".length)}${search}`);
      return response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
    }
    const file = pathname.startsWith("/board/") ? join(root, `dashboards/generated/${pathname.slice(7)}.json`) : join(built, pathname === "/" ? "index.html" : pathname);
    const content = readFileSync(file);
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" }).end(content);
  } catch (thrown) {
    response.writeHead(404).end(String(thrown));
  }
}).listen(0, "127.0.0.1");
await new Promise((done) => server.once("listening", done));
stack.defer(() => void server.close());

mkdirSync(resolve(values.folder), { recursive: true });
for (const board of boards) {
  const { panels } = JSON.parse(readFileSync(join(root, `dashboards/generated/${board}.json`), "utf8"));
  const height = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h)) * 38 + 64;
  const picture = resolve(values.folder, `${board}.png`);
  const browser = spawn("chromium", [
    "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", `--screenshot=${picture}`, `--window-size=${WIDTH},${height}`, "--virtual-time-budget=20000",
    `http://127.0.0.1:${server.address().port}/?board=${board}&seconds=${values.seconds}`,
  ], { stdio: "ignore" });
  const [code] = await new Promise((done) => browser.once("close", (...ended) => done(ended)));
  if (code !== 0) throw new Error(`chromium ended with ${code}`);
  process.stdout.write(`${picture}\n`);
}

function command(name, args) {
  const { status } = spawnSync(name, args, { cwd: place, stdio: "inherit" });
  if (status !== 0) throw new Error(`${name} ${args.join(" ")} ended with ${status}`);
}
