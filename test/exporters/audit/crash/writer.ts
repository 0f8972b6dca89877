/**
 * A process that writes until it is killed: `node writer.ts <directory> <durability> <callers> <prefix>`. Each record that
 * it was told is safe is a line `<index> <tool>` on standard output, written before the next one is begun.
 *
 * @module
 */
import { writeSync } from "node:fs";
import type { Durability } from "../../../../policies/index.ts";
import { decision, openLog } from "../../../support/records.ts";

const [directory = "", durability = "os", callers = "64", prefix = ""] = process.argv.slice(2);
const log = openLog(directory, { durability: durability as Durability, rotate: { size: 200_000, age: 86_400_000 } });
let count = 0;

function report(line: string): void {
  for (;;) {
    try {
      return void writeSync(1, line);
    } catch (thrown) {
      // The pipe is full; whoever reads is slower than who writes.
      if ((thrown as NodeJS.ErrnoException).code !== "EAGAIN") throw thrown;
    }
  }
}

await Promise.all(Array.from({ length: Number(callers) }, async () => {
  for (;;) {
    const tool = `${prefix}-${count++}`;
    const { index, safe } = await log.appendLater("decision", decision(tool, { runs: true }));
    if (!safe) throw new Error(`${tool} was not safe`);
    report(`${index} ${tool}\n`);
    // With durability `os` nobody waits: let timers and seals have their turn.
    if (count % 64 === 0) await new Promise(setImmediate);
  }
}));
