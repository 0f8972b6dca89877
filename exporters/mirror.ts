import type { Context, Span as ApiSpan } from "@opentelemetry/api";
import type { ReadableSpan, Span, SpanProcessor } from "@opentelemetry/sdk-trace";
import { messageOf } from "../errors.ts";

/**
 * Shows our tool spans to the application's own span processors, so that they appear in its backend. A span
 * is forwarded only once it was {@link show}n: where the framework has a tool span of its own, that one is
 * adopted instead and ours stays private. Whatever the application's processors throw goes no further.
 */
export class MirrorProcessor implements SpanProcessor {
  readonly #shown = new WeakSet<object>();
  readonly #report: (problem: string) => void;
  #targets: readonly SpanProcessor[] = [];

  constructor(report: (problem: string) => void) {
    this.#report = report;
  }

  set targets(targets: readonly SpanProcessor[]) {
    this.#targets = targets;
  }

  /** @param span one that the private provider has started, and not ended */
  show(span: ApiSpan, context: Context): void {
    if (this.#targets.length === 0 || this.#shown.has(span)) return;
    this.#shown.add(span);
    this.#forEach("onStart", (target) => target.onStart(span as Span, context));
  }

  onStart(): void {}

  onEnding(span: Span): void {
    if (this.#shown.has(span)) this.#forEach("onEnding", (target) => target.onEnding?.(span));
  }

  onEnd(span: ReadableSpan): void {
    if (this.#shown.has(span)) this.#forEach("onEnd", (target) => target.onEnd(span));
  }

  /** The application flushes and shuts down its own processors. */
  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }

  #forEach(hook: string, call: (target: SpanProcessor) => void): void {
    for (const target of this.#targets) {
      try {
        call(target);
      } catch (thrown) {
        this.#report(`${target.constructor.name}.${hook} threw: ${messageOf(thrown)}`);
      }
    }
  }
}
