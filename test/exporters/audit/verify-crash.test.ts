import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type Disk, realDisk } from "../../../exporters/audit/disk.ts";
import type { AuditLog } from "../../../exporters/audit/log.ts";
import { listSegments, parseHeader } from "../../../exporters/audit/segment.ts";
import { holdKey } from "../../../exporters/audit/signer.ts";
import { verifyDirectory } from "../../../exporters/audit/verify/directory.ts";
import type { LogReport } from "../../../exporters/audit/verify/report.ts";
import { decision, openLog } from "../../support/records.ts";
import { temporaryFolder } from "../../support/run.ts";

const NO_LOCK = { lock: (): { close(): void } => ({ close: () => {} }) };

function verify(directory: string): LogReport {
  return verifyDirectory(directory).logs[0] as LogReport;
}

function told({ outcome, counts, problems }: LogReport): string {
  return JSON.stringify({ outcome, counts, problems });
}

/** A log whose process died: decisions in two segments, no `close`. */
function dead(directory: string): { log: AuditLog; file: string; bytes: Buffer } {
  const log = openLog(directory, { ...NO_LOCK, rotate: { size: 1_500, age: 86_400_000 } });
  for (const tool of ["a", "b", "c", "d"]) log.append("decision", decision(tool));
  log.flush();
  log.append("decision", decision("e"));
  const name = readdirSync(log.folder).filter((file) => file.endsWith(".log")).sort().at(-1) as string;
  const file = join(log.folder, name);
  return { log, file, bytes: readFileSync(file) };
}

