import type { Resource } from "@opentelemetry/resources";
import type { Sampler, SpanProcessor, TracerProviderOptions } from "@opentelemetry/sdk-trace";
import type { Framework } from "./frameworks/framework.ts";
import { meetStatement, SEAM_PACKAGES } from "./telemetry/seams.ts";

/** What we learn of the application's own SDK. */
export interface Attached {
  readonly processors: readonly SpanProcessor[];
  readonly resource: Resource | undefined;
  readonly sampler: Sampler | undefined;
}

type Provider = new (options?: TracerProviderOptions) => object;

/**
 * Meets the application's OpenTelemetry SDK where it is made: its tracer provider is replaced by a subclass
 * that reads the public options, so that our tool spans can be shown to its processors, and the classes that
 * telemetry passes on its way out are handed over. The application's provider itself is left as it is.
 */
export const attach: Framework = {
  id: "opentelemetry",
  packages: SEAM_PACKAGES,
  capable: () => false,
  patch(source, { name }) {
    const statement = meetStatement(source) + (PROVIDERS.has(name) ? subclassStatement(source) : "");
    return statement === "" ? undefined : statement;
  },
  // The SDK runs no tools, so a bundled one is nothing to report.
  signature: /(?!)/,
  bind: () => ({ subclass: (Base: Provider) => Base }),
};

/** Packages that hold the tracer provider. */
const PROVIDERS: ReadonlySet<string> = new Set(["@opentelemetry/sdk-trace", "@opentelemetry/sdk-trace-base"]);

function subclassStatement(source: string): string {
  const esm = /^export \{[^}]*?\b(\w+(?:\$\d)?) as (TracerProvider|BasicTracerProvider)\b/m.exec(source) ?? /^export class (BasicTracerProvider)\b/m.exec(source);
  if (esm) return `${esm[1]}=$.subclass(${esm[1]});`;
  const cjs = /^exports\.(TracerProvider|BasicTracerProvider) = (\w+);/m.exec(source);
  return cjs ? `exports.${cjs[1]}=$.subclass(${cjs[2]});` : "";
}

/** The functions for the patched SDK. */
export function attachHelpers(onProvider: (attached: Attached, provider: object) => void, onClasses: (classes: object) => void): object {
  return {
    meet: onClasses,
    subclass: (Base: Provider): Provider =>
      class TracerProvider extends Base {
        constructor(options: TracerProviderOptions = {}) {
          super(options);
          onProvider({ processors: options.spanProcessors ?? [], resource: options.resource, sampler: options.sampler }, this);
        }
      },
  };
}

/**
 * An SDK that was loaded before us: its provider is asked for its private parts (the same fields in 2.x and
 * 3.x). Undefined when there is none.
 */
export function attachedLate(): Attached | undefined {
  const registered = (globalThis as Record<symbol, { trace?: { getDelegate?(): unknown } } | undefined>)[Symbol.for("opentelemetry.js.api.1")]?.trace;
  const provider = (registered?.getDelegate?.() ?? registered) as { _activeSpanProcessor?: SpanProcessor; _resource?: Resource } | undefined;
  return provider?._activeSpanProcessor ? { processors: [provider._activeSpanProcessor], resource: provider._resource, sampler: undefined } : undefined;
}
