import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { propagation, ROOT_CONTEXT, SpanKind } from "@opentelemetry/api";
import { JsonTraceSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader, type ResourceMetrics } from "@opentelemetry/sdk-metrics";
import { type ReadableSpan, type Span, TracerProvider } from "@opentelemetry/sdk-trace";
import fc from "fast-check";
import { Telemetry, type TelemetryListener } from "../../instrumentation/telemetry/telemetry.ts";
import { definePolicy } from "../../policies/index.ts";
import { Detection } from "../../processors/detection/detection.ts";

const MAIL = "jane.doe@example.com";
const TOKEN = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
/** Longer than what is looked at of one value. */
const ENDLESS = "word ".repeat(400_000);

interface Told {
  readonly redacted: string[];
  readonly withheld: string[];
}

function telemetry(detection: Detection = new Detection()): Telemetry & { readonly told: Told } {
  const told: Told = { redacted: [], withheld: [] };
  const listener: TelemetryListener = { onRedacted: (signal, detector) => void told.redacted.push(`${signal}:${detector}`), onWithheld: (signal, problem) => void told.withheld.push(`${signal}:${problem}`) };
  return Object.assign(new Telemetry(definePolicy({ spangate: 1, name: "t" }), detection, listener), { told });
}

const tracer = new TracerProvider({ resource: resourceFromAttributes({ "service.name": "t" }) }).getTracer("t", "1");

function spanWith(attributes: Record<string, unknown>, name = "request"): Span & ReadableSpan {
  const span = tracer.startSpan(name, { kind: SpanKind.CLIENT }) as Span & ReadableSpan;
  for (const [key, value] of Object.entries(attributes)) span.setAttribute(key, value as string);
  return span;
}

