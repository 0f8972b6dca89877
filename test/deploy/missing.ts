import { spawnSync } from "node:child_process";

/** Why a test of a program that is not installed is skipped, which is also said loudly; false where it is there. */
export function missing(program: string, from: string): string | false {
  if (!spawnSync(program, ["--help"], { timeout: 30_000 }).error) return false;
  const reason = `SKIPPED: ${program} not found (${from})`;
  process.stdout.write(`\n${"!".repeat(reason.length)}\n${reason}\n${"!".repeat(reason.length)}\n`);
  return reason;
}
