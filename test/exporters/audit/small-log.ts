import { appendFileSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { generateKeyPairSync } from "node:crypto";
import { type Disk, realDisk } from "../../../exporters/audit/disk.ts";
import type { AuditLog } from "../../../exporters/audit/log.ts";
import { holdKey, type KeyHolder } from "../../../exporters/audit/signer.ts";
import { leafHash } from "../../../exporters/audit/tree/hash.ts";
import { Vault } from "../../../exporters/audit/vault.ts";
import { decision, openLog } from "../../support/records.ts";
import { temporaryFolder } from "../../support/run.ts";

/** The files of one log, by name. */
export type Files = ReadonlyMap<string, Buffer>;

export interface SmallLog {
  /** The audit directory, with its vault and keys. */
  readonly directory: string;
  readonly id: string;
  readonly origin: string;
  readonly files: Files;
  /** Whose value can be read. */
  readonly subject: string;
}

/** A key of its own, so that a log can be told from one that somebody else signed. */
export function newKey(directory: string): KeyHolder {
  return holdKey(directory, { key: generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }) as string });
}

const NO_LOCK = { lock: (): { close(): void } => ({ close: () => {} }) };
/** Two or three records a segment. */
const TINY = { rotate: { size: 1_800, age: 86_400_000 } };

/**
 * Fifteen records in several segments, with everything that a log can have: rotation, a crash that tore a line and
 * the record that tells of it, values, an erased subject, another key, a pruned segment; closed.
 */
export function makeSmallLog({ crash = true, rotateKey = true, prune = true, close = true }: { crash?: boolean; rotateKey?: boolean; prune?: boolean; close?: boolean } = {}): SmallLog {
  const directory = temporaryFolder();
  const vault = Vault.open(directory, undefined, true) as Vault;
  const first = newKey(directory);
  const open = (keys: KeyHolder): AuditLog => openLog(directory, { keys, ...NO_LOCK, ...TINY, durability: "disk" });
  const seal = (subject: string): ReturnType<Vault["seal"]> => vault.seal(`{"of":"${subject}"}`, { subject, keep: "value" });
  const decide = (log: AuditLog, tool: string, subject?: string): void => {
    const value = subject === undefined ? undefined : seal(subject);
    log.append("decision", decision(tool, { effect: "allow", runs: true, ...(value && { args: value.commit, args_bytes: value.bytes }) }), value);
  };
  let log = open(first);
  decide(log, "a");
  decide(log, "b", "ann");
  log.append("outcome", { ref: 1, trace: "", span: "", tool: "a", status: "ok", ms: 1 });
  decide(log, "c", "bob");
  if (crash) {
    log.flush();
    // What a crash leaves of a line; the process is gone, and nobody closes its log.
    appendFileSync(join(log.folder, segmentsOf(log.folder).at(-1) as string), '{"v":2,"i":9,"prev":"A');
    log = open(first);
  }
  decide(log, "d", "ann");
  if (rotateKey) log.rotateKey(newKey(directory), "test");
  decide(log, "e");
  if (prune) {
    const [name = "", next = ""] = segmentsOf(log.folder);
    log.append("prune", { target: log.id, from: 0, to: firstOf(next), actor: "test", reason: "retention" });
    pruned.set(log.folder, name);
  }
  vault.erase(vault.pseudonym("ann"));
  log.append("erase", { subject: vault.pseudonym("ann"), actor: "test", basis: "article 17" });
  decide(log, "f");
  if (close) log.close();
  else log.flush();
  const files = new Map<string, Buffer>(readdirSync(log.folder).filter((file) => /\.log$|\.json$/.test(file)).map((file) => [file, readFileSync(join(log.folder, file))]));
  const name = prune ? pruned.get(log.folder) : undefined;
  if (name !== undefined) {
    files.set(`${name}.leaves`, leavesOf(files.get(name) as Buffer));
    files.delete(name);
  }
  return { directory, id: log.id, origin: log.origin, files, subject: vault.pseudonym("bob") };
}

const pruned = new Map<string, string>();

export function segmentsOf(folder: string): string[] {
  return readdirSync(folder).filter((file) => file.endsWith(".log")).sort();
}

function firstOf(segment: string): number {
  return Number(/-(\d+)\.log/.exec(segment)?.[1]);
}

/** What pruning leaves of a segment: its header and its leaf hashes. */
export function leavesOf(segment: Buffer): Buffer {
  const [header = "", ...lines] = segment.toString("latin1").split("\n");
  return Buffer.from(`${header}\n${lines.filter((line) => line.startsWith("{")).map((line) => leafHash(line)).join("")}`, "latin1");
}

/** A directory with these logs and nothing else; what is not of a log is read from the real disk. */
export function memoryDisk(directory: string, logs: Readonly<Record<string, Files>>): Disk {
  const find = (file: string): Buffer | undefined => {
    for (const [id, files] of Object.entries(logs)) for (const [name, bytes] of files) if (file === join(directory, id, name)) return bytes;
    return undefined;
  };
  return {
    ...realDisk,
    read(file): ReturnType<Disk["read"]> {
      const bytes = find(file);
      if (!bytes) throw Object.assign(new Error(`ENOENT: ${file}`), { code: "ENOENT", syscall: "open" });
      // A reader may lend itself a byte.
      return Buffer.concat([bytes]);
    },
    list(folder) {
      if (folder === directory) return Object.keys(logs);
      const log = Object.entries(logs).find(([id]) => folder === join(directory, id))?.[1];
      if (!log) throw Object.assign(new Error(`ENOTDIR: ${folder}`), { code: "ENOTDIR", syscall: "scandir" });
      return [...log.keys()].sort();
    },
    exists: (file) => find(file) !== undefined,
  };
}
