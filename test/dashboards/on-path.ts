import { spawnSync } from "node:child_process";
import type { TestContext } from "node:test";

/** Whether a program of Debian's `prometheus` package is there. Where it is not, the test is skipped, and not in silence. */
export function onPath(program: "prometheus" | "promtool", context: TestContext): boolean {
  if (!spawnSync(program, ["--version"]).error) return true;
  const reason = `SKIPPED: ${program} not found (Debian: apt-get install prometheus)`;
  process.stdout.write(`\n${"!".repeat(reason.length)}\n${reason}\n${"!".repeat(reason.length)}\n`);
  context.skip(reason);
  return false;
}
