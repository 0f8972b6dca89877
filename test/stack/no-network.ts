import { spawnSync } from "node:child_process";
import type { TestContext } from "node:test";

const COMMANDS = [["unshare", "--net"], ["unshare", "--map-root-user", "--net"]] as const;

/** What to put before a command, so that it has no network: not even loopback. Where that is not allowed, the test is skipped, loudly. */
export function inNoNetwork(context: TestContext): readonly string[] | undefined {
  const found = COMMANDS.find(([program, ...args]) => spawnSync(program, [...args, "true"]).status === 0);
  if (found) return found;
  const reason = "SKIPPED: no namespace without a network can be made here (unshare --net), and this must not reach out";
  process.stdout.write(`\n${"!".repeat(reason.length)}\n${reason}\n${"!".repeat(reason.length)}\n`);
  context.skip(reason);
  return undefined;
}
