import { createRequire } from "node:module";
import type { Attributes, BatchObservableResult, Counter, Histogram, Meter, MeterProvider, Observable } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import type { IMetricReader, MeterProvider as SdkMeterProvider, ViewOptions } from "@opentelemetry/sdk-metrics";
import { messageOf, SpangateError } from "../errors.ts";
import { VERSION } from "../names.ts";
import { type Instrument, INSTRUMENTS, scrapeName } from "./instruments.ts";
import { say } from "../say.ts";

const require = createRequire(import.meta.url);

/**
 * How long one export may take, in milliseconds, where the environment does not say. OpenTelemetry's ten seconds,
 * spent on retries, would keep an application from ending; sums are cumulative, so a lost export loses nothing.
 */
const EXPORT_TIMEOUT = 3_000;

/** What gauges, and counters that something else keeps, are worth at the moment of a collection. */
export type Gauges = (observe: (gauge: Instrument, value: number, attributes?: Attributes) => void) => void;

export interface MetricsOptions {
  readonly otlp: boolean;
  readonly prometheus: { readonly host: string; readonly port: number } | undefined;
  readonly resource: () => Resource;
  readonly gauges: Gauges;
}

/** Records the instruments of the registry. What is recorded before {@link Metrics.start} is kept and counted then. */
export class Metrics {
  readonly #options: MetricsOptions;
  readonly #counters = new Map<Instrument, Counter | Histogram>();
  #early: [Instrument, number, Attributes][] | undefined = [];
  #provider: SdkMeterProvider | undefined;

  constructor(options: MetricsOptions) {
    this.#options = options;
  }

  record(instrument: Instrument, value: number, attributes: Attributes): void {
    if (this.#early) {
      if (this.#early.length < 10_000) this.#early.push([instrument, value, attributes]);
      return;
    }
    const target = this.#counters.get(instrument);
    if (!target) return;
    if ("add" in target) target.add(value, attributes);
    else target.record(value, attributes);
  }

  /**
   * Chooses where metrics go, once: the application's own meter provider when it has one, else exporters of
   * our own as `OTEL_METRICS_EXPORTER` and `OTEL_EXPORTER_OTLP_*` ask for.
   */
  start(): void {
    const early = this.#early;
    if (!early) return;
    this.#early = undefined;
    try {
      const meter = this.#meter();
      if (meter) this.#create(meter);
    } catch (thrown) {
      say(`spangate: no metrics: ${messageOf(thrown)}`);
    }
    for (const [instrument, value, attributes] of early) this.record(instrument, value, attributes);
  }

  /** Sends what is waiting; a backend that is down is reported by OpenTelemetry, and no reason to throw. */
  async flush(): Promise<void> {
    this.start();
    await this.#provider?.forceFlush().catch(() => {});
  }

  async shutdown(): Promise<void> {
    this.start();
    await this.#provider?.shutdown().catch(() => {});
  }

  #meter(): Meter | undefined {
    // Read from where the API keeps it: a copy of another minor version refuses to hand it out.
    const registered = (globalThis as Record<symbol, { metrics?: MeterProvider } | undefined>)[Symbol.for("opentelemetry.js.api.1")]?.metrics;
    if (registered) return registered.getMeter("spangate", VERSION);
    const readers = [...this.#otlpReader(), ...this.#scrapeReader()];
    if (readers.length === 0) return undefined;
    const sdk = require("@opentelemetry/sdk-metrics") as typeof import("@opentelemetry/sdk-metrics");
    const provider = new sdk.MeterProvider({ readers, resource: this.#options.resource(), views: this.#options.prometheus ? SCRAPE_VIEWS : [] });
    this.#provider = provider;
    return provider.getMeter("spangate", VERSION);
  }

  #otlpReader(): IMetricReader[] {
    if (!this.#options.otlp) return [];
    const { PeriodicExportingMetricReader } = require("@opentelemetry/sdk-metrics") as typeof import("@opentelemetry/sdk-metrics");
    const { OTLPMetricExporter } = require("@opentelemetry/exporter-metrics-otlp-http") as typeof import("@opentelemetry/exporter-metrics-otlp-http");
    const timeoutSet = process.env["OTEL_EXPORTER_OTLP_METRICS_TIMEOUT"] ?? process.env["OTEL_EXPORTER_OTLP_TIMEOUT"];
    const interval = Number(process.env["OTEL_METRIC_EXPORT_INTERVAL"]) || 60_000;
    return [new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter(timeoutSet ? {} : { timeoutMillis: EXPORT_TIMEOUT }), exportIntervalMillis: interval, exportTimeoutMillis: Math.min(interval, 30_000) })];
  }

  #scrapeReader(): IMetricReader[] {
    const at = this.#options.prometheus;
    if (!at) return [];
    const { PrometheusExporter } = require("@opentelemetry/exporter-prometheus") as typeof import("@opentelemetry/exporter-prometheus");
    const exporter = new PrometheusExporter({ ...at, preventServerStart: true });
    void exporter.startServer().then(
      // The endpoint serves a running application; it must not keep one running.
      () => (exporter as unknown as { _server?: { unref(): void } })._server?.unref(),
      (thrown: unknown) => say(`${new SpangateError("SG_PORT_IN_USE", { ...at, problem: messageOf(thrown) }).line}`),
    );
    return [exporter];
  }

  #create(meter: Meter): void {
    const gauges = new Map<Instrument, Observable>();
    for (const instrument of INSTRUMENTS) {
      const { name, kind, unit, description, buckets, kept, textfile } = instrument;
      if (textfile) continue;
      if (kept) gauges.set(instrument, meter.createObservableCounter(name, { unit, description }));
      else if (kind === "counter") this.#counters.set(instrument, meter.createCounter(name, { unit, description }));
      else if (kind === "gauge") gauges.set(instrument, meter.createObservableGauge(name, { unit, description }));
      else this.#counters.set(instrument, meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries: [...(buckets ?? [])] } }));
    }
    meter.addBatchObservableCallback((result: BatchObservableResult) => {
      this.#options.gauges((gauge, value, attributes) => result.observe(gauges.get(gauge) as Observable, value, attributes));
    }, [...gauges.values()]);
  }
}

/**
 * The JavaScript scrape endpoint writes no unit into a name, everything behind OTLP does. Renaming what has a
 * unit makes both ends the same; an OTLP backend does not add the suffix twice.
 */
const SCRAPE_VIEWS: ViewOptions[] = INSTRUMENTS.flatMap((instrument) => {
  const name = scrapeName(instrument);
  return name === undefined ? [] : [{ instrumentName: instrument.name, name }];
});
