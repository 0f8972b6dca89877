import { messageOf } from "../errors.ts";
import { type LogReport, type Report, verifyDirectory } from "../exporters/audit/verify.ts";
import { action, type AddCommand, EXIT, exitCodes, usage } from "./command.ts";
import { print } from "./output.ts";

export const verify: AddCommand = (program) => {
  program.command("verify").argument("<directory>", "an audit directory")
    .summary("check that an audit log is whole")
    .description("Reads every log of an audit directory and names each record that was altered, deleted, inserted or reordered. Changes nothing.")
    .option("--json", "one JSON object on standard output")
    .addHelpText("after", `${exitCodes("a log was tampered with or damaged")}

What it cannot see: a log that was cut back or rewritten as a whole, head files
included. Compare the printed heads with those in your OTLP backend.`)
    .action(action((directory: string, { json }: { json?: boolean }) => {
      let report: Report;
      try {
        report = verifyDirectory(directory);
      } catch (thrown) {
        throw usage(`cannot read ${directory}: ${messageOf(thrown)}`);
      }
      if (report.logs.length === 0) throw usage(`there is no audit log in ${directory}`);
      print(json, report, () => text(report));
      return report.ok ? EXIT.ok : EXIT.found;
    }));
};

function text({ ok, logs }: Report): string {
  const records = logs.reduce((sum, log) => sum + log.records, 0);
  const problems = logs.reduce((sum, log) => sum + log.problems.length, 0);
  const verdict = ok ? `intact: ${records} records in ${logs.length} ${logs.length === 1 ? "log" : "logs"}` : `NOT INTACT: ${problems} ${problems === 1 ? "problem" : "problems"} in ${records} records`;
  return [...logs.map(logText), verdict].join("\n");
}

function logText({ log, records, head, unfinished, unsealed, problems }: LogReport): string {
  return [
    `log ${log}: ${records} records, head ${head.slice(0, 16)}…`,
    ...problems.map(({ kind, index, line, detail }) => `  ${kind.toUpperCase()} record ${index} (line ${line}): ${detail}`),
    ...(unfinished ? [`  note: ${unfinished} allowed ${unfinished === 1 ? "call has" : "calls have"} no outcome; still running, or the process ended`] : []),
    ...(unsealed ? ["  note: nothing vouches for the last record yet; the process did not close its log"] : []),
  ].join("\n");
}
