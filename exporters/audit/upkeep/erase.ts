import { SpangateError } from "../../../errors.ts";
import { join } from "node:path";
import { type Disk, realDisk } from "../disk.ts";
import type { AuditLog } from "../log.ts";
import { listLogs } from "../segment.ts";
import { parseValue, type Vault } from "../vault.ts";
import { walkLog } from "../walk.ts";
import { mustNotBeHeld } from "./holds.ts";

const ID = /^[0-9a-f]{32}$/;

export interface Erasure {
  /** Pseudonym of the subject; what it was called is not repeated. */
  readonly subject: string;
  readonly actor: string;
  /** Why it may and must be done, like "GDPR art. 17(1)(a)". */
  readonly basis: string;
}

/** A subject's pseudonym: the id itself, or what the vault makes of a name. */
export function subjectId(vault: Vault, subject: string): string {
  return ID.test(subject) ? subject : vault.pseudonym(subject);
}

/**
 * Destroys the key of a subject's values: everywhere, copies included, they read as erased from then on. The `erase`
 * record is on the disk before the key goes, so that no value is ever gone without a reason; after a crash in between
 * the same again completes it. Processes at work notice within a second.
 *
 * @returns false where the subject has no key: there is nothing (more) to erase, and nothing is recorded
 * @throws SG_AUDIT_HELD, SG_AUDIT_UNWRITABLE
 */
export function eraseSubject(directory: string, log: AuditLog, vault: Vault, erasure: Erasure): boolean {
  mustNotBeHeld(directory, "the erasure");
  if (!vault.subjects().includes(erasure.subject)) return false;
  if (log.append("erase", { ...erasure }).index === undefined || !log.flush()) throw log.problem ?? new SpangateError("SG_AUDIT_UNWRITABLE", { directory, problem: "the erase record could not be made safe" });
  return vault.erase(erasure.subject);
}

/** Values per subject over all logs of the directory, by pseudonym; `erased` where the subject has no key any more. */
export function countSubjects(directory: string, vault: Vault, disk: Disk = realDisk): { readonly subject: string; readonly values: number; readonly erased: boolean }[] {
  const keys = new Set(vault.subjects());
  const counts = new Map<string, number>([...keys].map((id) => [id, 0]));
  for (const log of listLogs(disk, directory)) {
    for (const item of walkLog(disk, join(directory, log))) {
      const id = item.kind === "value" ? parseValue(item.text)?.k : undefined;
      if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
  }
  return [...counts].map(([subject, values]) => ({ subject, values, erased: !keys.has(subject) })).sort((a, b) => b.values - a.values || (a.subject < b.subject ? -1 : 1));
}