describe("a span", () => {
  test("without a finding it is handed over as it is", () => {
    const span = spanWith({ "http.request.method": "GET", "http.response.status_code": 200 });
    span.end();
    assert.equal(telemetry().span(span), span);
  });

  test("with a finding it is a copy of the same class; the span itself, its ids and its times stay", () => {
    const span = spanWith({ to: MAIL, port: 443 });
    span.addEvent("sent", { to: MAIL });
    span.end();
    const copy = telemetry().span(span);
    assert.deepEqual([copy.attributes, copy.events[0]?.attributes, copy.events[0]?.time], [{ to: "[REDACTED:email]", port: 443 }, { to: "[REDACTED:email]" }, span.events[0]?.time]);
    assert.deepEqual([span.attributes, span.events[0]?.attributes], [{ to: MAIL, port: 443 }, { to: MAIL }]);
    for (const key of ["kind", "startTime", "endTime", "duration", "ended", "droppedAttributesCount", "instrumentationScope", "resource"] as const) assert.equal(copy[key], span[key], key);
    assert.equal(copy.spanContext(), span.spanContext());
    assert.equal(Object.getPrototypeOf(copy), Object.getPrototypeOf(span));
  });

  test("one value that is too long for a scan costs only itself", () => {
    const span = spanWith({ before: "GET", prompt: ENDLESS, to: MAIL, after: "kept" });
    assert.deepEqual(telemetry().span(span).attributes, { before: "GET", prompt: "[REDACTED:too_large]", to: "[REDACTED:email]", after: "kept" });
  });

  test("what is nested in a value that is too long is told apart too", () => {
    const span = spanWith({ request: { lines: [ENDLESS, MAIL, "kept"], id: 7 } });
    assert.deepEqual(telemetry().span(span).attributes, { request: { lines: ["[REDACTED:too_large]", "[REDACTED:email]", "kept"], id: 7 } });
  });

  test("a value that is split over two attributes is found, beside one that is too long as well", () => {
    for (const more of [{}, { prompt: ENDLESS }]) {
      const { attributes } = telemetry().span(spanWith({ first: TOKEN.slice(0, 20), second: TOKEN.slice(20), ...more }));
      assert.doesNotMatch(JSON.stringify(attributes), new RegExp(TOKEN.slice(20)));
    }
  });

  test("bytes that are no text are not exported", () => {
    const span = spanWith({ image: new Uint8Array([0xff, 0xd8, 0x00, 0x01, 0xfe, 0x80]), text: "kept" });
    assert.deepEqual(telemetry().span(span).attributes, { image: "[REDACTED:binary]", text: "kept" });
  });

  test("an attribute that cannot be read costs only itself", () => {
    const span = spanWith({ text: "kept" });
    Object.defineProperty(span.attributes, "trap", { enumerable: true, get: () => { throw new Error("no"); } });
    assert.deepEqual(telemetry().span(span).attributes, { text: "kept", trap: "[REDACTED:unreadable]" });
  });

  test("a text that was harmless under one key is searched again under another", () => {
    const own = telemetry();
    assert.deepEqual(own.span(spanWith({ room: "030 901820" })).attributes, { room: "030 901820" });
    assert.deepEqual(own.span(spanWith({ phone: "030 901820" })).attributes, { phone: "[REDACTED:phone_national]" });
  });

  test("what was redacted before stays as it is", () => {
    const own = telemetry();
    const once = own.span(spanWith({ to: MAIL, url: `https://x.example.com/?token=${TOKEN}`, db: "postgres://app:kJ8sPq2Lw9@10.1.2.3/x" }, `to ${MAIL}`));
    assert.deepEqual(own.span(once).attributes, once.attributes);
    assert.equal(own.span(once).name, "to [REDACTED:email]");
  });

  test("where the scanner breaks, ids, times and counts are left, and it is told", () => {
    const detection = new Detection();
    detection.scan = () => { throw new Error("broke"); };
    const own = telemetry(detection);
    const span = spanWith({ to: MAIL, port: 443 }, MAIL);
    span.addEvent(MAIL);
    span.addLink({ context: span.spanContext(), attributes: { to: MAIL } });
    span.setStatus({ code: 2, message: MAIL });
    span.end();
    const copy = own.span(span);
    assert.deepEqual([copy.name, copy.attributes, copy.status, copy.events, copy.links], ["[REDACTED:unreadable]", { "spangate.telemetry.withheld": "[REDACTED:unreadable]" }, { code: 2 }, [], [{ context: span.spanContext() }]]);
    assert.deepEqual([copy.droppedAttributesCount, copy.droppedEventsCount, copy.startTime, copy.endTime, copy.spanContext().traceId], [2, 1, span.startTime, span.endTime, span.spanContext().traceId]);
    assert.ok(own.told.withheld.includes("traces:broke"));
  });

  test("for a processor of the application's own it is changed itself, so that it stays the same object", () => {
    const span = spanWith({ to: MAIL });
    span.end();
    assert.equal(telemetry().endedSpan(span), span);
    assert.deepEqual(span.attributes, { to: "[REDACTED:email]" });
  });

  test("wherever in a span a value stands, and whatever is around it, it is not in what is sent", () => {
    const own = telemetry();
    const plants: Readonly<Record<string, (span: Span & ReadableSpan, text: string) => void>> = {
      name: (span, text) => span.updateName(text), key: (span, text) => span.setAttribute(`${text}.x`, 1), value: (span, text) => span.setAttribute("k", text),
      list: (span, text) => span.setAttribute("k", ["a", text]), map: (span, text) => span.setAttribute("k", { a: { b: text } }), event: (span, text) => span.addEvent(text), "event attribute": (span, text) => span.addEvent("e", { k: text }),
      status: (span, text) => span.setStatus({ code: 2, message: text }), exception: (span, text) => span.recordException(new Error(text)), link: (span, text) => span.addLink({ context: span.spanContext(), attributes: { k: text } }),
    };
    const around = fc.string({ unit: fc.constantFrom(..." \n\t,;:'\"()<>[]{}é".split("")), maxLength: 12 });
    fc.assert(fc.property(fc.constantFrom(...Object.keys(plants)), around, around, (place, before, after) => {
      const span = spanWith({ "http.request.method": "GET" });
      plants[place]?.(span, `${before} ${TOKEN} ${after}`);
      span.end();
      const sent = Buffer.from(JsonTraceSerializer.serializeRequest([own.span(span)]) as Uint8Array).toString();
      assert.doesNotMatch(sent, new RegExp(TOKEN));
      assert.match(sent, /\[REDACTED:github_token\]/);
      assert.ok(sent.includes(span.spanContext().spanId));
    }));
  });
});

describe("a resource", () => {
  test("what is still being detected is redacted when it is known", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const resource = resourceFromAttributes({ "service.name": "t", owner: promise });
    const leaving = telemetry().ownResource(resource);
    assert.deepEqual([leaving.attributes, leaving.asyncAttributesPending], [{ "service.name": "t" }, true]);
    resolve(MAIL);
    await leaving.waitForAsyncAttributes?.();
    assert.deepEqual([leaving.attributes, leaving.asyncAttributesPending, leaving.getRawAttributes()], [{ "service.name": "t", owner: "[REDACTED:email]" }, false, [["service.name", "t"], ["owner", "[REDACTED:email]"]]]);
    assert.equal(resource.attributes["owner"], MAIL);
  });

  test("it is the same for all items, so that they stay together", () => {
    const own = telemetry();
    const resource = resourceFromAttributes({ owner: MAIL });
    assert.equal(own.ownResource(resource), own.ownResource(resource));
    assert.equal(own.ownResource(own.ownResource(resource)), own.ownResource(resource));
  });

  test("the value of an option on the command line is found with its option", () => {
    const { attributes } = telemetry().ownResource(resourceFromAttributes({ "process.command_args": ["node", "app.js", "--password", "hunter2Xy9", "--port", "8080"] }));
    assert.deepEqual(attributes["process.command_args"], ["node", "app.js", "--password", "[REDACTED:password]", "--port", "8080"]);
  });
});

