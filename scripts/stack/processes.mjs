// Processes that run until this one is told to end.
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** How long a process may take to end by itself, in milliseconds. */
const PATIENCE = 10_000;

/** `start` runs a program; `stopped` resolves when a signal, or the end of one of them, has ended them all. */
export function keepRunning(logs) {
  mkdirSync(logs, { recursive: true });
  const running = new Map();
  let stopping;
  let done;
  const stopped = new Promise((resolve) => (done = resolve));

  /** In the order in which they were started, the last one first: the agent sends what it has, then the collector. */
  const stop = () => (stopping ??= (async () => {
    for (const [child, { closed, endsWithInput }] of [...running].reverse()) {
      child.stdin.end();
      if (!endsWithInput) child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
      await closed;
      clearTimeout(timer);
    }
    done();
    return stopped;
  })());
  // SIGHUP: the terminal was closed. What is then printed has nowhere to go.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, stop);
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

  function start(name, program, args, { env = {}, cwd = logs, endsWithInput = false } = {}) {
    const log = join(logs, `${name}.log`);
    const own = Object.entries(process.env).filter(([key]) => !/^(SPANGATE_|OTEL_|OTELCOL_|NODE_OPTIONS$|NODE_TEST_CONTEXT$)/.test(key));
    // A group of its own: a Ctrl-C in the terminal is for this process, which ends the others in order.
    const child = spawn(program, args, { cwd, env: { ...Object.fromEntries(own), ...env }, stdio: ["pipe", "pipe", "pipe"], detached: true });
    const file = createWriteStream(log);
    child.stdout.pipe(file, { end: false });
    child.stderr.pipe(file, { end: false });
    child.stdin.on("error", () => {});
    const closed = new Promise((resolve) => child.on("error", (error) => resolve(file.end(`${error.message}\n`))).on("close", () => resolve(file.end())));
    running.set(child, { closed, endsWithInput });
    void closed.then(() => {
      running.delete(child);
      if (stopping) return;
      process.stderr.write(`stack: ${name} ended by itself; the end of ${log}:\n${readFileSync(log, "utf8").trimEnd().split("\n").slice(-8).join("\n")}\n`);
      process.exitCode = 1;
      void stop();
    });
    return child;
  }

  return { start, stop, stopped };
}
