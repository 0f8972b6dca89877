// A user's plain code that puts canaries into every place of telemetry that it can reach.
"use strict";
const { planted } = require("./canaries.cjs");

const texts = (place) => planted(place).map(({ written }) => written);
const attributes = (place) => Object.fromEntries(texts(place).map((text, index) => [`canary.${index}`, text]));

/** Spans: one that has everything that holds many values, and one for each value where there is only room for one. */
exports.plantSpans = function plantSpans({ trace, createTraceState, TraceFlags }, live = {}) {
  const tracer = trace.getTracer("canaries");
  const other = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: TraceFlags.SAMPLED, isRemote: true };
  const span = tracer.startSpan("everything", {
    attributes: { ...attributes("span-attribute"), ...Object.fromEntries(texts("span-key").map((text) => [text, 1])), list: texts("span-list"), map: { inner: { list: texts("span-map") } } },
    links: [{ context: { ...other, traceState: createTraceState(texts("trace-state").map((text, index) => `v${index}=${text}`).join(",")) }, attributes: attributes("link-attribute") }],
  });
  span.addEvent("read", attributes("event-attribute"));
  for (const text of texts("event-name")) span.addEvent(text);
  for (const text of texts("exception-message")) span.recordException(new Error(text));
  span.end();
  live.span = span;
  for (const text of texts("status-message")) tracer.startSpan("failing").setStatus({ code: 2, message: text }).end();
  for (const text of texts("span-name")) tracer.startSpan(text).end();
  for (const text of texts("scope-name")) trace.getTracer(text).startSpan("scoped").end();
};

exports.plantLogs = function plantLogs({ logs }) {
  const logger = logs.getLogger("canaries", "1", { attributes: attributes("log-scope") });
  for (const text of texts("log-body")) logger.emit({ body: text });
  logger.emit({ body: { request: { lines: texts("log-structure") } }, attributes: attributes("log-attribute") });
  for (const text of texts("log-event")) logger.emit({ body: "event", eventName: text });
  for (const text of texts("log-exception")) logger.emit({ body: "failed", exception: new Error(text) });
};

exports.plantMetrics = function plantMetrics({ metrics }) {
  const meter = metrics.getMeter("canaries");
  const counter = meter.createCounter("canary.counter");
  for (const text of texts("metric-counter")) counter.add(1, { user: text });
  for (const text of texts("metric-key")) counter.add(1, { [text]: "key" });
  const histogram = meter.createHistogram("canary.histogram");
  for (const text of texts("metric-histogram")) histogram.record(7, { user: text });
  meter.createObservableGauge("canary.gauge").addCallback((result) => {
    for (const [index, text] of texts("metric-gauge").entries()) result.observe(index, { user: text });
  });
  for (const [index, text] of texts("metric-description").entries()) meter.createCounter(`canary.described.${index}`, { description: text }).add(1);
  for (const text of texts("metric-scope")) metrics.getMeter(text).createCounter("canary.scoped").add(1);
};

/** Requests with baggage; what their URLs and headers hold is for the receiver, and is not to be in telemetry. */
exports.plantRequests = async function plantRequests({ context, propagation }, upstream) {
  const http = require("node:http");
  const entries = [...texts("baggage-value").map((text, index) => [`entry-${index}`, text]), ...texts("baggage-key").map((text) => [text, "key"])];
  const [queries, headers] = [planted("http-url"), texts("http-header")];
  for (const [index, [key, value]] of entries.entries()) {
    const url = new URL("/upstream", upstream);
    if (queries[index]) url.searchParams.set(queries[index].name, queries[index].written);
    const baggage = propagation.createBaggage({ [key]: { value } });
    await context.with(propagation.setBaggage(context.active(), baggage), () => new Promise((resolve, reject) => {
      const injected = {};
      propagation.inject(context.active(), injected);
      http.get(url, { headers: { ...injected, ...(headers[index] && { "x-canary": headers[index] }) } }, (response) => response.resume().on("end", resolve)).on("error", reject);
    }));
    if (propagation.getBaggage(propagation.setBaggage(context.active(), baggage)).getEntry(key).value !== value) throw new Error("the application itself must see its baggage");
  }
};

/** An agent whose framework writes prompts, tool calls and answers into its spans. */
exports.plantAgent = async function plantAgent() {
  const fromAi7 = require("node:module").createRequire(require.resolve("../ai7/agent.cjs"));
  const { OpenTelemetry } = fromAi7("@ai-sdk/otel");
  const { generateText, jsonSchema, registerTelemetry, stepCountIs, tool } = fromAi7("ai");
  const { MockLanguageModelV4 } = fromAi7("ai/test");
  registerTelemetry(new OpenTelemetry());
  const all = (place) => texts(place).join(" \n");
  const usage = { inputTokens: { total: 1 }, outputTokens: { total: 1 } };
  let turn = 0;
  const model = new MockLanguageModelV4({
    doGenerate: async () => (turn++ === 0
      ? { content: [{ type: "tool-call", toolCallId: "call-1", toolName: "lookup", input: JSON.stringify({ lines: texts("ai-arguments") }) }], finishReason: { unified: "tool-calls" }, usage, warnings: [] }
      : { content: [{ type: "text", text: all("ai-text") }], finishReason: { unified: "stop" }, usage, warnings: [] }),
  });
  const lookup = tool({ inputSchema: jsonSchema({ type: "object" }), execute: async () => ({ lines: texts("ai-result") }) });
  const { text } = await generateText({ model, instructions: all("ai-system"), prompt: all("ai-prompt"), stopWhen: stepCountIs(3), tools: { lookup } });
  if (text !== all("ai-text")) throw new Error("the application itself must see everything");
};
