import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { AuditLog } from "../../../../exporters/audit/log.ts";
import { realDisk } from "../../../../exporters/audit/disk.ts";
import { writeHead } from "../../../../exporters/audit/head.ts";
import { listSegments } from "../../../../exporters/audit/segment.ts";
import { compressSegment } from "../../../../exporters/audit/upkeep/compress.ts";
import { addHold } from "../../../../exporters/audit/upkeep/holds.ts";
import { keepAll, type KeepOptions } from "../../../../exporters/audit/upkeep/keep.ts";
import { holdKey } from "../../../../exporters/audit/signer.ts";
import { rotateKeys } from "../../../../exporters/audit/upkeep/rotate-key.ts";
import { verifyDirectory } from "../../../../exporters/audit/verify/directory.ts";
import { contentsOf, copyOf, DAY, decision, logOf, openLog, recordsOf, stopping } from "./logs.ts";

const source = logOf(4);
source.log.close();
const original = contentsOf(source.log.folder);
const names = listSegments(realDisk, source.log.folder).map(({ name }) => name);

type Options = Partial<Omit<KeepOptions, "audit">> & { readonly audit?: Partial<KeepOptions["audit"]> };

/** A copy of the log, opened, and one round of upkeep. */
async function keep({ audit, ...more }: Options, prepare: (directory: string, folder: string) => void = () => {}, dry = false): ReturnType<typeof round> {
  const directory = copyOf(source.directory);
  const folder = join(directory, source.log.id);
  prepare(directory, folder);
  return round(directory, { audit: { compress: "none", retention: {}, append_only: false, ...audit }, ...more }, dry);
}

async function round(directory: string, options: Omit<KeepOptions, "directory" | "destinations"> & { readonly destinations?: readonly string[] }, dry: boolean) {
  const log = openLog(directory);
  const [report] = await keepAll(log, { destinations: [], ...options, directory }, dry);
  log.close();
  return { directory, folder: log.folder, report: report as NonNullable<typeof report>, contents: contentsOf(log.folder) };
}

const later = (days: number): (() => number) => () => Date.now() + days * DAY;

