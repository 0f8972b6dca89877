import { messageOf, SpangateError } from "../errors.ts";
import { type LogReport, type Report, verifyDirectory } from "../exporters/audit/verify.ts";
import type { Command } from "./main.ts";

export const verify: Command = {
  summary: "check that an audit log is whole",
  help: `Usage: spangate verify <directory> [--json]

Reads every log of an audit directory and names each record that was altered,
deleted, inserted or reordered. Changes nothing.

Options:
  --json   one JSON object on standard output

Exit codes:
  0  nothing found
  1  a log was tampered with or damaged
  2  the directory cannot be read, or the command line is wrong

What it cannot see: a log that was cut back or rewritten as a whole, head files
included. Compare the printed heads with those in your OTLP backend.
`,
  run(args) {
    const { directory, json } = parse(args);
    let report: Report;
    try {
      report = verifyDirectory(directory);
    } catch (thrown) {
      throw new SpangateError("SG_USAGE", { problem: `cannot read ${directory}: ${messageOf(thrown)}` });
    }
    if (report.logs.length === 0) throw new SpangateError("SG_USAGE", { problem: `there is no audit log in ${directory}` });
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : text(report));
    return report.ok ? 0 : 1;
  },
};

function parse(args: readonly string[]): { directory: string; json: boolean } {
  let parsed;
  try {
    parsed = process.getBuiltinModule("node:util").parseArgs({ args: [...args], allowPositionals: true, options: { json: { type: "boolean", default: false } } });
  } catch (thrown) {
    throw new SpangateError("SG_USAGE", { problem: messageOf(thrown) });
  }
  const [directory, ...rest] = parsed.positionals;
  if (directory === undefined || rest.length) throw new SpangateError("SG_USAGE", { problem: "verify takes one directory" });
  return { directory, json: parsed.values.json };
}

function text({ ok, logs }: Report): string {
  const records = logs.reduce((sum, log) => sum + log.records, 0);
  const problems = logs.reduce((sum, log) => sum + log.problems.length, 0);
  const verdict = ok ? `intact: ${records} records in ${logs.length} ${logs.length === 1 ? "log" : "logs"}` : `NOT INTACT: ${problems} ${problems === 1 ? "problem" : "problems"} in ${records} records`;
  return `${[...logs.map(logText), verdict].join("\n")}\n`;
}

function logText({ log, records, head, unfinished, unsealed, problems }: LogReport): string {
  return [
    `log ${log}: ${records} records, head ${head.slice(0, 16)}…`,
    ...problems.map(({ kind, index, line, detail }) => `  ${kind.toUpperCase()} record ${index} (line ${line}): ${detail}`),
    ...(unfinished ? [`  note: ${unfinished} allowed ${unfinished === 1 ? "call has" : "calls have"} no outcome; still running, or the process ended`] : []),
    ...(unsealed ? ["  note: nothing vouches for the last record yet; the process did not close its log"] : []),
  ].join("\n");
}
