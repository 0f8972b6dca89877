import { join } from "node:path";
import { realDisk } from "../../exporters/audit/disk.ts";
import { type Witnessed, witnessLog } from "../../exporters/audit/export/witness.ts";
import { verifierOf } from "../../exporters/audit/tree/cosignature.ts";
import type { Verifier } from "../../exporters/audit/tree/note.ts";
import { action, type AddCommand, EXIT, exitCodes, usage } from "../command.ts";
import { plural, print, style } from "../output.ts";
import { DIRECTORY, logsOf, several } from "./common.ts";

interface Options {
  readonly witness?: readonly string[];
  readonly witnessKey?: readonly string[];
  readonly timeout: string;
  readonly json?: boolean;
}

export const witness: AddCommand = (program) => {
  program.command("witness").argument(...DIRECTORY)
    .summary("have witnesses cosign the newest checkpoint of each log")
    .description("Sends the newest checkpoint of each log to witnesses (C2SP tlog-witness) with a proof that it goes on from the one before. Cosigned notes are kept in <log>/cosigned/ and used by prove, tiles and export. A witness that saw another history refuses: that is an alarm.")
    .option("--witness <url>", "submission prefix of a witness (repeatable)", several)
    .option("--witness-key <key>", "its verifier key; several in the order of --witness, or a list with commas", several)
    .option("--timeout <ms>", "how long a witness may take, in milliseconds", "5000")
    .option("--json", "one JSON object on standard output")
    .addHelpText("after", exitCodes("every witness cosigned", "a witness did not cosign: not reached, unknown to it, or another history"))
    .action(action(async (directory: string, { witness: urls = [], witnessKey: keys = [], timeout, json }: Options) => {
      if (urls.length === 0 || urls.length !== keys.length) throw usage("witness needs --witness, and one --witness-key for each");
      if (!/^[1-9]\d{0,6}$/.test(timeout)) throw usage("--timeout takes milliseconds, like 5000");
      const witnesses = urls.map((url, at) => ({ url: webAddress(url), timeout: Number(timeout), verifiers: (keys[at] as string).split(",").map(key) }));
      const reports: Witnessed[] = [];
      for (const log of logsOf(directory)) {
        const report = await witnessLog(realDisk, join(directory, log), witnesses);
        if (report) reports.push(report);
      }
      print(json, { logs: reports.map(({ problems, ...rest }) => ({ ...rest, problems: problems.map(({ code, message, remedy }) => ({ code, message, remedy })) })) }, () => reports.map(({ log, size, cosigned, problems }) => [
        style("bold", `log ${log}`), size === undefined ? "  no checkpoint yet" : `  ${plural(size, "record")}, cosigned by ${Object.keys(cosigned).length} of ${plural(witnesses.length, "witness", "witnesses")}`,
        ...Object.entries(cosigned).map(([name, at]) => `  ${style("green", "cosigned")} ${name} ${at}`),
        ...problems.map(({ code, message, remedy }) => `  ${style("red", code)}: ${message}\n    ${remedy}`),
      ].join("\n")).join("\n"));
      return reports.some(({ problems, size }) => problems.length > 0 || size === undefined) ? EXIT.found : EXIT.ok;
    }));
};

function key(text: string): Verifier {
  const verifier = verifierOf(text.trim());
  if (typeof verifier === "string") throw usage(`--witness-key ${text}: ${verifier}`);
  return verifier;
}

function webAddress(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) throw usage(`--witness ${text}: not an http or https URL`);
  return text;
}
