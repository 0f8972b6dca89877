import type { CompiledLimit, CompiledPolicy, Invocation } from "../../policies/index.ts";
import { messageOf } from "../../errors.ts";
import { sha256 } from "../../sha256.ts";
import { GateProcessor } from "../gate-processor.ts";
import { type Ballot, ballotOf, isDenied, isRefused, type Opinion } from "../verdict.ts";
import type { LimitStore } from "./store.ts";
import { Window } from "./window.ts";

/** In span and record of a call that was counted here since the store did not answer. */
const LOCAL = "limits:local";

export interface LimitOptions {
  /** Where processes count together. Absent: each counts for itself. */
  readonly store?: LimitStore | undefined;
  /** Told of every call that was counted, for each budget that it uses up. */
  readonly spent?: ((budget: CompiledLimit) => void) | undefined;
  /** Milliseconds that only go forward. */
  readonly now?: (() => number) | undefined;
}

/** What is used up of a limit: 1 is all of it. */
export interface Usage {
  readonly limit: CompiledLimit;
  readonly usage: number;
}

/**
 * Rates and budgets: in no stretch of `window` do calls weigh more than `max` together. All limits that apply are
 * looked at before any is counted, and a call that is refused is counted nowhere. In the memory of this process, or
 * together with others in a store.
 */
export class LimitProcessor extends GateProcessor {
  /** Older than budgets; dashboards and logs know it by this name. */
  override readonly name = "rate_limit";
  readonly #windows: readonly Window[];
  readonly #options: LimitOptions;
  readonly #now: () => number;
  /** The call runs whatever is said here, so it counts. */
  readonly #observing: boolean;
  readonly #policy: string;
  readonly #onUnavailable: "deny" | "local";

  /** @param previous the processor of the policy that this one replaces: what has been counted stays counted */
  constructor(policy: CompiledPolicy, options: LimitOptions = {}, previous?: LimitProcessor) {
    super();
    this.#windows = policy.limits.map((limit) => new Window(limit, previous && previous.#windows.find((window) => window.counts(limit))));
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#observing = policy.source.mode === "observe";
    this.#policy = policy.source.name;
    this.#onUnavailable = policy.source.limits.on_unavailable;
  }

  override judge(invocation: Invocation): Opinion | undefined | Promise<Opinion | undefined> {
    if (this.#windows.length === 0 || isDenied(invocation)) return undefined;
    const applying = this.#windows.filter(({ limit }) => limit.applies(invocation.tool));
    if (applying.length === 0) return undefined;
    const { store } = this.#options;
    if (!store) return this.#here(applying, invocation);
    // Taken now: when the store answers, the ballot is closed.
    const ballot = ballotOf(invocation);
    // By then those that need not be waited for have spoken: what one of them refuses is not counted.
    return Promise.resolve().then(() => (isRefused(ballot) ? undefined : this.#together(store, applying, invocation, ballot)));
  }

  /** How full each limit is. */
  usage(): Usage[] {
    const now = this.#now();
    return this.#windows.map((window) => ({ limit: window.limit, usage: window.usage(now) }));
  }

  #here(applying: readonly Window[], invocation: Invocation): Opinion | undefined {
    const now = this.#now();
    const exceeded = applying.find((window) => window.limit.mode !== "observe" && window.isFull(invocation, now))
      ?? applying.find((window) => window.isFull(invocation, now));
    if (!exceeded || exceeded.limit.mode === "observe" || this.#observing) this.#count(applying, invocation, now);
    return exceeded && refusal(exceeded);
  }

  async #together(store: LimitStore, applying: readonly Window[], invocation: Invocation, ballot: Ballot): Promise<Opinion | undefined> {
    const windows = applying.map(({ limit: { kind, id, per, currency, max, cost, window, step, mode } }, index) => ({
      key: sha256(JSON.stringify([kind, id, per, currency, applying[index]?.keyOf(invocation)]), "hex"), max, cost, window, step, shadow: mode === "observe",
    }));
    try {
      const { exceeded, counted, spent } = await store.judge(this.#policy, windows, this.#observing);
      const now = this.#now();
      // Counted here as well: where the store then fails, this process knows at least of its own calls.
      if (counted) this.#count(applying, invocation, now);
      for (const [index, window] of applying.entries()) window.tell(invocation, spent[index] ?? 0, now);
      return refusal(applying[exceeded]);
    } catch (thrown) {
      if (this.#onUnavailable === "local") {
        ballot.flags.push(LOCAL);
        return this.#here(applying, invocation);
      }
      // What is only observed refuses nothing, whether it can be counted or not.
      const shadow = applying.every(({ limit }) => limit.mode === "observe");
      return { effect: "deny", rule: "fail-closed", reason: messageOf(thrown), ...(shadow && { mode: "observe" }) };
    }
  }

  #count(applying: readonly Window[], invocation: Invocation, now: number): void {
    for (const window of applying) {
      window.count(invocation, now);
      if (window.limit.kind === "budget") this.#options.spent?.(window.limit);
    }
  }
}

function refusal(exceeded: Window | undefined): Opinion | undefined {
  if (!exceeded) return undefined;
  const { id, mode, reason } = exceeded.limit;
  return { effect: "deny", rule: id, ...(mode && { mode }), reason };
}
