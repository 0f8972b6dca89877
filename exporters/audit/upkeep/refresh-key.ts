import { statSync } from "node:fs";
import { join } from "node:path";
import type { AuditLog } from "../log.ts";
import { holdKey, KEY_FILE, type SignerSource } from "../signer.ts";

/**
 * To be called now and then by who writes a log: when the key file has become another one, the log's `key` record is
 * written and the new key signs. Throws SG_AUDIT_KEY for a file that cannot be used; the old key signs on, and the
 * next call tries again.
 */
export function keyRefresher(log: Pick<AuditLog, "rotateKey">, directory: string, source: SignerSource): () => void {
  const file = source.keyFile ?? join(directory, KEY_FILE);
  const inFile = source.key === undefined && source.signer === undefined;
  let seen = inFile ? stampOf(file) : undefined;
  return () => {
    const stamp = inFile ? stampOf(file) : undefined;
    // A file that is gone is no new key.
    if (stamp === undefined || stamp === seen) return;
    log.rotateKey(holdKey(directory, source), "the key file has another key");
    seen = stamp;
  };
}

function stampOf(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat && `${stat.ino} ${stat.mtimeMs}`;
}
