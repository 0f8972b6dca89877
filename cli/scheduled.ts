import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { messageOf } from "../errors.ts";
import { formatKept, type KeptHead, nextKept, readKept, withGone } from "../exporters/audit/verify/kept-heads.ts";
import type { Report } from "../exporters/audit/verify/report.ts";
import { textfileOf } from "../exporters/audit/verify/textfile.ts";
import { usage } from "./command.ts";
import { replace } from "./write.ts";

/** The collector runs as another user. */
const TEXTFILE_MODE = 0o644;
const STATE_MODE = 0o600;

/** What a verification that nobody looks at leaves behind. */
export interface Leaves {
  readonly textfile?: string | undefined;
  readonly state?: string | undefined;
}

/** What the last run left for this one; none where none was asked for, or where this is the first. */
export function kept(paths: readonly string[], { textfile, state }: Leaves): readonly KeptHead[] {
  // A name that the collector passes over would be an alert that never comes.
  if (textfile !== undefined && !textfile.endsWith(".prom")) throw usage(`--textfile ${textfile}: node_exporter reads only files that end in .prom`);
  for (const file of [textfile, state]) if (file !== undefined && !existsSync(dirname(file))) throw usage(`cannot write ${file}: its folder is not there`);
  if (state === undefined) return [];
  for (const path of paths) if (!statSync(path).isDirectory()) throw usage(`--state is for audit directories, and ${path} is a file: an export is itself what was kept elsewhere`);
  const heads = readKept(state, paths);
  if (!heads) process.stderr.write(`spangate: ${state} is not there yet: what was cut off or deleted before this run is not known\n`);
  return heads ?? [];
}

/** The report of a run that knows what the last one left: logs that are gone are in it. */
export function judged(report: Report, heads: readonly KeptHead[], { state }: Leaves): Report {
  return state === undefined ? report : withGone(report, heads);
}

/** Leaves the report to the collector, and the heads to the next run; false where that cannot be written. */
export function leave(paths: readonly string[], report: Report, heads: readonly KeptHead[], { textfile, state }: Leaves): boolean {
  const write = (file: string, text: string, mode: number): boolean => {
    try {
      replace(file, text, mode);
      return true;
    } catch (thrown) {
      process.stderr.write(`spangate: cannot write ${file}: ${messageOf(thrown)}\n`);
      return false;
    }
  };
  const next = nextKept(report, heads);
  const isKept = state === undefined || write(state, formatKept(paths, next), STATE_MODE);
  // Without its memory the next run would prove less than this one: the time stands still. A tampering is told in any case.
  const isTold = textfile === undefined || ((isKept || report.outcome === "tampered") && write(textfile, textfileOf(report, paths.join(" "), Date.now()), TEXTFILE_MODE));
  if (!isKept && textfile !== undefined && report.outcome !== "tampered") untouched(textfile);
  return isKept && isTold;
}

/** Says that the collector goes on seeing the run before: the time in it stands still, and an alert comes of that. */
export function untouched(textfile: string): void {
  process.stderr.write(`spangate: ${textfile} is left as it is\n`);
}
