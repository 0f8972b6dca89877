import { syncBuiltinESMExports } from "node:module";
import { fileURLToPath } from "node:url";
import type { Worker as NodeWorker, WorkerOptions } from "node:worker_threads";

/**
 * Carries the preload into the Node processes and threads that this one starts: `--require` on a command
 * line reaches forks only, `NODE_OPTIONS` also spawned children and workers with arguments of their own.
 */
export function propagate(register: string, env: NodeJS.ProcessEnv = process.env): void {
  env["NODE_OPTIONS"] = withPreload(env["NODE_OPTIONS"] ?? "", fileURLToPath(register));
}

function withPreload(options: string, file: string): string {
  if (/\bspangate\/register\b/.test(options) || options.includes(file)) return options;
  // Node splits this variable at blanks outside double quotes; backslashes escape inside them.
  const quoted = /[\s"\\]/.test(file) ? `"${file.replace(/["\\]/g, "\\$&")}"` : file;
  return `${options} --require=${quoted}`.trim();
}

/**
 * Threads with arguments or an environment of their own get the preload and its configuration as well: without
 * it they would run ungated, or observe under a parent that enforces. Called when the application loads
 * `worker_threads`, which is too heavy to be loaded for those that do not.
 */
export function guardWorkers(register: string, env: NodeJS.ProcessEnv = process.env): void {
  const threads = process.getBuiltinModule("node:worker_threads");
  const file = fileURLToPath(register);
  threads.Worker = class Worker extends threads.Worker {
    constructor(script: string | URL, options: WorkerOptions = {}) {
      super(script, {
        ...options,
        ...(options.execArgv && { execArgv: ["--require", file, ...options.execArgv] }),
        // Arguments of the command line reach such a thread, NODE_OPTIONS of this process do not.
        ...(typeof options.env === "object" && { env: { ...configuration(env), ...options.env, NODE_OPTIONS: withPreload(String(options.env["NODE_OPTIONS"] ?? ""), file) } }),
      });
    }
  } as typeof NodeWorker;
  syncBuiltinESMExports();
}

function configuration(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith("SPANGATE_")));
}
