import type { Command } from "commander";
import { SpangateError } from "../errors.ts";
import { DEFAULT_AUDIT_DIR } from "../instrumentation/environment.ts";

/** Adds one command to the program. */
export type AddCommand = (program: Command) => void;

/** Exit codes that mean the same for every command. */
export const EXIT = { ok: 0, found: 1, usage: 2 } as const;

/** Where an audit log is looked for that nobody names: where a process with this environment writes it. */
export const AUDIT_DIRECTORY: string = process.env["SPANGATE_AUDIT_DIR"] || DEFAULT_AUDIT_DIR;

/** Runs what a command does; what it returns is the exit code. */
export function action<A extends unknown[]>(run: (...args: A) => number | Promise<number>): (...args: A) => Promise<void> {
  return async (...args) => {
    process.exitCode = await run(...args);
  };
}

/** The lines of a command's help that tell its exit codes. */
export function exitCodes(ok: string, found: string, usage = "the command line is wrong, or a file cannot be read"): string {
  return `\nExit codes:\n  0  ${ok}\n  1  ${found}\n  2  ${usage}`;
}

export function usage(problem: string, command = "spangate"): SpangateError {
  return new SpangateError("SG_USAGE", { problem, command });
}
