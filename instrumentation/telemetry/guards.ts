import type { Context } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { runOutsideFrames } from "../frame.ts";
import type { LogRecord } from "./log-record.ts";
import type { CollectedMetrics } from "./metrics.ts";
import type { Seam } from "./seams.ts";
import type { Telemetry } from "./telemetry.ts";

type Method = (this: object, ...args: unknown[]) => unknown;
/**
 * What a method does in the place of another.
 *
 * @param call the other one
 */
type Guard = (call: (...args: unknown[]) => unknown, self: object, args: unknown[]) => unknown;

/** What we ask of a processor of spans or of log records. */
interface Processor {
  readonly onEnd?: (span: ReadableSpan) => void;
  readonly onEmit?: (record: LogRecord, context: Context) => void;
  /** Of the SDK's own ones, in its versions 1 to 3. */
  readonly _exporter?: object;
}

/**
 * Puts itself into the methods that telemetry passes on its way out: into methods and not in the place of classes, so
 * that what was made before is met too, and nothing changes its identity.
 */
export class Guards {
  readonly #telemetry: () => Telemetry;
  readonly #ours = new WeakSet<object>();
  readonly #seams: Readonly<Record<Seam, readonly [method: string, guard: Guard]>>;

  /**
   * @param telemetry the one in force
   * @param onProvider told of each provider that is registered
   */
  constructor(telemetry: () => Telemetry, onProvider: (provider: unknown) => void) {
    this.#telemetry = telemetry;
    const ended: Guard = (call, self, [span]) => call(this.#guardExporter(self) ? span : telemetry().endedSpan(span as ReadableSpan));
    const emitted: Guard = (call, self, [record, ...rest]) => call(this.#guardExporter(self) ? record : telemetry().emittedLog(record as LogRecord), ...rest);
    const collected: Guard = async (call, _, args) => {
      const result = (await call(...args)) as { readonly resourceMetrics: CollectedMetrics } | undefined;
      return result && { ...result, resourceMetrics: telemetry().metrics(result.resourceMetrics) };
    };
    const injected: Guard = (call, _, [context, ...rest]) => call(telemetry().context(context as Context), ...rest);
    const registered: Guard = (call, _, args) => {
      onProvider(args[0]);
      return call(...args);
    };
    this.#seams = {
      MultiSpanProcessor: ["onEnd", (call, self, [span]) => this.#end(call, self, span as ReadableSpan)],
      SimpleSpanProcessor: ["onEnd", ended],
      BatchSpanProcessorBase: ["onEnd", ended],
      MultiLogRecordProcessor: ["onEmit", (call, self, [record, context]) => this.#emit(call, self, record as LogRecord, context as Context)],
      SimpleLogRecordProcessor: ["onEmit", emitted],
      BatchLogRecordProcessorBase: ["onEmit", emitted],
      MetricReader: ["collect", collected],
      MetricCollector: ["collect", collected],
      OTLPExporterBase: ["export", this.#exported],
      PropagationAPI: ["inject", injected],
      W3CBaggagePropagator: ["inject", injected],
      TraceAPI: ["setGlobalTracerProvider", registered],
      MetricsAPI: ["setGlobalMeterProvider", registered],
      LogsAPI: ["setGlobalLoggerProvider", registered],
    };
  }

  /** The prototype of a seam's class, or an object of it. False when its method cannot be replaced. */
  guard(target: object, seam: Seam): boolean {
    const [method, guard] = this.#seams[seam];
    return this.#replace(target, method, guard);
  }

  /** Hands a span that has ended to a processor of anybody's. */
  end(processor: Processor, span: ReadableSpan): void {
    // What it starts to send is sent by the application, and not by the tool in which the span has ended.
    runOutsideFrames(() => processor.onEnd?.(this.#isOurs(processor.onEnd) ? span : this.#telemetry().endedSpan(span)));
  }

  /** In the place of the loop over all processors: those that are not the SDK's get what may leave. */
  #end(call: (span: unknown) => unknown, self: { readonly _spanProcessors?: unknown }, span: ReadableSpan): unknown {
    const processors = self._spanProcessors;
    if (!Array.isArray(processors)) return call(this.#telemetry().endedSpan(span));
    for (const processor of processors as Processor[]) this.end(processor, span);
    return undefined;
  }

  #emit(call: (record: unknown, context: Context) => unknown, { processors }: { readonly processors?: unknown }, record: LogRecord, context: Context): unknown {
    if (!Array.isArray(processors)) return call(this.#telemetry().emittedLog(record), context);
    runOutsideFrames(() => {
      for (const processor of processors as Processor[]) processor.onEmit?.(this.#isOurs(processor.onEmit) ? record : this.#telemetry().emittedLog(record), context);
    });
    return undefined;
  }

  readonly #exported: Guard = (call, _, [items, ...rest]) => runOutsideFrames(() => call(this.#telemetry().items(items), ...rest));

  /** One of the SDK's own processors: what it keeps stays whole, and its exporter gets what may leave. False when it has none, or a frozen one. */
  #guardExporter({ _exporter: exporter }: Processor): boolean {
    return exporter !== undefined && this.#replace(exporter, "export", this.#exported);
  }

  #replace(target: object, name: string, guard: Guard): boolean {
    const original = (target as Record<string, unknown>)[name] as Method | undefined;
    if (typeof original !== "function") return false;
    if (this.#isOurs(original)) return true;
    // A method of an object literal is called `name` in stack traces, as the original was.
    const { [name]: ours } = { [name](this: object, ...args: unknown[]): unknown { return guard((...changed) => original.apply(this, changed), this, args); } } as Record<string, Method>;
    if (!Reflect.defineProperty(target, name, { value: ours, configurable: true, writable: true })) return false;
    this.#ours.add(ours as Method);
    return true;
  }

  #isOurs(method: unknown): boolean {
    return typeof method === "function" && this.#ours.has(method);
  }
}
