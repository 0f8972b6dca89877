import type { Context } from "@opentelemetry/api";
import type { ReadableSpan, Span, SpanProcessor } from "@opentelemetry/sdk-trace";
import { messageOf } from "../errors.ts";
import { GateProcessor } from "./gate-processor.ts";
import { invocationOf } from "./invocation.ts";
import { ballotOf, cast, failure } from "./verdict.ts";

/**
 * Keeps a processor that we did not write from breaking the gate. Without this a throw in `onStart` leaves
 * the span half started, and a throw in `onEnding` keeps it from ever being exported. Failing while a call
 * is judged is a denial; failing later is reported and goes no further.
 */
export class ContainedProcessor implements SpanProcessor {
  readonly #inner: SpanProcessor;
  readonly #report: (problem: string) => void;

  constructor(inner: SpanProcessor, report: (problem: string) => void) {
    this.#inner = inner;
    this.#report = report;
  }

  onStart(span: Span, parentContext: Context): void {
    try {
      this.#inner.onStart(span, parentContext);
    } catch (thrown) {
      const invocation = invocationOf(parentContext);
      const name = this.#inner.constructor.name;
      if (invocation) cast(ballotOf(invocation), "fail_closed", failure(name, `failed: ${messageOf(thrown)}`));
      this.#report(`${name}.onStart threw: ${messageOf(thrown)}`);
    }
  }

  onEnding(span: Span): void {
    this.#contain("onEnding", () => this.#inner.onEnding?.(span));
  }

  onEnd(span: ReadableSpan): void {
    this.#contain("onEnd", () => this.#inner.onEnd(span));
  }

  forceFlush(): Promise<void> {
    return this.#inner.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#inner.shutdown();
  }

  #contain(hook: string, run: () => void): void {
    try {
      run();
    } catch (thrown) {
      this.#report(`${this.#inner.constructor.name}.${hook} threw: ${messageOf(thrown)}`);
    }
  }
}

/** A decider that extends another copy of {@link GateProcessor}: that copy's ballots would be read by nobody. */
export class DelegatingProcessor extends GateProcessor {
  override readonly name: string;

  constructor(inner: GateProcessor) {
    super();
    this.name = inner.name;
    if (inner.judge) this.judge = (invocation) => inner.judge?.(invocation);
    if (inner.filter) this.filter = (invocation, result) => inner.filter?.(invocation, result);
    if (inner.filterLate) this.filterLate = (invocation, result) => inner.filterLate?.(invocation, result);
  }
}
