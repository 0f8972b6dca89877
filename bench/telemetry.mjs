// node bench/telemetry.mjs [--json] [--quick]: what searching a span costs, beside making it and handing it to an exporter.
import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { Telemetry } from "../instrumentation/telemetry/telemetry.ts";
import { definePolicy } from "../policies/index.ts";
import { regexEngine } from "../policies/regex.ts";
import { Detection } from "../processors/detection/detection.ts";
import { load, machine } from "./machine.mjs";
import { median, round } from "./round.mjs";

const FULL = { rounds: 15, calls: 2_000 };
/** Shows that everything works; its figures are noise. */
const QUICK = { rounds: 2, calls: 50 };

const { values: options } = parseArgs({ options: { json: { type: "boolean", default: false }, quick: { type: "boolean", default: false } } });
const settings = options.quick ? QUICK : FULL;

let count = 0;
/** Ten attributes, as an HTTP client's instrumentation writes them; `number` makes some of them new each time. */
const http = (number) => ({
  "http.request.method": "GET", "url.full": `https://api.example.org:8443/v1/items/${number}?page=2`, "url.path": `/v1/items/${number}`, "server.address": "api.example.org", "server.port": 8443,
  "network.peer.address": "10.0.0.4", "network.peer.port": 30_000 + (number % 30_000), "user_agent.original": "node-fetch/3.2", "http.response.status_code": 200, "gen_ai.request.model": "gpt-4o",
});
const prose = "The parcel left the warehouse in the harbour this morning and should arrive on Tuesday; the driver will call before, and nobody has to sign for it. ";

const SPANS = {
  same: { label: "10 attributes, the same as ever", attributes: () => http(42) },
  some: { label: "10 attributes, 3 of them new", attributes: () => http(count++) },
  all: { label: "10 attributes, all of them new", attributes: () => Object.fromEntries(Object.entries(http(count++)).map(([key, value]) => [key, typeof value === "string" ? `${value}-${count}` : value + count])) },
  prompt: { label: "10 attributes and 2 KB of new text", attributes: () => ({ ...http(42), "gen_ai.input.messages": `${count++} ${prose.repeat(14)}` }) },
  finding: { label: "10 attributes, one e-mail address", attributes: () => ({ ...http(42), "user_agent.original": `jane.doe${count++}@example.com` }) },
};

const detection = new Detection();
const began = performance.now();
detection.scan({ warm: "up" });
const firstMs = performance.now() - began;
const telemetry = new Telemetry(definePolicy({ spangate: 1, name: "bench" }), detection, { onRedacted: () => {}, onWithheld: (_, problem) => { throw new Error(problem); } });
/** What the exporter has been given last, so that nothing is optimized away. */
let exported;
const tracerWith = (leaving) => new TracerProvider({
  spanProcessors: [new SimpleSpanProcessor({ exporter: { export: (spans, done) => { exported = leaving(spans); done({ code: 0 }); }, shutdown: async () => {} } })],
}).getTracer("bench");
const tracers = { bare: tracerWith((spans) => spans), redacted: tracerWith((spans) => telemetry.items(spans)) };

const rows = Object.entries(SPANS).flatMap(([id, { label, attributes }]) => Object.entries(tracers).map(([how, tracer]) => ({
  id, how, label, rounds: [], call: () => tracer.startSpan("GET", { attributes: attributes() }).end(), sync: true,
})));
for (let index = 0; index < settings.rounds; index++) for (const row of rows) row.rounds.push(await round(row, settings.calls));
if (!exported) throw new Error("nothing was exported");

const results = rows.map(({ id, how, label, rounds }) => ({ id, how, label, p50Us: median(rounds.map(({ p50 }) => p50)) / 1_000, p99Us: median(rounds.map(({ p99 }) => p99)) / 1_000 }));
const result = { machine: { ...machine(tmpdir()), loadAfter: load() }, settings: { quick: options.quick, ...settings }, engine: regexEngine().name, firstMs, results };
process.stdout.write(options.json ? `${JSON.stringify(result, null, 2)}\n` : print(result));

function print({ machine: where, results: all }) {
  const row = (label, ...cells) => label.padEnd(44) + cells.map((cell) => cell.padStart(13)).join("");
  return `${[
    `${where.cpu}, ${where.cores} cores, ${where.platform}, Node ${where.node}, patterns on ${result.engine}, ${where.date}`,
    `medians of ${settings.rounds} rounds of ${settings.calls} spans; load average ${where.load[0]} at the start, ${where.loadAfter[0]} at the end${settings.quick ? "; QUICK: not for comparison" : ""}`,
    `the first search in a process: ${firstMs.toFixed(0)} ms`,
    "", row("made, ended and exported, per span", "bare µs", "redacted µs", "search µs", "p99 µs"),
    ...Object.keys(SPANS).map((id) => {
      const [bare, redacted] = ["bare", "redacted"].map((how) => all.find((one) => one.id === id && one.how === how));
      return row(bare.label, bare.p50Us.toFixed(1), redacted.p50Us.toFixed(1), (redacted.p50Us - bare.p50Us).toFixed(1), redacted.p99Us.toFixed(1));
    }),
  ].join("\n")}\n`;
}
