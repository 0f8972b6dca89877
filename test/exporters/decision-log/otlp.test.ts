import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type LoggerProvider, type LogRecord as Emitted, trace } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import { HttpError } from "../../../exporters/audit/ship/http.ts";
import type { LogRecord } from "../../../exporters/audit/ship/log-record.ts";
import { type LoggedOutcome, outcomeEntry } from "../../../exporters/decision-log/entry.ts";
import { Otlp, type OtlpOptions } from "../../../exporters/decision-log/otlp.ts";
import { registeredLoggerProvider } from "../../../exporters/decision-log/provider.ts";
import { LOG_DROPPED, TOOL_NAME, VERSION } from "../../../names.ts";

const OUTCOME: LoggedOutcome = {
  tool: "read", framework: "guardTool", agent: undefined, session: undefined, trace: "0af7651916cd43dd8448eb211c80319c", span: "b7ad6b7169203331", traceFlags: 1, auditLog: "l", auditIndex: 1, status: "ok", ms: 1, error: undefined,
};
const entry = (tool = "read") => outcomeEntry({ ...OUTCOME, tool });
const MOST_WAITING = 10_000;

type Answer = number | Error;

/** A sink whose backend answers so, one request after the other; then it takes everything. */
function sink(answers: Answer[], more: Partial<OtlpOptions> = {}): { otlp: Otlp; sent: LogRecord[][] } {
  const sent: LogRecord[][] = [];
  const otlp = new Otlp({
    resource: () => ({ attributes: {} }) as Resource, clean: (record) => record, detached: (run) => run(), own: true, provider: () => undefined,
    send: async (records) => {
      const answer = answers.shift() ?? 0;
      if (answer instanceof Error) throw answer;
      sent.push([...records]);
      return answer;
    },
    ...more,
  });
  return { otlp, sent };
}

/** A logger provider that keeps what it is given. */
function provider(emit: (record: Emitted) => void): LoggerProvider {
  return { getLogger: (name, version) => ({ emit: (record) => emit({ ...record, attributes: { ...record.attributes, scope: `${name}@${version}` } }), enabled: () => true }) };
}

const tools = (sent: readonly (readonly LogRecord[])[]): unknown[] => sent.flat().map(({ attributes }) => attributes[TOOL_NAME]);
const dropped = (sent: readonly (readonly LogRecord[])[]): unknown[] => sent.flat().map(({ attributes }) => attributes[LOG_DROPPED]);

describe("without a provider of the application's", () => {
  test("what has gathered is sent in one request, cleaned, with its trace and our scope", async () => {
    const { otlp, sent } = sink([], { clean: (record) => ({ ...record, body: "cleaned" }) });
    for (const tool of ["a", "b"]) otlp.write(entry(tool));
    assert.equal(sent.length, 0);
    await otlp.flush();
    assert.equal(sent.length, 1);
    assert.deepEqual(tools(sent), ["a", "b"]);
    const [record] = sent.flat() as [LogRecord];
    assert.deepEqual([record.body, record.eventName, record.instrumentationScope.name, record.instrumentationScope.version], ["cleaned", "spangate.outcome", "spangate", VERSION]);
    assert.deepEqual(record.spanContext, { traceId: OUTCOME.trace, spanId: OUTCOME.span, traceFlags: 1 });
  });

  test("a request holds 512 entries", async () => {
    const { otlp, sent } = sink([]);
    for (let count = 0; count < 1_025; count++) otlp.write(entry());
    await otlp.flush();
    assert.deepEqual(sent.map(({ length }) => length), [512, 512, 1]);
  });

  test("a backend that is down loses nothing that has room: it comes later, in its order", async () => {
    const { otlp, sent } = sink([new Error("connect ECONNREFUSED"), new HttpError(503, undefined)]);
    otlp.write(entry("a"));
    await otlp.flush();
    otlp.write(entry("b"));
    await otlp.flush();
    assert.deepEqual(sent, []);
    await otlp.flush();
    assert.deepEqual([tools(sent), dropped(sent)], [["a", "b"], [undefined, undefined]]);
  });

  test("what has no room is dropped, and the next one says how many", async () => {
    const { otlp, sent } = sink([]);
    for (let count = 0; count < MOST_WAITING + 3; count++) otlp.write(entry());
    await otlp.flush();
    assert.equal(sent.flat().length, MOST_WAITING);
    otlp.write(entry("next"));
    otlp.write(entry("last"));
    await otlp.flush();
    assert.deepEqual(dropped(sent.slice(-1)), [3, undefined]);
  });

  for (const [what, answers, count] of [
    ["as a whole", [new HttpError(400, undefined)], 2], ["in part, in an answer that is a success", [1], 1],
  ] as const) {
    test(`what the backend refuses ${what} is not sent again, and the next one says how many`, async () => {
      const { otlp, sent } = sink([...answers]);
      otlp.write(entry("a"));
      otlp.write(entry("b"));
      await otlp.flush();
      otlp.write(entry("c"));
      await otlp.flush();
      assert.deepEqual([tools(sent.slice(-1)), dropped(sent.slice(-1))], [["c"], [count]]);
    });
  }

  test("a count that is lost itself counts on", async () => {
    const { otlp, sent } = sink([new HttpError(400, undefined), new HttpError(413, undefined)]);
    for (const tool of ["a", "b", "c"]) {
      otlp.write(entry(tool));
      await otlp.flush();
    }
    assert.deepEqual([tools(sent), dropped(sent)], [["c"], [2]]);
  });

  test("a process that ends begins no further request when its patience is over, and goes on later if it lives", async () => {
    const { otlp, sent } = sink([]);
    otlp.write(entry());
    await otlp.flush(0);
    assert.deepEqual(sent, []);
    await otlp.flush();
    assert.equal(sent.length, 1);
  });

  test("where nothing may be sent it is dropped, and a provider that comes hears how many", async () => {
    const emitted: Emitted[] = [];
    let registered: LoggerProvider | undefined;
    const { otlp, sent } = sink([], { own: false, provider: () => registered });
    otlp.write(entry());
    await otlp.flush();
    registered = provider((record) => emitted.push(record));
    otlp.write(entry());
    assert.deepEqual([sent, emitted.map(({ attributes }) => attributes?.[LOG_DROPPED])], [[], [1]]);
  });
});

