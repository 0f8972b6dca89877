import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { canariesOf, nameOf, replacedIn, seenIn, type Canary } from "../support/canaries.ts";
import { ByteReceiver } from "../support/otlp-bytes.ts";
import { freePort } from "../support/port.ts";
import { PRELOAD, ROOT, runApp, temporaryFolder, type RunOptions, type RunResult } from "../support/run.ts";

const APPS = `${ROOT}test/apps/telemetry-canaries`;
const PROTOCOLS = ["http/json", "http/protobuf", "grpc"] as const;
const SIGNALS = ["traces", "logs", "metrics"] as const;
const RESOURCE = canariesOf("resource");
/** What each signal holds of what every application plants. */
const PLANTED = { traces: canariesOf("traces", "resource"), logs: canariesOf("logs", "resource"), metrics: canariesOf("metrics", "resource") };
const NAMELESS = "spangate: 1\nname: t\n";

interface Exported {
  readonly run: RunResult;
  readonly receiver: ByteReceiver;
}

const written = (place: string): string[] => RESOURCE.filter((canary) => canary.place === place).map((canary) => canary.written);
const RESOURCE_VARIABLE = { OTEL_RESOURCE_ATTRIBUTES: written("resource-attribute").map((text, index) => `canary.${index}=${encodeURIComponent(text)}`).join(",") };

/** Runs an app with a receiver of its own, and with canaries on its command line and in its environment. */
async function exported(file: string, options: RunOptions = {}, protocol: (typeof PROTOCOLS)[number] = "http/json"): Promise<Exported> {
  const receiver = new ByteReceiver();
  const urls = await receiver.start();
  try {
    const run = await runApp(file.startsWith("/") ? file : `${APPS}/${file}`, {
      args: written("command-line"), ...options,
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: protocol === "grpc" ? urls.grpc : urls.http, OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_METRICS_EXPORTER: "otlp", OTEL_LOGS_EXPORTER: "otlp", ...RESOURCE_VARIABLE, CANARY_UPSTREAM: urls.http, ...options.env,
      },
    });
    assert.equal(run.code, 0, run.stderr);
    return { run, receiver };
  } finally {
    await receiver.stop();
  }
}

function assertGone(bytes: Buffer, canaries: readonly Canary[]): void {
  assert.ok(canaries.length > 0);
  assert.deepEqual(seenIn(bytes, canaries), [], "canaries that left");
  assert.deepEqual(replacedIn(bytes, canaries), canaries.map(nameOf), "canaries with a placeholder in their place");
}

function assertSeen(bytes: Buffer, canaries: readonly Canary[]): void {
  assert.ok(canaries.length > 0);
  assert.deepEqual(seenIn(bytes, canaries), canaries.map(nameOf));
}

function assertAllGone({ receiver }: Exported): void {
  for (const signal of SIGNALS) assertGone(receiver.bytes(signal), PLANTED[signal]);
}

/** The values of the header `baggage` of all requests. */
function baggage({ received }: ByteReceiver): Buffer {
  return Buffer.from(received.filter(({ what }) => what === "/upstream").map(({ headers }) => headers["baggage"]).join("\n"));
}

for (const [app, own] of [["app.cjs", ["http", "ai"]], ["app.mjs", ["ai"]]] as const) {
  for (const protocol of PROTOCOLS) {
    const name = `an unchanged application, ${app}, over ${protocol}`;
    const planted = { ...PLANTED, traces: [...PLANTED.traces, ...canariesOf(...own)] };
    describe(name, () => {
      let guarded: Exported;
      let bare: Exported;
      before(async () => {
        const env = { CANARY_PLACES: "traces,logs,metrics,request,ai" };
        [guarded, bare] = await Promise.all([exported(app, { env }, protocol), exported(app, { env, nodeArgs: [] }, protocol)]);
      });
      for (const signal of SIGNALS) {
        test(`${name}: no canary is in the bytes of its ${signal}, each has left a placeholder`, () => assertGone(guarded.receiver.bytes(signal), planted[signal]));
        test(`${name}, without spangate: each canary is in its ${signal}`, () => assertSeen(bare.receiver.bytes(signal), planted[signal]));
      }
      test(`${name}: no canary is in the baggage of its requests`, () => assertGone(baggage(guarded.receiver), canariesOf("baggage")));
      test(`${name}, without spangate: each canary is in the baggage of its requests`, () => assertSeen(baggage(bare.receiver), canariesOf("baggage")));
    });
  }
}