describe("metrics", () => {
  async function collected(temporality: AggregationTemporality, rounds: readonly (readonly (readonly [user: string, value: number])[])[]): Promise<(readonly [unknown, unknown])[][]> {
    const exporter = new InMemoryMetricExporter(temporality);
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const counter = new MeterProvider({ readers: [reader] }).getMeter("m").createCounter("requests");
    const own = telemetry();
    const results: (readonly [unknown, unknown])[][] = [];
    for (const round of rounds) {
      for (const [user, value] of round) counter.add(value, { user });
      const { resourceMetrics } = await reader.collect();
      const leaving: ResourceMetrics = own.metrics(resourceMetrics);
      results.push(leaving.scopeMetrics.flatMap(({ metrics }) => metrics.flatMap(({ dataPoints }) => dataPoints.map((point) => [point.attributes["user"], point.value] as const))));
    }
    await reader.shutdown();
    return results;
  }

  for (const [name, temporality, second] of [
    ["cumulative", AggregationTemporality.CUMULATIVE, [["[REDACTED:email]", 1], ["[REDACTED:email] (2)", 12], ["internal", 3]]],
    ["delta", AggregationTemporality.DELTA, [["[REDACTED:email] (2)", 10]]],
  ] as const) {
    test(`series that only differed in what is taken out stay apart, and keep their number from one collection to the next: ${name}`, async () => {
      const [first, again] = await collected(temporality, [[["ann@example.com", 1], ["bob@example.com", 2], ["internal", 3]], [["bob@example.com", 10]]]);
      assert.deepEqual(first, [["[REDACTED:email]", 1], ["[REDACTED:email] (2)", 2], ["internal", 3]]);
      assert.deepEqual(again, second);
    });
  }

  test("each value is counted once, however often it is collected", async () => {
    const reader = new PeriodicExportingMetricReader({ exporter: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE), exportIntervalMillis: 3_600_000 });
    new MeterProvider({ readers: [reader] }).getMeter("m").createCounter("requests").add(1, { user: MAIL });
    const own = telemetry();
    for (let round = 0; round < 3; round++) own.metrics((await reader.collect()).resourceMetrics);
    assert.deepEqual(own.told.redacted, ["metrics:email"]);
    await reader.shutdown();
  });

  test("the attributes of exemplars are redacted", () => {
    const point = { attributes: { route: "/" }, value: 1, exemplars: [{ value: 1, filteredAttributes: { user: MAIL } }] };
    const [metric] = telemetry().metrics({ resource: resourceFromAttributes({}), scopeMetrics: [{ scope: { name: "m" }, metrics: [{ descriptor: { name: "n", description: "", unit: "" }, dataPoints: [point] }] }] }).scopeMetrics[0]?.metrics ?? [];
    assert.deepEqual(metric?.dataPoints[0], { ...point, exemplars: [{ value: 1, filteredAttributes: { user: "[REDACTED:email]" } }] });
  });
});

describe("baggage", () => {
  const carrying = (entries: Parameters<typeof propagation.createBaggage>[0]): ReturnType<typeof propagation.setBaggage> => propagation.setBaggage(ROOT_CONTEXT, propagation.createBaggage(entries));

  test("without a finding the context is handed over as it is", () => {
    const context = carrying({ tenant: { value: "acme" } });
    const own = telemetry();
    assert.equal(own.context(context), context);
    assert.equal(own.context(ROOT_CONTEXT), ROOT_CONTEXT);
  });

  test("values, keys and metadata are redacted, and the context itself is not changed", () => {
    const metadata = { toString: () => `owner=${MAIL}` } as never;
    const context = carrying({ "user.id": { value: MAIL }, [MAIL]: { value: "x" }, tenant: { value: "acme", metadata } });
    const leaving = propagation.getBaggage(telemetry().context(context))?.getAllEntries().map(([key, { value, metadata: more }]) => [key, value, more?.toString()]);
    assert.deepEqual(leaving, [["user.id", "[REDACTED:email]", undefined], ["[REDACTED:email]", "x", undefined], ["tenant", "acme", "owner=[REDACTED:email]"]]);
    assert.equal(propagation.getBaggage(context)?.getEntry("user.id")?.value, MAIL);
  });

  test("where the scanner breaks, none is sent", () => {
    const detection = new Detection();
    detection.scan = () => { throw new Error("broke"); };
    const own = telemetry(detection);
    assert.equal(propagation.getBaggage(own.context(carrying({ "user.id": { value: MAIL } }))), undefined);
    assert.deepEqual(own.told.withheld, ["baggage:broke"]);
  });
});
