/** A process that writes as fast as it can into tiny segments, and compresses and prunes all the time, until it is told to end. */
import { Vault } from "../../../../exporters/audit/vault.ts";
import { keepUp } from "../../../../exporters/audit/upkeep/keep.ts";
import { decision, openLog } from "../../../support/records.ts";

const [directory, mode] = process.argv.slice(2) as [string, "batch" | "strict"];
/** Records between two looks at what others want. */
const BATCH = 20;
const SEGMENT = 16 * 1024;
const KEEP = 8 * SEGMENT;

const log = openLog(directory, { mode, durability: "os", rotate: { size: SEGMENT, age: 86_400_000 } });
const vault = Vault.open(directory, undefined, true) as Vault;
let isOver = false;
process.stdin.on("data", () => (isOver = true));
process.stdin.on("end", () => (isOver = true));
const trouble: string[] = [];

function more(): void {
  for (let count = 0; count < BATCH; count++) {
    const value = vault.seal("{}", { onBehalfOf: undefined, keep: "value" });
    log.append("decision", decision("tool", { args: value.commit, args_bytes: value.bytes }), value);
  }
  void keepUp(log, { directory, audit: { compress: "gzip", retention: { size: KEEP }, append_only: false }, destinations: [] }, (line) => void trouble.push(line));
  if (!isOver) return void setTimeout(more, 10);
  log.close();
  process.stdout.write(`${JSON.stringify(trouble)}\n`, () => process.exit());
}
process.stdout.write("ready\n");
more();
