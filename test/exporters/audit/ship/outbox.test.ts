import assert from "node:assert/strict";
import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { type Disk, realDisk } from "../../../../exporters/audit/disk.ts";
import type { AuditLog } from "../../../../exporters/audit/log.ts";
import { beginning, joined, outbound } from "../../../../exporters/audit/ship/outbox.ts";
import { linesOf, listSegments, readSegment } from "../../../../exporters/audit/segment.ts";
import { Vault } from "../../../../exporters/audit/vault.ts";
import { decision, openLog } from "../../../support/records.ts";
import { temporaryFolder } from "../../../support/run.ts";
import { assertProven, gapsOf, interval, intervalsOf, sent, textsOf } from "./sealed.ts";

/** Rotates after every interval or two. */
const SMALL = { rotate: { size: 3_000, age: 86_400_000 } };

test("every record is in one interval, in order, and every interval proves itself and goes on from the one before", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 }), fc.boolean(), (counts, rotates) => {
    const log = openLog(temporaryFolder(), rotates ? SMALL : {});
    for (const count of counts) interval(log, count);
    const all = intervalsOf(sent(log));
    for (const one of all) assertProven(one);
    all.forEach((one, at) => assert.equal(one.from, all[at - 1]?.size ?? 0));
    all.forEach((one, at) => assert.equal(one.before, all[at - 1]?.note));
    assert.deepEqual(all.flatMap(({ records }) => records.map(({ text }) => text)), textsOf(log));
    log.close();
  }), { numRuns: 40 });
});

test("from the end of any interval the rest comes as it came before", () => {
  const log = openLog(temporaryFolder(), SMALL);
  for (let at = 0; at < 8; at++) interval(log, 1 + (at % 3));
  const all = intervalsOf(sent(log));
  assert.ok(listSegments(realDisk, log.folder).length > 2);
  for (const [at, one] of all.entries()) {
    const rest = intervalsOf(sent(log, one.end));
    rest.forEach(assertProven);
    assert.deepEqual(rest.map(({ from, size, note, end }) => ({ from, size, note, end })), all.slice(at + 1).map(({ from, size, note, end }) => ({ from, size, note, end })));
    assert.equal(rest[0]?.before, all[at + 1]?.before);
  }
  log.close();
});

test("what grows while the cursor stands in the middle of a segment is read from there", () => {
  const log = openLog(temporaryFolder());
  interval(log, 3);
  const [first] = intervalsOf(sent(log)).slice(-1);
  assert.deepEqual(sent(log, first?.end), []);
  interval(log, 2);
  const [next, ...more] = intervalsOf(sent(log, first?.end));
  assert.equal(more.length, 0);
  assert.equal(next?.from, first?.size);
  assertProven(next as NonNullable<typeof next>);
  log.close();
});

