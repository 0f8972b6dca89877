import assert from "node:assert/strict";
import { appendFileSync, existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { SpangateError } from "../../../errors.ts";
import { type Disk, realDisk } from "../../../exporters/audit/disk.ts";
import { writeHead } from "../../../exporters/audit/head.ts";
import type { AuditLog } from "../../../exporters/audit/log.ts";
import { formatRecord, genesis, parseRecord } from "../../../exporters/audit/record.ts";
import { holdKey } from "../../../exporters/audit/signer.ts";
import { openCheckpoint } from "../../../exporters/audit/tree/checkpoint.ts";
import { Frontier } from "../../../exporters/audit/tree/frontier.ts";
import { leafBase64, leafHash as leafOf } from "../../../exporters/audit/tree/hash.ts";
import { Vault } from "../../../exporters/audit/vault.ts";
import { decision, openLog } from "../../support/records.ts";
import { readRecords, temporaryFolder } from "../../support/run.ts";

/** The segments of a log, in their order. */
function segments(log: { readonly folder: string }): string[] {
  return readdirSync(log.folder).filter((file) => file.endsWith(".log")).sort().map((file) => join(log.folder, file));
}

function lines(log: { readonly folder: string }): string[] {
  return segments(log).flatMap((file) => readFileSync(file, "latin1").split("\n").filter(Boolean));
}

function records(log: { readonly folder: string }): string[] {
  return lines(log).filter((line) => typeof parseRecord(line) === "object");
}

/** The last checkpoint of a log, verified, and that its root is that of the records. */
function sealedSize(log: AuditLog, directory: string): number {
  const note = JSON.parse((lines(log).findLast((line) => line.startsWith("#")) ?? "").slice(1)) as string;
  const checkpoint = openCheckpoint(note, log.origin, holdKey(directory, {}).verifiers(log.origin));
  if (typeof checkpoint === "string") throw new Error(checkpoint);
  const tree = new Frontier();
  for (const line of records(log).slice(0, checkpoint.size)) tree.append(leafOf(line));
  assert.equal(tree.root(), checkpoint.root);
  return checkpoint.size;
}

describe("a record", () => {
  test("is one line of ASCII that reads back to what was written", () => {
    const line = formatRecord(3, genesis("a"), "a", "decision", decision("wipe", { reason: "zoë \u{1f600} \u007f\n\u2028" }));
    assert.match(line, /^[\x20-\x7e]+$/);
    const record = parseRecord(line);
    assert.ok(typeof record !== "string" && record.t === "decision");
    assert.equal(record.reason, "zoë \u{1f600} \u007f\n\u2028");
  });

  test("carries the RFC 6962 leaf hash of the one before it, the first one that of its origin", () => {
    // RFC 6962 leaf of the empty string, as in the transparency-dev test vectors.
    assert.equal(Buffer.from(leafBase64(""), "base64").toString("hex"), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    const log = openLog(temporaryFolder());
    log.append("decision", decision("a"));
    const [first, second] = records(log) as [string, string];
    assert.equal((parseRecord(first) as { prev: string }).prev, genesis(log.origin));
    assert.equal((parseRecord(second) as { prev: string }).prev, leafBase64(first));
    log.close();
  });

  test("that says the same in another form is refused", () => {
    const line = formatRecord(0, genesis("a"), "a", "gap", { count: 1, decisions: 1, reason: "r", from: "1", to: "2" });
    assert.equal(typeof parseRecord(line), "object");
    for (const other of [
      line.replace(":1,", ": 1,"), `${line} `, line.replace("gap", "ga\\u0070"), line.replace('"v":2,', ""), line.replace('"v":2', '"v":3'), line.replace('"t":"gap"', '"t":"gip"'), line.replace('"t":"gap"', '"t":"toString"'),
      line.replace('"count":1,"decisions":1', '"decisions":1,"count":1'), line.replace('"to":"2"', '"to":"2","to2":"3"'), line.replace('"ts"', '"st"'), "[]", "null", "",
    ]) assert.equal(typeof parseRecord(other), "string", other);
  });

  test("that is longer than a tlog entry may be is a coded error, and the chain stays as it was", () => {
    const log = openLog(temporaryFolder());
    const { size } = log;
    assert.throws(() => log.append("decision", decision("a", { reason: "x".repeat(70_000) })), (error: SpangateError) => error.code === "SG_AUDIT_RECORD_TOO_LARGE");
    assert.throws(() => log.append("decision", { ...decision("a"), reason: 1n as unknown as string }));
    assert.equal(log.size, size);
    assert.deepEqual(log.append("decision", decision("b")), { index: size, safe: true });
    log.close();
  });
});

describe("across restarts", () => {
  test("the next process goes on with the same log and says whether the last one ended well", () => {
    const directory = temporaryFolder();
    const first = openLog(directory);
    first.append("decision", decision("a"));
    first.close();
    const second = openLog(directory);
    assert.equal(second.id, first.id);
    assert.equal(segments(second).length, 1);
    assert.match(records(second).at(-1) as string, /"t":"open".*"clean":true,"unsealed":0\}$/);
    second.close();
    assert.equal(sealedSize(second, directory), 5);
  });

  test("a log keeps its origin, whatever the service is called by now", () => {
    const directory = temporaryFolder();
    openLog(directory, { origin: "a.test/one" }).close();
    const again = openLog(directory, { origin: "b.test/two" });
    assert.equal(again.origin, `a.test/one/${again.id}`);
    again.close();
    assert.equal(sealedSize(again, directory), again.size);
  });

  test("a writer at work is left alone: another one begins a log of its own", () => {
    const directory = temporaryFolder();
    const [first, second] = [openLog(directory), openLog(directory)];
    assert.notEqual(second.id, first.id);
    first.close();
    second.close();
  });

  test("a log whose process died is gone on with, and said to have ended without a close", () => {
    const directory = temporaryFolder();
    const locks: { close(): void }[] = [];
    const lock = (): { close(): void } => ({ close() {} });
    const first = openLog(directory, { lock });
    first.append("decision", decision("a"));
    const second = openLog(directory, { lock });
    assert.equal(second.id, first.id);
    assert.match(records(second).at(-1) as string, /"t":"open".*"clean":false,"unsealed":1\}$/);
    second.close();
    assert.equal(locks.length, 0);
  });

  for (const torn of ['{"v":2,"i":2,"prev', "\0\0\0\0", "garbage", "garbage\nand more\n"]) {
    test(`what a crash left (${JSON.stringify(torn)}) stays where it is, counts for nothing and is named`, () => {
      const directory = temporaryFolder();
      const first = openLog(directory);
      first.append("decision", decision("a"));
      first.close();
      const [file] = segments(first) as [string];
      const offset = readFileSync(file).length;
      appendFileSync(file, torn);
      const second = openLog(directory);
      assert.equal(second.id, first.id);
      const recover = records(second).map((line) => parseRecord(line)).find((record) => typeof record !== "string" && record.t === "recover");
      assert.ok(typeof recover === "object" && recover.t === "recover");
      assert.deepEqual([recover.segment, recover.offset, recover.bytes], ["00000001-0.log", offset, torn.length]);
      assert.equal(readFileSync(file, "latin1").slice(offset), torn);
      second.close();
      assert.equal(sealedSize(second, directory), second.size);
    });
  }

  for (const [how, damage] of Object.entries({
    "a changed byte": (file: string) => writeFileSync(file, readFileSync(file, "latin1").replace('"tool":"a"', '"tool":"b"'), "latin1"),
    "cut back": (file: string) => truncateSync(file, 700),
    "gone": (file: string) => writeFileSync(file, ""),
  })) {
    test(`a log that is damaged below what was known to be safe (${how}) is left as it is; a new one names it`, () => {
      const directory = temporaryFolder();
      // Its process dies: a log that was closed is not read again when it is gone on with, only by `spangate verify`.
      const first = openLog(directory, { lock: () => ({ close() {} }) });
      first.append("decision", decision("a"));
      for (let index = 0; index < 3; index++) {
        first.flush();
        first.append("decision", decision("c"));
      }
      writeHead(realDisk, first.folder, "cursor-test.json", { size: 4, leaf: "", segment: "", offset: 0, frontier: "" });
      damage((segments(first) as [string])[0]);
      const before = readFileSync((segments(first) as [string])[0]);
      const second = openLog(directory);
      assert.notEqual(second.id, first.id);
      assert.match(records(second)[0] as string, new RegExp(`"refused":"${first.id}: `));
      assert.deepEqual(readFileSync((segments(first) as [string])[0]), before);
      second.close();
    });
  }
});

