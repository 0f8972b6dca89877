import { spawnSync } from "node:child_process";
import { closeSync, existsSync, fdatasyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { messageOf } from "../../errors.ts";
import { type Check, failed, type Finding, ok, skipped, warning } from "./check.ts";

/** statfs(2) types: name, and what speaks against a log there. */
const FILE_SYSTEMS: Readonly<Record<number, readonly [name: string, problem?: string]>> = {
  0xef53: ["ext4"], 0x58465342: ["xfs"], 0x9123683e: ["btrfs"], 0x2fc12fc1: ["zfs"], 0xf2f52010: ["f2fs"], 0xca451a4e: ["bcachefs"],
  0x01021994: ["tmpfs", "it is gone when the machine or the container ends"],
  0x858458f6: ["ramfs", "it is gone when the machine ends"],
  0x794c7630: ["overlayfs", "it is the layer of a container, and gone with it"],
  0x6969: ["nfs", "that a record is safe, and who may write, is up to its server"],
  0xff534d42: ["cifs", "that a record is safe, and who may write, is up to its server"],
  0xfe534d42: ["smb2", "that a record is safe, and who may write, is up to its server"],
  0x65735546: ["fuse", "that a record is safe is up to the program behind it"],
  0x01021997: ["9p", "that a record is safe is up to the host"],
};
const MIB = 1024 * 1024;
/** Below it calls are denied soon: the log gives up at one MiB, a segment takes 16. */
const FULL = 64 * MIB;
const NEARLY_FULL = 1024 * MIB;
/** A segment, its lock, its head: fewer free inodes than this and no new log can be begun. */
const FEW_FILES = 64;
/** With `audit.durability: disk` a call waits for one of these, in milliseconds. */
const SLOW_SYNC = 50;
/** As much as a group of records takes. */
const SYNC_BYTES = Buffer.alloc(4_096, 0x20);

/** The folder itself, or the nearest one above it that is there. */
export function nearestFolder(folder: string): string {
  let at = resolve(folder);
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  return at;
}

export const directory: Check = {
  name: "audit directory",
  run({ environment: { auditDirectory } }) {
    const folder = nearestFolder(auditDirectory);
    const isThere = folder === resolve(auditDirectory);
    let measured: number;
    try {
      if (!statSync(folder).isDirectory()) throw new Error(`${folder} is no directory`);
      measured = syncTime(folder);
    } catch (thrown) {
      return [failed(`${auditDirectory} cannot be written: ${messageOf(thrown)}`, "Make it writable for this user, or set SPANGATE_AUDIT_DIR to one that is.")];
    }
    return [
      isThere ? ok(`${auditDirectory} can be written`) : ok(`${auditDirectory} is not there yet and can be made in ${folder}`),
      ...(isThere ? [readers(folder)] : []),
      fileSystem(folder),
      ...space(folder),
      ...(isThere ? [appendOnly(folder)] : []),
      measured > SLOW_SYNC
        ? warning(`fdatasync takes ${measured.toFixed(1)} ms`, "With audit.durability: disk every allowed call waits for that; use a faster disk, or durability: os.")
        : ok(`fdatasync takes ${measured.toFixed(1)} ms`),
    ];
  },
};

/** Writes and syncs a file that is then removed; milliseconds of the sync. */
function syncTime(folder: string): number {
  const file = join(folder, `.doctor-${process.pid}`);
  const fd = openSync(file, "wx", 0o600);
  try {
    writeSync(fd, SYNC_BYTES);
    const started = performance.now();
    fdatasyncSync(fd);
    return performance.now() - started;
  } finally {
    closeSync(fd);
    rmSync(file);
  }
}

function readers(folder: string): Finding {
  const mode = statSync(folder).mode & 0o777;
  const others = (mode & 0o022) !== 0 ? "write" : (mode & 0o055) !== 0 ? "read" : undefined;
  return others === undefined ? ok(`nobody but its owner may enter (mode ${mode.toString(8)})`) : warning(`others may ${others} in it (mode ${mode.toString(8)})`, `chmod 700 ${folder}`);
}

function fileSystem(folder: string): Finding {
  const { type } = statfsSync(folder);
  const [name, problem] = FILE_SYSTEMS[type] ?? [`file system 0x${type.toString(16)}`];
  return problem === undefined ? ok(`on ${name}`) : warning(`on ${name}: ${problem}`, "Put the audit directory on a local disk or a volume that outlives the process.");
}

function space(folder: string): Finding[] {
  const { bavail, bsize, files, ffree } = statfsSync(folder);
  const free = bavail * bsize;
  const says = `${(free / (1024 * MIB)).toFixed(1)} GiB free`;
  const remedy = "Free space, move the directory, or ship the log and delete old segments; a full disk denies every call.";
  return [
    free < FULL ? failed(says, remedy) : free < NEARLY_FULL ? warning(says, remedy) : ok(says),
    // Some file systems have no fixed number of inodes and say 0.
    ...(files > 0 && ffree < FEW_FILES ? [failed(`${ffree} inodes free`, "Delete small files on that file system.")] : []),
  ];
}

function appendOnly(folder: string): Finding {
  const { error, status, stdout } = spawnSync("lsattr", ["-d", folder], { encoding: "utf8" });
  if (error) return skipped("whether segments can be made append-only: lsattr is not installed");
  if (status !== 0) return skipped("this file system has no append-only attribute");
  const flags = stdout.split(" ")[0] ?? "";
  if (flags.includes("i") || flags.includes("a")) return failed(`the directory itself is ${flags.includes("i") ? "immutable" : "append-only"}: heads and cursors cannot be replaced in it`, `chattr -i -a ${folder}; make closed segments append-only, not the directory.`);
  return ok("segments can be made append-only (chattr +a, as root)");
}
