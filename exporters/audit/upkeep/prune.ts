import { join } from "node:path";
import type { Audit } from "../../../policies/schema/audit.ts";
import { RETENTION_FLOORS } from "../../../policies/schema/retention.ts";
import type { PruneBody } from "../bodies.ts";
import { type Disk, replaceFile } from "../disk.ts";
import { type AnnouncedKey, followKeys, KeyList } from "../export/keys.ts";
import { CURSOR, LOG_KEY, readHead } from "../head.ts";
import { parseRecord } from "../record.ts";
import { headerOf, listSegments, type SegmentName } from "../segment.ts";
import { Frontier } from "../tree/frontier.ts";
import { walkSegment } from "../walk.ts";
import { removeEnded } from "./append-only.ts";
import { endedSegments } from "./ended.ts";
import { breathe, unpacked, writeFile } from "./files.ts";
import type { Hold } from "./holds.ts";

const DAY = 86_400_000;
/** Records that are hashed before others may run. */
const BATCH = 256;

export interface PruneOptions {
  readonly disk: Disk;
  readonly retention: Audit["retention"];
  /** The time, in milliseconds since the epoch. */
  readonly now: number;
  /** Names of the destinations that are to have the log; those that have a cursor beside the log are known anyway. */
  readonly destinations: readonly string[];
  readonly actor: string;
  readonly holds: () => readonly Hold[];
  /** Writes the `prune` record; true once it is on the disk under a checkpoint. */
  readonly record: (body: PruneBody) => Promise<boolean>;
}

export interface PruneReport {
  /** What was pruned: records [from, to). */
  readonly pruned?: { readonly from: number; readonly to: number; readonly segments: readonly string[]; readonly bytes: number; readonly reason: string };
  /** The oldest segment that should go and does not, and why. */
  readonly kept?: { readonly segment: string; readonly because: string };
}

interface Due {
  readonly segment: SegmentName;
  readonly end: number;
  readonly bytes: number;
  readonly reason: string;
}

/**
 * Prunes a log as its retention says: whole ended segments, oldest first, down to their leaf hashes. The order is leaf
 * hashes on the disk, `prune` record on the disk under a checkpoint, bodies deleted: a crash in between leaves a log that has both, and
 * the next attempt prunes it again. What stands under a legal hold, what a destination does not have yet and what is
 * damaged stays, and the report says so. Throws what the disk throws.
 *
 * @param dry only tell what would go
 */
export async function pruneLog(folder: string, log: string, options: PruneOptions, dry = false): Promise<PruneReport> {
  const { disk, actor, holds, record } = options;
  const { due, kept } = await dueSegments(folder, options);
  const [first, last] = [due[0], due.at(-1)];
  if (!first || !last) return { ...(kept && { kept }) };
  const pruned = { from: first.segment.first, to: last.end, segments: due.map(({ segment }) => segment.name), bytes: due.reduce((sum, { bytes }) => sum + bytes, 0), reason: first.reason };
  if (dry) return { pruned, ...(kept && { kept }) };
  const gone: Gone = { keys: new KeyList(), prunes: new Map() };
  for (const { segment, end } of due) {
    const problem = await writeLeaves(disk, folder, segment, end, gone);
    if (problem !== undefined) return { kept: { segment: segment.name, because: problem } };
  }
  keepKey(disk, folder, gone.keys.keys);
  gone.prunes.delete(log);
  // Of this log the whole of what is gone, since the records that said so before may be among it; of others the same again.
  const records: PruneBody[] = [...gone.prunes.values(), { target: log, from: listSegments(disk, folder)[0]?.first ?? 0, to: pruned.to, actor, reason: pruned.reason }];
  for (const body of records) if (!(await record(body))) return { kept: { segment: first.segment.name, because: "the prune record could not be made safe, or has no checkpoint" } };
  for (const { segment } of due) {
    // Somebody may have asked for a hold since.
    const [hold] = holds();
    if (hold) return { pruned, kept: { segment: segment.name, because: heldBy(hold) } };
    await removeEnded(disk, join(folder, segment.file));
  }
  return { pruned, ...(kept && { kept }) };
}

