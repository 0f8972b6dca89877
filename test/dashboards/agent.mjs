// An application under spangate that calls tools until its standard input is closed.
//   node --require spangate/register test/dashboards/agent.mjs [files to load first]
import { pathToFileURL } from "node:url";
import { SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { enforce, guardTool } from "spangate";
import { GateProcessor } from "spangate/processors";
import { askAsClient, askAsStranger } from "../apps/office.mjs";

for (const file of process.argv.slice(2)) await import(pathToFileURL(file));

/** An opinion that has to be waited for, and a result that is not handed on. */
class SecondOpinion extends GateProcessor {
  name = "second-opinion";

  judge({ tool }) {
    return tool === "search" ? Promise.resolve(undefined) : undefined;
  }

  filter({ tool }, result) {
    if (tool === "leak") throw new Error("it leaks");
    return { value: result };
  }
}
enforce(process.env.SPANGATE_POLICY, { processors: [new SecondOpinion()] });

/** The application's own spans, which nobody keeps. */
const nowhere = { export: (_spans, done) => done({ code: 0 }), shutdown: async () => {} };
const tracer = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor(nowhere)] }).getTracer("shop");

const tools = {
  search: guardTool("search", ({ query }) => `${query}: write to ada@example.org`, { agent: "clerk" }),
  flaky: guardTool("flaky", () => { throw new TypeError("it failed"); }),
  ping: guardTool("ping", () => "pong"),
  leak: guardTool("leak", () => "leaked"),
  wipe: guardTool("wipe", () => "wiped"),
  export: guardTool("export", () => "exported"),
};
const call = (tool, input) => tools[tool](input).catch((error) => {
  if (error.code !== "SG_DENIED" && tool !== "flaky") throw error;
});

// The policy file is read again, once.
process.kill(process.pid, "SIGHUP");
// The only violation of its rule that there ever is.
await call("export", {});
// At once, while there is room on the smallest disk, and again and again: what happens once has no rate.
const askBoth = () => askAsClient().then(askAsStranger);
await askBoth();
const timer = setInterval(() => {
  void call("search", { query: "grace@example.org" });
  void call("wipe", { all: true });
  void call("flaky", {});
  void call("leak", {});
  void call("ping", {});
  // What must not leave the process.
  tracer.startSpan("order", { attributes: { customer: "ada@example.org" } }).end();
}, 50);
const office = setInterval(() => void askBoth(), 500);
process.stdin.on("end", () => [timer, office].forEach(clearInterval)).resume();
