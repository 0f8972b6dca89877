import assert from "node:assert/strict";
import { appendFileSync, chmodSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { verifyDirectory } from "../../../../exporters/audit/verify/directory.ts";
import type { AuditLog } from "../../../../exporters/audit/log.ts";
import { fileDestination } from "../../../../exporters/audit/ship/file.ts";
import { joined } from "../../../../exporters/audit/ship/outbox.ts";
import { Shipper } from "../../../../exporters/audit/ship/shipper.ts";
import { readRecords } from "../../../../exporters/audit/reader.ts";
import { openLog } from "../../../support/records.ts";
import { temporaryFolder } from "../../../support/run.ts";
import { interval, intervalsOf, sent, textsOf } from "./sealed.ts";

const LARGE = 1024 * 1024;

function copied(path: string): string[] {
  return [...readRecords(path)].map(({ text }) => text);
}

function assertVerifies(path: string): void {
  const report = verifyDirectory(path);
  assert.deepEqual(report.logs.flatMap((one) => (one as { problems?: readonly unknown[] }).problems ?? []), []);
}

async function flush(log: AuditLog, path: string, size = LARGE): Promise<void> {
  const shipper = new Shipper(log, fileDestination("copy", path, size));
  await shipper.flush();
  assert.equal(shipper.lag, 0);
  shipper.close();
}

test("the copy is a log that verifies, over several processes and segments", async () => {
  const [directory, path] = [temporaryFolder(), temporaryFolder()];
  let log: AuditLog | undefined;
  for (let session = 0; session < 4; session++) {
    log = openLog(directory, { rotate: { size: 2_000, age: 86_400_000 } });
    interval(log, 3);
    await flush(log, path, 3_000);
    log.close();
  }
  await flush(log as AuditLog, path, 3_000);
  assert.deepEqual(copied(path), textsOf(log as AuditLog));
  assert.ok(readdirSync(join(path, (log as AuditLog).id)).length > 1);
  assertVerifies(path);
});

test("what is delivered again is there once, whatever the bounds", async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 20 })), { minLength: 1, maxLength: 6 }), async (attempts) => {
    const path = temporaryFolder();
    const log = openLog(temporaryFolder());
    for (let at = 0; at < 6; at++) interval(log, 1 + (at % 2));
    const all = intervalsOf(sent(log));
    let destination = fileDestination("copy", path, 2_000);
    let reached = 0;
    for (const [back, most] of attempts) {
      // A new process begins at its cursor, which is never behind what is not confirmed.
      const from = all.findIndex(({ size }) => size > Math.max(0, reached - back));
      for (const one of intervalsOf([...joined(all.slice(Math.max(0, from)), most)])) {
        await destination.deliver(one);
        reached = Math.max(reached, one.size);
      }
      destination.close?.();
      destination = fileDestination("copy", path, 2_000);
    }
    assert.deepEqual(copied(path), textsOf(log).slice(0, reached));
    assertVerifies(path);
    log.close();
  }), { numRuns: 15 });
});

test("a copy that a crash tore at any byte is mended and completed", async () => {
  const path = temporaryFolder();
  const log = openLog(temporaryFolder());
  interval(log, 2);
  interval(log, 2);
  await flush(log, path);
  const file = join(path, log.id, "00000001-0.log");
  const whole = readFileSync(file);
  for (let length = 0; length < whole.length; length += 37) {
    for (const garbage of ["", "\0\0\0", "x\n"]) {
      writeFileSync(file, whole);
      truncateSync(file, length);
      appendFileSync(file, garbage);
      rmSync(join(log.folder, "cursor-copy.json"));
      await flush(log, path);
      assert.deepEqual(copied(path), textsOf(log), `torn at ${length}`);
    }
  }
  assertVerifies(path);
  log.close();
});

test("records that are gone are declared beside the copy, which goes on behind them", async () => {
  const path = temporaryFolder();
  const destination = fileDestination("copy", path, LARGE);
  const log = openLog(temporaryFolder());
  for (let at = 0; at < 4; at++) interval(log, 1);
  const [first, , ...rest] = intervalsOf(sent(log));
  assert.ok(first && rest[0]);
  await destination.deliver(first);
  await destination.declare({ log: log.id, origin: log.origin, from: first.size, to: rest[0].from, reason: "pruned", note: rest[0].before, end: first.end });
  for (const one of rest) await destination.deliver(one);
  destination.close?.();
  assert.match(readFileSync(join(path, log.id, "gaps.jsonl"), "utf8"), new RegExp(`"from":${first.size},"to":${rest[0].from},"reason":"pruned"`));
  assert.ok(existsSync(join(path, log.id, `00000002-${rest[0].from}.log`)));
  log.close();
});

test("a folder that cannot be written is a destination that is away", { skip: process.getuid?.() === 0 && "root may write everywhere" }, async () => {
  const path = temporaryFolder();
  chmodSync(path, 0o500);
  const log = openLog(temporaryFolder());
  interval(log, 1);
  const shipper = new Shipper(log, fileDestination("copy", path, LARGE));
  await shipper.flush();
  assert.equal(shipper.lag, log.size);
  chmodSync(path, 0o700);
  await shipper.flush();
  assert.equal(shipper.lag, 0);
  shipper.close();
  log.close();
});

test("a path that is a file is a destination that is away", async () => {
  const path = join(temporaryFolder(), "file");
  writeFileSync(path, "");
  const log = openLog(temporaryFolder());
  interval(log, 1);
  const shipper = new Shipper(log, fileDestination("copy", path, LARGE));
  await shipper.flush();
  assert.equal(shipper.lag, log.size);
  rmSync(path);
  await shipper.flush();
  assert.equal(shipper.lag, 0);
  shipper.close();
  log.close();
});
