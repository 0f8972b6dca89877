import { join } from "node:path";
import { realDisk } from "../../exporters/audit/disk.ts";
import { exportTiles } from "../../exporters/audit/export/tiles.ts";
import { settleLog } from "../../exporters/audit/export/tree.ts";
import { action, type AddCommand, EXIT, exitCodes } from "../command.ts";
import { plural, print, progress, style } from "../output.ts";
import { DIRECTORY, logsOf } from "./common.ts";

export const tiles: AddCommand = (program) => {
  program.command("tiles").argument("<out>", "folder to write to, or to bring up to date").argument(...DIRECTORY)
    .summary("the logs as C2SP tlog-tiles, for software that is not ours")
    .description("Writes each log to <out>/<log>: checkpoint, tile/… and the verifier keys in keys. What is there already is gone on with, so it can be run as often as you like, and any web server can serve it. Entries of records that were pruned are left out.")
    .option("--json", "one JSON object on standard output")
    .addHelpText("after", exitCodes("written", "a log has no checkpoint yet"))
    .action(action((out: string, directory: string, { json }: { json?: boolean }) => {
      const bar = progress("logs");
      const reports = logsOf(directory).flatMap((log, index) => {
        bar.step(index);
        settleLog(realDisk, join(directory, log));
        return exportTiles(realDisk, join(directory, log), join(out, log)) ?? [];
      });
      bar.end();
      print(json, { logs: reports }, () => reports.map(({ log, size, before, files, entriesFrom }) => [
        style("bold", `log ${log}`), size === undefined ? "  no checkpoint yet" : `  ${plural(size, "record")}, ${(size - before).toLocaleString("en")} of them new; ${plural(files, "file")} written`,
        ...(entriesFrom > 0 ? [`  records before ${entriesFrom} were pruned: their hashes are there, and only bundles made before`] : []),
      ].join("\n")).join("\n"));
      return reports.some(({ size }) => size === undefined) ? EXIT.found : EXIT.ok;
    }));
};
