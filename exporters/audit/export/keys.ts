import { join } from "node:path";
import type { Disk } from "../disk.ts";
import { LOG_KEY } from "../head.ts";
import { parseRecord } from "../record.ts";
import { verifierOf } from "../tree/cosignature.ts";
import type { Verifier } from "../tree/note.ts";
import { walkLog } from "../walk.ts";

/** A key as a log itself tells of it. */
export interface AnnouncedKey {
  /** C2SP verifier key. */
  readonly key: string;
  /** The record that tells of it first; -1 where that was pruned. */
  readonly index: number;
  readonly ts: string;
  /** The key that it follows, by a `key` record that was sealed by that one; absent where an `open` record named it. */
  readonly previous?: string | undefined;
}

/** The keys of a log, as far as its records are there, oldest first. */
export function announcedKeys(disk: Disk, folder: string): AnnouncedKey[] {
  const found = KeyList.of(disk, folder);
  for (const item of walkLog(disk, folder)) if (item.kind === "leaf" && item.text !== undefined) found.see(item.text);
  return found.keys;
}

/** Gathers keys from records as they go by. */
export class KeyList {
  readonly keys: AnnouncedKey[] = [];

  /** With the keys that were kept when the records that named them were pruned. */
  static of(disk: Disk, folder: string): KeyList {
    const list = new KeyList();
    const file = join(folder, LOG_KEY);
    if (disk.exists(file)) for (const key of disk.read(file).toString().trim().split("\n").toReversed()) list.keys.push({ key, index: -1, ts: "0" });
    return list;
  }

  see(line: string): void {
    if (!line.includes('"t":"open"') && !line.includes('"t":"key"')) return;
    const record = parseRecord(line);
    if (typeof record === "string" || (record.t !== "open" && record.t !== "key")) return;
    if (this.keys.some(({ key }) => key === record.key)) return;
    this.keys.push({ key: record.key, index: record.i, ts: record.ts, ...(record.t === "key" && { previous: record.previous }) });
  }
}

/** Who is believed when some keys are: they, and each that one of them made its successor. */
export function followKeys(anchors: readonly string[], announced: readonly AnnouncedKey[]): string[] {
  const trusted = new Set(anchors);
  for (const { key, previous } of announced) if (previous !== undefined && trusted.has(previous)) trusted.add(key);
  return [...trusted];
}

/** What verifies signatures of these keys; keys that are none are left out. */
export function verifiersOf(keys: readonly string[]): Verifier[] {
  return keys.map(verifierOf).filter((verifier): verifier is Verifier => typeof verifier !== "string");
}
