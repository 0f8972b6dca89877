import { existsSync, readFileSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { SpangateError } from "../../../errors.ts";
import { realDisk, replaceFile } from "../disk.ts";
import { listLogs } from "../segment.ts";
import { holdKey, KEY_FILE, makeKeyFile, RETIRED_FILE } from "../signer.ts";
import { nodeCrypto, publicOf } from "../tree/key.ts";
import { acquire } from "../lock.ts";
import { freeLogs, type HandSource, keysOf, openByHand } from "./by-hand.ts";

export interface Rotation {
  /** Public keys, 32 bytes in base64. */
  readonly previous: string;
  readonly key: string;
  /** Logs that have a `key` record; a process at work writes its own when it finds the new key. */
  readonly logs: readonly string[];
  readonly busy: readonly string[];
}

/**
 * Another key signs from here on. In this order, so that a crash at any step leaves logs that can be gone on with,
 * and the same again completes it: a key file beside the old one; both public keys known to who verifies; a `key`
 * record, sealed by the old key, in every log that nobody writes to; the new file in the place of the old one.
 *
 * @throws SG_AUDIT_KEY where the key is not in a file: it is then rotated where it is
 */
export function rotateKeys(directory: string, source: HandSource, reason: string): Rotation {
  if (source.key !== undefined || source.signer !== undefined) {
    throw new SpangateError("SG_AUDIT_KEY", { where: source.key === undefined ? "SPANGATE_AUDIT_SIGNER" : "SPANGATE_AUDIT_KEY", problem: `it is not in a file, so it is rotated where it is: add its public key to ${join(directory, RETIRED_FILE)}, then give the new one` });
  }
  const old = keysOf(directory, source);
  const file = source.keyFile ?? join(directory, KEY_FILE);
  const next = `${file}.next`;
  if (!existsSync(next)) makeKeyFile(next);
  const fresh = holdKey(directory, { keyFile: next });
  const [previous, key] = [publicKeyIn(file), publicKeyIn(next)];
  retire(directory, [previous, key]);
  const logs: string[] = [];
  const locks: { close(): void }[] = [];
  try {
    // Where nobody's log is free, a new one tells of the key.
    for (let left = Math.max(1, freeLogs(directory, old).length); left > 0; left--) {
      const log = openByHand(directory, source, old);
      log.rotateKey(fresh, reason);
      log.close();
      logs.push(log.id);
      // Held, so that the next one is another.
      const lock = acquire(join(log.folder, "lock"));
      if (lock) locks.push(lock);
    }
    renameSync(next, file);
    realDisk.syncFolder(dirname(file));
  } finally {
    for (const lock of locks) lock.close();
  }
  return { previous, key, logs, busy: listLogs(realDisk, directory).filter((log) => !logs.includes(log)) };
}

function retire(directory: string, keys: readonly string[]): void {
  const file = join(directory, RETIRED_FILE);
  const known = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  realDisk.makeFolder(dirname(file));
  replaceFile(realDisk, file, [...new Set([...known, ...keys])].map((key) => `${key}\n`).join(""));
  realDisk.syncFolder(dirname(file));
}

function publicKeyIn(file: string): string {
  const text = readFileSync(file, "utf8");
  const seed = text.includes("-----") ? undefined : Buffer.from(text.trim(), "base64");
  const key = nodeCrypto().createPrivateKey(seed ? { key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]), format: "der", type: "pkcs8" } : text);
  return publicOf(key).export({ format: "der", type: "spki" }).subarray(-32).toString("base64");
}
