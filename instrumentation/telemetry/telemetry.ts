import type { Context } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { messageOf } from "../../errors.ts";
import { DECISION } from "../../names.ts";
import type { CompiledPolicy } from "../../policies/index.ts";
import type { Detection } from "../../processors/detection/detection.ts";
import { cleanBaggage, withoutBaggage } from "./baggage.ts";
import { changedCopy, changeInPlace, type Changes } from "./change.ts";
import { Cleaner } from "./cleaner.ts";
import { type Kind, noAttributes } from "./item.ts";
import { LOG_RECORD, type LogRecord } from "./log-record.ts";
import { type CollectedMetrics, Metrics, withheldMetric } from "./metrics.ts";
import { cleanResource, leavingResource, type Resource } from "./resource.ts";
import { SCOPE, type Scope } from "./scope.ts";
import { sectionOf } from "./section.ts";
import { SPAN } from "./span.ts";

export type Signal = "traces" | "logs" | "metrics" | "resource" | "baggage";

/** Where it is told what became of telemetry. */
export interface TelemetryListener {
  /** A value was taken out, by this detector. */
  onRedacted(signal: Signal, detector: string): void;
  /** An item could not be looked at; its ids, times and numbers are all that is exported of it. */
  onWithheld(signal: Signal, problem: string): void;
}

/** The scope of an item: `instrumentationLibrary` until version 1. */
const SCOPES = ["instrumentationScope", "instrumentationLibrary"] as const;

/**
 * What may be told of this process: each item of telemetry as it may leave. Nothing here throws, and nothing is lost
 * silently. Made anew with each policy.
 */
export class Telemetry {
  readonly scope: "all" | "tools" | "off";
  readonly #listener: TelemetryListener;
  readonly #cleaner: Cleaner;
  readonly #metrics: Metrics;
  /** Resources and scopes are few, and stay as they are. */
  readonly #known = new WeakMap<object, object>();

  /** @throws SpangateError SG_DETECTOR_UNKNOWN when the policy names a detector that nobody knows */
  constructor(policy: CompiledPolicy, detection: Detection, listener: TelemetryListener) {
    const { redact, detectors } = sectionOf(policy);
    this.scope = redact;
    this.#listener = listener;
    this.#cleaner = new Cleaner(detection, detectors);
    this.#metrics = new Metrics((parts) => this.#clean("metrics", parts));
  }

  /** A span of anybody's, as it may be exported: a copy where something is taken out, so that who holds the span still sees it whole. */
  span(span: ReadableSpan): ReadableSpan {
    const changes = this.#covers(span) ? this.#changes("traces", SPAN, span) : undefined;
    return changes ? changedCopy(span, changes) : span;
  }

  log(record: LogRecord): LogRecord {
    const changes = this.scope === "all" ? this.#changes("logs", LOG_RECORD, record) : undefined;
    return changes ? changedCopy(record, changes) : record;
  }

  /**
   * A span that has ended, for processors that are not the SDK's: what they do with it nobody knows. It is changed
   * itself, since one of them may change it in turn, for those that come after it.
   */
  endedSpan(span: ReadableSpan): ReadableSpan {
    return this.#inPlace(span, this.#covers(span) ? this.#changes("traces", SPAN, span) : undefined);
  }

  /** The same for a log record that is being emitted. */
  emittedLog(record: LogRecord): LogRecord {
    return this.#inPlace(record, this.scope === "all" ? this.#changes("logs", LOG_RECORD, record) : undefined);
  }

