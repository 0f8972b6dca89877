/**
 * A process at work, for tests: writes a value of ann every few milliseconds until it is told to end.
 *
 * @module
 */
import { Vault } from "../../../../exporters/audit/vault.ts";
import { call, openLog } from "./logs.ts";
import { keyRefresher } from "../../../../exporters/audit/upkeep/refresh-key.ts";

const directory = process.argv[2] as string;
const log = openLog(directory);
const vault = Vault.open(directory, undefined, true) as Vault;
const refresh = keyRefresher(log, directory, {});
process.stdout.write(`${log.id}\n`);
const timer = setInterval(() => {
  refresh();
  call(log, vault, "tool", JSON.stringify({ at: log.size }), "ann");
}, 10);
process.stdin.on("data", () => {}).on("end", () => {
  clearInterval(timer);
  log.close();
});
