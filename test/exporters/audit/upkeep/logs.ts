import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { RecordType } from "../../../../exporters/audit/bodies.ts";
import { type Disk, realDisk } from "../../../../exporters/audit/disk.ts";
import type { AuditLog, LogOptions } from "../../../../exporters/audit/log.ts";
import { type AuditRecord, parseRecord } from "../../../../exporters/audit/record.ts";
import { listLogs } from "../../../../exporters/audit/segment.ts";
import { Frontier } from "../../../../exporters/audit/tree/frontier.ts";
import type { Vault } from "../../../../exporters/audit/vault.ts";
import { walkLog } from "../../../../exporters/audit/walk.ts";
import { decision, openLog } from "../../../support/records.ts";
import { temporaryFolder } from "../../../support/run.ts";

export const DAY = 86_400_000;

/** Calls of a subject, with their arguments in the vault. */
export function call(log: AuditLog, vault: Vault, tool: string, text: string, subject?: string): void {
  const value = vault.seal(text, { subject, keep: "value" });
  log.append("decision", decision(tool, { args: value.commit, args_bytes: value.bytes }), value);
}

export { decision, openLog };

/** A log that has ended so many segments of a few records each, and is open in one more. */
export function logOf(segments: number, directory: string = temporaryFolder(), more: Partial<LogOptions> = {}): { directory: string; log: AuditLog } {
  const log = openLog(directory, { rotate: { size: 3_000, age: DAY }, ...more });
  while (readdirSync(log.folder).filter((file) => file.endsWith(".log")).length <= segments) log.append("decision", decision(`tool_${log.size}`));
  log.flush();
  return { directory, log };
}

export function copyOf(directory: string): string {
  const copy = temporaryFolder();
  cpSync(directory, copy, { recursive: true });
  return copy;
}

export interface Contents {
  readonly size: number;
  readonly leaves: readonly string[];
  readonly pruned: number;
  readonly records: readonly AuditRecord[];
  /** Whether every checkpoint has the root of what stands before it. */
  readonly sealed: boolean;
}

/** All of a log, with every root computed anew. */
export function contentsOf(folder: string, disk: Disk = realDisk): Contents {
  const tree = new Frontier();
  const roots = new Map<number, string>([[0, tree.root()]]);
  const leaves: string[] = [];
  const records: AuditRecord[] = [];
  let pruned = 0;
  let sealed = true;
  for (const item of walkLog(disk, folder)) {
    if (item.kind === "leaf") {
      tree.append(item.leaf);
      roots.set(tree.size, tree.root());
      leaves.push(item.leaf);
      if (item.text === undefined) pruned++;
      else records.push(parseRecord(item.text) as AuditRecord);
    } else if (item.kind === "seal") sealed &&= roots.get(item.size) === item.root;
  }
  return { size: tree.size, leaves, pruned, records, sealed };
}

/** All records of a type in a directory. */
export function recordsOf<T extends RecordType>(directory: string, type: T): AuditRecord<T>[] {
  return listLogs(realDisk, directory).flatMap((log) => contentsOf(join(directory, log)).records).filter((record): record is AuditRecord<T> => record.t === type);
}

/** The disk of a machine that stops at its n-th change: from then on nothing works. */
export function stopping(at: number): { disk: Disk; stopped: () => boolean } {
  let count = 0;
  const change = <A extends unknown[], R>(how: (...args: A) => R) => (...args: A): R => {
    if (++count >= at) throw new Error("the machine stopped");
    return how(...args);
  };
  const { create, write, sync, syncFolder, rename, remove } = realDisk;
  return {
    stopped: () => count >= at,
    disk: {
      ...realDisk, create: change(create), write: change(write), sync: change(sync), syncFolder: change(syncFolder), rename: change(rename), remove: change(remove),
      syncLater: (fd, done) => (++count >= at ? setImmediate(done, new Error("the machine stopped")) : realDisk.syncLater(fd, done)),
    },
  };
}
