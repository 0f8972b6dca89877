/**
 * What a verification says. docs/verification.md explains every word of it.
 *
 * @module
 */

/**
 * What became of one index of a log.
 *
 * - `proven`: its record is there, byte for byte, under a checkpoint of a trusted key
 * - `unproven`: a record is there that goes on from the one before, and no such checkpoint covers it
 * - `altered`: what stands there is not the record that was sealed
 * - `missing`: nothing stands there
 * - `pruned`: its body was deleted as a `prune` record says; its leaf hash is proven
 */
export type RecordVerdict = "proven" | "unproven" | "altered" | "missing" | "pruned";

export const VERDICTS: readonly RecordVerdict[] = ["proven", "unproven", "altered", "missing", "pruned"];

/** The whole of it, and the exit code of `spangate verify`: 0, 1, 3, 4. */
export type Outcome = "proven" | "tampered" | "incomplete" | "unverifiable";

export const OUTCOMES: readonly Outcome[] = ["proven", "tampered", "incomplete", "unverifiable"];

export type ProblemKind =
  /** A record is not what was sealed. */
  | "altered"
  /** Records are not there. */
  | "missing"
  /** A line that no record goes on from. */
  | "inserted"
  /** The same record once more. */
  | "duplicate"
  /** A record of this log, and not in its place. */
  | "reordered"
  /** Two different records or trees of one place, both signed. */
  | "fork"
  /** The log was known to be longer. */
  | "truncated"
  /** A header, checkpoint or value that is not what was written, or that contradicts the records. */
  | "header" | "checkpoint" | "value"
  /** Bytes that no record explains, or others than it explains. */
  | "bytes"
  /** A file that cannot be read. */
  | "unreadable"
  /** No checkpoint that could be believed covers these records. */
  | "unproven"
  /** A known head that does not carry the cosignatures that were asked for. */
  | "witness";

/** One thing that is wrong. */
export interface Problem {
  readonly kind: ProblemKind;
  /** Index of the record in question, or of the first of them. */
  readonly index: number;
  /** File in the folder of the log; empty where it is none. */
  readonly segment: string;
  /** Line in the file, from 1; 0 where it is none. */
  readonly line: number;
  readonly detail: string;
  /** What it makes of the log. */
  readonly means: Exclude<Outcome, "proven">;
}

/** Problems that are listed of one log; beyond it they are counted only. */
export const MOST_PROBLEMS = 100;

/** Ranges of missing records that are listed of one log; beyond it they are counted only. */
export const MOST_RANGES = 10_000;

export type LogState =
  /** Every known head that was given is one of this log, or before it. */
  | "consistent-with-heads"
  /** A known head is of a longer log. */
  | "truncated"
  /** Two histories are signed. */
  | "forked"
  /** Nothing was written for three intervals of its heartbeat. */
  | "stale"
  /** The last session has not ended with `close`: it still runs, or it died. */
  | "unclean-end";

export interface ValueCounts {
  /** Decrypted, and equal to their commitments. */
  readonly checked: number;
  /** Their key was destroyed. */
  readonly erased: number;
  /** Without the vault's key. */
  readonly unread: number;
  readonly damaged: number;
}

export interface LogReport {
  /** Its id. */
  readonly log: string;
  readonly origin: string;
  /** Version of its format; of version 1 only the chain can be verified. */
  readonly version: 1 | 2;
  /** Records that the log has, or had: one more than the highest index. */
  readonly records: number;
  /** How many of them a believed checkpoint covers. */
  readonly sealed: number;
  /** Leaf hash of the last record, base64. */
  readonly head: string;
  /** The last checkpoint that is believed, a signed note: to be kept elsewhere, for `--known-head`. */
  readonly checkpoint: string | undefined;
  /** The key that is believed, as a verifier key; undefined where none is. */
  readonly key: string | undefined;
  readonly counts: Readonly<Record<RecordVerdict, number>>;
  readonly values: ValueCounts;
  /** Why records are unproven → how many. */
  readonly unproven: Readonly<Record<string, number>>;
  /** Which indices are missing, as ranges [first, after the last]: the first {@link MOST_RANGES} of them. */
  readonly missing: readonly (readonly [number, number])[];
  /** Decisions to run whose outcome never came: the process ended in between, or is still at work. */
  readonly unfinished: number;
  readonly states: readonly LogState[];
  readonly outcome: Outcome;
  /** The first {@link MOST_PROBLEMS} of them. */
  readonly problems: readonly Problem[];
  /** How many there are. */
  readonly problemCount: number;
  /** What is worth knowing and nothing wrong. */
  readonly notes: readonly string[];
}

export interface Report {
  /** Whether everything is proven: `outcome` is `proven`. */
  readonly ok: boolean;
  readonly outcome: Outcome;
  /** Where the trusted keys are from. */
  readonly keys: "given" | "log";
  readonly logs: readonly LogReport[];
}

const RANK: Readonly<Record<Outcome, number>> = { proven: 0, incomplete: 1, unverifiable: 2, tampered: 3 };

/** The worst of several: tampered before unverifiable before incomplete. */
export function worst(outcomes: Iterable<Outcome>): Outcome {
  let found: Outcome = "proven";
  for (const outcome of outcomes) if (RANK[outcome] > RANK[found]) found = outcome;
  return found;
}

/** Problems of one log, the first ones kept. */
export class Problems {
  readonly listed: Problem[] = [];
  count = 0;
  #outcome: Outcome = "proven";

  add(problem: Problem): void {
    this.count++;
    this.#outcome = worst([this.#outcome, problem.means]);
    if (this.listed.length < MOST_PROBLEMS) this.listed.push(problem);
  }

  get outcome(): Outcome {
    return this.#outcome;
  }
}
