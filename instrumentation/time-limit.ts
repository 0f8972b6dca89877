/** A tool that ran longer than the policy lets it. */
export class TookTooLong extends Error {
  constructor(limit: number) {
    super(`it took longer than ${limit / 1_000} s`);
  }
}

/** The time that one run of a tool may take. Nothing can stop the tool; what is late is kept from whoever waits. */
export class TimeLimit {
  readonly #limit: number;
  readonly #end: number;

  /** @param limit milliseconds, from now */
  constructor(limit: number) {
    this.#limit = limit;
    this.#end = performance.now() + limit;
  }

  /** @throws TookTooLong when the time is up */
  check(): void {
    if (performance.now() > this.#end) throw new TookTooLong(this.#limit);
  }

  /** What `work` comes to, or a rejection with {@link TookTooLong} when the time is up before. */
  within<T>(work: PromiseLike<T>): Promise<T> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new TookTooLong(this.#limit)), Math.max(0, this.#end - performance.now()));
    return Promise.race([work, late]).finally(() => clearTimeout(timer));
  }
}
