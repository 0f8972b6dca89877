// Tool calls in a worker thread and in its parent.
import { isMainThread, Worker } from "node:worker_threads";
import { guardTool } from "spangate";

await guardTool(isMainThread ? "in main" : "in worker", () => {})({});
if (isMainThread) await new Promise((resolve) => new Worker(new URL(import.meta.url)).on("exit", resolve));
