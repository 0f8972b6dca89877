// The agent of `ai-scenario.cjs` in an application that has an OpenTelemetry SDK of its own.
"use strict";
const { run } = require("./ai-scenario.cjs");

/**
 * Runs scenarios inside a span of the application; the tool `send` starts another one.
 *
 * @param ai the module `ai`
 * @param Model the mock model of `ai/test`
 * @param options for each run of the model, like the framework's telemetry
 * @param app the application's `tracer`, and the `processor` and `exporter` that its spans go to
 * @returns the report, and every span that the application's exporter was given
 */
exports.runTraced = async function runTraced(ai, Model, names, options, { tracer, processor, exporter }) {
  const report = await tracer.startActiveSpan("request", async (request) => {
    const seen = await run(ai, Model, names, { options, inside: () => tracer.startSpan("smtp").end() });
    request.end();
    return seen;
  });
  await processor.forceFlush();
  const spans = exporter.getFinishedSpans().map((span) => ({
    name: span.name, trace: span.spanContext().traceId, id: span.spanContext().spanId, parent: span.parentSpanContext?.spanId,
    scope: span.instrumentationScope.name, attributes: span.attributes, status: span.status, events: span.events,
  }));
  return { report, spans };
};
