import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { readRecords } from "../../../../exporters/audit/reader.ts";
import { openByHand } from "../../../../exporters/audit/upkeep/by-hand.ts";
import { countSubjects, eraseSubject, subjectId } from "../../../../exporters/audit/upkeep/erase.ts";
import { addHold } from "../../../../exporters/audit/upkeep/holds.ts";
import { Vault } from "../../../../exporters/audit/vault.ts";
import { ROOT, temporaryFolder } from "../../../support/run.ts";
import { call, contentsOf, openLog, recordsOf } from "./logs.ts";

const BASIS = "GDPR art. 17(1)(a)";

function withValues(): { directory: string; vault: Vault } {
  const directory = temporaryFolder();
  const vault = Vault.open(directory, undefined, true) as Vault;
  const log = openLog(directory);
  for (const subject of ["ann", "bob", "ann"]) call(log, vault, "mail", `{"to":"${subject}"}`, subject);
  log.close();
  return { directory, vault };
}

/** `open` where it can be read, and what is said instead where not. */
const values = (directory: string): (string | undefined)[] => [...readRecords(directory)].filter(({ record }) => record.t === "decision").map(({ value }) => (typeof value === "object" ? value.text : value));

test("an erased subject's values are gone, nobody else's are, and the chain is as it was", () => {
  const { directory, vault } = withValues();
  const folder = join(directory, readdirSync(directory).find((name) => name.length === 32) as string);
  const before = contentsOf(folder);
  assert.deepEqual(values(directory), ['{"to":"ann"}', '{"to":"bob"}', '{"to":"ann"}']);
  const log = openByHand(directory, {});
  const subject = subjectId(vault, "ann");
  assert.ok(eraseSubject(directory, log, vault, { subject, actor: "dpo", basis: BASIS }));
  log.close();
  assert.deepEqual(values(directory), ["erased", '{"to":"bob"}', "erased"]);
  const after = contentsOf(folder);
  assert.ok(after.sealed);
  assert.deepEqual(after.leaves.slice(0, before.size), before.leaves);
  const [record] = recordsOf(directory, "erase");
  assert.deepEqual([record?.subject, record?.actor, record?.basis], [subject, "dpo", BASIS]);
  assert.deepEqual(countSubjects(directory, vault), [{ subject, values: 2, erased: true }, { subject: vault.pseudonym("bob"), values: 1, erased: false }]);
});

test("a subject without a key leaves no record", () => {
  const { directory, vault } = withValues();
  const log = openByHand(directory, {});
  assert.equal(eraseSubject(directory, log, vault, { subject: subjectId(vault, "carol"), actor: "dpo", basis: BASIS }), false);
  log.close();
  assert.equal(recordsOf(directory, "erase").length, 0);
});

test("a legal hold comes before an erasure", () => {
  const { directory, vault } = withValues();
  addHold(directory, { name: "case-1", who: "ann", why: "a claim", since: "2026-11-01" });
  const log = openByHand(directory, {});
  assert.throws(() => eraseSubject(directory, log, vault, { subject: subjectId(vault, "ann"), actor: "dpo", basis: BASIS }), /legal hold case-1/);
  log.close();
  assert.equal(values(directory)[0], '{"to":"ann"}');
});

test("no key is destroyed without a record on the disk", () => {
  const { directory, vault } = withValues();
  const log = openByHand(directory, {});
  log.flush = () => false;
  assert.throws(() => eraseSubject(directory, log, vault, { subject: subjectId(vault, "ann"), actor: "dpo", basis: BASIS }), /could not be made safe/);
  log.close();
  assert.equal(values(directory)[0], '{"to":"ann"}');
});

test("a process at work goes on under a new key, and its old values are gone", async () => {
  const directory = temporaryFolder();
  const child = spawn(process.execPath, [join(ROOT, "test/exporters/audit/upkeep/writer.ts"), directory], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const [id] = (await once(child.stdout, "data")) as [Buffer];
    while (!existsSync(join(directory, "vault")) || values(directory).length < 3) await setTimeout(20);
    const vault = Vault.open(directory, undefined, false) as Vault;
    const log = openByHand(directory, {});
    assert.notEqual(log.id, id.toString().trim(), "the record is in a log of its own, since the other is being written");
    const before = values(directory).length;
    assert.ok(eraseSubject(directory, log, vault, { subject: subjectId(vault, "ann"), actor: "dpo", basis: BASIS }));
    log.close();
    assert.ok(values(directory).slice(0, before).every((value) => value === "erased"));
    // It makes a new key as soon as it has looked again.
    while (!values(directory).some((value) => value?.startsWith("{"))) await setTimeout(50);
    assert.ok(values(directory).slice(0, before).every((value) => value === "erased"));
    child.stdin.end();
    assert.deepEqual(await once(child, "exit"), [0, null]);
    assert.ok(contentsOf(join(directory, id.toString().trim())).sealed);
    assert.equal(recordsOf(directory, "erase").length, 1);
  } finally {
    child.kill();
  }
});
