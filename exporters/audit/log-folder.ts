import { basename, dirname, join } from "node:path";
import { type Disk, replaceFile } from "./disk.ts";
import { listSegments } from "./segment.ts";

/** Holds the origin of the log. */
const ORIGIN = "origin";

/** Gives a new log its name. */
export function nameLog(disk: Disk, folder: string, prefix: string): void {
  replaceFile(disk, join(folder, ORIGIN), `${newOrigin(prefix, basename(folder))}\n`);
}

/** A log keeps the name that it was begun under, whatever the service is called by now. */
export function originOf(disk: Disk, folder: string): string | undefined {
  const file = join(folder, ORIGIN);
  return disk.exists(file) ? disk.read(file).toString().trim() : undefined;
}

/** A name that C2SP allows for keys: no spaces, no plus. */
export function newOrigin(prefix: string, log: string): string {
  return `${prefix.replaceAll(/[\s+]/g, "_").replace(/\/+$/, "")}/${log}`;
}

/** A folder whose name is safe, and those above it that had to be made. */
export function makeFolders(disk: Disk, directory: string): void {
  const parent = dirname(directory);
  if (!disk.exists(parent)) makeFolders(disk, parent);
  const made = !disk.exists(directory);
  disk.makeFolder(directory);
  try {
    disk.syncFolder(parent);
  } catch (thrown) {
    // Not ours to read, so not made by us.
    if ((thrown as NodeJS.ErrnoException).code === "EACCES") return;
    // Or the next attempt would take it for one that is safe.
    if (made) disk.removeFolder(directory);
    throw thrown;
  }
}

/** A log that could not be begun leaves nothing behind: each call that is denied for it would leave a folder. */
export function discard(disk: Disk, folder: string): void {
  try {
    if (listSegments(disk, folder).length > 0) return;
    for (const file of disk.list(folder)) disk.remove(join(folder, file));
    disk.removeFolder(folder);
  } catch {
    // The disk fails; a folder without segments is no log.
  }
}
