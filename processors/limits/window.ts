import type { CompiledLimit, Invocation } from "../../policies/index.ts";

/** Keys (tools, callers) that one limit remembers. Beyond it the key that was used longest ago is forgotten. */
const MAX_KEYS = 10_000;

/** What calls of one key weighed. */
interface Log {
  /** Oldest first. Those at one time are one entry where the limit counts in steps. */
  readonly entries: { readonly time: number; weight: number }[];
  /** Of all entries. */
  total: number;
  /** What the store has told, by all processes, and when. */
  told: { readonly weight: number; readonly time: number } | undefined;
}

/** One rate or budget in the memory of this process: what calls weighed in its window, key by key. Whole numbers, so sums are exact. */
export class Window {
  readonly limit: CompiledLimit;
  readonly #logs: Map<string, Log>;

  /** @param previous one that counts the same, under the policy before: what it has counted stays counted */
  constructor(limit: CompiledLimit, previous?: Window) {
    this.limit = limit;
    this.#logs = previous ? previous.#logs : new Map<string, Log>();
  }

  /** Whether this window counts what that limit counts. */
  counts({ kind, id, per, currency }: CompiledLimit): boolean {
    return kind === this.limit.kind && id === this.limit.id && per === this.limit.per && currency === this.limit.currency;
  }

  /** Whether one call more would be too much. */
  isFull(invocation: Invocation, now: number): boolean {
    const log = this.#logs.get(this.keyOf(invocation));
    const { max, cost } = this.limit;
    // Not `spent + cost > max`: that sum may be beyond what a number holds exactly.
    return (log ? this.#spent(log, now) : 0) > max - cost;
  }

  count(invocation: Invocation, now: number): void {
    const { max, cost, step } = this.limit;
    const log = this.#touch(invocation);
    this.#spent(log, now);
    const time = step > 0 ? Math.ceil(now / step) * step : now;
    const last = log.entries.at(-1);
    if (step > 0 && last?.time === time) last.weight += cost;
    else log.entries.push({ time, weight: cost });
    log.total += cost;
    // More than fits where it is only observed, or a new policy allows less: the newest are enough to be full.
    let gone = 0;
    for (let entry = log.entries[0]; entry && log.total - entry.weight > max - cost; entry = log.entries[++gone]) log.total -= entry.weight;
    log.entries.splice(0, gone);
  }

  /** Remembers what all processes together have counted, for {@link usage}. */
  tell(invocation: Invocation, weight: number, now: number): void {
    this.#touch(invocation).told = { weight, time: now };
  }

  /** How much of the fullest key is used up: 1 is all of it. Of a store, as this process last heard of it. */
  usage(now: number): number {
    let most = 0;
    for (const log of this.#logs.values()) {
      const told = log.told && log.told.time > now - this.limit.window ? log.told.weight : 0;
      most = Math.max(most, this.#spent(log, now), told);
    }
    return this.limit.max > 0 ? most / this.limit.max : 1;
  }

  /** What is counted apart. Calls without it (no session, say) are counted together. */
  keyOf(invocation: Invocation): string {
    const { per } = this.limit;
    return per === "global" ? "" : (invocation[per] ?? "");
  }

  #touch(invocation: Invocation): Log {
    const key = this.keyOf(invocation);
    const log = this.#logs.get(key) ?? { entries: [], total: 0, told: undefined };
    this.#logs.delete(key);
    this.#logs.set(key, log);
    if (this.#logs.size > MAX_KEYS) this.#logs.delete(this.#logs.keys().next().value as string);
    return log;
  }

  #spent(log: Log, now: number): number {
    const alive = log.entries.findIndex(({ time }) => time > now - this.limit.window);
    for (const { weight } of log.entries.splice(0, alive < 0 ? log.entries.length : alive)) log.total -= weight;
    return log.total;
  }
}
