import type { SpanProcessor } from "@opentelemetry/sdk-trace";
import type { Guards } from "./guards.ts";

/** A processor that gets our spans from us and not from its SDK: when they have ended it sees of them what may leave. */
export function shield(processor: SpanProcessor, guards: Guards): SpanProcessor {
  return {
    // Reports name the class of a processor.
    constructor: processor.constructor,
    onStart: (span, context) => processor.onStart(span, context),
    ...(processor.onEnding && { onEnding: (span) => processor.onEnding?.(span) }),
    onEnd: (span) => guards.end(processor, span),
    forceFlush: () => processor.forceFlush(),
    shutdown: () => processor.shutdown(),
  } as SpanProcessor;
}
