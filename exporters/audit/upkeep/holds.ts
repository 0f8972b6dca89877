import { join } from "node:path";
import { messageOf, SpangateError } from "../../../errors.ts";
import { type Disk, realDisk, replaceFile } from "../disk.ts";
import { acquire } from "../lock.ts";

export const HOLDS = "holds.json";

/** Somebody needs the whole audit directory as it is: nothing is pruned and nothing erased until it is released. */
export interface Hold {
  readonly name: string;
  readonly who: string;
  readonly why: string;
  /** ISO 8601. */
  readonly since: string;
}

/** The holds of an audit directory. A file that cannot be read stands for a hold: what is in it nobody knows. */
export function readHolds(directory: string, disk: Disk = realDisk): Hold[] {
  const file = join(directory, HOLDS);
  if (!disk.exists(file)) return [];
  try {
    const { holds } = JSON.parse(disk.read(file).toString()) as { holds: Hold[] };
    if (holds.every(({ name, who, why, since }) => [name, who, why, since].every((text) => typeof text === "string"))) return holds;
  } catch {
    // The same as any other form that is not ours.
  }
  return [{ name: HOLDS, who: "unknown", why: `${file} cannot be read`, since: "unknown" }];
}

/** @throws SG_AUDIT_HOLD for a name that is taken, or a file that cannot be read */
export function addHold(directory: string, hold: Hold): void {
  change(directory, (holds) => {
    if (holds.some(({ name }) => name === hold.name)) throw refused(hold.name, "there is one of this name", "Take another name.");
    return [...holds, hold];
  });
}

/** @throws SG_AUDIT_HOLD for a name that no hold has, or a file that cannot be read */
export function releaseHold(directory: string, name: string): Hold {
  let released: Hold | undefined;
  change(directory, (holds) => {
    released = holds.find((hold) => hold.name === name);
    if (!released) throw refused(name, "there is none of this name", "`spangate audit hold list` names them.");
    return holds.filter((hold) => hold !== released);
  });
  return released as unknown as Hold;
}

/** Throws SG_AUDIT_HELD where a hold is in force. */
export function mustNotBeHeld(directory: string, what: string): void {
  const [hold] = readHolds(directory);
  if (hold) throw new SpangateError("SG_AUDIT_HELD", { what, hold: hold.name, who: hold.who, since: hold.since, why: hold.why });
}

function change(directory: string, how: (holds: Hold[]) => Hold[]): void {
  // Of two people at once the second would write over the first one's hold.
  const lock = acquire(join(directory, "holds.lock"));
  if (!lock) throw refused(HOLDS, "somebody else is changing it", "Try again.");
  try {
    const holds = readHolds(directory);
    if (holds.some(({ since }) => since === "unknown")) throw refused(HOLDS, messageOf(holds[0]?.why), "Restore it, or write it anew by hand: nothing is pruned or erased before.");
    replaceFile(realDisk, join(directory, HOLDS), `${JSON.stringify({ v: 1, holds: how(holds) }, null, 2)}\n`);
    realDisk.syncFolder(directory);
  } finally {
    lock.close();
  }
}

function refused(name: string, problem: string, remedy: string): SpangateError {
  return new SpangateError("SG_AUDIT_HOLD", { name, problem, remedy });
}
