/** One window of a call, as a store counts it. */
export interface Counted {
  /** What is counted apart. Says nothing of who calls: it is a hash. */
  readonly key: string;
  readonly max: number;
  readonly cost: number;
  /** Milliseconds. */
  readonly window: number;
  /** Milliseconds that calls are counted in one entry for; 0: each is one of its own. */
  readonly step: number;
  /** It is only observed: full or not, it refuses nothing. */
  readonly shadow: boolean;
}

/** What a store says of a call. */
export interface Told {
  /** Index of the window that is full, one that refuses before one that is only observed; -1: none is. */
  readonly exceeded: number;
  /** The call is counted in every window. */
  readonly counted: boolean;
  /** What each key has counted now, this call included where it is. */
  readonly spent: readonly number[];
}

/** Where processes count their calls together. */
export interface LimitStore {
  /** The last request was late or failed. */
  readonly degraded: boolean;
  /**
   * Looks at all windows of a call and then, in the same moment, counts it in all of them or in none.
   *
   * @param policy name of the policy: its windows are its own
   * @param observing the call runs whatever is said, so it is counted
   * @throws Error in words that the model may see, where there is no answer in time; once or twice its time where the server has to be asked again
   */
  judge(policy: string, windows: readonly Counted[], observing: boolean): Promise<Told>;
}