/** The oldest segments as far as the retention no longer keeps them and nothing else does. */
async function dueSegments(folder: string, { disk, retention, now, destinations, holds }: PruneOptions): Promise<{ due: Due[]; kept?: PruneReport["kept"] }> {
  const due: Due[] = [];
  const { age, size, profile } = retention;
  if (age === undefined && size === undefined) return { due };
  const floor = profile === undefined ? 0 : RETENTION_FLOORS[profile];
  const delivered = deliveredTo(disk, folder, destinations);
  let total = 0;
  const sizes = new Map(listSegments(disk, folder).filter(({ form }) => form !== "leaves").map(({ name, file }) => [name, disk.readTail(join(folder, file), 0).size]));
  for (const bytes of sizes.values()) total += bytes;
  for (const { segment, end } of endedSegments(disk, folder)) {
    if (segment.form === "leaves") continue;
    const ended = endOf(await unpacked(disk, folder, segment));
    const old = now - ended;
    const tooOld = age !== undefined && old >= age;
    const tooLarge = size !== undefined && total > size;
    if (!tooOld && !tooLarge) break;
    const reason = tooOld ? `ended more than ${days(age)} ago` : `the log is larger than ${size} bytes`;
    const bytes = sizes.get(segment.name) ?? 0;
    const [hold] = holds();
    const behind = [...delivered].find(([, reached]) => reached < end);
    const because = hold ? heldBy(hold)
      : behind ? `${behind[0]} has only the first ${behind[1]} records`
      : !tooOld && old < floor ? `the profile ${profile} keeps it for ${days(floor)}`
      : undefined;
    if (because !== undefined) return { due, kept: { segment: segment.name, because } };
    due.push({ segment, end, bytes, reason });
    total -= bytes;
    await breathe();
  }
  return { due };
}

/** Writes what stays of a segment; or says why it must not go: what is damaged is evidence. */
async function writeLeaves(disk: Disk, folder: string, segment: SegmentName, end: number, gone: Gone): Promise<string | undefined> {
  const bytes = await unpacked(disk, folder, segment);
  const header = headerOf(bytes);
  if (typeof header === "string" || header.first !== segment.first) return "it is damaged: it has no header";
  const tree = Frontier.parse(header.first, header.frontier) as Frontier;
  const leaves: string[] = [];
  const walk = walkSegment(bytes, segment, header, end, tree);
  let step = walk.next();
  for (; !step.done; step = walk.next()) {
    if (step.value.kind === "leaf") {
      leaves.push(step.value.leaf);
      if (step.value.text !== undefined) see(gone, step.value.text);
    }
    if (leaves.length % BATCH === 0) await breathe();
  }
  const after = listSegments(disk, folder).find(({ number }) => number > segment.number);
  const next = after && headerOf(await unpacked(disk, folder, after));
  if (typeof next !== "object" || next.first !== end || tree.size !== end || next.frontier !== tree.toString() || next.prev !== step.value) return "it is damaged, or the one after it: they do not go on from each other";
  const file = join(folder, `${segment.name}.leaves`);
  await writeFile(disk, `${file}.new`, Buffer.concat([bytes.subarray(0, bytes.indexOf("\n") + 1), Buffer.from(leaves.join(""), "latin1")]));
  disk.rename(`${file}.new`, file);
  disk.syncFolder(folder);
  return undefined;
}

/** What else is told by records that go, and must stay known. */
interface Gone {
  readonly keys: KeyList;
  /** The newest `prune` record of each log. */
  readonly prunes: Map<string, PruneBody>;
}

function see({ keys, prunes }: Gone, line: string): void {
  keys.see(line);
  const record = line.includes('"t":"prune"') ? parseRecord(line) : "";
  if (typeof record === "string" || record.t !== "prune") return;
  const { target, from, to, actor, reason } = record;
  prunes.set(target, { target, from, to, actor, reason });
}

/** The records that named the keys go; who verifies without one of their own takes them from here, the newest first. */
function keepKey(disk: Disk, folder: string, announced: readonly AnnouncedKey[]): void {
  const file = join(folder, LOG_KEY);
  const before = disk.exists(file) ? disk.read(file).toString().trim().split("\n") : announced.slice(0, 1).map(({ key }) => key);
  if (before.length === 0) return;
  const trusted = followKeys(before.slice(0, 1), announced);
  const newest = announced.findLast((one) => trusted.includes(one.key))?.key;
  const keys = new Set([...(newest === undefined ? [] : [newest]), ...before, ...trusted]);
  replaceFile(disk, file, `${[...keys].join("\n")}\n`);
  disk.syncFolder(folder);
}

/** How many records each destination has. One that never got any has none, where it is known that there is one. */
function deliveredTo(disk: Disk, folder: string, destinations: readonly string[]): Map<string, number> {
  const cursors = disk.list(folder).filter((name) => CURSOR.test(name));
  return new Map([
    ...destinations.map((name) => [name, 0] as const),
    ...cursors.map((file) => [file.slice("cursor-".length, -".json".length), readHead(disk, folder, file)?.size ?? 0] as const),
  ]);
}

/** When the last record of a segment was written, in milliseconds since the epoch; never, where that cannot be read. */
function endOf(bytes: Buffer): number {
  const at = bytes.lastIndexOf('","ts":"');
  const [, digits] = /^","ts":"(\d+)\d{6}"/.exec(at < 0 ? "" : bytes.toString("latin1", at, at + 40)) ?? [];
  return digits === undefined ? Infinity : Number(digits);
}

function heldBy({ name, who, since }: Hold): string {
  return `the legal hold ${name} of ${who} since ${since}`;
}

function days(milliseconds: number): string {
  return milliseconds % DAY === 0 ? `${milliseconds / DAY} days` : `${milliseconds / 1_000} seconds`;
}
