// The OpenTelemetry SDK of a test application, started by sdk-node.
import { trace } from "@opentelemetry/api";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";

export const exporter = new InMemorySpanExporter();
export const processor = new SimpleSpanProcessor({ exporter });
new NodeSDK({ spanProcessors: [processor] }).start();
export const tracer = trace.getTracer("app");
