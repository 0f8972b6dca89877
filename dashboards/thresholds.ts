/** Where a panel turns red and an alert fires: one number for both. Starting points, to be adjusted to the agents that are watched. */
export const THRESHOLDS = {
  /** Share of calls that are denied. */
  deniedShare: 0.25,
  /** Denied calls below which a share says nothing. */
  deniedCalls: 20,
  /** Share of tool calls that end with an error or a withheld result. */
  failedShare: 0.25,
  /** Failed calls below which a share says nothing. */
  failedCalls: 20,
  /** Seconds that the gate adds to a call at the 99th percentile; a bucket bound of the histogram, so that it is exact. */
  overhead: 5e-3,
  /** Seconds that a call waits for an opinion at the 99th percentile, of the calls that wait; a bucket bound, too. */
  wait: 5,
  /** Seconds that a call has waited for an answer: half of what a policy gives it unless it says otherwise (limits.deadline). */
  waitingAge: 15,
  /** Share of a budget that is used up. */
  budgetUsed: 0.9,
  /**
   * Burn rates: how many times faster than evenly over its window a budget is spent. 6: gone after a sixth of the window.
   * Each is looked at over two windows, as the SRE workbook (chapter 5, multiwindow alerts) has it: the long one says that it
   * matters, the short one that it still goes on.
   */
  budgetBurn: { fast: 6, slow: 3 },
  /** Seconds since the log was last verified: a timer does it every quarter of an hour. */
  verifyAge: 3_600,
  /** Audit records that the backend has not confirmed; the shipper sends 512 in one request. */
  auditLag: 1_000,
  /** Seconds that records wait for a signed checkpoint; one is due after a second. */
  checkpointAge: 60,
} as const;
