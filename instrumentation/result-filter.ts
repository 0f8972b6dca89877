import { REDACTIONS } from "../exporters/instruments.ts";
import * as names from "../names.ts";
import type { Invocation } from "../policies/index.ts";
import type { Filtered } from "../processors/gate-processor.ts";
import type { Pipeline } from "../processors/pipeline.ts";
import type { Released } from "../processors/stream/hold-back.ts";
import { runOutsideFrames } from "./frame.ts";
import type { Host } from "./host.ts";

/** Passes what one call returns, yields or throws through the filters, and keeps what they noticed. */
export class ResultFilter {
  readonly #pipeline: Pipeline;
  readonly #invocation: Invocation;
  readonly #host: Host;
  readonly #redacted: Record<string, number> = {};
  readonly #flags = new Set<string>();

  constructor(pipeline: Pipeline, invocation: Invocation, host: Host) {
    this.#pipeline = pipeline;
    this.#invocation = invocation;
    this.#host = host;
  }

  /** Detector → values taken out; undefined for none. */
  get redacted(): Readonly<Record<string, number>> | undefined {
    return Object.keys(this.#redacted).length > 0 ? this.#redacted : undefined;
  }

  /** What was noticed; undefined for nothing. */
  get flags(): readonly string[] | undefined {
    return this.#flags.size > 0 ? [...this.#flags] : undefined;
  }

  /** @throws what a filter throws, and the value must then be withheld */
  filter(value: unknown, piece?: Released["piece"]): unknown {
    return this.#note(runOutsideFrames(() => this.#pipeline.filter(this.#invocation, value, piece)));
  }

  /** What filters that take time make of a filtered value; undefined where there are none for it. */
  filterLate(value: unknown, canWait: boolean): Promise<unknown> | undefined {
    const late = runOutsideFrames(() => this.#pipeline.filterLate(this.#invocation, value));
    if (!late || canWait) return late?.then((filtered) => this.#note(filtered));
    late.catch(() => {});
    const { incomplete } = this.#pipeline.policy.source.detection;
    if (incomplete === "block") throw new Error("it would have to be waited for, and this tool is synchronous");
    if (incomplete === "flag") this.#flags.add("incomplete:synchronous");
    return undefined;
  }

  /** A tool's error goes to the model as well, so it passes the filters like a result. Its class is kept. */
  filterError(thrown: unknown): unknown {
    if (!(thrown instanceof Error)) return this.filter(thrown);
    for (const key of ["message", "stack"] as const) {
      const text = this.filter(thrown[key]);
      if (text !== thrown[key]) thrown[key] = text as string;
    }
    return thrown;
  }

  /** The same for the filters that take time; changes the error. */
  async filterErrorLate(thrown: Error): Promise<void> {
    const { message, stack } = thrown;
    const filtered = await runOutsideFrames(() => this.#pipeline.filterLate(this.#invocation, message));
    if (!filtered) return;
    thrown.message = this.#note(filtered) as string;
    if (stack !== undefined) thrown.stack = stack.replaceAll(message, thrown.message);
  }

  #note({ value, redactions, flags }: Filtered): unknown {
    for (const [detector, count] of Object.entries(redactions ?? {})) {
      this.#redacted[detector] = (this.#redacted[detector] ?? 0) + count;
      this.#host.metrics.record(REDACTIONS, count, { [names.TOOL_NAME]: this.#invocation.tool, [names.DETECTOR]: detector });
    }
    for (const flag of flags ?? []) this.#flags.add(flag);
    return value;
  }
}