  metrics<T extends CollectedMetrics>(collected: T): T {
    if (this.scope !== "all") return collected;
    const resource = this.#leavingResource(collected.resource);
    const scopeMetrics = collected.scopeMetrics.map((part) => {
      const scope = this.#once("metrics", SCOPE, part.scope);
      const metrics = part.metrics.map((metric) => this.#attempt("metrics", () => this.#metrics.clean(metric, scope.name), () => withheldMetric(metric)));
      return scope === part.scope && metrics.every((metric, index) => metric === part.metrics[index]) ? part : { ...part, scope, metrics };
    });
    const same = resource === collected.resource && scopeMetrics.every((part, index) => part === collected.scopeMetrics[index]);
    return same ? collected : { ...collected, resource, scopeMetrics };
  }

  /** What an exporter of OTLP is given: a list of spans or of log records, or collected metrics. */
  items(items: unknown): unknown {
    if (Array.isArray(items)) return items.map((item: unknown) => (isSpan(item) ? this.span(item) : isLogRecord(item) ? this.log(item) : item));
    return typeof items === "object" && items !== null && "scopeMetrics" in items ? this.metrics(items as CollectedMetrics) : items;
  }

  /** A context whose baggage may leave. */
  context(context: Context): Context {
    if (this.scope !== "all") return context;
    return this.#attempt("baggage", () => cleanBaggage(context, (parts) => this.#clean("baggage", parts)), () => withoutBaggage(context));
  }

  /** A resource of which we make use ourselves. It is searched whatever the policy says of the application's telemetry. */
  ownResource<T extends object>(resource: T): T {
    return this.#leavingResource(resource) as T;
  }

  /** The same of a log record. */
  ownLog<T extends LogRecord>(record: T): T {
    const changes = this.#changes("logs", LOG_RECORD, record);
    return changes ? changedCopy(record, changes) : record;
  }

  #covers({ attributes }: ReadableSpan): boolean {
    return this.scope === "all" || (this.scope === "tools" && attributes?.[DECISION] !== undefined);
  }

  #changes<T extends object>(signal: Signal, kind: Kind<T>, item: T): Changes | undefined {
    return this.#attempt(signal, () => {
      const changes = { ...this.#shared(signal, item), ...kind.changes(item, (parts) => this.#clean(signal, parts)) };
      return Object.keys(changes).length > 0 ? changes : undefined;
    }, () => ({ ...this.#shared(signal, item), ...kind.withheld(item) }));
  }

  /** What an item has in common with others. */
  #shared(signal: Signal, item: { readonly resource?: object } & { readonly [key in (typeof SCOPES)[number]]?: Scope }): Changes {
    const changes: Record<string, unknown> = {};
    const resource = item.resource && this.#leavingResource(item.resource);
    if (resource !== item.resource) changes["resource"] = resource;
    for (const key of SCOPES) {
      const scope = item[key] && this.#once(signal, SCOPE, item[key]);
      if (scope !== item[key]) changes[key] = scope;
    }
    return changes;
  }

  #inPlace<T extends object>(item: T, changes: Changes | undefined): T {
    if (!changes) return item;
    try {
      changeInPlace(item, changes);
      return item;
    } catch {
      return changedCopy(item, changes);
    }
  }

  #leavingResource(resource: object): object {
    const known = this.#known.get(resource);
    if (known) return known;
    const original = resource as Resource;
    let cleaned: object | undefined;
    const attributes = (): object => {
      if (cleaned) return cleaned;
      const now = this.#attempt("resource", () => cleanResource(original.attributes, (parts) => this.#clean("resource", parts)), noAttributes);
      if (!original.asyncAttributesPending) cleaned = now;
      return now;
    };
    const same = !original.asyncAttributesPending && attributes() === original.attributes;
    const leaving = same ? resource : leavingResource(original, attributes, (other) => this.#leavingResource(other));
    this.#known.set(resource, leaving);
    this.#known.set(leaving, leaving);
    return leaving;
  }

  #once<T extends object>(signal: Signal, kind: Kind<T>, item: T): T {
    const known = this.#known.get(item) as T | undefined;
    if (known) return known;
    const changes = this.#attempt(signal, () => kind.changes(item, (parts) => this.#clean(signal, parts)), () => kind.withheld(item));
    const leaving = changes ? changedCopy(item, changes) : item;
    this.#known.set(item, leaving);
    this.#known.set(leaving, leaving);
    return leaving;
  }

  #clean: <T extends readonly unknown[]>(signal: Signal, parts: T) => T = (signal, parts) => {
    const found: string[] = [];
    const cleaned = this.#cleaner.clean(parts, found);
    for (const detector of found) this.#listener.onRedacted(signal, detector);
    return cleaned;
  };

  #attempt<T>(signal: Signal, action: () => T, otherwise: () => T): T {
    try {
      return action();
    } catch (thrown) {
      this.#listener.onWithheld(signal, messageOf(thrown));
      return otherwise();
    }
  }
}

function isSpan(item: unknown): item is ReadableSpan {
  return typeof item === "object" && item !== null && typeof (item as { spanContext?: unknown }).spanContext === "function";
}

function isLogRecord(item: unknown): item is LogRecord {
  return typeof item === "object" && item !== null && "hrTime" in item && "attributes" in item;
}
