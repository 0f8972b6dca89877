// Spans that end, and records that are written, inside of a tool call are sent to a backend that the call itself may not reach.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { logs, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { BatchSpanProcessor } from "@opentelemetry/sdk-trace";
import { flush, guardTool } from "spangate";

const TRIES = 500;
const directory = process.env.SPANGATE_AUDIT_DIR;
const url = `${process.env.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces`;

class CountingExporter extends OTLPTraceExporter {
  codes = [];

  export(spans, done) {
    super.export(spans, (result) => {
      this.codes.push(result.code);
      done(result);
    });
  }
}

/** A processor of somebody's own: it sends in its own way, later. */
class OwnProcessor {
  sent = Promise.withResolvers();

  onStart() {}

  onEnd() {
    globalThis.setTimeout(() => this.sent.resolve(fetch(url, { method: "POST", body: "{}" }).then(({ status }) => status, ({ cause }) => cause.code)), 1);
  }

  async forceFlush() {}
  async shutdown() {}
}

/** The same for log records. */
class OwnLogProcessor extends OwnProcessor {
  onEmit() {
    this.onEnd();
  }
}

const exporter = new CountingExporter({ url });
const batch = new BatchSpanProcessor({ exporter, scheduledDelayMillis: 10 });
const own = new OwnProcessor();
const ownLog = new OwnLogProcessor();
const sdk = new NodeSDK({ spanProcessors: [batch, own], logRecordProcessors: [ownLog] });
sdk.start();
const tracer = trace.getTracer("app");

/** Whether the backend has so many records, or will have. */
async function shipped(count, tries = TRIES) {
  for (; tries > 0; tries--) {
    if (readdirSync(directory).map((log) => join(directory, log)).filter((log) => existsSync(join(log, "origin"))).flatMap((log) => readdirSync(log).filter((file) => file.startsWith("cursor-") && file.endsWith(".json")).map((file) => join(log, file))).some((file) => JSON.parse(readFileSync(file, "utf8")).size >= count)) return true;
    await setTimeout(20);
  }
  return false;
}

async function until(condition) {
  for (let tries = TRIES; tries > 0 && !condition(); tries--) await setTimeout(20);
}

const inner = guardTool("inner", () => "done");
const outer = guardTool("outer", async () => {
  tracer.startSpan("work").end();
  logs.getLogger("app").emit({ body: "at work" });
  await until(() => exporter.codes.length > 0);
  tracer.startSpan("more work").end();
  await batch.forceFlush();
  // What was written outside is sent; from here on it is the records of the inner call that start a timer.
  await shipped(2);
  await inner({});
  const timer = await shipped(4);
  await inner({});
  await flush();
  return { shipped: timer, flushed: await shipped(6, 1), exported: exporter.codes.slice(0, 2), own: await own.sent.promise, ownLog: await ownLog.sent.promise, reached: await fetch(url).then(() => "reached", ({ cause }) => cause.code) };
});
const result = await outer({});
await sdk.shutdown();
console.log(JSON.stringify(result));
