// Starts the agent in a child of the kind that is named, and prints what the child printed.
const { fork, spawn } = require("node:child_process");
const { Worker } = require("node:worker_threads");
const { join } = require("node:path");

const file = join(__dirname, process.argv[3] ?? "agent.mjs");
const kinds = {
  worker: () => new Worker(file, { stdout: true }),
  "worker-without-arguments": () => new Worker(file, { stdout: true, execArgv: [] }),
  "worker-without-environment": () => new Worker(file, { stdout: true, env: {} }),
  "worker-without-anything": () => new Worker(file, { stdout: true, execArgv: [], env: {} }),
  fork: () => fork(file, { silent: true }),
  spawn: () => spawn(process.execPath, [file]),
};
kinds[process.argv[2]]().stdout.pipe(process.stdout);
