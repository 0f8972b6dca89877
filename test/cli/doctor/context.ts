import type { Check, Context, Finding, Status } from "../../../cli/doctor/check.ts";
import { readSettings } from "../../../cli/doctor/settings.ts";
import { temporaryFolder } from "../../support/run.ts";

/** What a check sees of a process with these variables. */
export function contextOf(env: NodeJS.ProcessEnv = {}, more: Partial<Context> = {}): Context {
  return { cwd: temporaryFolder(), env, collector: undefined, environment: readSettings(env).environment, policy: undefined, backendClock: undefined, ...more };
}

/** Runs one check. */
export async function examine(check: Check, env: NodeJS.ProcessEnv = {}, more: Partial<Context> = {}): Promise<readonly Finding[]> {
  return check.run(contextOf(env, more));
}

/** `status: what it says → remedy`, a line each. */
export function told(findings: readonly Finding[]): string {
  return findings.map(({ status, says, remedy }) => `${status}: ${says}${remedy === undefined ? "" : ` → ${remedy}`}`).join("\n");
}

export function statuses(findings: readonly Finding[]): Status[] {
  return findings.map(({ status }) => status);
}
