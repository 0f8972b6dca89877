import { join } from "node:path";
import type { MemberBody } from "./bodies.ts";
import type { Disk } from "./disk.ts";
import { followKeys, verifiersOf } from "./export/keys.ts";
import { checkpointIn } from "./export/prove.ts";
import type { Member } from "./members.ts";
import { parseRecord } from "./record.ts";
import { listLogs } from "./segment.ts";
import { openCheckpoint } from "./tree/checkpoint.ts";
import type { Hash } from "./tree/hash.ts";
import { consistencyProof, rootOf, verifyConsistency } from "./tree/proof.ts";
import { walkLog } from "./walk.ts";

/** The last checkpoint of a member that a log of logs has accepted. */
export interface Accepted {
  readonly note: string;
  readonly size: number;
  readonly root: Hash;
  /** The record that holds it. */
  readonly log: string;
  readonly index: number;
}

/** A member and what became of it. */
export interface Judged extends MemberBody {
  readonly size: number;
  readonly place: string;
}

const ACCEPTED: ReadonlySet<MemberBody["state"]> = new Set(["new", "grown", "unchanged"]);

/** States that a human must look at. */
export function isAlarm({ state }: Pick<MemberBody, "state">): boolean {
  return !ACCEPTED.has(state);
}

/** Every checkpoint that the logs of a merged directory have accepted, oldest first, by the origin of the member. */
export function acceptedMembers(disk: Disk, directory: string): Map<string, Accepted[]> {
  const found = new Map<string, Accepted[]>();
  for (const log of listLogs(disk, directory)) {
    for (const item of walkLog(disk, join(directory, log))) {
      if (item.kind !== "leaf" || !item.text?.includes('"t":"member"')) continue;
      const record = parseRecord(item.text);
      if (typeof record === "string" || record.t !== "member" || isAlarm(record)) continue;
      const checkpoint = checkpointIn(record.checkpoint);
      if (!checkpoint) continue;
      const list = found.get(record.origin) ?? [];
      found.set(record.origin, list);
      list.push({ note: record.checkpoint, size: checkpoint.size, root: checkpoint.root, log, index: item.index });
    }
  }
  for (const list of found.values()) list.sort((a, b) => a.size - b.size);
  return found;
}

/**
 * Judges members against what was accepted before; the bodies of the `member` records of one run, sorted by origin. A
 * newer checkpoint is accepted only with a proof that its tree goes on from the accepted one, and only under a key
 * that is known: one that was given, one that signed the accepted checkpoint, or one that such a key made its successor.
 *
 * @param keys verifier keys that were given. A member none of them is of is taken at its word the first time.
 */
export function judgeMembers(members: readonly Member[], accepted: ReadonlyMap<string, readonly Accepted[]>, keys: readonly string[]): Judged[] {
  return [...Map.groupBy(members, ({ origin }) => origin)].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([origin, copies]) => {
    // Of several copies the longest counts; the others must be what it has begun with.
    const [longest, ...others] = copies.toSorted((a, b) => b.size - a.size) as [Member, ...Member[]];
    const before = accepted.get(origin)?.at(-1);
    return [judge(longest, before, keys), ...others.flatMap((copy) => forked(copy, longest) ?? [])];
  });
}

function judge(member: Member, before: Accepted | undefined, given: readonly string[]): Judged {
  const { origin, note, size, root, source, problem, place, announced } = member;
  const say = (state: MemberBody["state"], detail?: string): Judged => ({ origin, checkpoint: note, state, detail, size, place });
  const ours = given.filter((key) => key.startsWith(`${origin}+`));
  const anchors = ours.length > 0 ? ours : before ? signersOf(before.note, origin, announced.map(({ key }) => key)) : announced.slice(0, 1).map(({ key }) => key);
  const opened = openCheckpoint(note, origin, verifiersOf(followKeys(anchors, announced)));
  if (typeof opened === "string") return say("unverified", opened);
  if (!source) return say("unverified", problem);
  if (before && size < before.size) return say("rollback", `it had ${before.size} records, and now has ${size}`);
  if (before && size === before.size && root !== before.root) return say("fork", `another tree of ${size} records was accepted before`);
  if (!before) return say("new", ours.length > 0 ? undefined : `its key was taken from the log itself: ${anchors[0] as string}`);
  if (size === before.size) return say("unchanged");
  // Nothing proves anything of an empty tree, nor need it.
  if (before.size > 0 && !verifyConsistency(before.size, size, before.root, root, consistencyProof(source, before.size, size))) return say("fork", `its tree does not go on from that of ${before.size} records that was accepted before`);
  return say("grown");
}

function forked(copy: Member, { source, place }: Member): Judged | undefined {
  if (!source || rootOf(source, copy.size) === copy.root) return undefined;
  return { origin: copy.origin, checkpoint: copy.note, state: "fork", detail: `${place} has another history of it`, size: copy.size, place: copy.place };
}

function signersOf(note: string, origin: string, keys: readonly string[]): string[] {
  return keys.filter((key) => typeof openCheckpoint(note, origin, verifiersOf([key])) !== "string");
}
