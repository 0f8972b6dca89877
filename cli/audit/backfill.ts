import { statSync } from "node:fs";
import { detectResources, envDetector } from "@opentelemetry/resources";
import { type Backfilled, backfill as send } from "../../exporters/audit/ship/backfill.ts";
import type { Destination } from "../../exporters/audit/ship/destination.ts";
import { loadDestinations } from "../../exporters/audit/ship/destinations.ts";
import { OTLP_LOGS, OTLP_TRACES, otlpDestination, otlpLogsDestination } from "../../exporters/audit/ship/otlp.ts";
import { createLogsTransport, createTransport } from "../../exporters/audit/ship/transport.ts";
import { readEnvironment } from "../../instrumentation/environment.ts";
import { nearest } from "../../policies/nearest.ts";
import { action, type AddCommand, AUDIT_DIRECTORY, EXIT, exitCodes, usage } from "../command.ts";
import { plural, print, progress, style } from "../output.ts";

interface Options {
  readonly to: string;
  readonly destinations?: string;
  readonly from?: string;
  readonly json?: boolean;
}

export const backfill: AddCommand = (program) => {
  program.command("backfill").argument("[directory]", "an audit directory", AUDIT_DIRECTORY)
    .summary("send the audit log to a destination again")
    .description(`Sends every ended interval of every log to one destination, whether it was there before or not. Reads only: no lock is taken, no cursor moved. The last interval of a log that was not closed is left to the process that writes it.`)
    .requiredOption("--to <destination>", `a name in the file of destinations, ${OTLP_TRACES} or ${OTLP_LOGS}`)
    .option("--destinations <file>", "the file of destinations; default: what SPANGATE_AUDIT_DESTINATIONS names")
    .option("--from <index|time>", "first record, by its index or by a time like 2026-11-25T10:00:00Z; default: the first there is")
    .option("--json", "one JSON object on standard output")
    .addHelpText("after", exitCodes("everything was sent", "something was refused, was gone, or could not be sent"))
    .action(action(async (directory: string, { to, destinations, from, json }: Options) => {
      if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) throw usage(`cannot read ${directory}: there is no such folder`);
      const place = placeOf(from);
      const destination = destinationOf(to, destinations);
      const told = progress("records sent");
      const logs: Backfilled[] = [];
      try {
        for await (const log of send(directory, destination, { ...place, step: told.step })) logs.push(log);
      } finally {
        told.end();
        destination.close?.();
      }
      if (logs.length === 0) throw usage(`there is no audit log of version 2 in ${directory}`);
      const ok = logs.every(({ refused, gaps, problem }) => refused.length === 0 && gaps.length === 0 && problem === undefined);
      print(json, { ok, destination: to, logs }, () => logs.map((log) => text(log, to)).join("\n"));
      return ok ? EXIT.ok : EXIT.found;
    }));
};

function placeOf(from: string | undefined): { fromIndex?: number; fromTime?: number } {
  if (from === undefined) return {};
  if (/^\d{1,15}$/.test(from)) return { fromIndex: Number(from) };
  const time = /^\d{4}-\d\d-\d\d/.test(from) ? Date.parse(from) : Number.NaN;
  if (Number.isNaN(time)) throw usage(`--from ${from} is neither an index nor a time like 2026-11-25T10:00:00Z`);
  return { fromTime: time };
}

function destinationOf(name: string, file: string | undefined): Destination {
  const { shipAudit, destinations } = readEnvironment();
  if (name === OTLP_TRACES || name === OTLP_LOGS) {
    if (!(name === OTLP_TRACES ? shipAudit.traces : shipAudit.logs)) throw usage(`${name} needs OTEL_EXPORTER_OTLP_ENDPOINT`);
    const resource = detectResources({ detectors: [envDetector] });
    return name === OTLP_TRACES ? otlpDestination(createTransport(), resource) : otlpLogsDestination(createLogsTransport(), resource);
  }
  const from = file ?? destinations;
  if (from === undefined) throw usage(`there is no file of destinations: give --destinations, or set SPANGATE_AUDIT_DESTINATIONS`);
  const all = loadDestinations(from);
  const found = all.find((one) => one.name === name);
  const known = nearest(name, all.map((one) => one.name));
  if (!found) throw usage(`${from} names no destination ${name}${known ? `, did you mean ${known}?` : ""}`);
  return found;
}

function text({ log, intervals, records, refused, gaps, size, problem }: Backfilled, to: string): string {
  return [
    `${problem === undefined ? style("green", "sent") : style("red", "not all sent")}  log ${log} to ${to}: ${plural(records, "record")} in ${plural(intervals, "interval")}`,
    ...gaps.map(({ from, to: end, reason }) => `  ${reason}: records ${from} to ${end - 1}; the destination was told so`),
    ...(refused.length > 0 ? [`  refused for good: ${plural(refused.length, "record")}, the first is ${refused[0]}`] : []),
    ...(problem === undefined ? [] : [`  ${problem}`, `  go on with --from ${size}`]),
  ].join("\n");
}