describe("retention", () => {
  test("by age prunes what ended before, leaves its hashes, and writes down what it did", async () => {
    const { directory, folder, report, contents } = await keep({ audit: { retention: { age: 30 * DAY } }, now: later(31), actor: "ann" });
    const [record] = recordsOf(directory, "prune");
    assert.deepEqual([record?.target, record?.from, record?.to, record?.actor, record?.reason], [source.log.id, 0, contents.pruned, "ann", "ended more than 30 days ago"]);
    assert.deepEqual(report.pruned?.segments, names.slice(0, 4));
    assert.equal(contents.pruned, report.pruned?.to);
    assert.ok(contents.sealed);
    assert.deepEqual(contents.leaves.slice(0, original.size), original.leaves);
    assert.deepEqual(readdirSync(folder).filter((file) => file.startsWith("0000")), [...names.slice(0, 4).map((name) => `${name}.leaves`), names[4]]);
  });
  test("leaves everything that is younger", async () => {
    const { report, contents } = await keep({ audit: { retention: { age: 30 * DAY } }, now: later(29) });
    assert.deepEqual([report.pruned, report.kept, contents.pruned], [undefined, undefined, 0]);
  });
  test("by size prunes the oldest until the log is small enough", async () => {
    const { report, contents } = await keep({ audit: { retention: { size: 8_000 } } });
    assert.deepEqual(report.pruned?.segments, names.slice(0, 3));
    assert.ok(contents.pruned > 0 && contents.sealed);
  });
  test("by size gives way to the floor of a profile, and says so", async () => {
    const { report, contents } = await keep({ audit: { retention: { size: 8_000, profile: "eu-ai-act" } }, now: later(183) });
    assert.equal(contents.pruned, 0);
    assert.match(report.kept?.because ?? "", /the profile eu-ai-act keeps it for 184 days/);
    assert.match(report.problems[0]?.line ?? "", /SG_AUDIT_UPKEEP: the segment .*00000001-0\.log of the audit log stays as it is: the profile/);
    const old = await keep({ audit: { retention: { size: 8_000, profile: "eu-ai-act" } }, now: later(185) });
    assert.equal(old.report.pruned?.segments.length, 3);
  });
  test("keeps everything when nobody says otherwise", async () => {
    assert.equal((await keep({ now: later(9_999) })).report.pruned, undefined);
  });
  test("never prunes under a legal hold", async () => {
    const { directory: kept, report, contents } = await keep({ audit: { retention: { age: DAY } }, now: later(31) }, (directory) => addHold(directory, { name: "case-7", who: "ann", why: "a claim", since: "2026-11-01T00:00:00Z" }));
    assert.deepEqual([contents.pruned, recordsOf(kept, "prune")], [0, []]);
    assert.match(report.kept?.because ?? "", /the legal hold case-7 of ann/);
  });
  test("takes holds that cannot be read for a hold", async () => {
    const { report } = await keep({ audit: { retention: { age: DAY } }, now: later(31) }, (directory) => writeFileSync(join(directory, "holds.json"), "{"));
    assert.match(report.kept?.because ?? "", /the legal hold holds\.json/);
  });
  test("keeps the bodies when a hold comes after the record was written", async () => {
    let looks = 0;
    const disk = { ...realDisk, exists: (file: string) => (file.endsWith("holds.json") ? ++looks > 4 : realDisk.exists(file)), read: (file: string) => (file.endsWith("holds.json") ? Buffer.from("{}") : realDisk.read(file)) };
    const { directory, report, contents } = await keep({ audit: { retention: { age: DAY } }, now: later(31), disk });
    assert.equal(contents.pruned, 0);
    assert.equal(recordsOf(directory, "prune").length, 1);
    assert.match(report.kept?.because ?? "", /legal hold/);
  });
  test("never goes beyond what a destination has", async () => {
    const cursor = { size: Number(names[2]?.split("-")[1]?.split(".")[0]) + 1, leaf: "", segment: names[2] as string, offset: 0, frontier: "" };
    const { report, contents } = await keep({ audit: { retention: { age: DAY } }, now: later(31) }, (_, folder) => {
      const leaf = Buffer.from(original.leaves[cursor.size - 1] as string, "latin1").toString("base64");
      writeHead(realDisk, folder, "cursor-otlp.json", { ...cursor, leaf });
    });
    assert.deepEqual(report.pruned?.segments, names.slice(0, 2));
    assert.match(report.kept?.because ?? "", new RegExp(`^otlp has only the first ${cursor.size} records`));
    assert.ok(contents.sealed);
  });
  test("waits for a destination that never got anything", async () => {
    const { report } = await keep({ audit: { retention: { age: DAY } }, now: later(31), destinations: ["otlp"] });
    assert.match(report.kept?.because ?? "", /^otlp has only the first 0 records/);
  });
  test("does not destroy evidence: a log with a damaged segment stays whole", async () => {
    const directory = copyOf(source.directory);
    const log = openLog(directory);
    const file = join(log.folder, names[1] as string);
    writeFileSync(file, readFileSync(file, "utf8").replace('"tool":"tool_', '"tool":"Tool_'));
    const [report] = await keepAll(log, { directory, destinations: [], now: later(31), audit: { compress: "none", retention: { age: DAY }, append_only: false } });
    log.close();
    assert.deepEqual([report?.pruned, report?.kept?.segment], [undefined, names[1]]);
    assert.match(report?.kept?.because ?? "", /damaged/);
    assert.ok(names.every((name) => existsSync(join(log.folder, name))));
    assert.doesNotMatch(readFileSync(join(log.folder, names[4] as string), "utf8"), /"t":"prune"/);
  });
  test("only tells what would go when it is asked to", async () => {
    const { directory, report, contents } = await keep({ audit: { retention: { age: DAY } }, now: later(31) }, undefined, true);
    assert.equal(report.pruned?.segments.length, 4);
    assert.deepEqual([contents.pruned, recordsOf(directory, "prune").length], [0, 0]);
  });
});

test("whatever the machine does while pruning, bodies are gone only under a record that is on the disk", async () => {
  let stops = 0;
  for (let at = 1; ; at++) {
    const directory = copyOf(source.directory);
    const { disk, stopped } = stopping(at);
    const log = openLog(directory);
    const [report] = await keepAll(log, { directory, destinations: [], now: later(31), audit: { compress: "none", retention: { age: DAY }, append_only: false }, disk });
    // The machine is gone, and the log with it: what it had is what the disk has.
    const contents = contentsOf(log.folder);
    assert.deepEqual(contents.leaves.slice(0, original.size), original.leaves, `stopped at change ${at}`);
    assert.ok(contents.sealed);
    const pruned = recordsOf(directory, "prune");
    assert.ok(contents.pruned === 0 || pruned.some(({ to }) => to >= contents.pruned), `stopped at change ${at}`);
    const again = await keepAll(log, { directory, destinations: [], now: later(31), audit: { compress: "none", retention: { age: DAY }, append_only: false } });
    log.close();
    assert.equal(contentsOf(log.folder).pruned, recordsOf(directory, "prune").at(-1)?.to);
    assert.ok(contentsOf(log.folder).pruned > 0, JSON.stringify(again));
    if (!stopped()) break;
    assert.ok((report?.problems.length ?? 0) > 0);
    stops++;
  }
  assert.ok(stops >= 10, `${stops} steps`);
});

test("a record that cannot be made safe prunes nothing", async () => {
  const directory = copyOf(source.directory);
  let full = false;
  const log = openLog(directory, { disk: { ...realDisk, write: (fd, bytes) => { if (full) throw Object.assign(new Error("no space"), { code: "EIO" }); return realDisk.write(fd, bytes); } } });
  full = true;
  const [report] = await keepAll(log, { directory, destinations: [], now: later(31), audit: { compress: "none", retention: { age: DAY }, append_only: false } });
  assert.match(report?.kept?.because ?? "", /could not be made safe/);
  assert.equal(contentsOf(log.folder).pruned, 0);
  full = false;
});

