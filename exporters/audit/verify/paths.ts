import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { realDisk } from "../disk.ts";
import { listLogs, listSegments, OLD_RECORDS, segmentOf } from "../segment.ts";
import { CHECKPOINT_PATH } from "../tree/tiles.ts";
import { summary, verifyDirectory, type VerifyOptions } from "./directory.ts";
import { verifyExport } from "./export.ts";
import { headOfNote } from "./heads.ts";
import { type LogReport, type Report, worst } from "./report.ts";
import { verifyTiles } from "./tiles.ts";

export interface PathOptions extends VerifyOptions {
  /** An audit directory that fills what is missing in exports, and that must go on from their checkpoints. */
  readonly with?: string | undefined;
}

/**
 * Verifies whatever stands at these paths: audit directories, folders of one log, single segments, tiles, exports of
 * OTLP backends. Exports are verified together, since one log may be spread over several.
 *
 * @throws what the file system throws; SyntaxError for a file that is no export
 */
export function verifyPaths(paths: readonly string[], options: PathOptions = {}): Report {
  const reports: LogReport[] = [];
  const exported: string[] = [];
  for (const path of paths) {
    if (!statSync(path).isDirectory()) {
      if (segmentOf(basename(path)) === undefined) exported.push(path);
      else reports.push(...verifyDirectory(dirname(resolve(dirname(path))), { ...options, log: basename(resolve(dirname(path))), segment: basename(path) }).logs);
    } else reports.push(...verifyFolder(path, options));
  }
  if (exported.length > 0) reports.push(...besides(verifyExport(exported, options), options));
  return summary(reports, options);
}

/** Whatever a folder is, all of it: one that is taken for tiles, or for one log, must not hide the logs in it. */
function verifyFolder(path: string, options: PathOptions): LogReport[] {
  const isTiles = existsSync(join(path, CHECKPOINT_PATH)) && existsSync(join(path, "tile"));
  const isLog = existsSync(join(path, OLD_RECORDS)) || listSegments(realDisk, path).length > 0;
  const logs = (isTiles || isLog) && listLogs(realDisk, path, () => {}).length === 0 ? [] : verifyDirectory(path, options).logs;
  return [
    ...logs,
    ...(isLog ? verifyDirectory(dirname(resolve(path)), { ...options, log: basename(resolve(path)) }).logs : []),
    ...(isTiles ? [verifyTiles(path, options)] : []),
  ];
}

/** Each checkpoint that a backend has is a head of the log itself, whether the backend has all of its records or not. */
function besides(reports: readonly LogReport[], options: PathOptions): readonly LogReport[] {
  const directory = options.with;
  if (directory === undefined) return reports;
  const heads = reports.flatMap(({ checkpoint }) => (checkpoint === undefined ? [] : headOfNote(checkpoint) ?? []));
  const { logs } = verifyDirectory(directory, { ...options, heads: [...(options.heads ?? []), ...heads] });
  return reports.map((report) => filled(report, directory, logs.find(({ origin }) => origin === report.origin)));
}

/** Records that a backend lost stand in the log itself, if it is the same log. */
function filled(report: LogReport, directory: string, local: LogReport | undefined): LogReport {
  if (report.checkpoint === undefined) return report;
  if (!local) return { ...report, notes: [...report.notes, `${directory} does not hold this log`] };
  if (local.outcome === "tampered") return { ...report, outcome: "tampered", problems: [...report.problems, ...local.problems], problemCount: report.problemCount + local.problemCount, states: [...new Set([...report.states, ...local.states])] };
  if (report.counts.missing === 0) return report;
  const there = report.missing.every(([, to]) => to <= local.sealed) && local.counts.missing + local.counts.unproven === 0;
  if (!there) return { ...report, notes: [...report.notes, `${directory} does not have all of the missing records`] };
  const problems = report.problems.filter(({ kind }) => kind !== "missing");
  return {
    ...report, counts: { ...report.counts, missing: 0, proven: report.counts.proven + report.counts.missing }, missing: [], problems, problemCount: report.problemCount - 1, outcome: worst(problems.map(({ means }) => means)),
    notes: [...report.notes, `${report.counts.missing} records that the backend does not have are proven from ${directory}`],
  };
}
