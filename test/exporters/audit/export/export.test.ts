import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { after, describe, test } from "node:test";
import { realDisk } from "../../../../exporters/audit/disk.ts";
import { exportBundle } from "../../../../exporters/audit/export/bundle.ts";
import { announcedKeys, followKeys } from "../../../../exporters/audit/export/keys.ts";
import { checkProof, proveRecord } from "../../../../exporters/audit/export/prove.ts";
import { exportTiles, readTiles } from "../../../../exporters/audit/export/tiles.ts";
import { loadTree } from "../../../../exporters/audit/export/tree.ts";
import { witnessLog } from "../../../../exporters/audit/export/witness.ts";
import { cosigner, cosignatureVerifier } from "../../../../exporters/audit/tree/cosignature.ts";
import { formatVerifierKey, generateKey, publicOf } from "../../../../exporters/audit/tree/key.ts";
import { inclusionProof, verifyInclusion } from "../../../../exporters/audit/tree/proof.ts";
import { keepAll } from "../../../../exporters/audit/upkeep/keep.ts";
import { Vault } from "../../../../exporters/audit/vault.ts";
import { verifyDirectory } from "../../../../exporters/audit/verify/directory.ts";
import { sha256 } from "../../../../sha256.ts";
import { decision, openLog } from "../../../support/records.ts";
import { temporaryFolder } from "../../../support/run.ts";
import { startFakeWitness } from "../tree/fake-witness.ts";
import { call, contentsOf, copyOf, DAY, logOf } from "../upkeep/logs.ts";
import { holdKey } from "../../../../exporters/audit/signer.ts";

const source = logOf(4);
source.log.close();
const { id, origin } = source.log;
const whole = contentsOf(source.log.folder);
const key = announcedKeys(realDisk, source.log.folder)[0]?.key as string;

/** A copy whose first segments are pruned. */
async function pruned(): Promise<{ directory: string; folder: string }> {
  const directory = copyOf(source.directory);
  const log = openLog(directory);
  await keepAll(log, { directory, destinations: [], now: () => Date.now() + 31 * DAY, audit: { compress: "none", retention: { age: 30 * DAY }, append_only: false } });
  log.close();
  return { directory, folder: log.folder };
}

/** Tiles and bundles of a folder. */
function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && /^\d+$/.test(entry.name)).map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

describe("a proof", () => {
  test("of each record holds by the key alone, and says what the record is", () => {
    for (let index = 0; index < whole.size; index++) {
      const { text } = proveRecord(realDisk, source.log.folder, index);
      const checked = checkProof(text, [key]);
      assert.ok(typeof checked === "object", String(checked));
      assert.deepEqual([checked.origin, checked.index, checked.record], [origin, index, whole.records[index]]);
    }
  });
  test("of a pruned record holds for whoever has kept the record", async () => {
    const { folder } = await pruned();
    const proof = proveRecord(realDisk, folder, 2);
    assert.equal(proof.record, undefined);
    assert.equal(checkProof(proof.text, [key]), "the record did not come with the proof, and was not given");
    const kept = proveRecord(realDisk, source.log.folder, 2).record as string;
    assert.ok(typeof checkProof(proof.text, [key], [], kept) === "object");
    assert.match(checkProof(proof.text, [key], [], kept.replace("tool_", "Tool_")) as string, /not record 2/);
  });
  test("proves nothing under another key, for another record or changed by one character", () => {
    const { text } = proveRecord(realDisk, source.log.folder, 3);
    const other = formatVerifierKey({ name: origin, type: "ed25519", key: publicOf(generateKey("ed25519")) });
    assert.match(checkProof(text, [other]) as string, /not signed by a key that is known/);
    assert.match(checkProof(text, [key.replace(id, "f".repeat(32))]) as string, /none of the keys is of|not a verifier key/);
    assert.equal(typeof checkProof(text, [key], [], "{}"), "string");
    for (let at = 0; at < text.length; at += 7) assert.equal(typeof checkProof(`${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`, [key]), "string", `character ${at}`);
  });
  test("of a record that no checkpoint covers, or that is not there, is none", () => {
    assert.throws(() => proveRecord(realDisk, source.log.folder, whole.size), /record .* cannot be proven: the log has \d+ records/);
    const log = openLog(temporaryFolder());
    log.append("decision", decision("a"));
    assert.throws(() => proveRecord(realDisk, log.folder, 1), /no checkpoint covers it yet/);
    log.close();
    assert.equal(proveRecord(realDisk, log.folder, 1).size, 3);
  });
});