describe("with a provider of the application's", () => {
  test("what was written before it was registered comes first, at its own time, and we send nothing", async () => {
    const emitted: Emitted[] = [];
    let registered: LoggerProvider | undefined;
    const { otlp, sent } = sink([], { provider: () => registered });
    const early = entry("early");
    otlp.write(early);
    registered = provider((record) => emitted.push(record));
    otlp.write(entry("late"));
    assert.deepEqual(emitted.map(({ attributes }) => [attributes?.[TOOL_NAME], attributes?.["scope"]]), [["early", `spangate@${VERSION}`], ["late", `spangate@${VERSION}`]]);
    assert.deepEqual(emitted[0]?.timestamp, [Math.floor(early.time / 1_000), (early.time % 1_000) * 1_000_000]);
    assert.deepEqual(trace.getSpanContext(emitted[0]?.context as NonNullable<Emitted["context"]>), { traceId: OUTCOME.trace, spanId: OUTCOME.span, traceFlags: 1 });
    await otlp.flush();
    assert.deepEqual(sent, []);
  });

  test("one that throws costs the entry, no more, and the next one says so", () => {
    const emitted: Emitted[] = [];
    const { otlp } = sink([], { provider: () => broken });
    let isBroken = true;
    const broken = provider((record) => {
      if (isBroken) throw new Error("broken");
      emitted.push(record);
    });
    otlp.write(entry());
    isBroken = false;
    otlp.write(entry());
    assert.deepEqual(emitted.map(({ attributes }) => attributes?.[LOG_DROPPED]), [1]);
  });

  test("a processor that causes an entry itself does not run into the ground", async () => {
    let count = 0;
    const { otlp } = sink([], { provider: () => talkative });
    const talkative = provider(() => {
      if (count++ < 3) otlp.write(entry());
    });
    otlp.write(entry());
    assert.equal(count, 1);
    for (let times = 0; times < 3; times++) await otlp.flush();
    assert.equal(count, 4);
  });

  for (const [api, key, value] of [
    ["@opentelemetry/api 1.10", "opentelemetry.js.api.1", (own: object) => ({ version: "1.10.0", logs: own })],
    ["@opentelemetry/api of a later minor version", "opentelemetry.js.api.1", (own: object) => ({ version: "1.99.0", logs: own })],
    ["no API", "io.opentelemetry.js.api.logs", () => () => assert.fail("broken")],
    ["@opentelemetry/api-logs 0.x", "io.opentelemetry.js.api.logs", (own: object) => (version: number) => (version === 1 ? own : undefined)],
  ] as const) {
    test(`is looked for where ${api} keeps it`, () => {
      const global = globalThis as Record<symbol, unknown>;
      const [symbol, own] = [Symbol.for(key), provider(() => {})];
      const before = global[symbol];
      global[symbol] = value(own);
      try {
        assert.equal(registeredLoggerProvider(), api === "no API" ? undefined : own);
      } finally {
        if (before === undefined) delete global[symbol];
        else global[symbol] = before;
      }
      assert.equal(registeredLoggerProvider(), undefined);
    });
  }
});
