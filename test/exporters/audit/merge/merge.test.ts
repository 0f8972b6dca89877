import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { realDisk } from "../../../../exporters/audit/disk.ts";
import { checkProof, proveRecord } from "../../../../exporters/audit/export/prove.ts";
import { exportTiles } from "../../../../exporters/audit/export/tiles.ts";
import { announcedKeys } from "../../../../exporters/audit/export/keys.ts";
import type { AuditLog } from "../../../../exporters/audit/log.ts";
import { findMembers } from "../../../../exporters/audit/members.ts";
import { acceptedMembers, type Judged, judgeMembers } from "../../../../exporters/audit/merge.ts";
import { holdKey } from "../../../../exporters/audit/signer.ts";
import { timeline } from "../../../../exporters/audit/timeline.ts";
import { openByHand } from "../../../../exporters/audit/upkeep/by-hand.ts";
import { rotateKeys } from "../../../../exporters/audit/upkeep/rotate-key.ts";
import { decision, openLog } from "../../../support/records.ts";
import { temporaryFolder } from "../../../support/run.ts";
import { contentsOf, copyOf } from "../upkeep/logs.ts";

/** Some more records in the log of a directory. */
function grow(directory: string, count: number, tool = "a"): AuditLog {
  const log = openLog(directory);
  for (let index = 0; index < count; index++) log.append("decision", decision(`${tool}_${index}`));
  log.close();
  return log;
}

/** One run of a merge. */
function run(into: string, sources: readonly string[], keys: readonly string[] = []): Judged[] {
  const log = openByHand(into, {});
  const judged = judgeMembers(findMembers(realDisk, sources), acceptedMembers(realDisk, into), keys);
  for (const { origin, checkpoint, state, detail } of judged) log.append("member", { origin, checkpoint, state, detail });
  assert.ok(log.flush());
  log.close();
  return judged;
}

const states = (judged: readonly Judged[]): string[] => judged.map(({ state }) => state);

function member(count = 20): { directory: string; log: AuditLog; key: string } {
  const directory = temporaryFolder();
  const log = grow(directory, count);
  return { directory, log, key: announcedKeys(realDisk, log.folder)[0]?.key as string };
}

