import type { Context } from "@opentelemetry/api";
import type { ReadableSpan, Span, SpanProcessor } from "@opentelemetry/sdk-trace";
import { messageOf } from "../errors.ts";
import type { Invocation } from "../policies/index.ts";
import { invocationOf } from "./invocation.ts";
import { ballotOf, cast, failure, type Opinion } from "./verdict.ts";

/** What a processor makes of a result on its way back to the model. */
export interface Filtered {
  readonly value: unknown;
  /** Detector → how many values were taken out. */
  readonly redactions?: Readonly<Record<string, number>>;
  /** What was noticed in it: `<what>:<which>`. */
  readonly flags?: readonly string[];
}

/**
 * A span processor that decides. Subclasses implement {@link judge}, {@link filter}, or both; hooks never
 * throw into the application: a processor that fails is a denial.
 */
export abstract class GateProcessor implements SpanProcessor {
  abstract readonly name: string;

  /** An opinion, a promise of one (awaited with the policy's deadline), or nothing to say. */
  judge?(invocation: Invocation): Opinion | undefined | Promise<Opinion | undefined>;

  /** Looks at a result before the model sees it. Throwing blocks the result. */
  filter?(invocation: Invocation, result: unknown): Filtered | undefined;

  /** The same for what takes time, after every `filter`; undefined where nothing has to be waited for. Rejecting blocks the result. */
  filterLate?(invocation: Invocation, result: unknown): Promise<Filtered | undefined> | undefined;

  onStart(_span: Span, parentContext: Context): void {
    const invocation = invocationOf(parentContext);
    if (!invocation || !this.judge) return;
    const ballot = ballotOf(invocation);
    try {
      const opinion = this.judge(invocation);
      if (opinion instanceof Promise) {
        // The catch is attached at once: a rejection that nobody handles would end the process.
        const late = opinion.then((given) => given && { ...given, source: this.name }, (thrown: unknown) => failure(this.name, `failed: ${messageOf(thrown)}`));
        ballot.waiting.push({ source: this.name, opinion: late });
      } else cast(ballot, this.name, opinion);
    } catch (thrown) {
      cast(ballot, "fail_closed", failure(this.name, `failed: ${messageOf(thrown)}`));
    }
  }

  onEnd(_span: ReadableSpan): void {}

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  /** Goes on deciding afterwards: calls that drain during a shutdown are still calls. */
  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}