describe("what is printed, and what is fetched", () => {
  /** Prints spans, logs and metrics, and serves metrics. */
  async function printed(options: RunOptions): Promise<{ run: RunResult; report: { scraped: string; span: unknown } }> {
    const port = await freePort();
    const report = join(temporaryFolder(), "report.json");
    const run = await runApp(`${APPS}/app.cjs`, {
      args: written("command-line"), ...options,
      env: {
        OTEL_TRACES_EXPORTER: "console", OTEL_LOGS_EXPORTER: "console", OTEL_METRICS_EXPORTER: "console,prometheus", OTEL_EXPORTER_PROMETHEUS_HOST: "127.0.0.1", OTEL_EXPORTER_PROMETHEUS_PORT: String(port),
        CANARY_SCRAPE: `http://127.0.0.1:${port}/metrics`, CANARY_REPORT: report, ...RESOURCE_VARIABLE,
      },
    });
    assert.equal(run.code, 0, run.stderr);
    return { run, report: JSON.parse(readFileSync(report, "utf8")) as { scraped: string; span: unknown } };
  }
  /** Of what the console exporters print they leave out what is deep, and break lines. */
  const places = ["span-name", "span-attribute", "status-message", "event-name", "log-body", "log-attribute", "metric-counter", "metric-histogram"];
  const onConsole = [...canariesOf("traces"), ...canariesOf("logs"), ...canariesOf("metrics")].filter(({ place, kind }) => places.includes(place) && kind !== "private_key");
  /** A scrape tells no descriptions of metrics that have the same name, and attribute names are cut down to letters. */
  const scrapable = canariesOf("metrics", "resource").filter(({ place }) => place !== "metric-key");

  test("neither the console nor a Prometheus scrape shows a canary; the application's own view of its spans is whole", async () => {
    const { run, report } = await printed({});
    const everything = [...PLANTED.traces, ...PLANTED.logs, ...PLANTED.metrics];
    assert.deepEqual(seenIn(Buffer.from(run.stdout), everything), []);
    assert.deepEqual(replacedIn(Buffer.from(run.stdout), onConsole), onConsole.map(nameOf));
    assertGone(Buffer.from(report.scraped), scrapable);
    assert.deepEqual(seenIn(Buffer.from(report.scraped), canariesOf("metrics")), []);
    const live = canariesOf("traces").filter(({ place }) => ["span-attribute", "event-attribute", "exception-message"].includes(place));
    assertSeen(Buffer.from(JSON.stringify(report.span)), live);
  });

  test("without spangate: both show the canaries", async () => {
    const { run, report } = await printed({ nodeArgs: [] });
    assertSeen(Buffer.from(run.stdout), onConsole);
    assertSeen(Buffer.from(report.scraped), scrapable);
  });
});

describe("an SDK put together by hand", () => {
  async function files(options: RunOptions): Promise<Record<string, Buffer>> {
    const folder = temporaryFolder();
    const run = await runApp(`${APPS}/manual.cjs`, { ...options, env: { CANARY_FOLDER: folder } });
    assert.deepEqual([run.code, run.stderr.replace(/^spangate: no policy.*\n/, "")], [0, ""]);
    return Object.fromEntries(readdirSync(folder).map((file) => [file, readFileSync(join(folder, file))]));
  }
  const EXPORTERS = ["simple.spans", "frozen.spans", "filtered.spans", "subclass.spans", "shipping-processor.spans", "batch.spans", "simple.logs", "filtered.logs", "shipping-processor.logs", "batch.logs", "reader.metrics", "periodic.metrics"];
  const SIGNAL: Readonly<Record<string, keyof typeof PLANTED>> = { spans: "traces", logs: "logs", metrics: "metrics" };
  /** A processor takes one attribute out of what comes after it. */
  const plantedIn = (file: string): readonly Canary[] => PLANTED[SIGNAL[file.split(".")[1] as string] as keyof typeof PLANTED]
    .filter(({ place, kind }) => !(["shipping-processor.spans", "batch.spans", "filtered.spans", "frozen.spans"].includes(file) && place === "span-attribute" && kind === "aws_key"));
  let guarded: Record<string, Buffer>;
  let bare: Record<string, Buffer>;
  before(async () => {
    [guarded, bare] = await Promise.all([files({}), files({ nodeArgs: [] })]);
  });

  for (const file of EXPORTERS) {
    test(`an SDK put together by hand: no canary reaches ${file}`, () => assertGone(guarded[file] as Buffer, plantedIn(file)));
    test(`an SDK put together by hand, without spangate: each canary reaches ${file}`, () => assertSeen(bare[file] as Buffer, plantedIn(file)));
  }

  test("an SDK put together by hand: a processor that changes spans and log records changes them for those behind it", () => {
    for (const file of ["shipping-processor.spans", "batch.spans", "shipping-processor.logs", "batch.logs"]) {
      assert.match(String(guarded[file]), /"app\.note":"kept"/);
      assert.equal(String(guarded[file]).match(/app\.note/g)?.length, String(bare[file]).match(/app\.note/g)?.length);
    }
    assert.doesNotMatch(String(guarded["batch.spans"]), /at-span-attribute-00/);
  });
});

