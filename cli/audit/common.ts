import { statSync } from "node:fs";
import { userInfo } from "node:os";
import { createInterface } from "node:readline/promises";
import { realDisk } from "../../exporters/audit/disk.ts";
import { listLogs } from "../../exporters/audit/segment.ts";
import type { HandSource } from "../../exporters/audit/upkeep/by-hand.ts";
import { readEnvironment } from "../../instrumentation/environment.ts";
import { AUDIT_DIRECTORY, usage } from "../command.ts";

/** What the argument is that most commands have. */
export const DIRECTORY: readonly [string, string, string] = ["[directory]", "an audit directory", AUDIT_DIRECTORY];

/** Options that may be given several times. */
export function several(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

/** Keys and names as a process that writes the log has them. */
export function source(): HandSource & { readonly vaultKey?: string | undefined } {
  return readEnvironment().audit;
}

/** The logs of a directory, at least one. */
export function logsOf(directory: string): string[] {
  mustBeFolder(directory);
  const logs = listLogs(realDisk, directory);
  if (logs.length === 0) throw usage(`there is no audit log in ${directory}`);
  return logs;
}

export function mustBeFolder(path: string): void {
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw usage(`cannot read ${path}: there is no such folder`);
}

/** Who a record names when nobody says. */
export function whoami(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}`;
  }
}

/** Asks on the terminal; without one, only `--yes` is a yes. */
export async function confirm(question: string, yes: boolean | undefined): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) throw usage(`${question} There is no terminal to ask on; --yes says yes`);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw usage("nothing was done");
  } finally {
    lines.close();
  }
}
