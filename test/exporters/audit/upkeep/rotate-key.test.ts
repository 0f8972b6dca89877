import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { realDisk } from "../../../../exporters/audit/disk.ts";
import { listLogs } from "../../../../exporters/audit/segment.ts";
import { holdKey } from "../../../../exporters/audit/signer.ts";
import { openCheckpoint } from "../../../../exporters/audit/tree/checkpoint.ts";
import { verifierOf } from "../../../../exporters/audit/tree/cosignature.ts";
import type { Verifier } from "../../../../exporters/audit/tree/note.ts";
import { openByHand } from "../../../../exporters/audit/upkeep/by-hand.ts";
import { rotateKeys } from "../../../../exporters/audit/upkeep/rotate-key.ts";
import { walkLog } from "../../../../exporters/audit/walk.ts";
import { ROOT, temporaryFolder } from "../../../support/run.ts";
import { contentsOf, decision, openLog, recordsOf } from "./logs.ts";

/** Which of two keys signed each checkpoint of a log, in their order. */
function signers(folder: string, origin: string, keys: readonly string[]): number[] {
  return [...walkLog(realDisk, folder)].filter((item) => item.kind === "seal").map(({ note }) => keys.findIndex((key) => typeof openCheckpoint(note, origin, [verifierOf(key) as Verifier]) !== "string"));
}

test("the record of a new key is sealed by the old one, in every log that is free", () => {
  const directory = temporaryFolder();
  const [one, two] = [openLog(directory), openLog(directory)];
  for (const log of [one, two]) {
    log.append("decision", decision("a"));
    log.close();
  }
  const { previous, key, logs, busy } = rotateKeys(directory, {}, "once a year");
  assert.notEqual(previous, key);
  assert.deepEqual([[...logs].sort(), busy], [[one.id, two.id].sort(), []]);
  assert.deepEqual(readFileSync(join(directory, "keys/retired.txt"), "utf8"), `${previous}\n${key}\n`);
  assert.ok(!existsSync(join(directory, "keys/ed25519.pem.next")));
  for (const log of [one, two]) {
    const record = contentsOf(log.folder).records.find(({ t }) => t === "key");
    assert.ok(record?.t === "key" && record.reason === "once a year");
    const found = signers(log.folder, log.origin, [record.previous, record.key]);
    assert.deepEqual(new Set(found), new Set([0, 1]));
    assert.deepEqual(found, found.toSorted());
    const seals = [...walkLog(realDisk, log.folder)].filter((item) => item.kind === "seal");
    assert.ok(seals.some(({ size }, at) => found[at] === 0 && size === record.i + 1), "a checkpoint of the old key covers the record of the new one");
  }
  const next = openLog(directory);
  assert.ok(logs.includes(next.id));
  next.close();
  assert.ok(contentsOf(next.folder).sealed);
});

test("a rotation that a crash cut short is completed by the next, and no log is lost in between", () => {
  const directory = temporaryFolder();
  const first = openLog(directory);
  first.close();
  const old = `${directory}.pem`;
  copyFileSync(join(directory, "keys/ed25519.pem"), old);
  const { key } = rotateKeys(directory, {}, "r");
  // As if the machine had stopped just before the new file took the place of the old one.
  renameSync(join(directory, "keys/ed25519.pem"), join(directory, "keys/ed25519.pem.next"));
  copyFileSync(old, join(directory, "keys/ed25519.pem"));
  const between = openLog(directory);
  assert.equal(between.id, first.id);
  between.close();
  assert.equal(rotateKeys(directory, {}, "r").key, key);
  const after = openLog(directory);
  assert.equal(after.id, first.id);
  after.close();
  assert.deepEqual(recordsOf(directory, "open").map(({ refused }) => refused), recordsOf(directory, "open").map(() => undefined));
  rmSync(old);
});

test("a process at work finds the new key, and writes its own record", async () => {
  const directory = temporaryFolder();
  const child = spawn(process.execPath, [join(ROOT, "test/exporters/audit/upkeep/writer.ts"), directory], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const [output] = (await once(child.stdout, "data")) as [Buffer];
    const id = output.toString().trim();
    const { logs, busy } = rotateKeys(directory, {}, "r");
    assert.deepEqual([logs.length, busy], [1, [id]]);
    while (!recordsOf(directory, "key").some(({ log }) => log === id)) await setTimeout(20);
    child.stdin.end();
    await once(child, "exit");
    const record = recordsOf(directory, "key").find(({ log }) => log === id);
    const found = signers(join(directory, id), `spangate.test/logs/${id}`, [record?.previous as string, record?.key as string]);
    assert.deepEqual(new Set(found), new Set([0, 1]));
  } finally {
    child.kill();
  }
});

test("by hand no log is gone on with that another key has sealed", () => {
  const directory = temporaryFolder();
  const mine = openLog(directory);
  mine.close();
  const elsewhere = temporaryFolder();
  holdKey(elsewhere, {});
  const other = openByHand(directory, { keyFile: join(elsewhere, "keys/ed25519.pem") });
  assert.notEqual(other.id, mine.id);
  other.close();
  const again = openByHand(directory, {});
  assert.equal(again.id, mine.id);
  again.close();
  assert.equal(recordsOf(directory, "recover").length, 0);
  assert.equal(listLogs(realDisk, directory).length, 2);
});

test("no key is made for logs whose key is not here", () => {
  const directory = temporaryFolder();
  openLog(directory).close();
  rmSync(join(directory, "keys"), { recursive: true });
  assert.throws(() => openByHand(directory, {}), /SG_AUDIT_KEY|it is not there, and the logs of this directory are signed/);
  assert.ok(!existsSync(join(directory, "keys")));
});
