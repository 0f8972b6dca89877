import type { Path } from "./finding.ts";

/** How much is looked at. What lies beyond is never passed over in silence: it is an {@link Incomplete}. */
export interface ScanLimits {
  /** Text of one value, keys included, in UTF-16 code units. */
  readonly size: number;
  /** Levels of nesting. */
  readonly depth: number;
  /** Keys, elements and entries of one value. */
  readonly values: number;
  /** Findings in one value. */
  readonly findings: number;
  /** Work on what looked suspicious, in steps of about a nanosecond, beyond what grows with the text: a text can be written to look suspicious everywhere. */
  readonly work: number;
}

export const DEFAULT_LIMITS: ScanLimits = { size: 1 << 20, depth: 64, values: 100_000, findings: 1_000, work: 6_000_000 };

/**
 * Why a part of a value was not looked at, or not to the end.
 * - `too_deep`, `too_large`, `too_many`, `too_busy`: over the limit of depth; size; values or findings; work
 * - `too_encoded`: encoded more often than is decoded, or packed so that it unpacks to more than is looked into
 * - `unreadable`: it threw when it was read: a getter, a trap of a proxy, a proxy that was revoked
 * - `binary`: bytes that are no text
 * - `opaque`: holds nothing that can be looked at: a function, a promise, a stream, an instance with private state only
 * - `ner:…`: the model of names was too late (`deadline`), had too much to do (`busy`), failed, or was given too much (`size`)
 */
export type IncompleteKind = `ner:${"deadline" | "busy" | "failed" | "size"}` | "too_deep" | "too_large" | "too_many" | "too_busy" | "too_encoded" | "unreadable" | "binary" | "opaque";

/** Something that was not looked at. Policy decides what that means; unless it says otherwise, the call is refused. */
export interface Incomplete {
  readonly kind: IncompleteKind;
  /** Where it was first so; empty for the value as a whole. */
  readonly path: Path;
  /** In how many places. */
  readonly count: number;
}
