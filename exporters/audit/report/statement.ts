/**
 * What the log proves, against whom, and what it does not. The same text stands in every export, since whoever reads
 * one has not read docs/audit.md.
 *
 * @module
 */

export interface Promise {
  readonly who: string;
  readonly proven: string;
  readonly notProven: string;
}

export const PROMISES: readonly Promise[] = [
  { who: "Somebody who edits files later, without the key", proven: "Any modified, deleted, inserted or reordered record at or below a signed checkpoint is reported with its index, offline, from file and public key.", notProven: "Cutting the log back to an older valid checkpoint is reported only if the verifier is given a later head: one that a backend, a witness or the reader has kept." },
  { who: "Somebody who has files and signing key", proven: "Changes of history below a head that a backend or a witness already holds are reported.", notProven: "Anything newer than the last head that left the machine." },
  { who: "The agent's own process, taken over", proven: "History whose head left the process before stays provable; a witness refuses a history that contradicts it.", notProven: "That what it wrote afterwards is true or complete, or when it happened." },
  { who: "A backend", proven: "It cannot change or forge a record or a checkpoint; that it withholds some or serves an old head shows in comparison with the file.", notProven: "That it keeps anything." },
  { who: "A crash, a killed process, a power cut", proven: "Acknowledged records survive as the durability level of the time says; an unclean end is visible.", notProven: "Logging after the process was stopped: that shows as silence." },
  { who: "Clocks", proven: "The order of the records of one log is that of their indices.", notProven: "The time of day in records, which is that of the host. A cosignature of a witness is an upper bound; nothing is a lower one." },
  { who: "Tools that were not gated", proven: "Heartbeats name the modules that could run tools and were not gated.", notProven: "Calls that went past the gate: the log holds what was brought before it." },
];

/** One sentence on what an export is not. */
export const SCOPE = "This export maps records to provisions; it is no statement that an organisation or a system fulfils them. What is counted is what the log holds: nothing here shows that the log is all there is.";