test("values never go out", () => {
  const directory = temporaryFolder();
  const log = openLog(directory);
  const vault = Vault.open(directory, undefined, true) as Vault;
  const value = vault.seal('{"password":"in the vault"}', { subject: "ann", keep: "value" });
  log.append("decision", decision("t", { args: value.commit }), value);
  log.flush();
  const texts = JSON.stringify(sent(log));
  assert.match(readFileSync(join(log.folder, listSegments(realDisk, log.folder)[0]?.file as string), "utf8"), /^~/m);
  assert.doesNotMatch(texts, /~\{/);
  // And the cursor stands behind them.
  assert.deepEqual(sent(log, intervalsOf(sent(log)).at(-1)?.end), []);
  log.close();
});

describe("a compressed segment", () => {
  test("is read as the plain one was, also from a cursor within it", () => {
    const log = openLog(temporaryFolder(), SMALL);
    for (let at = 0; at < 6; at++) interval(log, 2);
    const before = intervalsOf(sent(log));
    for (const { file } of listSegments(realDisk, log.folder).slice(0, -1)) {
      writeFileSync(join(log.folder, `${file}.gz`), gzipSync(readFileSync(join(log.folder, file))));
      rmSync(join(log.folder, file));
    }
    assert.deepEqual(sent(log), before);
    assert.deepEqual(intervalsOf(sent(log, before[0]?.end)).map(({ from }) => from), before.slice(1).map(({ from }) => from));
    log.close();
  });
});

test("a segment that is compressed between being listed and being read is read all the same", () => {
  const log = openLog(temporaryFolder(), SMALL);
  for (let at = 0; at < 6; at++) interval(log, 2);
  const whole = sent(log);
  const [first] = listSegments(realDisk, log.folder);
  const file = join(log.folder, first?.file as string);
  const plain = readFileSync(file);
  const compressing: Disk = { ...realDisk, read(path) {
    if (path === file) {
      writeFileSync(`${file}.gz`, gzipSync(plain));
      rmSync(file, { force: true });
    }
    return realDisk.read(path);
  } };
  assert.deepEqual([...outbound({ disk: compressing, folder: log.folder, log: log.id, origin: log.origin }, beginning(log.origin), log.exportable?.size)], whole);
  log.close();
});

/** Makes of a segment what pruning makes of it. */
function prune(log: AuditLog, at: number): { readonly first: number; readonly next: number } {
  const segments = listSegments(realDisk, log.folder);
  const segment = segments[at] as (typeof segments)[0];
  const [header] = [...linesOf(readSegment(realDisk, log.folder, segment))];
  writeFileSync(join(log.folder, `${segment.name}.leaves`), `${header?.text}\n`);
  rmSync(join(log.folder, segment.file));
  return { first: segment.first, next: segments[at + 1]?.first as number };
}

describe("what is not there any more is declared, never passed over", () => {
  const cases = { pruned: prune, missing: (log: AuditLog, at: number) => {
    const place = prune(log, at);
    rmSync(join(log.folder, `${listSegments(realDisk, log.folder).find(({ form }) => form === "leaves")?.file}`));
    return place;
  } };
  for (const [reason, remove] of Object.entries(cases)) {
    test(`${reason}: before the cursor's segment, in it, and in the middle`, () => {
      const log = openLog(temporaryFolder(), SMALL);
      for (let at = 0; at < 14; at++) interval(log, 1);
      const whole = intervalsOf(sent(log));
      const { first, next } = remove(log, 1);
      const all = sent(log);
      assert.deepEqual(gapsOf(all).map(({ from, to, reason: why }) => ({ from, to, why })), [{ from: first, to: next, why: reason }]);
      intervalsOf(all).forEach(assertProven);
      assert.deepEqual(intervalsOf(all).flatMap(({ records }) => records.map(({ record }) => record.i)), whole.flatMap(({ records }) => records.map(({ record }) => record.i)).filter((i) => i < first || i >= next));
      // The checkpoint that the gap carries covers all of it.
      assert.equal(gapsOf(all)[0]?.note, whole.find(({ size }) => size === next)?.note);
      // A cursor within what is gone.
      const within = whole.find(({ size }) => size > first && size < next)?.end;
      assert.ok(within);
      assert.deepEqual(gapsOf(sent(log, within)).map(({ from, to }) => [from, to]), [[within.size, next]]);
      // Behind a gap the rest comes as if there had been none.
      const [gap] = gapsOf(all);
      assert.deepEqual(intervalsOf(sent(log, gap?.end)).map(({ from }) => from), whole.map(({ from }) => from).filter((from) => from >= next));
      log.close();
    });
  }
});

test("what a crash tore counts for nothing, and the next session goes on behind it", () => {
  const directory = temporaryFolder();
  const first = openLog(directory);
  interval(first, 3);
  const [segment] = listSegments(realDisk, first.folder);
  const size = first.exportable?.size;
  first.close();
  const file = join(first.folder, segment?.file as string);
  // Without its close record and head, and with half a record at its end: a killed process.
  const bytes = readFileSync(file, "latin1").split("\n");
  const until = bytes.findLastIndex((line) => line.includes('"t":"close"'));
  for (const garbage of ['{"v":2,"i":4,"pre', "\0\0\0\n\0", '{"v":2,"i":99}\n#"x"\n']) {
    writeFileSync(file, `${bytes.slice(0, until).join("\n")}\n`, "latin1");
    rmSync(join(first.folder, "head.json"), { force: true });
    appendFileSync(file, garbage);
    const second = openLog(directory);
    assert.equal(second.id, first.id);
    interval(second, 2, "later");
    const all = sent(second);
    assert.deepEqual(gapsOf(all), []);
    intervalsOf(all).forEach(assertProven);
    assert.deepEqual(intervalsOf(all).flatMap(({ records }) => records.map(({ record }) => record.t)).slice(size), ["recover", "open", "decision", "decision"]);
    second.close();
    for (const later of listSegments(realDisk, first.folder).slice(1)) rmSync(join(first.folder, later.file));
  }
});

test("a log that is damaged below its checkpoint stops there, and says so", () => {
  const log = openLog(temporaryFolder());
  interval(log, 3);
  interval(log, 3);
  const file = join(log.folder, listSegments(realDisk, log.folder)[0]?.file as string);
  writeFileSync(file, readFileSync(file, "latin1").replace('"tool":"tool_1"', '"tool":"tool_X"'), "latin1");
  assert.throws(() => sent(log), /is damaged after record 0; run spangate verify/);
  log.close();
});

test("joined intervals are intervals: the last checkpoint proves them all", () => {
  const log = openLog(temporaryFolder(), SMALL);
  for (let at = 0; at < 9; at++) interval(log, 3);
  prune(log, 2);
  const all = sent(log);
  const few = [...joined(all, 10)];
  intervalsOf(few).forEach(assertProven);
  assert.ok(intervalsOf(few).every(({ records }) => records.length <= 10));
  assert.ok(intervalsOf(few).length < intervalsOf(all).length);
  assert.deepEqual(gapsOf(few), gapsOf(all));
  assert.deepEqual(intervalsOf(few).flatMap(({ records }) => records.map(({ record }) => record.i)), intervalsOf(all).flatMap(({ records }) => records.map(({ record }) => record.i)));
  log.close();
});
