import type { Gap, Interval } from "./outbox.ts";

/** Somewhere that gets a copy of the log. */
export interface Destination {
  /** Names its cursor and its dead-letter file: letters, digits, hyphens. */
  readonly name: string;
  /** How much is gathered before it is delivered; default: what one checkpoint covers, 200 ms after it is safe. */
  readonly gather?: Gathering;
  /**
   * Delivers an interval whole. Resolves with the indices of records that were refused for good; rejects when it must
   * be sent again, not before `retryAfter` milliseconds where the error has that. The same interval may come twice,
   * and with other bounds: after a crash nobody knows what arrived.
   */
  deliver(interval: Interval): Promise<readonly number[]>;
  /** Tells of records that cannot be delivered, for they are not there any more. May come twice as well. */
  declare(gap: Gap): Promise<void>;
  /** Ends connections. */
  close?(): void;
}

export interface Gathering {
  /** Milliseconds from when something is safe to when it is sent. */
  readonly after: number;
  /** Intervals are joined up to so many records. */
  readonly records: number;
}

/** An error after which a destination wants to be left alone for a while. */
export interface Postponed extends Error {
  /** Milliseconds. */
  readonly retryAfter?: number | undefined;
}
