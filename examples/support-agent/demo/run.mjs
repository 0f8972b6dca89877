import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const EXAMPLE = fileURLToPath(new URL("..", import.meta.url));
const WORLD = join(EXAMPLE, "demo", "world.mjs");
/** The command line tool of the package that the agent is run with. */
const CLI = join(dirname(fileURLToPath(import.meta.resolve("spangate"))), "cli.js");
/** Node 22 warns that its SQLite is experimental. */
const QUIET = "--disable-warning=ExperimentalWarning";
const PRELOAD = ["--require", "spangate/register"];

/**
 * Runs the agent once, in a fresh world in `folder`, and gathers what it said and what it left behind.
 * With `audit`, a folder for the audit log, spangate is in front of it.
 */
export async function runAgent(folder, audit) {
  mkdirSync(folder);
  await node([QUIET, WORLD, "create", folder]);
  const mail = await startMailServer();
  const spans = join(folder, "spans.jsonl");
  const env = { MAIL_URL: mail.url, TRACE_FILE: spans, ...(audit && { SPANGATE_POLICY: join(EXAMPLE, "policy.yaml"), SPANGATE_AUDIT_DIR: audit }) };
  try {
    const { stdout } = await node([QUIET, ...(audit ? PRELOAD : []), "agent.mjs", folder], { cwd: EXAMPLE, env });
    const world = JSON.parse((await node([QUIET, WORLD, "inspect", folder])).stdout);
    return { journal: jsonLines(stdout), world: { ...world, mails: mail.received }, spans: existsSync(spans) ? jsonLines(readFileSync(spans, "utf8")) : [] };
  } finally {
    mail.server.close();
  }
}

/** Runs `spangate <args>` and does not mind how it ends. */
export async function spangate(args, cwd) {
  const { code, stdout, stderr } = await node([CLI, ...args], { cwd, fails: true });
  return { command: `spangate ${args.join(" ")}`, code, output: `${stdout}${stderr}`.trimEnd() };
}

export function jsonLines(lines) {
  return lines.split("\n").filter(Boolean).map((line) => JSON.parse(line));
}

/** A process of its own, with nothing in its environment that would configure spangate, OpenTelemetry or Node. */
async function node(args, { cwd, env, fails = false } = {}) {
  const own = Object.entries(process.env).filter(([name]) => !/^(SPANGATE_|OTEL_|NODE_OPTIONS$|NODE_USE_ENV_PROXY$)/.test(name));
  const child = spawn(process.execPath, args, { cwd, env: { ...Object.fromEntries(own), ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code !== 0 && !fails) throw new Error(`node ${args.join(" ")} ended with ${code}\n${stderr}`);
  return { code, stdout, stderr };
}

/** Remembers every message that it is given. */
async function startMailServer() {
  const received = [];
  const server = createServer(async (request, response) => {
    received.push(JSON.parse(await text(request)));
    response.writeHead(202).end();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { server, received, url: `http://127.0.0.1:${server.address().port}` };
}
