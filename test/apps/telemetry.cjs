// The OpenTelemetry SDK of a test application, put together by hand.
"use strict";
const { context, trace } = require("@opentelemetry/api");
const { AsyncLocalStorageContextManager } = require("@opentelemetry/context-async-hooks");
const { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } = require("@opentelemetry/sdk-trace");

const exporter = new InMemorySpanExporter();
const processor = new SimpleSpanProcessor({ exporter });
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [processor] }));
module.exports = { exporter, processor, tracer: trace.getTracer("app") };