describe("a log of logs", () => {
  test("takes what is new, what has grown and what is as it was, sorted by origin, and verifies itself", () => {
    const [a, b, into] = [member(), member(), temporaryFolder()];
    const first = run(into, [a.directory, b.directory]);
    assert.deepEqual(states(first), ["new", "new"]);
    assert.deepEqual(first.map(({ origin }) => origin), [a.log.origin, b.log.origin].sort());
    assert.match(first[0]?.detail ?? "", /^its key was taken from the log itself: spangate\.test\/logs\//);
    grow(a.directory, 300);
    assert.deepEqual(run(into, [a.directory, b.directory]).map(({ origin, state }) => [origin === a.log.origin ? "a" : "b", state]).sort(), [["a", "grown"], ["b", "unchanged"]]);
    const [folder] = [...acceptedMembers(realDisk, into).values()].flat().map(({ log }) => join(into, log));
    assert.ok(contentsOf(folder as string).sealed);
  });

  test("names a member that was cut back, and does not forget what it had", () => {
    const [a, into] = [member(), temporaryFolder()];
    const old = copyOf(a.directory);
    grow(a.directory, 20);
    run(into, [a.directory]);
    const [judged] = run(into, [old]);
    assert.equal(judged?.state, "rollback");
    assert.match(judged?.detail ?? "", /^it had \d+ records, and now has \d+$/);
    assert.deepEqual(states(run(into, [old])), ["rollback"]);
    assert.deepEqual(states(run(into, [a.directory])), ["unchanged"]);
  });

  test("names a member that has another history, of the same length or longer", () => {
    const [a, into] = [member(), temporaryFolder()];
    const other = copyOf(a.directory);
    grow(a.directory, 20);
    run(into, [a.directory]);
    grow(other, 20, "b");
    const [same] = run(into, [other]);
    assert.deepEqual([same?.state, same?.detail], ["fork", `another tree of ${same?.size} records was accepted before`]);
    grow(other, 20, "b");
    assert.match(run(into, [other])[0]?.detail ?? "", /does not go on from that of \d+ records/);
    assert.deepEqual(states(run(into, [a.directory])), ["unchanged"]);
  });

  test("names two histories that are shown at once", () => {
    const [a, into] = [member(), temporaryFolder()];
    const other = copyOf(a.directory);
    grow(a.directory, 20);
    grow(other, 5, "b");
    assert.deepEqual(states(run(into, [a.directory, other])), ["new", "fork"]);
  });

  test("takes a copy that lags for what it is", () => {
    const [a, into] = [member(), temporaryFolder()];
    const lagging = copyOf(a.directory);
    grow(a.directory, 20);
    assert.deepEqual(states(run(into, [lagging, a.directory])), ["new"]);
    assert.deepEqual(states(run(into, [lagging, a.directory])), ["unchanged"]);
  });

  test("does not believe a checkpoint whose records do not lead to it", () => {
    const [a, into] = [member(), temporaryFolder()];
    const file = join(a.log.folder, "00000001-0.log");
    writeFileSync(file, readFileSync(file, "utf8").replace('"tool":"a_7"', '"tool":"A_7"'));
    const [judged] = run(into, [a.directory]);
    assert.equal(judged?.state, "unverified");
    assert.match(judged?.detail ?? "", /damaged at 9: the chain ends there, and a checkpoint stands behind it/);
    writeFileSync(file, readFileSync(file, "utf8").replace('"tool":"A_7"', '"tool":"a_7"'));
    assert.deepEqual(states(run(into, [a.directory])), ["new"]);
  });

  test("believes a key that was given, and no other", () => {
    const [a, b, into] = [member(), member(), temporaryFolder()];
    assert.deepEqual(run(into, [a.directory], [a.key]).map(({ state, detail }) => [state, detail]), [["new", undefined]]);
    const wrong = b.key.replace(/^[^+]*/, a.log.origin);
    assert.deepEqual(states(run(into, [a.directory], [wrong])), ["unverified"]);
  });

  test("follows a key that was rotated, and refuses one that took over", () => {
    const [a, into] = [member(), temporaryFolder()];
    run(into, [a.directory]);
    const taken = copyOf(a.directory);
    rotateKeys(a.directory, {}, "r");
    grow(a.directory, 5);
    assert.deepEqual(states(run(into, [a.directory])), ["grown"]);
    // Whoever has the files and not the key goes on under a key of their own.
    const thief = temporaryFolder();
    holdKey(thief, {});
    mkdirSync(join(taken, "keys"), { recursive: true });
    const old = holdKey(taken, {});
    const log = openLog(taken, { keys: { ...holdKey(thief, {}), verifiers: old.verifiers } });
    for (let index = 0; index < 40; index++) log.append("decision", decision("evil"));
    log.close();
    const fresh = temporaryFolder();
    run(fresh, [copyOf(a.directory)]);
    assert.deepEqual(states(run(into, [taken])), ["unverified"]);
  });

  test("reads exported tiles as well as directories, and demands the same of them", () => {
    const [a, into, tiles] = [member(300), temporaryFolder(), temporaryFolder()];
    exportTiles(realDisk, a.log.folder, join(tiles, a.log.id));
    assert.deepEqual(states(run(into, [tiles])), ["new"]);
    grow(a.directory, 300);
    exportTiles(realDisk, a.log.folder, join(tiles, a.log.id));
    assert.deepEqual(states(run(into, [tiles])), ["grown"]);
    assert.deepEqual(states(run(into, [a.directory])), ["unchanged"]);
    rmSync(join(tiles, a.log.id, "tile/0"), { recursive: true });
    const [judged] = run(into, [tiles]);
    assert.deepEqual([judged?.state, /tile\/0/.test(judged?.detail ?? "")], ["unverified", true]);
  });

  test("proves a record in two steps, by keys alone", () => {
    const [a, into] = [member(), temporaryFolder()];
    run(into, [a.directory]);
    grow(a.directory, 10);
    run(into, [a.directory]);
    const found = acceptedMembers(realDisk, into).get(a.log.origin)?.find(({ size }) => size > 7);
    assert.ok(found);
    const one = proveRecord(realDisk, a.log.folder, 7, found.note);
    const two = proveRecord(realDisk, join(into, found.log), found.index);
    const mergedKey = announcedKeys(realDisk, join(into, found.log))[0]?.key as string;
    const [first, second] = [checkProof(one.text, [a.key]), checkProof(two.text, [mergedKey])];
    assert.ok(typeof first === "object" && typeof second === "object");
    assert.ok(second.record?.t === "member" && second.record.checkpoint === first.checkpoint);
  });
});

test("the timeline is by time, then origin, then index, and in any case the same", () => {
  const [a, b] = [member(5), member(5)];
  const one = timeline(realDisk, [a.directory, b.directory]);
  assert.equal(one.length, 14);
  assert.deepEqual(timeline(realDisk, [b.directory, a.directory]).map(({ text }) => text), one.map(({ text }) => text));
  assert.deepEqual(one.map(({ record: { ts }, origin, record: { i } }) => `${ts} ${origin} ${String(i).padStart(3, "0")}`), one.map(({ record: { ts }, origin, record: { i } }) => `${ts} ${origin} ${String(i).padStart(3, "0")}`).toSorted());
  cpSync(a.directory, temporaryFolder(), { recursive: true });
});
