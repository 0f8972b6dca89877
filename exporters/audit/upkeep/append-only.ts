/**
 * The append-only flag of ext4, XFS and Btrfs (`chattr +a`): a file that has it can be appended to and nothing else.
 * It takes CAP_LINUX_IMMUTABLE, and whoever has that can take it off again: a fence against accidents and against
 * processes without the capability, not against root.
 *
 * @module
 */
import type { Disk } from "../disk.ts";

/** Sets or clears the flag; false where the system or the file system does not let us, or has no such thing. */
export async function setAppendOnly(file: string, on: boolean): Promise<boolean> {
  return (await run("chattr", [on ? "+a" : "-a", file])) !== undefined;
}

/** Whether a file has the flag; undefined where nobody can tell. */
export async function isAppendOnly(file: string): Promise<boolean | undefined> {
  const flags = (await run("lsattr", ["-d", file]))?.split(" ")[0];
  return flags === undefined ? undefined : flags.includes("a");
}

/** Deletes a file that nobody appends to any more, with its flag. */
export async function removeEnded(disk: Disk, file: string): Promise<void> {
  try {
    disk.remove(file);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "EPERM" || !(await setAppendOnly(file, false))) throw thrown;
    disk.remove(file);
  }
}

function run(command: string, args: readonly string[]): Promise<string | undefined> {
  const { execFile } = process.getBuiltinModule("node:child_process");
  return new Promise((resolve) => execFile(command, args, { timeout: 5_000 }, (problem, stdout) => resolve(problem ? undefined : stdout)));
}
