import { type Assessment, HARMLESS, surer } from "./score.ts";

/** Sessions that are remembered. Beyond it the one is forgotten that was tainted longest ago. */
const MAX_SESSIONS = 10_000;

/** Session → the surest injection that its results carried, and all labels. Outlives the policy: what was read stays read. */
const tainted = new Map<string, Assessment>();

/**
 * What the results of a session have carried so far, in this process; score 0 where nothing was found. Calls that
 * belong to no session count as one.
 */
export function taintOf(session: string | undefined): Assessment {
  return tainted.get(session ?? "") ?? HARMLESS;
}

export function taint(session: string | undefined, found: Assessment): void {
  if (found.score === 0) return;
  const key = session ?? "";
  const before = tainted.get(key);
  tainted.delete(key);
  tainted.set(key, before ? surer(before, found) : found);
  if (tainted.size > MAX_SESSIONS) tainted.delete(tainted.keys().next().value as string);
}
