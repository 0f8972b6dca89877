import { dirname, join } from "node:path";
import { SpangateError } from "../../../errors.ts";
import { VERSION } from "../../../names.ts";
import type { HumanBody } from "../bodies.ts";
import { type Disk, realDisk } from "../disk.ts";
import { acquire } from "../lock.ts";
import { AuditLog } from "../log.ts";
import { headerOf, linesOf, listLogs, listSegments, OLD_RECORDS, parseSeal, readSegment, SEAL } from "../segment.ts";
import { holdKey, KEY_FILE, type KeyHolder, type SignerSource } from "../signer.ts";
import { openCheckpoint } from "../tree/checkpoint.ts";

/** What the origin of a new log begins with where nobody says. */
const DEFAULT_ORIGIN = "spangate.local/audit";
/** A log that a person writes to from the command line ends with what they did: one segment is enough. */
const ROTATE = { size: 1024 ** 4, age: 100 * 365 * 86_400_000 };

/** Where keys and names come from: what the processes that write to the directory have in their environment. */
export type HandSource = SignerSource & { readonly origin?: string | undefined };

/**
 * A log of the directory for what a person does to it: the first that nobody writes to and that
 * our key has sealed; or else a new one. Every record is on the disk under a checkpoint when `append` returns.
 *
 * @throws SG_AUDIT_KEY where there are logs and their key is not here: another key must not be made for them
 */
export function openByHand(directory: string, source: HandSource, keys: KeyHolder = keysOf(directory, source)): AuditLog {
  return AuditLog.open(directory, {
    mode: "strict", durability: "disk", keys, origin: source.origin ?? DEFAULT_ORIGIN, rotate: ROTATE,
    lock: (file) => (isOurs(dirname(file), keys) ? acquire(file) : undefined),
    opening: { pid: process.pid, thread: 0, node: process.version, spangate: VERSION, service: "spangate audit", mode: "none", policy: "none", digest: "" },
  });
}

/** The key of a directory. */
export function keysOf(directory: string, source: SignerSource): KeyHolder {
  const given = source.key ?? source.keyFile ?? source.signer;
  const file = join(directory, KEY_FILE);
  if (given === undefined && !realDisk.exists(file) && realDisk.exists(directory) && listLogs(realDisk, directory).length > 0) {
    throw new SpangateError("SG_AUDIT_KEY", { where: file, problem: "it is not there, and the logs of this directory are signed; set what their processes have in their environment" });
  }
  return holdKey(directory, source);
}

/** Writes down what a person did; false where it is not on the disk. */
export function recordHuman(log: AuditLog, body: HumanBody): boolean {
  return log.append("human", body).index !== undefined && log.flush();
}

/** The logs that `openByHand` would go on with. */
export function freeLogs(directory: string, keys: KeyHolder): string[] {
  return listLogs(realDisk, directory).filter((log) => {
    const folder = join(directory, log);
    const lock = !realDisk.exists(join(folder, OLD_RECORDS)) && isOurs(folder, keys) ? acquire(join(folder, "lock")) : undefined;
    lock?.close();
    return lock !== undefined;
  });
}

/** The origin of a log; undefined where no segment says it. */
export function originOfLog(disk: Disk, folder: string): string | undefined {
  for (const segment of listSegments(disk, folder)) {
    const header = headerOf(readSegment(disk, folder, segment));
    if (typeof header !== "string") return header.origin;
  }
  return undefined;
}

/** A new log is ours; one that another key has sealed would only look damaged. */
function isOurs(folder: string, keys: KeyHolder): boolean {
  const segments = listSegments(realDisk, folder);
  if (segments.length === 0) return true;
  for (const segment of segments.toReversed()) {
    if (segment.form !== "plain") return false;
    const bytes = readSegment(realDisk, folder, segment);
    const header = headerOf(bytes);
    if (typeof header === "string") continue;
    const last = [...linesOf(bytes)].findLast(({ text, whole }) => whole && text.startsWith(SEAL));
    const note = last ? parseSeal(last.text) : header.checkpoint;
    return note === undefined || typeof openCheckpoint(note, header.origin, keys.verifiers(header.origin)) !== "string";
  }
  return false;
}