describe("an SDK that was loaded and started before spangate", () => {
  const ways: readonly [name: string, app: string, nodeArgs: readonly string[]][] = [
    ["CommonJS", "app.cjs", ["--require", `${APPS}/sdk.cjs`, ...PRELOAD]],
    ["ES modules", "app.mjs", ["--import", pathToFileURL(`${APPS}/sdk.mjs`).href, "--import", "spangate/register"]],
  ];
  for (const [name, app, nodeArgs] of ways) {
    test(`an SDK that was loaded before spangate, ${name}: no canary leaves`, async () => {
      const late = await exported(app, { nodeArgs, env: { CANARY_PLACES: "traces,logs,metrics,request" } });
      assertAllGone(late);
      assertGone(baggage(late.receiver), canariesOf("baggage"));
    });
  }
});

test("an SDK inside a bundle, which registers with the API: no canary leaves", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "node_modules/@opentelemetry"), { recursive: true });
  symlinkSync(join(ROOT, "node_modules/@opentelemetry/api"), join(folder, "node_modules/@opentelemetry/api"));
  symlinkSync(ROOT, join(folder, "node_modules/spangate"));
  await build({
    absWorkingDir: APPS, entryPoints: ["app.mjs"], outfile: join(folder, "app.mjs"), bundle: true, minify: true, platform: "node", format: "esm", logLevel: "silent", external: ["@opentelemetry/api"],
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url); const __dirname = import.meta.dirname;' },
  });
  assertAllGone(await exported(join(folder, "app.mjs"), { cwd: folder }));
  const bare = await exported(join(folder, "app.mjs"), { cwd: folder, nodeArgs: [] });
  for (const signal of SIGNALS) assertSeen(bare.receiver.bytes(signal), PLANTED[signal]);
});

