// An application that has spans only.
"use strict";
const api = require("@opentelemetry/api");
const { OTLPTraceExporter } = require("@opentelemetry/exporter-trace-otlp-http");
const { BatchSpanProcessor, TracerProvider } = require("@opentelemetry/sdk-trace");
const { plantSpans } = require("./plant.cjs");

const provider = new TracerProvider({ spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })] });
plantSpans({ ...api, trace: provider });
provider.shutdown();