describe("how safe a record is when append returns", () => {
  /** A disk that counts, or fails. */
  function watched(more: Partial<Disk> = {}): { disk: Disk; calls: Record<"sync" | "write", number> } {
    const calls = { sync: 0, write: 0 };
    return {
      calls,
      disk: { ...realDisk, sync: (fd) => (calls.sync++, realDisk.sync(fd)), syncLater: (fd, done) => (calls.sync++, realDisk.syncLater(fd, done)), write: (fd, bytes) => (calls.write++, realDisk.write(fd, bytes)), ...more },
    };
  }

  test("os: the record is in the file", () => {
    const log = openLog(temporaryFolder());
    log.append("decision", decision("a"));
    assert.equal(records(log).length, 2);
    log.close();
  });

  test("disk: a decision to run is on the disk, under a checkpoint; outcomes and denials need not wait", () => {
    const { disk, calls } = watched();
    const directory = temporaryFolder();
    const log = openLog(directory, { durability: "disk", disk });
    const syncs = (type: () => unknown): number => {
      const before = calls.sync;
      type();
      return calls.sync - before;
    };
    assert.equal(syncs(() => log.append("decision", decision("a", { runs: true }))), 1);
    assert.equal(sealedSize(log, directory), 2);
    assert.equal(syncs(() => log.append("outcome", { ref: 1, trace: "", span: "", tool: "a", status: "ok", ms: 1 })), 0);
    assert.equal(syncs(() => log.append("decision", decision("b"))), 0);
    log.close();
  });

  test("disk: those who can wait share one fdatasync and one checkpoint", async () => {
    const { disk, calls } = watched();
    const log = openLog(temporaryFolder(), { durability: "disk", disk });
    const [syncs, seals] = [calls.sync, lines(log).filter((line) => line.startsWith("#")).length];
    const kept = await Promise.all(Array.from({ length: 64 }, (_, index) => log.appendLater("decision", decision(`t${index}`, { runs: true }))));
    assert.deepEqual(kept.map(({ index, safe }) => [index, safe]), Array.from({ length: 64 }, (_, index) => [index + 1, true]));
    assert.equal(calls.sync - syncs, 1);
    assert.equal(lines(log).filter((line) => line.startsWith("#")).length, seals + 1);
    log.close();
  });

  test("batch: it is there a moment later, and all of it at the end", async () => {
    const directory = temporaryFolder();
    const log = openLog(directory, { mode: "batch" });
    const before = records(log).length;
    for (let index = 0; index < 100; index++) assert.equal(log.append("decision", decision(`t${index}`)).safe, true);
    assert.equal(records(log).length, before);
    await new Promise(setImmediate);
    assert.equal(records(log).length, before + 100);
    log.append("decision", decision("last"));
    log.close();
    assert.match(records(log).at(-2) as string, /"tool":"last"/);
    assert.equal(sealedSize(log, directory), log.size);
  });

  for (const mode of ["strict", "blocking", "batch"] as const) {
    test(`${mode}: while the disk takes nothing, records are kept, then counted, and all of it is told when it does again`, async () => {
      let broken = false;
      const { disk } = watched({ write: (fd, bytes) => {
        if (broken) throw Object.assign(new Error("EIO: i/o error, write"), { code: "EIO" });
        return realDisk.write(fd, bytes);
      } });
      const directory = temporaryFolder();
      const log = openLog(directory, { mode, disk });
      const before = log.size;
      broken = true;
      const kept = Array.from({ length: 10_100 }, () => log.append("decision", decision("a", { runs: true })));
      assert.equal(kept.every(({ safe }) => safe === (mode !== "strict")), true);
      const lost = kept.filter(({ index }) => index === undefined).length;
      assert.ok(lost > 0 && lost === log.lost);
      await new Promise(setImmediate);
      broken = false;
      for (let tries = 0; log.problem && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 50));
      assert.equal(log.append("decision", decision("after")).safe, true);
      log.close();
      const all = readRecords(directory);
      assert.deepEqual(all.map(({ i }) => i), all.map((_, index) => index));
      assert.equal(all.filter((record) => record.t === "decision" && record.tool === "a").length, 10_100 - lost);
      const gap = all.find((record) => record.t === "gap");
      assert.ok(gap?.t === "gap" && gap.count === lost && gap.decisions === lost && before > 0);
      assert.equal(all.filter(({ t }) => t === "recover").length, 1);
    });
  }
});