describe("tiles", () => {
  test("are what the records say, and each record is proven from them", () => {
    const out = temporaryFolder();
    const report = exportTiles(realDisk, source.log.folder, out);
    assert.deepEqual([report?.size, report?.before, report?.entriesFrom], [whole.size, 0, 0]);
    const tiles = readTiles(out);
    assert.ok(tiles);
    whole.leaves.forEach((leaf, index) => assert.ok(verifyInclusion(leaf, index, whole.size, inclusionProof(tiles, index, whole.size), loadTree(realDisk, source.log.folder)?.seals.at(-1)?.root as string)));
    assert.match(tiles.entry(1).toString(), /^\{"v":2,"i":1,/);
    assert.equal(readFileSync(join(out, "keys"), "utf8"), `${key}\n`);
  });
  test("grow with the log, and nothing is written twice", () => {
    const directory = copyOf(source.directory);
    const out = temporaryFolder();
    let size = 0;
    for (const count of [1, 254, 3, 300, 0]) {
      const log = openLog(directory);
      for (let index = 0; index < count; index++) log.append("decision", decision("a"));
      log.close();
      const stamps = new Map(filesOf(out).map((file) => [file, realDisk.read(join(out, file)).toString("base64")]));
      const report = exportTiles(realDisk, log.folder, out);
      assert.equal(report?.before, size);
      size = report?.size as number;
      assert.equal(size, contentsOf(log.folder).size);
      for (const [file, bytes] of stamps) assert.equal(realDisk.read(join(out, file)).toString("base64"), bytes);
      const fresh = temporaryFolder();
      exportTiles(realDisk, log.folder, fresh);
      for (const file of filesOf(fresh)) assert.ok(realDisk.read(join(fresh, file)).equals(realDisk.read(join(out, file))), file);
    }
  });
  test("of a log that was pruned have its hashes, and the entries that are left", async () => {
    const { folder } = await pruned();
    const log = openLog(join(folder, ".."));
    for (let index = 0; index < 600; index++) log.append("decision", decision("a"));
    log.close();
    const out = temporaryFolder();
    const report = exportTiles(realDisk, folder, out);
    assert.ok((report?.entriesFrom ?? 0) > 0);
    assert.ok(!existsSync(join(out, "tile/entries/000")) && existsSync(join(out, "tile/entries/001")) && existsSync(join(out, "tile/0/000")));
    assert.equal(readTiles(out)?.entry(300).toString().slice(0, 14), '{"v":2,"i":300');
    assert.equal(exportTiles(realDisk, folder, out)?.files, 0);
  });
  test("of another history are not written over", () => {
    const [a, b, out] = [copyOf(source.directory), copyOf(source.directory), temporaryFolder()];
    for (const [directory, tool] of [[a, "a"], [b, "b"]] as const) {
      const log = openLog(directory);
      log.append("decision", decision(tool));
      log.close();
    }
    exportTiles(realDisk, join(a, id), out);
    const before = readFileSync(join(out, "checkpoint"), "utf8");
    const log = openLog(b);
    log.append("decision", decision("b"));
    log.close();
    assert.throws(() => exportTiles(realDisk, join(b, id), out), /SG_AUDIT_TILE|tile/);
    assert.throws(() => exportTiles(realDisk, source.log.folder, out), /records that this log does not have/, "a log that was cut back");
    assert.equal(readFileSync(join(out, "checkpoint"), "utf8"), before);
  });
});

describe("witnesses", () => {
  const witnessKey = generateKey("ed25519");
  const verifier = cosignatureVerifier("w.example", "ed25519-cosignature", publicOf(witnessKey));
  const start = (directory: string) => startFakeWitness(holdKey(directory, {}).verifiers(origin)[0] as never, [cosigner("w.example", "ed25519-cosignature", witnessKey)]);

  test("cosign the newest checkpoint, again and again, and proofs carry it", async () => {
    const directory = copyOf(source.directory);
    const fake = await start(directory);
    after(() => fake.stop());
    const folder = join(directory, id);
    const first = await witnessLog(realDisk, folder, [{ url: fake.url, verifiers: [verifier] }]);
    assert.deepEqual([first?.size, Object.keys(first?.cosigned ?? {}), first?.problems], [whole.size, ["w.example"], []]);
    const log = openLog(directory);
    log.close();
    const second = await witnessLog(realDisk, folder, [{ url: fake.url, verifiers: [verifier] }]);
    assert.equal(second?.size, whole.size + 2);
    assert.ok(fake.requests.at(-1)?.startsWith(`old ${whole.size}\n`), "it knows what was cosigned before");
    const vkey = formatVerifierKey({ name: "w.example", type: "ed25519-cosignature", key: publicOf(witnessKey) });
    const checked = checkProof(proveRecord(realDisk, folder, 1).text, [key], [vkey]);
    assert.ok(typeof checked === "object");
    assert.deepEqual(Object.keys(checked.cosigned), ["w.example"]);
    assert.match(checkProof(proveRecord(realDisk, source.log.folder, 1).text, [key], [vkey]) as string, /cosigned by 0 of the 1/);
  });
  test("refuse a log that was cut back or rewritten, and that is told loudly", async () => {
    const directory = copyOf(source.directory);
    const old = copyOf(directory);
    const fake = await start(directory);
    after(() => fake.stop());
    const log = openLog(directory);
    log.append("decision", decision("a"));
    log.close();
    await witnessLog(realDisk, join(directory, id), [{ url: fake.url, verifiers: [verifier] }]);
    const cut = await witnessLog(realDisk, join(old, id), [{ url: fake.url, verifiers: [verifier] }]);
    assert.deepEqual(cut?.problems.map(({ code }) => code), ["SG_AUDIT_WITNESS_CONFLICT"]);
    assert.ok(!existsSync(join(old, id, "cosigned")));
    const other = openLog(old);
    for (let index = 0; index < 5; index++) other.append("decision", decision("b"));
    other.close();
    const forked = await witnessLog(realDisk, join(old, id), [{ url: fake.url, verifiers: [verifier] }]);
    assert.deepEqual(forked?.problems.map(({ code }) => code), ["SG_AUDIT_WITNESS_CONFLICT"]);
  });
  test("that are not there do not keep the others from it", async () => {
    const directory = copyOf(source.directory);
    const fake = await start(directory);
    after(() => fake.stop());
    const report = await witnessLog(realDisk, join(directory, id), [{ url: "http://127.0.0.1:9/none", verifiers: [verifier], timeout: 500 }, { url: fake.url, verifiers: [verifier] }]);
    assert.deepEqual([report?.problems.map(({ code }) => code), Object.keys(report?.cosigned ?? {})], [["SG_AUDIT_WITNESS_UNREACHABLE"], ["w.example"]]);
  });
});

test("a bundle has everything that is needed to judge, and nothing of what people said", async () => {
  const { directory } = await pruned();
  const log = openLog(directory);
  const vault = Vault.open(directory, undefined, true) as Vault;
  call(log, vault, "mail", '{"to":"ann@example.com"}', "ann");
  log.close();
  const out = join(temporaryFolder(), "bundle");
  const bundle = exportBundle(directory, out, { policies: [{ name: "p@0", digest: "00", source: { rules: [] } }], verified: verifyDirectory(directory), now: 0 });
  const { size, records } = contentsOf(log.folder);
  assert.deepEqual(bundle.logs.map(({ records: count, pruned: gone, sealed }) => [count, gone, sealed]), [[size, size - records.length, size]]);
  assert.deepEqual(bundle.policies, [{ policy: "p@0", digest: "00", file: "policies/00.json" }]);
  const lines = readFileSync(join(out, "logs", id, "records.jsonl"), "utf8").trimEnd().split("\n");
  assert.deepEqual(lines.map((line) => JSON.parse(line) as unknown), records);
  for (const file of ["verification.json", "facts.json", "STATEMENT.md", `logs/${id}/checkpoints.jsonl`, `logs/${id}/keys.json`, `logs/${id}/tiles/checkpoint`]) assert.equal(bundle.files[file], sha256(readFileSync(join(out, file)), "hex"), file);
  assert.equal((JSON.parse(readFileSync(join(out, "verification.json"), "utf8")) as { outcome: string }).outcome, "proven");
  assert.equal((JSON.parse(readFileSync(join(out, "facts.json"), "utf8")) as { events: { prunes: object[] } }).events.prunes.length, 1);
  const all = readdirSync(out, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1")).join("");
  assert.doesNotMatch(all, /ann@example|PRIVATE KEY|\n~\{/);
});

test("keys are followed from one to the next, never from nowhere", () => {
  const announced = [{ key: "a", index: 0, ts: "0" }, { key: "x", index: 3, ts: "0" }, { key: "b", index: 5, ts: "0", previous: "a" }, { key: "c", index: 9, ts: "0", previous: "b" }, { key: "y", index: 11, ts: "0", previous: "x" }];
  assert.deepEqual(followKeys(["a"], announced), ["a", "b", "c"]);
  assert.deepEqual(followKeys([], announced), []);
});

test("nothing is exported of a log that does not go on from itself", () => {
  const directory = copyOf(source.directory);
  const file = join(directory, id, "00000002-6.log");
  const found = existsSync(file) ? file : join(directory, id, readdirSync(join(directory, id)).find((name) => name.startsWith("00000002-")) as string);
  writeFileSync(found, readFileSync(found, "utf8").replace('"tool":"tool_', '"tool":"Tool_'));
  assert.throws(() => exportTiles(realDisk, join(directory, id), temporaryFolder()), /damaged/);
  assert.throws(() => proveRecord(realDisk, join(directory, id), 0), /damaged/);
});
