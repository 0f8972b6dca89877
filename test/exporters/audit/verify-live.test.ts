import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, test } from "node:test";
import { type Disk, realDisk } from "../../../exporters/audit/disk.ts";
import { keepAll } from "../../../exporters/audit/upkeep/keep.ts";
import { verifyDirectory } from "../../../exporters/audit/verify/directory.ts";
import type { AuditLog } from "../../../exporters/audit/log.ts";
import { decision, openLog } from "../../support/records.ts";
import { temporaryFolder } from "../../support/run.ts";

/** Times that a log is verified while a process writes to it. */
const TIMES = 25;
const MINUTE = 60_000;

/** A log of some segments that is still open. */
function openWith(directory: string, records: number, size = 4_096): AuditLog {
  const log = openLog(directory, { rotate: { size, age: 86_400_000 } });
  for (let count = 0; count < records; count++) log.append("decision", decision("tool"));
  log.flush();
  return log;
}

/** The real disk, seen by somebody whose listings are from before, until a file that they name is not there. */
function behind(): Disk {
  const before = new Map<string, string[]>();
  let isLate = false;
  return {
    ...realDisk,
    list: (folder) => (isLate ? undefined : before.get(folder)) ?? before.set(folder, realDisk.list(folder)).get(folder) as string[],
    read(file) {
      try {
        return realDisk.read(file);
      } catch (thrown) {
        isLate = true;
        throw thrown;
      }
    },
  };
}

describe("a log that is written to while it is verified", () => {
  for (const mode of ["strict", "batch"] as const) test(`shows no tampering, however fast it rotates, is compressed and pruned: ${mode}`, async () => {
    const directory = temporaryFolder();
    const child = spawn(process.execPath, [join(import.meta.dirname, "live/writer.ts"), directory, mode], { stdio: ["pipe", "pipe", "inherit"] });
    await once(child.stdout, "data");
    try {
      let pruned = 0;
      for (let time = 0; time < TIMES || pruned === 0; time++) {
        await setTimeout(5);
        const { outcome, logs } = verifyDirectory(directory, { now: Date.now(), grace: MINUTE });
        // In its first moment it may have no checkpoint.
        assert.ok(outcome === "proven" || (logs[0]?.sealed ?? 0) === 0, JSON.stringify(logs, null, 1));
        pruned = logs[0]?.counts.pruned ?? 0;
      }
    } finally {
      child.stdin.end();
    }
    const [code] = await once(child, "close") as [number];
    assert.deepEqual([code, verifyDirectory(directory).outcome], [0, "proven"]);
  });

  for (const compress of ["none", "gzip"] as const) test(`shows none where segments are listed, then pruned, and the record that says so stands in one that was not listed: ${compress}`, async () => {
    const directory = temporaryFolder();
    const log = openWith(directory, 30);
    const keep = (retention: { size?: number }): Promise<unknown> => keepAll(log, { directory, audit: { compress, retention, append_only: false }, destinations: [] });
    await keep({});
    const disk = behind();
    const listed = [directory, log.folder].map((folder) => disk.list(folder).length);
    for (let count = 0; count < 30; count++) log.append("decision", decision("later"));
    await keep({ size: 8_192 });
    assert.ok(realDisk.list(log.folder).length > (listed[1] as number));
    const { outcome, logs } = verifyDirectory(directory, { disk });
    assert.deepEqual([outcome, (logs[0]?.counts.pruned ?? 0) > 0], ["proven", true], JSON.stringify(logs[0]?.problems));
    log.close();
  });
});

test("a tampering is told of a directory that never stands still", () => {
  const directory = temporaryFolder();
  const log = openWith(directory, 30);
  log.close();
  const file = join(log.folder, "00000001-0.log");
  writeFileSync(file, readFileSync(file, "latin1").replace('"tool":"tool"', '"tool":"fool"'), "latin1");
  let changes = 0;
  const restless: Disk = {
    ...realDisk,
    list(folder) {
      if (folder === log.folder) writeFileSync(join(folder, `${String(10_000_000 + ++changes)}-${changes}.log`), "");
      return realDisk.list(folder);
    },
  };
  assert.equal(verifyDirectory(directory, { disk: restless }).outcome, "tampered");
  assert.ok(changes > 5);
});

describe("the grace for the last records", () => {
  const LATER = 60 * MINUTE;
  /** A log whose last record no checkpoint covers, as a slow signer leaves it; its file, too. */
  const unsealed = (): { directory: string; file: string } => {
    const directory = temporaryFolder();
    const log = openWith(directory, 3, 1_000_000);
    const file = join(log.folder, "00000001-0.log");
    const before = readFileSync(file, "latin1");
    log.append("decision", decision("last"));
    log.flush();
    const [line = ""] = readFileSync(file, "latin1").slice(before.length).split("\n");
    log.close();
    writeFileSync(file, `${before}${line}\n`, "latin1");
    rmSync(join(log.folder, "head.json"));
    return { directory, file };
  };
  const outcome = (directory: string, grace?: number, now = Date.now()): [string, number] => {
    const { outcome: found, logs } = verifyDirectory(directory, { now, grace });
    return [found, logs[0]?.counts.unproven ?? -1];
  };
  const change = (file: string, from: RegExp, to: string): void => {
    const text = readFileSync(file, "latin1");
    assert.match(text, from);
    writeFileSync(file, text.replace(from, to), "latin1");
  };

  test("makes a log proven that was sealed just now, and goes on counting what is not", () => {
    const { directory } = unsealed();
    assert.deepEqual(outcome(directory), ["incomplete", 1]);
    assert.deepEqual(outcome(directory, 10 * MINUTE), ["proven", 1]);
  });
  test("is over when no checkpoint has come for longer", () => assert.deepEqual(outcome(unsealed().directory, MINUTE, Date.now() + LATER), ["incomplete", 1]));
  test("goes by sealed records, and not by the time that the last ones give themselves", () => {
    const { directory, file } = unsealed();
    const later = Date.now() + LATER;
    // Whoever can write the file can write any time into a record that nobody has signed.
    change(file, /"ts":"\d+"(?=[^\n]*"tool":"last")/, `"ts":"${later}000000"`);
    assert.deepEqual(outcome(directory, MINUTE, later), ["incomplete", 1]);
  });
  test("excuses no record that was altered", () => {
    const { directory, file } = unsealed();
    change(file, /"tool":"tool"/, '"tool":"fool"');
    assert.equal(outcome(directory, 10 * MINUTE)[0], "tampered");
  });
});
