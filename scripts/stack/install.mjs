// Prometheus, promtool, OpenTelemetry Collectors, VictoriaLogs and Jaeger, built from Go modules into .stack/bin. Needs Go 1.26 or newer.
// What Go cannot build (Alertmanager: its pages are not in the module) is taken from the PATH (Debian's package).
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../toolchain.mjs";
import { installRedis } from "./redis.mjs";

/** Git-ignored: binaries, and what a running stack writes. */
export const FOLDER = join(root, ".stack");
export const BIN = join(FOLDER, "bin");

/** Prometheus 3.16: its Go module has version 0.316. Without service discovery of clouds it builds in a third of the time. */
const PROMETHEUS = "v0.316.0";
/** The collector's builder; its version is that of the manifests. */
const BUILDER = "go.opentelemetry.io/collector/cmd/builder";

/** Binary → how it is built. */
const TOOLS = {
  prometheus: goInstall(`github.com/prometheus/prometheus/cmd/prometheus@${PROMETHEUS}`, ["-tags", "remove_all_sd"]),
  promtool: goInstall(`github.com/prometheus/prometheus/cmd/promtool@${PROMETHEUS}`, ["-tags", "remove_all_sd"]),
  "otelcol-spangate": collector("dashboards/collector/builder.yaml"),
  "otelcol-spangate-vendors": collector("dashboards/collector/builder-vendors.yaml"),
  "victoria-logs": goInstall("github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs@v1.52.1", []),
  // Jaeger 2.13: its Go module has version 1.76, and a `replace`, with which `go install` does not want it.
  jaeger: ownModule("github.com/jaegertracing/jaeger/cmd/jaeger@v1.76.0"),
  // compose-go is what docker compose itself reads its files with.
  "compose-check": goInstall("github.com/compose-spec/compose-go/v2/cmd@v2.16.2", [], "cmd"),
};

/** Builds what is missing. Resolves with the names that could not be built, and why. */
export async function installStack() {
  mkdirSync(BIN, { recursive: true });
  const go = spawnSync("go", ["version"], { encoding: "utf8" });
  const problems = new Map();
  const missing = installRedis(FOLDER, BIN);
  if (missing) problems.set("redis-server", missing);
  for (const [name, tool] of Object.entries(TOOLS)) {
    const stamp = join(BIN, `.${name}`);
    if (existsSync(join(BIN, name)) && existsSync(stamp) && readFileSync(stamp, "utf8") === tool.key) continue;
    if (go.error) {
      problems.set(name, "no Go (1.26 or newer builds it)");
      continue;
    }
    rmSync(stamp, { force: true });
    const problem = await tool.build(name);
    if (problem) problems.set(name, problem);
    else writeFileSync(stamp, tool.key);
  }
  return problems;
}

/** The PATH with the stack in front. */
export function stackPath() {
  return `${BIN}:${process.env.PATH}`;
}

function goInstall(module, flags, binary) {
  return {
    key: [module, ...flags].join(" "),
    async build(name) {
      const problem = await go(name, ["install", ...flags, module], FOLDER);
      if (!problem && binary) renameSync(join(BIN, binary), join(BIN, name));
      return problem;
    },
  };
}

/** For a module that `go install` refuses: a module of our own whose only dependency it is. */
function ownModule(module) {
  return {
    key: module,
    async build(name) {
      const folder = join(FOLDER, `${name}-module`);
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
      writeFileSync(join(folder, "go.mod"), `module ${name}-module\n`);
      const problem = await go(`the modules of ${name}`, ["get", "-tool", module], folder);
      if (problem) return problem;
      const binary = join(folder, "built");
      const failed = await go(name, ["build", "-trimpath", "-ldflags=-s -w", "-o", binary, module.replace(/@.*/, "")], folder);
      if (!failed) renameSync(binary, join(BIN, name));
      return failed;
    },
  };
}

/**
 * The builder writes a Go program and its go.mod; the rest is `go build`. Its own `go mod tidy` also wants what only the tests
 * of the modules need, which not every module proxy has: then a tidy that goes on without them.
 */
function collector(manifest) {
  const text = readFileSync(join(root, manifest), "utf8");
  const version = /^ {2}version: (\S+)/m.exec(text)[1];
  const source = /^ {2}output_path: (\S+)/m.exec(text)[1];
  return {
    key: createHash("sha256").update(text).digest("hex"),
    async build(name) {
      const builder = join(BIN, "builder");
      const folder = join(FOLDER, source);
      rmSync(folder, { recursive: true, force: true });
      const problem = await go("the collector's builder", ["install", `${BUILDER}@v${version}`], FOLDER);
      if (problem) return problem;
      // It makes a temporary folder that it neither uses nor removes.
      const temporary = mkdtempSync(join(FOLDER, "temporary-"));
      const written = spawnSync(builder, ["--config", join(root, manifest), "--skip-compilation"], { cwd: FOLDER, encoding: "utf8", env: { ...process.env, TMPDIR: temporary } });
      rmSync(temporary, { recursive: true });
      if (written.status !== 0) {
        if (!existsSync(join(folder, "go.mod"))) return lastLines(written.stderr);
        spawnSync("go", ["mod", "tidy", "-e"], { cwd: folder });
      }
      const binary = join(folder, "built");
      const failed = await go(name, ["build", "-trimpath", "-ldflags=-s -w", "-o", binary], folder);
      if (!failed) renameSync(binary, join(BIN, name));
      return failed;
    },
  };
}

/** Runs Go and says every 15 seconds how far it is. Resolves with the end of what it printed when it failed. */
async function go(what, args, cwd) {
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 1_000);
  const child = spawn("go", [args[0], "-v", ...args.slice(1)], { cwd, env: { ...process.env, GOBIN: BIN }, stdio: ["ignore", "ignore", "pipe"] });
  let output = "";
  child.stderr.on("data", (part) => (output += part));
  const packages = () => output.split("\n").filter((line) => line && !line.startsWith("go: ")).length;
  const ticking = setInterval(() => say(`${what}: ${packages()} packages compiled, ${seconds()} s`), 15_000);
  const code = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  clearInterval(ticking);
  if (code !== 0) return lastLines(output);
  say(`${what}: built in ${seconds()} s`);
  return undefined;
}

function lastLines(text) {
  return text.trimEnd().split("\n").slice(-5).join("\n");
}

function say(text) {
  process.stdout.write(`stack: ${text}\n`);
}
