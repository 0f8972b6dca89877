// The application's own OpenTelemetry: every span that ends becomes one line of JSON in TRACE_FILE.
import { appendFileSync } from "node:fs";
import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

const FILE = process.env.TRACE_FILE ?? "spans.jsonl";

const exporter = {
  export(spans, done) {
    for (const span of spans) appendFileSync(FILE, `${JSON.stringify(line(span))}\n`);
    done({ code: 0 });
  },
  shutdown: () => Promise.resolve(),
};

function line(span) {
  const { traceId, spanId } = span.spanContext();
  const milliseconds = ([seconds, nanoseconds]) => seconds * 1e3 + nanoseconds / 1e6;
  return {
    name: span.name, trace: traceId, span: spanId, parent: span.parentSpanContext?.spanId,
    start: milliseconds(span.startTime), ms: milliseconds(span.duration), attributes: span.attributes, error: span.status.code === SpanStatusCode.ERROR,
  };
}

export const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(provider);
const tracer = trace.getTracer("support-agent");

/** Runs `work` inside a span of its own. */
export function step(name, attributes, work) {
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work();
    } catch (thrown) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw thrown;
    } finally {
      span.end();
    }
  });
}