test("a segment ends when it is large enough, and the next one goes on", () => {
  const directory = temporaryFolder();
  const ended: string[] = [];
  const log = openLog(directory, { rotate: { size: 4_096, age: 86_400_000 }, rotated: (folder) => ended.push(folder) });
  for (let index = 0; index < 50; index++) log.append("decision", decision("a"));
  log.close();
  assert.ok(segments(log).length > 3);
  assert.equal(ended.length, segments(log).length - 1);
  const all = readRecords(directory);
  assert.deepEqual(all.map(({ i }) => i), all.map((_, index) => index));
  assert.equal(sealedSize(log, directory), all.length);
});

test("a checkpoint comes by itself, and may leave only when it is on the disk", async () => {
  const directory = temporaryFolder();
  const log = openLog(directory);
  const { size } = log.exportable ?? { size: -1 };
  log.append("decision", decision("a"));
  assert.equal(log.exportable?.size, size);
  await new Promise<void>((resolve) => log.watch(() => log.exportable?.size === log.size && resolve()));
  assert.equal(sealedSize(log, directory), log.size);
  log.close();
});

test("a directory that cannot be written is a coded error with its remedy", () => {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "");
  assert.throws(() => openLog(file), (error: SpangateError) => error.code === "SG_AUDIT_UNWRITABLE" && /SPANGATE_AUDIT_DIR/.test(error.remedy));
});

