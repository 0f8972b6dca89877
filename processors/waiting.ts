/** The calls of this thread that wait for an opinion, and for how long they did. */
export class Waiting {
  /** Processor → when each call began to wait for it, the longest first. */
  readonly #since = new Map<string, Set<{ readonly from: number }>>();
  readonly #ended: (source: string, milliseconds: number) => void;

  /** @param ended told how long a call waited for an opinion of this processor */
  constructor(ended: (source: string, milliseconds: number) => void) {
    this.#ended = ended;
  }

  /**
   * A call begins to wait.
   *
   * @returns to be called when the opinion is there, or nobody waits for it any more; a second time it does nothing
   */
  begin(source: string): () => void {
    const call = { from: performance.now() };
    let calls = this.#since.get(source);
    if (!calls) this.#since.set(source, (calls = new Set()));
    calls.add(call);
    return () => {
      if (calls.delete(call)) this.#ended(source, performance.now() - call.from);
    };
  }

  /**
   * By the processor that they wait for, those included that nobody waits for any more.
   *
   * @param observe takes how many wait, and for how long the first of them has, in milliseconds
   */
  forEach(observe: (source: string, calls: number, longest: number) => void): void {
    const now = performance.now();
    for (const [source, calls] of this.#since) {
      const [first] = calls;
      observe(source, calls.size, first ? now - first.from : 0);
    }
  }
}
