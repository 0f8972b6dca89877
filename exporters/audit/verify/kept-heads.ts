/**
 * The heads that one verification leaves for the next: how a scheduled one remembers what the logs were.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { messageOf } from "../../../errors.ts";
import { toBase64 } from "../tree/hash.ts";
import { headOfNote, headsOfText, type KnownHead } from "./heads.ts";
import type { LogReport, Report } from "./report.ts";
import { untrusted } from "./trust.ts";

/** A head with the note that says it. */
export type KeptHead = KnownHead & { readonly note: string };

const FIRST_LINE = "# Heads that `spangate verify --state` proved, for the next run, of";

/** The text of a state file: what was verified, and a signed note for each log. `--known-head` takes it as well. */
export function formatKept(paths: readonly string[], heads: readonly KeptHead[]): string {
  return `${FIRST_LINE} ${JSON.stringify(paths)}\n\n${heads.map(({ note }) => note).join("")}`;
}

/**
 * Reads a state file; undefined where there is none yet.
 *
 * @throws SG_AUDIT_TRUST for one that cannot be read, that is not as it was written, or that was kept of other paths:
 * logs of those would be missed here
 */
export function readKept(file: string, paths: readonly string[]): KeptHead[] | undefined {
  if (!existsSync(file)) return undefined;
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (thrown) {
    throw untrusted(file, messageOf(thrown));
  }
  const of = text.split("\n", 1)[0]?.slice(FIRST_LINE.length + 1);
  if (!text.startsWith(FIRST_LINE)) throw untrusted(file, "it is no state file of `spangate verify`");
  if (of !== JSON.stringify(paths)) throw untrusted(file, `it was kept of ${of}, and not of ${JSON.stringify(paths)}: each has a file of its own`);
  const heads = headsOfText(text).filter((head): head is KeptHead => head.note !== undefined);
  if (formatKept(paths, heads) !== text) throw untrusted(file, "it is not as it was written");
  return heads;
}

/** The report with those logs that were known and are not there any more. Nothing of spangate deletes a log as a whole: pruning leaves its hashes. */
export function withGone(report: Report, kept: readonly KeptHead[]): Report {
  const there = new Set(report.logs.map(({ origin }) => origin));
  const gone = kept.filter(({ origin }) => !there.has(origin)).map(goneLog);
  return gone.length === 0 ? report : { ...report, ok: false, outcome: "tampered", logs: [...report.logs, ...gone] };
}

/** What the next run is to know: of each log its newest believed checkpoint, but never an older one than before, and none in the place of what was tampered with. */
export function nextKept({ logs }: Report, kept: readonly KeptHead[]): KeptHead[] {
  const heads = new Map(kept.map((head) => [head.origin, head]));
  for (const { origin, outcome, checkpoint } of logs) {
    const head = checkpoint === undefined || outcome === "tampered" ? undefined : headOfNote(checkpoint);
    if (head?.note !== undefined && head.size >= (heads.get(origin)?.size ?? 0)) heads.set(origin, { ...head, note: head.note });
  }
  return [...heads.values()].sort((a, b) => (a.origin < b.origin ? -1 : 1));
}

function goneLog({ origin, size, root, note }: KeptHead): LogReport {
  return {
    log: origin.slice(origin.lastIndexOf("/") + 1), origin, version: 2, records: size, sealed: 0, head: "", checkpoint: note, key: undefined,
    counts: { proven: 0, unproven: 0, altered: 0, missing: size, pruned: 0 }, values: { checked: 0, erased: 0, unread: 0, damaged: 0 }, unproven: {}, missing: size > 0 ? [[0, size]] : [], unfinished: 0,
    states: ["truncated"], outcome: "tampered", problemCount: 1, notes: [],
    problems: [{ kind: "truncated", index: 0, segment: "", line: 0, detail: `the log is not there; it was known to have ${size} records with the root ${toBase64(root)}`, means: "tampered" }],
  };
}
