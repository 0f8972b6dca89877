import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { realDisk } from "../../../../exporters/audit/disk.ts";
import { listSegments } from "../../../../exporters/audit/segment.ts";
import { isAppendOnly, setAppendOnly } from "../../../../exporters/audit/upkeep/append-only.ts";
import { keepAll, type KeepOptions, keepUp } from "../../../../exporters/audit/upkeep/keep.ts";
import { temporaryFolder } from "../../../support/run.ts";
import { contentsOf, DAY, decision, logOf, openLog } from "./logs.ts";

const KEEP: KeepOptions["audit"] = { compress: "gzip", retention: {}, append_only: false };

test("a log compresses itself while it is written", async () => {
  const directory = temporaryFolder();
  let done: Promise<void> = Promise.resolve();
  let told = "";
  const log = openLog(directory, { rotate: { size: 3_000, age: DAY }, rotated: () => (done = keepUp(log, { directory, destinations: [], audit: KEEP }, (line) => (told += line))) });
  for (let index = 0; index < 40; index++) {
    log.append("decision", decision(`tool_${index}`));
    if (index % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await done;
  await keepUp(log, { directory, destinations: [], audit: KEEP }, (line) => (told += line));
  const forms = listSegments(realDisk, log.folder).map(({ form }) => form);
  assert.ok(forms.length > 3);
  assert.deepEqual(forms, [...forms.slice(1).map(() => "gzip"), "plain"]);
  log.close();
  const { size, sealed } = contentsOf(log.folder);
  assert.deepEqual([size, sealed, told], [log.size, true, ""]);
});

test("never runs twice at once for one log; what ended meanwhile is seen to afterwards", async () => {
  const { directory, log } = logOf(2);
  let atOnce = 0;
  let most = 0;
  const disk = { ...realDisk, create: (file: string) => { most = Math.max(most, ++atOnce); return realDisk.create(file); }, close: (fd: number) => { atOnce--; realDisk.close(fd); } };
  const options: KeepOptions = { directory, destinations: [], audit: KEEP, disk };
  const first = keepUp(log, options, assert.fail);
  const second = keepUp(log, options, assert.fail);
  await second;
  await first;
  assert.equal(most, 1);
  assert.deepEqual(listSegments(realDisk, log.folder).map(({ form }) => form), ["gzip", "gzip", "plain"]);
  log.close();
});

test("a disk that fails is told of, and the log goes on", async () => {
  const { directory, log } = logOf(2);
  const told: string[] = [];
  const disk = { ...realDisk, create: (): never => { throw new Error("EIO: i/o error"); } };
  await keepUp(log, { directory, destinations: [], audit: KEEP, disk }, (line) => told.push(line));
  assert.equal(told.length, 2);
  assert.match(told[0] ?? "", /^spangate: SG_AUDIT_UPKEEP: the segment .*00000001-0\.log of the audit log stays as it is: EIO: i\/o error\. Nothing is lost\./);
  assert.equal(log.append("decision", decision("after")).safe, true);
  log.close();
});

test("a log that fails is left alone", async () => {
  const { directory, log } = logOf(2);
  Object.defineProperty(log, "problem", { value: new Error("failing") });
  assert.deepEqual(await keepAll(log, { directory, destinations: [], audit: KEEP }), []);
  log.close();
});

const probe = join(temporaryFolder(), "probe");
writeFileSync(probe, "");
const permitted = (await setAppendOnly(probe, true)) && (await isAppendOnly(probe)) === true;
await setAppendOnly(probe, false);

test("the append-only flag stands on the segment that is written to, and in nobody's way", { skip: permitted ? false : "the append-only flag is not permitted here" }, async () => {
  const { directory, log } = logOf(2);
  const options: KeepOptions = { directory, destinations: [], audit: { compress: "none", retention: {}, append_only: true } };
  const active = (): string => join(log.folder, listSegments(realDisk, log.folder).at(-1)?.file as string);
  assert.deepEqual((await keepAll(log, options)).flatMap(({ problems }) => problems), []);
  const marked = active();
  try {
    assert.equal(await isAppendOnly(marked), true);
    assert.throws(() => writeFileSync(marked, "x"), /EPERM/);
    while (active() === marked) log.append("decision", decision("more"));
    await keepAll(log, { ...options, audit: { ...options.audit, compress: "gzip" } });
    assert.deepEqual(listSegments(realDisk, log.folder).map(({ form }) => form), ["gzip", "gzip", "gzip", "plain"]);
    log.close();
    const again = openLog(directory);
    assert.equal(again.folder, log.folder);
    again.close();
    assert.ok(contentsOf(log.folder).sealed);
  } finally {
    await setAppendOnly(marked, false);
    await setAppendOnly(active(), false);
  }
});

test("where the flag is not to be had, that is said", async () => {
  const { directory, log } = logOf(1);
  const path = process.env["PATH"];
  process.env["PATH"] = temporaryFolder();
  try {
    const problems = (await keepAll(log, { directory, destinations: [], audit: { compress: "none", retention: {}, append_only: true } })).flatMap((report) => report.problems);
    assert.deepEqual(problems.map(({ code }) => code), ["SG_AUDIT_APPEND_ONLY"]);
  } finally {
    process.env["PATH"] = path;
    log.close();
  }
  assert.ok(readFileSync(join(log.folder, "head.json")).length > 0);
});

test("a session that ends when its segment is full ends with its close record, and cleanly", () => {
  const directory = temporaryFolder();
  const first = openLog(directory, { rotate: { size: 1_500, age: DAY } });
  while (listSegments(realDisk, first.folder).length < 2) first.append("decision", decision("a"));
  first.append("decision", decision("a"));
  first.append("decision", decision("a"));
  first.close();
  assert.equal(contentsOf(first.folder).records.at(-1)?.t, "close");
  const second = openLog(directory);
  second.close();
  const opened = contentsOf(first.folder).records.findLast(({ t }) => t === "open");
  assert.ok(opened?.t === "open" && opened.clean);
});
