import assert from "node:assert/strict";
import fs, { appendFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { describe, test } from "node:test";
import { SpangateError } from "../../../errors.ts";
import { AuditLog } from "../../../exporters/audit/log.ts";
import { formatRecord, genesis, leafHash, parseRecord } from "../../../exporters/audit/record.ts";
import { verifyDirectory } from "../../../exporters/audit/verify.ts";
import type { Durability } from "../../../policies/index.ts";
import { temporaryFolder } from "../../support/run.ts";
import { decision, OPENING } from "../../support/records.ts";

function open(directory: string, durability: Durability = "os"): AuditLog {
  return AuditLog.open(directory, durability, OPENING);
}

function lines(log: AuditLog): string[] {
  return readFileSync(join(log.folder, "records.jsonl"), "utf8").trimEnd().split("\n");
}

describe("a record", () => {
  test("is one line of ASCII that reads back to what was written", () => {
    const line = formatRecord(3, genesis("a"), "a", "decision", decision("wipe", { reason: "zoë \u{1f600} \u007f\n\u2028" }));
    assert.match(line, /^[\x20-\x7e]+$/);
    const record = parseRecord(line);
    assert.ok(typeof record !== "string" && "reason" in record);
    assert.equal(record.reason, "zoë \u{1f600} \u007f\n\u2028");
  });

  test("carries the RFC 6962 leaf hash of the one before it", () => {
    // RFC 6962 leaf of the empty string, as in the transparency-dev test vectors.
    assert.equal(Buffer.from(leafHash(""), "base64").toString("hex"), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    const log = open(temporaryFolder());
    log.append("decision", decision("a"));
    const [first, second] = lines(log) as [string, string];
    assert.equal((parseRecord(first) as { prev: string }).prev, genesis(log.id));
    assert.equal((parseRecord(second) as { prev: string }).prev, leafHash(first));
    log.close();
  });

  test("that says the same in another form is refused", () => {
    const line = formatRecord(0, genesis("a"), "a", "close", { decisions: 1 });
    assert.equal(typeof parseRecord(line), "object");
    for (const other of [line.replace(":1,", ": 1,"), `${line} `, line.replace("close", "cl\\u006fse"), line.replace('"v":1,', ""), "[]", "null", ""]) {
      assert.equal(typeof parseRecord(other), "string", other);
    }
  });
});

describe("across restarts", () => {
  test("the next process goes on with the same log and says whether the last one ended well", () => {
    const directory = temporaryFolder();
    const first = open(directory);
    first.append("decision", decision("a"));
    first.close();
    const second = open(directory);
    assert.equal(second.id, first.id);
    assert.match(lines(second).at(-1) as string, /"t":"open".*"clean":true\}$/);
    second.close();
    assert.ok(verifyDirectory(directory).ok);
  });

  test("a writer at work is left alone: another one begins a log of its own", () => {
    const directory = temporaryFolder();
    const first = open(directory);
    const second = open(directory);
    assert.notEqual(second.id, first.id);
    first.close();
    second.close();
    assert.equal(verifyDirectory(directory).logs.length, 2);
  });

  for (const torn of ['{"v":1,"i":2,"prev', "\0\0\0\0", "garbage"]) {
    test(`what a crash left of a line (${JSON.stringify(torn)}) is moved away and named`, () => {
      const directory = temporaryFolder();
      const first = open(directory);
      first.append("decision", decision("a"));
      first.close();
      appendFileSync(join(first.folder, "records.jsonl"), torn);
      assert.deepEqual(verifyDirectory(directory).logs[0]?.problems.map(({ kind }) => kind), ["torn"]);
      const second = open(directory);
      const recover = lines(second).map((line) => parseRecord(line)).find((record) => typeof record !== "string" && record.t === "recover") as unknown as { bytes: number; file: string };
      assert.equal(recover.bytes, torn.length);
      assert.equal(readFileSync(join(second.folder, recover.file), "latin1"), torn);
      second.close();
      assert.ok(verifyDirectory(directory).ok);
    });
  }

  test("a damaged end is refused with its place, never repaired", () => {
    const directory = temporaryFolder();
    const first = open(directory);
    first.close();
    const file = join(first.folder, "records.jsonl");
    writeFileSync(file, readFileSync(file, "utf8").replace('"decisions":0', '"decisions":"'));
    const before = readFileSync(file);
    assert.throws(() => open(directory), (error: SpangateError) => error.code === "SG_AUDIT_CORRUPT" && error.message.includes(file));
    assert.deepEqual(readFileSync(file), before);
  });

  test("a log that was cut back below a head that is known is refused", () => {
    const directory = temporaryFolder();
    const first = open(directory);
    first.append("decision", decision("a"));
    first.close();
    const file = join(first.folder, "records.jsonl");
    truncateSync(file, `${lines(first)[0]}\n`.length);
    assert.throws(() => open(directory), (error: SpangateError) => error.code === "SG_AUDIT_CORRUPT" && /2 records that were known/.test(error.message));
    assert.deepEqual(verifyDirectory(directory).logs[0]?.problems.map(({ kind, index }) => [kind, index]), [["truncated", 1]]);
  });
});

describe("durability", () => {
  test("os: the record is in the file when append returns", () => {
    const log = open(temporaryFolder());
    log.append("decision", decision("a"));
    assert.equal(lines(log).length, 2);
    log.close();
  });
  test("disk: a decision is on the disk before its tool runs; outcomes and denials need not wait", (t) => {
    const log = open(temporaryFolder(), "disk");
    const synced = t.mock.method(fs, "fdatasyncSync");
    syncBuiltinESMExports();
    t.after(syncBuiltinESMExports);
    const syncs = (type: () => unknown): number => {
      const before = synced.mock.callCount();
      type();
      return synced.mock.callCount() - before;
    };
    assert.equal(syncs(() => log.append("decision", decision("a", { runs: true }))), 1);
    assert.equal(syncs(() => log.append("outcome", { ref: 1, trace: "", span: "", tool: "a", status: "ok", ms: 1 })), 0);
    assert.equal(syncs(() => log.append("decision", decision("b"))), 0);
    assert.equal(syncs(() => log.close()), 2);
  });
  test("memory: it is there a moment later, and all of it at the end", async () => {
    const log = open(temporaryFolder(), "memory");
    for (let index = 0; index < 100; index++) log.append("decision", decision(`t${index}`));
    assert.equal(readFileSync(join(log.folder, "records.jsonl"), "utf8"), "");
    await new Promise(setImmediate);
    assert.equal(lines(log).length, 101);
    for (let index = 0; index < 20_000; index++) log.append("decision", decision("busy"));
    log.append("decision", decision("last"));
    log.close();
    assert.equal(lines(log).length, 20_103);
    assert.ok(verifyDirectory(join(log.folder, "..")).ok);
  });
});

describe("a directory that cannot be written", () => {
  test("is a coded error with its remedy", () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    assert.throws(() => open(join(file, "audit")), (error: SpangateError) => error.code === "SG_AUDIT_UNWRITABLE" && /SPANGATE_AUDIT_DIR/.test(error.remedy));
  });

  test("a record that cannot be written down leaves the chain as it was", () => {
    const directory = temporaryFolder();
    const log = open(directory);
    const { size } = log.head;
    assert.throws(() => log.append("decision", { ...decision("a"), reason: 1n as unknown as string }));
    assert.equal(log.head.size, size);
    log.append("decision", decision("b"));
    log.close();
    assert.ok(verifyDirectory(directory).ok);
  });
});
