// An SDK put together by hand, with an exporter or processor of each kind that an application may have; each writes
// what it is given to a file of its name in the folder that CANARY_FOLDER names.
"use strict";
const { appendFileSync } = require("node:fs");
const { join } = require("node:path");
const api = require("@opentelemetry/api");
const { resourceFromAttributes } = require("@opentelemetry/resources");
const { BatchLogRecordProcessor, LoggerProvider, SimpleLogRecordProcessor } = require("@opentelemetry/sdk-logs");
const { MeterProvider, MetricReader, PeriodicExportingMetricReader } = require("@opentelemetry/sdk-metrics");
const { BatchSpanProcessor, SimpleSpanProcessor, TracerProvider } = require("@opentelemetry/sdk-trace");
const { planted } = require("./canaries.cjs");
const { plantLogs, plantMetrics, plantSpans } = require("./plant.cjs");

const write = (name, value) => appendFileSync(join(process.env.CANARY_FOLDER, name), `${JSON.stringify(value)}\n`);
const spanOf = ({ name, attributes, events, links, status, resource, instrumentationScope, ...span }) => ({
  name, attributes, events, status, resource: resource.attributes, scope: instrumentationScope,
  links: links.map(({ attributes: own, context }) => ({ attributes: own, state: context.traceState?.serialize() })), keys: Object.keys(span),
});
const logOf = ({ body, attributes, eventName, resource, instrumentationScope }) => ({ body, attributes, eventName, resource: resource.attributes, scope: instrumentationScope });
const metricsOf = ({ resource, scopeMetrics }) => ({ resource: resource.attributes, scopeMetrics });

/** With private state, which a copy of it would not have. */
class FileExporter {
  #name;
  #itemOf;

  constructor(name, itemOf) {
    this.#name = name;
    this.#itemOf = itemOf;
  }

  export(items, done) {
    for (const item of [items].flat()) write(this.#name, this.#itemOf(item));
    done({ code: 0 });
  }

  async forceFlush() {}
  async shutdown() {}
}

class Processor {
  onStart() {}
  onEnd() {}
  onEmit() {}
  async forceFlush() {}
  async shutdown() {}
}

/** Sends what it is given by itself, without any exporter. */
class Shipping extends Processor {
  onEnd(span) { write("shipping-processor.spans", spanOf(span)); }
  onEmit(record) { write("shipping-processor.logs", logOf(record)); }
}

/** Changes what comes by, for those behind it. */
class Enriching extends Processor {
  #started = new WeakSet();
  onStart(span) { this.#started.add(span); }
  onEnd(span) {
    if (!this.#started.has(span)) throw new Error("this is another span than the one that started");
    span.attributes["app.note"] = "kept";
    delete span.attributes["canary.0"];
  }
  onEmit(record) { record.setAttribute("app.note", "kept"); }
}

/** A processor in front of another one. */
class Filtering extends Processor {
  #inner;
  constructor(inner) { super(); this.#inner = inner; }
  onEnd(span) { this.#inner.onEnd(span); }
  onEmit(record, context) { this.#inner.onEmit(record, context); }
  forceFlush() { return this.#inner.forceFlush(); }
  shutdown() { return this.#inner.shutdown(); }
}

/** Has the SDK's class, and looks at what it is given all the same. */
class Peeping extends SimpleSpanProcessor {
  onEnd(span) { write("subclass.spans", spanOf(span)); }
}

class OwnReader extends MetricReader {
  async onForceFlush() { write("reader.metrics", metricsOf((await this.collect()).resourceMetrics)); }
  async onShutdown() {}
}

const spans = (name) => new FileExporter(`${name}.spans`, spanOf);
const logs = (name) => new FileExporter(`${name}.logs`, logOf);
const resource = resourceFromAttributes(Object.fromEntries([
  ...planted("resource-attribute").map(({ written }, index) => [`canary.${index}`, written]),
  // Found out later, as cloud detectors do.
  ["process.command_args", new Promise((resolve) => { setTimeout(resolve, 20, planted("command-line").map(({ written }) => written)); })],
]));
const tracing = new TracerProvider({
  resource,
  spanProcessors: [
    new SimpleSpanProcessor({ exporter: spans("simple") }), new BatchSpanProcessor({ exporter: Object.freeze(spans("frozen")) }), new Filtering(new BatchSpanProcessor({ exporter: spans("filtered") })),
    new Peeping({ exporter: spans("unused") }), new Enriching(), new Shipping(), new BatchSpanProcessor({ exporter: spans("batch") }),
  ],
});
const logging = new LoggerProvider({
  resource,
  processors: [
    new SimpleLogRecordProcessor({ exporter: logs("simple") }), new Enriching(), new Filtering(new BatchLogRecordProcessor({ exporter: logs("filtered") })), new Shipping(), new BatchLogRecordProcessor({ exporter: logs("batch") }),
  ],
});
const measuring = new MeterProvider({ resource, readers: [new OwnReader(), new PeriodicExportingMetricReader({ exporter: new FileExporter("periodic.metrics", metricsOf), exportIntervalMillis: 3_600_000 })] });

async function main() {
  await resource.waitForAsyncAttributes();
  // Not registered: what an application does not register has to be redacted too.
  plantSpans({ ...api, trace: tracing });
  plantLogs({ logs: logging });
  plantMetrics({ metrics: measuring });
  for (const provider of [tracing, logging, measuring]) await provider.forceFlush();
  for (const provider of [tracing, logging, measuring]) await provider.shutdown();
}

main();