test("a provider that is not the SDK's is named on stderr", async () => {
  const run = await runApp(`${APPS}/foreign.cjs`);
  assert.match(run.stderr, /what the application's VendorTracerProvider exports is not redacted/);
});

describe("a policy says what is searched", () => {
  const withPolicy = (section: string): Promise<Exported> => exported("app.cjs", { policy: `${NAMELESS}default: allow\n${section}`, env: { CANARY_PLACES: "traces,logs,metrics,request,ai" } });

  test("redact: off leaves telemetry as it is made", async () => {
    const { receiver } = await withPolicy("telemetry: { redact: off }\n");
    for (const signal of SIGNALS) assertSeen(receiver.bytes(signal), PLANTED[signal]);
    assertSeen(baggage(receiver), canariesOf("baggage"));
  });

  test("redact: tools searches the spans of tool calls, and nothing else", async () => {
    const { receiver } = await withPolicy("telemetry: { redact: tools }\n");
    const tools = spansOf(receiver).filter(({ name }) => name.startsWith("execute_tool "));
    assert.equal(tools.length, 1);
    const inTool = canariesOf("ai").filter(({ place }) => place === "ai-arguments" || place === "ai-result");
    assertGone(Buffer.from(JSON.stringify(tools)), inTool);
    assertSeen(receiver.bytes("traces"), PLANTED.traces);
    assertSeen(receiver.bytes("logs"), PLANTED.logs);
  });

  test("detectors names what is looked for", async () => {
    const { receiver } = await withPolicy("telemetry: { detectors: [email, credit_card] }\n");
    const isChosen = ({ kind }: Canary): boolean => ["email", "card", "full_width"].includes(kind);
    for (const signal of SIGNALS) {
      assertGone(receiver.bytes(signal), PLANTED[signal].filter(isChosen));
      assertSeen(receiver.bytes(signal), PLANTED[signal].filter((canary) => !isChosen(canary)));
    }
  });

  test("a detector that nobody knows is told at start", async () => {
    const run = await runApp(`${APPS}/app.cjs`, { policy: `${NAMELESS}telemetry: { detectors: [emial] }\n` });
    assert.equal(run.code, 1);
    assert.match(run.stderr, /SG_DETECTOR_UNKNOWN: telemetry\.detectors: there is no detector "emial", did you mean "email"/);
  });
});

describe("a scanner that breaks", () => {
  const nodeArgs = [...PRELOAD, "--require", `${APPS}/broken.cjs`];

  test("a scanner that breaks on everything: the application runs on, nothing shows a canary, and no span is missing", async () => {
    const env = { CANARY_PLACES: "traces,logs,metrics,request" };
    // An empty word is in everything.
    const [broken, bare] = await Promise.all([exported("app.cjs", { nodeArgs, env: { ...env, BROKEN_BY: "" } }), exported("app.cjs", { nodeArgs: [], env })]);
    for (const signal of SIGNALS) {
      const bytes = broken.receiver.bytes(signal);
      assert.deepEqual(seenIn(bytes, PLANTED[signal]), []);
      assert.ok(bytes.includes("[REDACTED:unreadable]"));
    }
    assert.deepEqual(seenIn(baggage(broken.receiver), canariesOf("baggage")), []);
    assert.match(broken.run.stderr, /an item of traces could not be looked at and was withheld but for its ids, times and numbers: the scanner broke/);
    const spans = spansOf(broken.receiver);
    assert.equal(spans.length, spansOf(bare.receiver).length);
    for (const { traceId, spanId, startTimeUnixNano, endTimeUnixNano } of spans) assert.match([traceId, spanId, startTimeUnixNano, endTimeUnixNano].join(" "), /^[0-9a-f]{32} [0-9a-f]{16} \d{19} \d{19}$/);
  });

  test("a scanner that breaks on some spans: each is counted, as is what is taken out of the others", async () => {
    const { receiver } = await exported("traces.cjs", { nodeArgs, env: { BROKEN_BY: "at-span-name" } });
    const names = canariesOf("traces").filter(({ place }) => place === "span-name");
    const others = canariesOf("traces").filter(({ place }) => place !== "span-name");
    assert.deepEqual(seenIn(receiver.bytes("traces"), names), []);
    assertGone(receiver.bytes("traces"), others);
    const counted = countsOf(receiver);
    assert.equal(counted["unreadable"], names.length);
    assert.ok((counted["email"] ?? 0) >= others.filter(({ kind }) => kind === "email").length, JSON.stringify(counted));
  });
});

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}

/** All spans that came as JSON. */
function spansOf({ received }: ByteReceiver): readonly Span[] {
  return received.filter(({ what }) => what === "traces")
    .flatMap(({ bytes }) => (JSON.parse(String(bytes)) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] }).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)));
}

interface Point {
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue: string } }[];
  readonly asDouble: number;
}

/** Detector → how many values were taken out of spans, as counted in the metric. */
function countsOf(receiver: ByteReceiver): Readonly<Record<string, number>> {
  const { resourceMetrics } = JSON.parse(String(receiver.bytes("metrics"))) as { resourceMetrics: { scopeMetrics: { metrics: { name: string; sum?: { dataPoints: Point[] } }[] }[] }[] };
  const metric = resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics)).find(({ name }) => name === "spangate.telemetry.redactions");
  const of = ({ attributes }: Point, key: string): string | undefined => attributes.find((attribute) => attribute.key === key)?.value.stringValue;
  return Object.fromEntries((metric?.sum?.dataPoints ?? []).filter((point) => of(point, "spangate.telemetry.signal") === "traces").map((point) => [of(point, "spangate.redaction.detector"), point.asDouble]));
}

