import { existsSync } from "node:fs";
import { join } from "node:path";
import { CURSOR, HEAD, listLogs, readHead, readLines, RECORDS } from "./files.ts";
import { type AuditRecord, genesis, leafHash, parseRecord } from "./record.ts";

export type ProblemKind = "altered" | "missing" | "inserted" | "reordered" | "truncated" | "torn";

/** One thing that is wrong with a log. */
export interface Problem {
  readonly kind: ProblemKind;
  /** Index of the record in question. */
  readonly index: number;
  /** Line in the record file, from 1. */
  readonly line: number;
  readonly detail: string;
}

export interface LogReport {
  readonly log: string;
  readonly records: number;
  /** Leaf hash of the last record, to be compared with one that was kept elsewhere. */
  readonly head: string;
  /** Decisions to run whose outcome never came: the process ended in between, or is still at work. */
  readonly unfinished: number;
  /** Records at the end that no later record and no stored head vouches for. */
  readonly unsealed: number;
  readonly problems: readonly Problem[];
}

export interface Report {
  readonly ok: boolean;
  readonly logs: readonly LogReport[];
}

/** Checks every log of an audit directory: each record's form, place and link. Changes nothing. */
export function verifyDirectory(directory: string): Report {
  const logs = listLogs(directory).filter((name) => existsSync(join(directory, name, RECORDS))).map((name) => verifyLog(join(directory, name), name));
  return { ok: logs.every((log) => log.problems.length === 0), logs };
}

interface Seen {
  readonly line: number;
  readonly record: AuditRecord | string;
  readonly leaf: string;
}

function verifyLog(folder: string, log: string): LogReport {
  const file = join(folder, RECORDS);
  const heads = [HEAD, CURSOR].map((name) => readHead(folder, name)).filter((head) => head !== undefined);
  const indices = new Set<number>();
  for (const { text, whole } of readLines(file)) {
    const record = whole ? parseRecord(text) : "";
    if (typeof record !== "string") indices.add(record.i);
  }

  const problems: Problem[] = [];
  const running = new Set<number>();
  const seen = new Set<number>();
  let expected = 0;
  let last: Seen | undefined;
  let before: Seen | undefined;
  let line = 0;
  const report = (kind: ProblemKind, index: number, at: number, detail: string): void => {
    if (!problems.some((problem) => problem.index === index && problem.kind === kind)) problems.push({ kind, index, line: at, detail });
  };

  for (const { text, whole, offset } of readLines(file)) {
    line++;
    if (!whole) {
      report("torn", expected, line, `${text.length} bytes after the last whole record, at byte ${offset}`);
      continue;
    }
    const current: Seen = { line, record: parseRecord(text), leaf: leafHash(text) };
    const { record } = current;
    if (typeof record === "string") {
      report("altered", expected, line, record);
      expected++;
    } else {
      if (record.i === expected) checkLink(record, current);
      else if (record.i > expected) {
        const lost = range(expected, record.i).filter((index) => !indices.has(index) && !seen.has(index));
        if (lost.length) report("missing", expected, line, lost.length === 1 ? `record ${expected}` : `records ${expected} to ${record.i - 1}`);
        else report("reordered", record.i, line, `found where record ${expected} belongs`);
      } else if (seen.has(record.i)) report("inserted", record.i, line, `a second record ${record.i}: ${describe(record)}`);
      else report("reordered", record.i, line, `found where record ${expected} belongs`);
      if (!seen.has(record.i)) track(record);
      seen.add(record.i);
      expected = Math.max(expected, record.i + 1);
    }
    for (const head of heads) {
      if (typeof record !== "string" && head.size === record.i + 1 && head.leaf !== current.leaf) report("altered", record.i, line, `not the record that was known to be here: ${describe(record)}`);
    }
    [before, last] = [last, current];
  }
  const known = Math.max(0, ...heads.map((head) => head.size));
  if (known > expected) report("truncated", expected, line, `records ${expected} to ${known - 1} were known to be there`);
  return {
    log, records: seen.size, head: last?.leaf ?? "", unfinished: running.size,
    unsealed: expected > known && expected > 0 ? 1 : 0, problems: problems.sort((a, b) => a.line - b.line),
  };

  function checkLink(record: AuditRecord, current: Seen): void {
    const previous = last?.leaf ?? genesis(log);
    if (record.log !== log) report("inserted", record.i, current.line, `it belongs to the log ${record.log}`);
    if (record.prev === previous) return;
    // The link is broken: either the record before was changed, or this one's own link was.
    if (!last || typeof last.record === "string") {
      if (!last) report("altered", record.i, current.line, `its link does not fit: ${describe(record)}`);
    } else if (last.record.i === record.i - 1) report("altered", last.record.i, last.line, describe(last.record));
    else if (before) report("altered", record.i, current.line, describe(record));
  }

  function track(record: AuditRecord): void {
    if (record.t === "decision" && "runs" in record && record.runs) running.add(record.i);
    else if (record.t === "outcome" && "ref" in record) running.delete(record.ref);
  }
}

function describe(record: AuditRecord): string {
  const tool = "tool" in record ? ` ${record.tool}` : "";
  return `${record.t}${tool}`;
}

/** Indices of a gap; a gap of any length costs bounded work. */
function range(from: number, to: number): number[] {
  return Array.from({ length: Math.min(to - from, 10_000) }, (_, index) => from + index);
}