describe("values", () => {
  const make = (): { directory: string; vault: Vault; log: AuditLog } => {
    const directory = temporaryFolder();
    return { directory, vault: Vault.open(directory, undefined, true) as Vault, log: openLog(directory) };
  };

  test("stand in the log as commitments, and encrypted behind their record", () => {
    const { directory, vault, log } = make();
    const value = vault.seal('{"to":"ann"}', { subject: "u1", onBehalfOf: "Ann Example", keep: "value" });
    log.append("decision", decision("a", { args: value.commit, args_bytes: value.bytes, on_behalf_of: vault.pseudonym("u1") }), value);
    log.close();
    const raw = lines(log).join("\n");
    assert.ok(!raw.includes("ann") && !raw.includes("Ann"));
    const found = readRecords(directory).find(({ t }) => t === "decision");
    assert.ok(found?.t === "decision" && found.args === '{"to":"ann"}' && found.on_behalf_of === "Ann Example");
  });

  test("are erased with the key of their subject, and no hash changes", () => {
    const { directory, vault, log } = make();
    for (const subject of ["u1", "u2"]) {
      const value = vault.seal(`{"of":"${subject}"}`, { subject, keep: "value" });
      log.append("decision", decision(subject, { args: value.commit, args_bytes: value.bytes }), value);
    }
    log.close();
    const before = lines(log);
    assert.equal(vault.erase(vault.pseudonym("u1")), true);
    assert.deepEqual(lines(log), before);
    assert.deepEqual(readRecords(directory).flatMap((record) => (record.t === "decision" ? [record.args.startsWith("{")] : [])), [false, true]);
  });

  test("of the same text have different commitments", () => {
    const { vault, log } = make();
    assert.notEqual(vault.seal("x", { keep: "nothing" }).commit, vault.seal("x", { keep: "nothing" }).commit);
    assert.equal(existsSync(join(log.folder, "..", "vault", "master.key")), true);
    log.close();
  });
});
