import type { Environment } from "../../instrumentation/environment.ts";
import type { CompiledPolicy } from "../../policies/index.ts";

/** What became of one thing that was looked at. */
export type Status = "ok" | "warning" | "failed" | "skipped";

export interface Finding {
  readonly status: Status;
  /** What was found, or why it was not looked at. */
  readonly says: string;
  /** What to do about a warning or a failure. */
  readonly remedy?: string | undefined;
}

/** What the checks know; each may add to it for those that come later. */
export interface Context {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Address of a collector's health_check extension, as it was given. */
  readonly collector: string | undefined;
  /** Settings as the gate would read them, without the variables that are wrong. */
  environment: Environment;
  policy: CompiledPolicy | undefined;
  /** How far the clock of an OTLP backend is ahead of ours, in milliseconds, and how exactly that is known. */
  backendClock: { readonly ahead: number; readonly within: number } | undefined;
}

/** One theme. It throws nothing: what cannot be found out is a finding. */
export interface Check {
  readonly name: string;
  run(context: Context): readonly Finding[] | Promise<readonly Finding[]>;
}

export function ok(says: string): Finding {
  return { status: "ok", says };
}
export function warning(says: string, remedy: string): Finding {
  return { status: "warning", says, remedy };
}
export function failed(says: string, remedy: string): Finding {
  return { status: "failed", says, remedy };
}
export function skipped(says: string, remedy?: string): Finding {
  return { status: "skipped", says, remedy };
}