describe("a crash is no tampering", () => {
  const FILLS: Readonly<Record<string, (rest: number) => Buffer>> = { "nothing behind it": () => Buffer.alloc(0), "zeros behind it": (rest) => Buffer.alloc(rest), "garbage behind it": (rest) => Buffer.alloc(rest, "\n{garbage\xff#~!") };
  for (const [name, fill] of Object.entries(FILLS)) {
    test(`a last segment that ends at any byte, ${name}: neither before nor after somebody goes on from it`, () => {
      const directory = temporaryFolder();
      const { log, file, bytes } = dead(directory);
      const kept = readdirSync(log.folder).filter((one) => one.endsWith(".log") && join(log.folder, one) !== file).map((one) => [one, readFileSync(join(log.folder, one))] as const);
      // Below its last checkpoint but one a segment was on the disk before; what comes later a crash may tear.
      const seals = [...bytes.toString("latin1").matchAll(/\n#/g)].map(({ index }) => index);
      for (let length = (seals.at(-2) ?? bytes.indexOf("\n")) + 1; length < bytes.length; length += 13) {
        rmSync(log.folder, { recursive: true });
        mkdirSync(log.folder);
        for (const [one, content] of kept) writeFileSync(join(log.folder, one), content);
        writeFileSync(file, Buffer.concat([bytes.subarray(0, length), fill(bytes.length - length)]));
        const torn = verify(directory);
        assert.notEqual(torn.outcome, "tampered", `${length}: ${told(torn)}`);
        const next = openLog(directory, NO_LOCK);
        next.append("decision", decision("later"));
        next.close();
        const after = verify(directory);
        assert.equal(after.outcome, "proven", `${length}: ${told(after)}`);
      }
    });
  }

  test("and edited dead bytes, or ones that no record tells of, are", () => {
    const directory = temporaryFolder();
    const { file, bytes } = dead(directory);
    writeFileSync(file, Buffer.concat([bytes, Buffer.from('{"v":2,"i":9')]));
    openLog(directory, NO_LOCK).close();
    assert.equal(verify(directory).outcome, "proven");
    for (const end of ['{"v":2,"i":8', '{"v":2,"i":9,', ""]) {
      writeFileSync(file, Buffer.concat([bytes, Buffer.from(end)]));
      assert.equal(verify(directory).outcome, "tampered", end);
    }
  });
});

test("a disk that fails at any call, and comes back: everything that has an index is proven", async () => {
  const wait = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds));
  await Promise.all([3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map(async (failing) => {
    const directory = temporaryFolder();
    let calls = 0;
    const failed = (): boolean => ++calls === failing + 8;
    const disk: Disk = {
      ...realDisk,
      write(fd, bytes) {
        if (failed()) {
          // A full disk takes a part and says so at the next call.
          realDisk.write(fd, bytes.subarray(0, bytes.length >> 1));
          throw Object.assign(new Error("EIO"), { code: "EIO" });
        }
        return realDisk.write(fd, bytes);
      },
      sync(fd) {
        if (failed()) throw Object.assign(new Error("EIO"), { code: "EIO" });
        realDisk.sync(fd);
      },
    };
    const log = openLog(directory, { ...NO_LOCK, disk, durability: failing % 2 === 0 ? "disk" : "os" });
    for (let index = 0; index < 12; index++) {
      log.append("decision", decision(`t${index}`));
      if (index % 4 === 3) log.flush();
    }
    await wait(600);
    log.append("decision", decision("later"));
    log.close();
    const report = verify(directory);
    assert.equal(report.outcome, "proven", `${failing}: ${told(report)}`);
    assert.ok(readdirSync(log.folder).filter((file) => file.endsWith(".log")).length > 1, "the disk did not fail");
  }));
});

test("a checkpoint that was written as the disk failed, and that later headers therefore leave out, is no tampering", async () => {
  const directory = temporaryFolder();
  const here = holdKey(directory, {});
  const outside = { ...here, forOrigin: (origin: string) => ({ ...here.forOrigin(origin), here: false, sign: async (text: string) => here.forOrigin(origin).sign(text) }) };
  let syncs = 0;
  // The first makes the record safe, the second is to make its checkpoint so.
  const disk = { ...realDisk, syncLater: (fd: number, done: (problem: Error | null) => void) => (++syncs === 2 ? done(new Error("EIO: i/o error, fdatasync")) : realDisk.syncLater(fd, done)) };
  const first = openLog(directory, { disk, keys: outside });
  for (let tries = 0; listSegments(realDisk, first.folder).length < 2 && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 25));
  first.close();
  const second = openLog(directory, { keys: outside, rotate: { size: 2_000, age: 86_400_000 } });
  for (let count = 0; count < 6; count++) second.append("decision", decision("a"));
  second.close();
  const headers = listSegments(realDisk, second.folder).map(({ file }) => parseHeader(readFileSync(join(second.folder, file), "latin1").split("\n")[0] as string));
  assert.deepEqual(headers.slice(0, 3).map((header) => typeof header === "object" && [header.checkpoint, header.rewrites]), [[undefined, undefined], [undefined, true], [undefined, undefined]]);
  const report = verifyDirectory(directory);
  assert.notEqual(report.outcome, "tampered", JSON.stringify(report.logs[0]?.problems));
});

test("a checkpoint of which a crash left a line that begins like a value is dead, with what stands behind it", () => {
  const directory = temporaryFolder();
  const first = openLog(directory, NO_LOCK);
  for (const tool of ["a", "b"]) {
    first.append("decision", decision(tool));
    first.flush();
  }
  first.append("decision", decision("c"));
  const file = listSegments(realDisk, first.folder)[0]?.file as string;
  const path = join(first.folder, file);
  const text = readFileSync(path, "latin1");
  const seal = text.lastIndexOf("\n#") + 1;
  writeFileSync(path, `${text.slice(0, seal)}~w\x01\x02${text.slice(seal + 4)}`, "latin1");
  openLog(directory, NO_LOCK).close();
  for (const values of [true, false]) {
    const report = verifyDirectory(directory, { values });
    assert.notEqual(report.outcome, "tampered", JSON.stringify(report.logs[0]?.problems));
  }
});
