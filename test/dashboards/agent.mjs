// An application under spangate that calls tools until its standard input is closed.
//   node --require spangate/register test/dashboards/agent.mjs [files to load first]
import { pathToFileURL } from "node:url";
import { SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { guardTool } from "spangate";

for (const file of process.argv.slice(2)) await import(pathToFileURL(file));

/** The application's own spans, which nobody keeps. */
const nowhere = { export: (_spans, done) => done({ code: 0 }), shutdown: async () => {} };
const tracer = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor(nowhere)] }).getTracer("shop");

const tools = {
  search: guardTool("search", ({ query }) => `${query}: write to ada@example.org`),
  wipe: guardTool("wipe", () => "wiped"),
  export: guardTool("export", () => "exported"),
};
const call = (tool, input) => tools[tool](input).catch((error) => {
  if (error.code !== "SG_DENIED") throw error;
});

// The policy file is read again, once.
process.kill(process.pid, "SIGHUP");
// The only violation of its rule that there ever is.
await call("export", {});
const timer = setInterval(() => {
  void call("search", { query: "grace@example.org" });
  void call("wipe", { all: true });
  // What must not leave the process.
  tracer.startSpan("order", { attributes: { customer: "ada@example.org" } }).end();
}, 50);
process.stdin.on("end", () => clearInterval(timer)).resume();