test("bodies stay until an outside signer has sealed the record that says that they go: whoever verifies in between finds nothing wrong", async () => {
  const directory = copyOf(source.directory);
  const here = holdKey(directory, {});
  let answer = (): void => {};
  const mayAnswer = new Promise<void>((resolve) => (answer = resolve));
  const outside: typeof here = {
    ...here,
    forOrigin(origin) {
      const { key, sign } = here.forOrigin(origin);
      return { key, here: false, sign: async (text) => (await mayAnswer, sign(text)) };
    },
  };
  const log = openLog(directory, { keys: outside });
  const kept = keepAll(log, { directory, destinations: [], now: later(31), audit: { compress: "none", retention: { age: DAY }, append_only: false } });
  while (recordsOf(directory, "prune").length === 0) await setTimeout(10);
  await setTimeout(200);
  assert.deepEqual([contentsOf(log.folder).pruned, verifyDirectory(directory).outcome], [0, "incomplete"]);
  answer();
  const [report] = await kept;
  assert.deepEqual([report?.kept, contentsOf(log.folder).pruned > 0, verifyDirectory(directory).outcome], [undefined, true, "proven"]);
  log.close();
});

test("compressed segments are pruned like others", async () => {
  const directory = copyOf(source.directory);
  const folder = join(directory, source.log.id);
  for (const segment of listSegments(realDisk, folder).slice(0, 2)) await compressSegment(realDisk, folder, segment, "zstd");
  const { contents, report } = await round(directory, { audit: { compress: "gzip", retention: { age: DAY }, append_only: false }, now: later(31) }, false);
  assert.deepEqual([report.compressed.length, report.pruned?.segments.length], [2, 4]);
  assert.deepEqual(contents.leaves.slice(0, original.size), original.leaves);
  assert.ok(readdirSync(folder).every((file) => !/\.(gz|zst)$/.test(file)));
});

test("logs that nobody writes to are looked after by who is there; logs that somebody writes to are not", async () => {
  const directory = copyOf(source.directory);
  const busy = openLog(directory);
  const mine = openLog(directory);
  assert.notEqual(mine.folder, busy.folder);
  const options: KeepOptions = { directory, destinations: [], now: later(31), audit: { compress: "gzip", retention: { age: DAY }, append_only: false } };
  assert.deepEqual((await keepAll(mine, options)).map(({ log }) => log), [mine.id]);
  busy.close();
  const reports = await keepAll(mine, options);
  assert.deepEqual(reports.map(({ log, pruned }) => [log, pruned?.segments.length]), [[mine.id, undefined], [busy.id, 4]]);
  assert.equal(recordsOf(directory, "prune")[0]?.target, busy.id);
  assert.ok(contentsOf(mine.folder).records.some(({ t }) => t === "prune"));
  mine.close();
  assert.ok(existsSync(join(busy.folder, `${names[0]}.leaves`)));
});

test("the key stays known when the record that named it goes, also over a rotation", async () => {
  const directory = copyOf(source.directory);
  rotateKeys(directory, {}, "r");
  const log = openLog(directory, { rotate: { size: 3_000, age: DAY } });
  while (listSegments(realDisk, log.folder).length < 7) log.append("decision", decision("after"));
  await keepAll(log, { directory, destinations: [], now: later(31), audit: { compress: "none", retention: { age: DAY }, append_only: false } });
  log.close();
  assert.ok(!contentsOf(log.folder).records.some(({ t }) => t === "open" || t === "key"));
  assert.equal(readFileSync(join(log.folder, "key"), "utf8").split("\n")[0], holdKey(directory, {}).forOrigin(log.origin).key);
  assert.equal(verifyDirectory(directory).outcome, "proven");
  rmSync(join(log.folder, "key"));
  assert.equal(verifyDirectory(directory).outcome, "unverifiable", "without a key nothing is proven, and nothing speaks of tampering");
});

test("what was pruned stays accounted for when the records that say so are pruned themselves", async () => {
  const directory = copyOf(source.directory);
  const keep = (log: AuditLog): Promise<unknown> => keepAll(log, { directory, destinations: [], now: later(31), audit: { compress: "none", retention: { age: DAY }, append_only: false } });
  const busy = openLog(directory);
  const mine = openLog(directory, { rotate: { size: 3_000, age: DAY } });
  busy.close();
  for (let round = 0; round < 3; round++) {
    await keep(mine);
    for (const until = listSegments(realDisk, mine.folder).length + 2; listSegments(realDisk, mine.folder).length < until;) mine.append("decision", decision("after"));
  }
  mine.close();
  assert.ok(contentsOf(mine.folder).pruned > 0 && contentsOf(busy.folder).pruned > 0);
  assert.deepEqual(verifyDirectory(directory).logs.map(({ outcome, problems }) => [outcome, problems]), [["proven", []], ["proven", []]]);
});
