import type { Guards } from "./guards.ts";
import { type Seam, SEAMS } from "./seams.ts";

/** Private parts of the SDK's providers; the same in its versions 1 to 3, and in bundles of it. */
interface Provider {
  getDelegate?(): unknown;
  readonly getTracer?: unknown;
  readonly _activeSpanProcessor?: object;
  readonly activeSpanProcessor?: object;
  readonly _sharedState?: { readonly metricCollectors?: readonly object[]; readonly activeProcessor?: object };
}

/** What exports nothing. */
const HARMLESS = /^(?:Proxy|Noop)/;

/**
 * Guards a provider by what it is made of: its classes may be out of reach, bundled or loaded before us.
 *
 * @returns the name of a provider that cannot be guarded
 */
export function guardProvider(provider: unknown, guards: Guards): string | undefined {
  const own = delegateOf(provider);
  const { getTracer, _sharedState: shared } = own;
  const spans = own._activeSpanProcessor ?? own.activeSpanProcessor;
  const reached = [
    ...(spans ? [guardMethod(spans, "onEnd", "_spanProcessors" in spans ? "MultiSpanProcessor" : "SimpleSpanProcessor", guards)] : []),
    ...(shared?.metricCollectors ?? []).map((collector) => guardMethod(collector, "collect", "MetricCollector", guards)),
    ...(shared?.activeProcessor ? [guardMethod(shared.activeProcessor, "onEmit", "processors" in shared.activeProcessor ? "MultiLogRecordProcessor" : "SimpleLogRecordProcessor", guards)] : []),
  ];
  const unknown = getTracer !== undefined && !spans && !HARMLESS.test(own.constructor.name);
  return unknown || reached.includes(false) ? own.constructor.name : undefined;
}

/** @param classes by their names: what a module exports, or was handed over by one that is being loaded */
export function guardClasses(classes: unknown, guards: Guards): void {
  if (typeof classes !== "object" || classes === null) return;
  for (const seam of SEAMS) {
    const found = (classes as Partial<Record<Seam, unknown>>)[seam];
    if (typeof found === "function") guards.guard(found.prototype as object, seam);
  }
}

/** What was registered in the API's registry before us. */
export function* registeredBefore(): Generator<unknown> {
  const registry = (globalThis as Record<symbol, unknown>)[Symbol.for("opentelemetry.js.api.1")] as Record<string, unknown> | undefined;
  for (const name of ["trace", "metrics", "logs"]) if (registry?.[name]) yield registry[name];
  const logs = (globalThis as Record<symbol, unknown>)[Symbol.for("io.opentelemetry.js.api.logs")];
  if (typeof logs === "function") yield (logs as (version: number) => unknown)(1);
}

function delegateOf(provider: unknown): Provider {
  const { getDelegate } = (provider ?? {}) as Provider;
  const delegate = typeof getDelegate === "function" ? getDelegate.call(provider) : provider;
  return typeof delegate === "object" && delegate !== null ? (delegate as Provider) : {};
}

/** In the class that has the method, so that another instance of it is met too. */
function guardMethod(instance: object, method: string, seam: Seam, guards: Guards): boolean {
  if (HARMLESS.test(instance.constructor.name)) return true;
  for (let owner: object | null = instance; owner; owner = Object.getPrototypeOf(owner) as object | null) if (Object.hasOwn(owner, method)) return guards.guard(owner, seam) || guards.guard(instance, seam);
  return false;
}
