import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { messageOf } from "../../errors.ts";
import { type Check, type Context, failed, type Finding, ok, skipped, warning } from "./check.ts";

const PATIENCE = 30_000;

/**
 * Run by Node with the preload in NODE_OPTIONS: starts what an application may start and says of each whether
 * spangate is in it. It is both parent and child, so that a fork has a file to run.
 */
const PROBE = `
const { fork, spawn } = require("node:child_process");
const { isMainThread, parentPort, Worker } = require("node:worker_threads");
const here = Symbol.for("spangate.runtime") in globalThis;
if (!isMainThread) parentPort.postMessage(here);
else if (process.argv[2] === "child") process.send ? process.send(here) : process.stdout.write(String(here));
else {
  const worker = (options) => new Promise((resolve, reject) => new Worker(__filename, options).once("message", resolve).once("error", reject));
  const forked = (options) => new Promise((resolve, reject) => fork(__filename, ["child"], options).once("message", resolve).once("error", reject));
  const spawned = () => new Promise((resolve, reject) => {
    let text = "";
    const child = spawn(process.execPath, [__filename, "child"], { stdio: ["ignore", "pipe", "inherit"] }).once("error", reject).once("close", () => resolve(text === "true"));
    child.stdout.on("data", (part) => (text += part));
  });
  const ways = { "this process": async () => here, "a worker thread": () => worker({}), "a worker thread with arguments of its own": () => worker({ execArgv: ["--no-warnings"] }),
    "a worker thread with an environment of its own": () => worker({ env: {} }), "a forked process": () => forked({}), "a forked process with arguments of its own": () => forked({ execArgv: ["--no-warnings"] }), "a spawned Node": () => spawned() };
  (async () => {
    const reached = {};
    for (const [name, way] of Object.entries(ways)) reached[name] = await way();
    process.stdout.write(JSON.stringify(reached));
  })();
}
`;

export const reach: Check = {
  name: "reach",
  async run(context) {
    const { file, note } = preloaded(context.cwd);
    const folder = mkdtempSync(join(tmpdir(), "spangate-doctor-"));
    try {
      const probe = join(folder, "probe.cjs");
      writeFileSync(probe, PROBE);
      const { stdout } = await promisify(execFile)(process.execPath, [probe], { env: bare(context.env, file), cwd: folder, timeout: PATIENCE });
      const reached = Object.entries(JSON.parse(stdout) as Record<string, boolean>);
      const missed = reached.filter(([, isIn]) => !isIn).map(([name]) => name);
      return [
        missed.length === 0 ? ok(`spangate is in ${reached.map(([name]) => name).join(", ")}`) : failed(`spangate is not in ${missed.join(", ")}`, "Start the service with NODE_OPTIONS=--require=spangate/register, and use a Node that is supported."),
        ...note, here(context),
      ];
    } catch (thrown) {
      return [failed(`a process with the preload did not run: ${reasonOf(thrown)}`, "Mend what it names; NODE_OPTIONS of this shell may stand in the way."), ...note];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

/** What a process said when it ended: an error has a stack around it. */
function reasonOf(thrown: unknown): string {
  const { stderr = "" } = thrown as { stderr?: string };
  return /^(?:\w*Error\b|spangate: ).*$/m.exec(stderr)?.[0] ?? messageOf(thrown).trim();
}

/** The file that `--require spangate/register` loads from here; ours where the application has none. */
function preloaded(cwd: string): { readonly file: string; readonly note: readonly Finding[] } {
  try {
    return { file: createRequire(join(cwd, "package.json")).resolve("spangate/register"), note: [] };
  } catch {
    return {
      file: createRequire(import.meta.url).resolve("spangate/register"),
      note: [warning("--require spangate/register finds nothing from this folder", "npm install spangate here, or name the file by its whole path.")],
    };
  }
}

/** Nothing that configures spangate or an SDK: the probe is to leave no trace. */
function bare(env: NodeJS.ProcessEnv, file: string): NodeJS.ProcessEnv {
  const rest = Object.fromEntries(Object.entries(env).filter(([name]) => !/^(SPANGATE_|OTEL_|NODE_OPTIONS$)/.test(name)));
  return { ...rest, NODE_OPTIONS: `--require=${/[\s"\\]/.test(file) ? JSON.stringify(file) : file}` };
}

function here({ env }: Context): Finding {
  const options = env["NODE_OPTIONS"] ?? "";
  return /spangate[^\s]*register/.test(options) ? ok("NODE_OPTIONS of this shell preloads it")
    : skipped("NODE_OPTIONS of this shell does not preload it: the service must be started with --require spangate/register");
}
