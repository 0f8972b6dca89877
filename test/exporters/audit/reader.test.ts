import assert from "node:assert/strict";
import { appendFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type Disk, realDisk } from "../../../exporters/audit/disk.ts";
import type { AuditLog } from "../../../exporters/audit/log.ts";
import { type Position, readRecords } from "../../../exporters/audit/reader.ts";
import { decision, openLog } from "../../support/records.ts";
import { temporaryFolder } from "../../support/run.ts";

/** A log that is followed: what each look gives, and how many bytes of segments it reads. */
function followed(between: (log: AuditLog) => void = () => {}): { log: AuditLog; add: (...tools: string[]) => void; look: () => string[]; bytes: () => number } {
  const directory = temporaryFolder();
  const log = openLog(directory);
  const read = new Map<string, Position>();
  let bytes = 0;
  const counted = (count: number, file: string): void => void (file.endsWith(".log") && (bytes += count));
  const disk: Disk = {
    ...realDisk,
    read(file) {
      const found = realDisk.read(file);
      counted(found.length, file);
      return found;
    },
    readTail(file, limit) {
      const found = realDisk.readTail(file, limit);
      counted(found.bytes.length, file);
      if (limit === 0) between(log);
      return found;
    },
  };
  return {
    log, add: (...tools) => tools.forEach((tool) => log.append("decision", decision(tool))), bytes: () => bytes,
    look: () => [...readRecords(directory, read, disk)].flatMap(({ record }) => (record.t === "decision" ? [record.tool] : [])),
  };
}

describe("a log that is followed", () => {
  test("gives at each look what is new, and reads no more than that", () => {
    const { log, add, look, bytes } = followed();
    const file = join(log.folder, "00000001-0.log");
    for (let count = 0; count < 100; count++) add("old");
    assert.equal(look().length, 100);
    const [before, size] = [bytes(), statSync(file).size];
    assert.deepEqual([look(), bytes() - before], [[], 0]);
    add("new");
    assert.deepEqual([look(), bytes() - before], [["new"], statSync(file).size - size]);
    log.close();
    assert.deepEqual(look(), []);
  });
  test("goes on in the next segment", () => {
    const { log, add, look } = followed();
    add("a");
    assert.deepEqual(look(), ["a"]);
    log.close();
    const next = openLog(join(log.folder, ".."), { rotate: { size: 1, age: 86_400_000 } });
    next.append("decision", decision("b"));
    next.append("decision", decision("c"));
    next.close();
    assert.deepEqual([look(), look()], [["b", "c"], []]);
  });
  test("loses nothing of what is written while it looks, and gives it once", () => {
    let more = 0;
    const { add, look } = followed((log) => void (more < 3 && log.append("decision", decision(`during ${++more}`))));
    add("a");
    assert.deepEqual(look(), ["a"]);
    const found = [look(), look(), look(), look()].flat();
    assert.deepEqual(found, ["during 1", "during 2", "during 3"]);
  });
  test("waits for the end of a line", () => {
    const { log, add, look } = followed();
    add("a");
    look();
    const file = join(log.folder, "00000001-0.log");
    const size = statSync(file).size;
    add("b");
    const line = realDisk.read(file).subarray(size);
    const half = followed();
    half.add("x");
    half.look();
    const other = join(half.log.folder, "00000001-0.log");
    appendFileSync(other, line.subarray(0, 40));
    assert.deepEqual(half.look(), []);
    appendFileSync(other, line.subarray(40));
    // Of another log, but whole: the reader leaves what a record says to the verifier.
    assert.deepEqual(half.look(), ["b"]);
  });
});
