import type { CompiledPolicy, CompiledRate } from "../policies/index.ts";
import { GateProcessor } from "./gate-processor.ts";
import type { Invocation } from "../policies/index.ts";
import { isDenied, type Opinion } from "./verdict.ts";

/** Keys (tools, callers) that one limit remembers. Beyond it the key that was used longest ago is forgotten. */
const MAX_KEYS = 10_000;

/**
 * Sliding-window rate limits, in the memory of this process: in no stretch of `window` do more than `max`
 * calls pass. Calls that are refused do not count.
 */
export class RateLimitProcessor extends GateProcessor {
  override readonly name = "rate_limit";
  readonly #windows: readonly Window[];
  readonly #now: () => number;
  /** The call runs whatever is said here, so it counts. */
  readonly #observing: boolean;

  /** @param previous the processor of the policy that this one replaces: what has been counted stays counted */
  constructor(policy: CompiledPolicy, now: () => number = () => performance.now(), previous?: RateLimitProcessor) {
    super();
    this.#windows = policy.rates.map((rate) => new Window(rate, previous && previous.#windows.find((window) => window.counts(rate))));
    this.#now = now;
    this.#observing = policy.source.mode === "observe";
  }

  override judge(invocation: Invocation): Opinion | undefined {
    if (isDenied(invocation)) return undefined;
    const now = this.#now();
    const applying = this.#windows.filter((window) => window.rate.applies(invocation.tool));
    // Look at all before any is counted, so that a refused call does not use up the others.
    const exceeded = applying.find((window) => window.rate.mode !== "observe" && window.isFull(invocation, now))
      ?? applying.find((window) => window.isFull(invocation, now));
    if (!exceeded || exceeded.rate.mode === "observe" || this.#observing) for (const window of applying) window.count(invocation, now);
    if (!exceeded) return undefined;
    const { id, max, window, per, mode } = exceeded.rate;
    return { effect: "deny", rule: id, ...(mode && { mode }), reason: `rate limit ${id}: at most ${max} calls in ${window / 1000} s per ${per}` };
  }
}

class Window {
  readonly rate: CompiledRate;
  /** Key → times of the calls that passed, oldest first, at most `max`. */
  readonly #passed: Map<string, number[]>;

  constructor(rate: CompiledRate, previous: Window | undefined) {
    this.rate = rate;
    this.#passed = previous ? previous.#passed : new Map<string, number[]>();
  }

  /** Whether this window counts what that limit counts. */
  counts({ id, per }: CompiledRate): boolean {
    return id === this.rate.id && per === this.rate.per;
  }

  isFull(invocation: Invocation, now: number): boolean {
    const times = this.#passed.get(this.#key(invocation));
    if (!times) return false;
    const alive = times.findIndex((time) => time > now - this.rate.window);
    times.splice(0, alive < 0 ? times.length : alive);
    return times.length >= this.rate.max;
  }

  count(invocation: Invocation, now: number): void {
    const key = this.#key(invocation);
    const times = this.#passed.get(key) ?? [];
    times.push(now);
    // More than one where a new policy has a smaller limit.
    times.splice(0, times.length - this.rate.max);
    this.#passed.delete(key);
    this.#passed.set(key, times);
    if (this.#passed.size > MAX_KEYS) this.#passed.delete(this.#passed.keys().next().value as string);
  }

  #key(invocation: Invocation): string {
    const { per } = this.rate;
    return per === "global" ? "" : (invocation[per] ?? "");
  }
}
