import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { realDisk } from "../../../../exporters/audit/disk.ts";
import { listLogs } from "../../../../exporters/audit/segment.ts";
import { holdKey } from "../../../../exporters/audit/signer.ts";
import { openLog } from "../../../support/records.ts";
import { bareEnvironment, temporaryFolder } from "../../../support/run.ts";
import { readChain } from "./chain.ts";

/** How often a writer is killed; `npm run soak:kill` takes a thousand. */
const KILLS = Number(process.env["SPANGATE_TEST_KILLS"] ?? 50);
/** Kills on one directory, before the log is read as a whole and another is begun. */
const PER_LOG = 10;
const WRITER = fileURLToPath(new URL("writer.ts", import.meta.url));

/** Kills a writer at a random moment after its first record; what it had reported until then. */
async function killed(directory: string, durability: string, prefix: string): Promise<Map<number, string>> {
  const child = spawn(process.execPath, [WRITER, directory, durability, "64", prefix], { env: bareEnvironment(), stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let problem = "";
  child.stderr.on("data", (part: Buffer) => (problem += part.toString()));
  child.stdout.on("data", (part: Buffer) => {
    if (out === "") setTimeout(() => child.kill("SIGKILL"), Math.random() * 60);
    out += part.toString();
  });
  const signal = await new Promise((resolve) => child.on("close", (_, by) => resolve(by)));
  assert.equal(signal, "SIGKILL", problem);
  // What came through in half was not reported.
  return new Map(out.split("\n").slice(0, -1).map((line) => [Number(line.split(" ")[0]), line.split(" ")[1] as string]));
}

describe("kill -9", () => {
  for (const durability of ["os", "disk"] as const) {
    test(`at any moment, 64 callers, durability ${durability}: no record that was said to be safe is lost`, { timeout: 60_000 + KILLS * 2_000 }, async (t) => {
      let acked = 0;
      let torn = 0;
      for (let begun = 0; begun < KILLS / 2; begun += PER_LOG) {
        const directory = temporaryFolder();
        const all = new Map<number, string>();
        for (let run = 0; run < Math.min(PER_LOG, KILLS / 2 - begun); run++) for (const [index, tool] of await killed(directory, durability, `${begun + run}`)) {
          assert.equal(all.get(index), undefined, `record ${index} was given to two`);
          all.set(index, tool);
        }
        openLog(directory).close();
        const [id] = listLogs(realDisk, directory);
        assert.equal(listLogs(realDisk, directory).length, 1);
        const folder = join(directory, id as string);
        const { records, problems, sealed } = readChain(realDisk, folder, `spangate.test/logs/${id}`, holdKey(directory, {}).verifiers(`spangate.test/logs/${id}`));
        assert.deepEqual(problems, []);
        assert.equal(sealed.at(-1), records.length);
        for (const [index, tool] of all) assert.equal((records[index] as { tool?: string } | undefined)?.tool, tool, `record ${index} is lost`);
        acked += all.size;
        torn += records.filter(({ t: type }) => type === "recover").length;
      }
      t.diagnostic(`${acked} records were said to be safe, ${torn} torn ends`);
      assert.ok(acked > KILLS * 10);
    });
  }
});
