import assert from "node:assert/strict";
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import fc from "fast-check";
import { KEYS, type RecordType } from "../../../exporters/audit/bodies.ts";
import { ascii, formatRecord, genesis, parseRecord } from "../../../exporters/audit/record.ts";
import { leafBase64 } from "../../../exporters/audit/tree/hash.ts";
import { formatHeader, formatSeal } from "../../../exporters/audit/segment.ts";
import { cosigner, cosignatureVerifier } from "../../../exporters/audit/tree/cosignature.ts";
import { formatCheckpoint, signCheckpoint } from "../../../exporters/audit/tree/checkpoint.ts";
import { Frontier } from "../../../exporters/audit/tree/frontier.ts";
import { leafHash as leafOf } from "../../../exporters/audit/tree/hash.ts";
import { generateKey, publicOf } from "../../../exporters/audit/tree/key.ts";
import { ed25519Signer, formatSignature } from "../../../exporters/audit/tree/note.ts";
import { verifyDirectory, type VerifyOptions } from "../../../exporters/audit/verify/directory.ts";
import { headOfNote, type KnownHead, readKnownHeads } from "../../../exporters/audit/verify/heads.ts";
import type { LogReport } from "../../../exporters/audit/verify/report.ts";
import { StrictScanner } from "../../../exporters/audit/verify/strict.ts";
import { parsePublicKey, parseRevocations, rawKey } from "../../../exporters/audit/verify/trust.ts";
import { decision } from "../../support/records.ts";
import { ROOT, temporaryFolder } from "../../support/run.ts";
import { type Files, makeSmallLog, memoryDisk, type SmallLog } from "./small-log.ts";

let small: SmallLog;
before(() => {
  small = makeSmallLog({ crash: false, prune: false });
});

function verify(files: Files, options: VerifyOptions = {}, of: SmallLog = small): LogReport {
  return verifyDirectory(of.directory, { disk: memoryDisk(of.directory, { [of.id]: files }), ...options }).logs[0] as LogReport;
}

function ownKeys(): { first: KeyObject; second: KeyObject } {
  const text = [...small.files.values()].map((bytes) => bytes.toString("latin1")).join("");
  const [, next = "", previous = ""] = /"t":"key".*?"key":"([^"]+)","previous":"([^"]+)"/.exec(text) ?? [];
  return { first: parsePublicKey(previous) as KeyObject, second: parsePublicKey(next) as KeyObject };
}

/** A log of decisions with any key and origin, as somebody makes it who has the code and not the key. */
function forge(origin: string, log: string, key: KeyObject, count: number, interval?: number, seals: readonly number[] = []): Files {
  const signer = ed25519Signer(origin, key);
  const tree = new Frontier();
  let prev = genesis(origin);
  const lines = [formatHeader({ v: 2, origin, first: 0, prev, frontier: "" })];
  const add = (type: RecordType, body: object): void => {
    const line = formatRecord(tree.size, prev, log, type, body as never);
    lines.push(line);
    tree.append(leafOf(line));
    prev = leafBase64(line);
    if (seals.includes(tree.size)) lines.push(formatSeal(signCheckpoint({ origin, size: tree.size, root: tree.root() }, [signer])));
  };
  add("open", { origin, key: `${origin}+${signer.id}+${Buffer.concat([Buffer.of(1), Buffer.from(rawKey(publicOf(key)), "base64")]).toString("base64")}`, pid: 1, thread: 0, node: "v", spangate: "0", mode: "enforce", safety: "strict/os", policy: "p@0", digest: "00", clean: true, unsealed: 0 });
  if (interval !== undefined) add("heartbeat", { mode: "enforce", policy: "p@0", digest: "00", gated: [], ungated: [], decisions: 0, lost: 0, interval });
  while (tree.size < count) add("decision", decision("forged"));
  lines.push(formatSeal(signCheckpoint({ origin, size: tree.size, root: tree.root() }, [signer])));
  return new Map([["00000001-0.log", Buffer.from(lines.map((line) => `${line}\n`).join(""), "latin1")]]);
}

describe("keys", () => {
  test("the first key that was given leads to the next over the record that it sealed", () => {
    const { first, second } = ownKeys();
    assert.equal(verify(small.files, { keys: [first] }).outcome, "proven");
    // The key of the end covers everything before it as well.
    assert.equal(verify(small.files, { keys: [second] }).outcome, "proven");
    const { outcome, counts } = verify(small.files, { keys: [createPublicKey(generateKeyPairSync("ed25519").privateKey)] });
    assert.deepEqual([outcome, counts.proven], ["unverifiable", 0]);
  });

  test("a log that somebody made anew is proven by its own key and by no other", () => {
    const files = forge(small.origin, small.id, generateKey("ed25519"), 5);
    assert.equal(verify(files).outcome, "proven");
    const { outcome, counts } = verify(files, { keys: [ownKeys().first] });
    assert.deepEqual([outcome, counts.proven], ["unverifiable", 0]);
  });

  test("checkpoints that another key signed, which the log never names", () => {
    const other = ed25519Signer(small.origin, generateKey("ed25519"));
    const [name = ""] = [...small.files].findLast(([file, bytes]) => file.endsWith(".log") && bytes.includes("\n#")) ?? [];
    const lines = (small.files.get(name) as Buffer).toString("latin1").split("\n");
    const resigned = lines.map((line) => {
      if (!line.startsWith("#")) return line;
      const [origin = "", size = "", root = ""] = (JSON.parse(line.slice(1)) as string).split("\n");
      return formatSeal(signCheckpoint({ origin, size: Number(size), root: atob(root) }, [other]));
    });
    const report = verify(new Map(small.files).set(name, Buffer.from(resigned.join("\n"), "latin1")));
    assert.deepEqual([report.outcome, report.problems.some(({ kind }) => kind === "checkpoint")], ["tampered", true]);
  });

  test("a revoked key seals nothing from the index or the time on", () => {
    const { first, second } = ownKeys();
    const revoked = parseRevocations(`# stolen\n${rawKey(second)} 8 laptop lost\n\n${rawKey(first)} 2027-01-01T00:00:00Z retired`, "list");
    const byIndex = verify(small.files, { revoked: revoked.slice(0, 1) });
    assert.equal(byIndex.outcome, "unverifiable");
    assert.match(Object.keys(byIndex.unproven).join(), /revoked: laptop lost/);
    assert.ok(byIndex.counts.proven > 0);
    const all = parseRevocations(`${rawKey(first)} 2020-01-01T00:00:00Z x\n${rawKey(second)} 2020-01-01T00:00:00Z x`, "list");
    assert.equal(verify(small.files, { revoked: all }).counts.proven, 0);
    for (const wrong of ["abc 1 x", `${rawKey(first)} soon x`, `${rawKey(first)} 2026-13-01T00:00:00Z x`]) assert.throws(() => parseRevocations(wrong, "list"), /list:1/);
  });

  test("are taken in the forms in which people have them", () => {
    const { publicKey } = generateKeyPairSync("ed25519");
    const pem = publicKey.export({ format: "pem", type: "spki" }) as string;
    for (const text of [pem, rawKey(publicKey), `${rawKey(publicKey)}\n`]) assert.equal(rawKey(parsePublicKey(text) as KeyObject), rawKey(publicKey));
    for (const text of ["", "a+b+c", rawKey(publicKey).slice(4), generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "pem", type: "spki" }) as string]) assert.equal(parsePublicKey(text), undefined);
  });
});

describe("without the key", () => {
  const key = generateKey("ed25519");
  const log: SmallLog = { directory: "/nowhere", id: "x", origin: "spangate.test/logs/x", files: new Map(), subject: "" };
  const text = (): string => (forge(log.origin, log.id, key, 6, undefined, [3]).get("00000001-0.log") as Buffer).toString("latin1");
  const check = (files: Readonly<Record<string, string>>): LogReport => verify(new Map(Object.entries(files).map(([name, content]) => [name, Buffer.from(content, "latin1")])), {}, log);

  test("a history that was written anew under the old checkpoints does not fit them", () => {
    for (let victim = 0; victim < 6; victim++) {
      let prev = genesis(log.origin);
      const lines = text().trimEnd().split("\n").map((line) => {
        if (!line.startsWith("{")) return line;
        const changed = line.replace(/"prev":"[^"]+"/, `"prev":"${prev}"`).replace('"ts":"1', line.includes(`"i":${victim},`) ? '"ts":"2' : '"ts":"1');
        prev = leafBase64(changed);
        return changed;
      });
      const report = check({ "00000001-0.log": `${lines.join("\n")}\n` });
      assert.equal(report.outcome, "tampered", `${victim}`);
      assert.equal(report.counts.proven, victim < 3 ? 0 : 3, `${victim}`);
      assert.equal(report.counts.altered, 3, `${victim}`);
    }
  });

  test("records cannot be called dead that two checkpoints cover", () => {
    const first = text();
    const offset = first.indexOf("\n", first.indexOf('\n{"v":2,"i":0') + 1) + 1;
    const record = first.slice(first.indexOf('{"v":2,"i":0'), offset - 1);
    const tree = new Frontier();
    tree.append(leafOf(record));
    const rest = Buffer.from(first.slice(offset), "latin1");
    const body = { segment: "00000001-0.log", offset, bytes: rest.length, sha256: createHash("sha256").update(rest).digest("hex"), reason: "torn" };
    const second = `${formatHeader({ v: 2, origin: log.origin, first: 1, prev: leafBase64(record), frontier: tree.toString() })}\n${formatRecord(1, leafBase64(record), log.id, "recover", body)}\n`;
    const report = check({ "00000001-0.log": first, "00000002-1.log": second });
    assert.equal(report.outcome, "tampered");
  });
});

describe("known heads", () => {
  const headOf = (files: Files): KnownHead => headOfNote(verify(files).checkpoint as string) as KnownHead;

  test("one of the log, or before its end, is consistent with it", () => {
    const heads = [...small.files.values()].flatMap((bytes) => bytes.toString("latin1").split("\n").filter((line) => line.startsWith("#")).map((line) => headOfNote(JSON.parse(line.slice(1)) as string) as KnownHead));
    const report = verify(small.files, { heads });
    assert.deepEqual([report.outcome, report.states], ["proven", ["consistent-with-heads"]]);
  });

  test("a log that was rolled back to an older checkpoint, or made anew, is told from one that was not", () => {
    const head = headOf(small.files);
    const key = generateKey("ed25519");
    const short = verify(forge(small.origin, small.id, key, 4), { heads: [head] });
    assert.deepEqual([short.outcome, short.states.includes("truncated")], ["tampered", true]);
    const long = verify(forge(small.origin, small.id, key, head.size + 3), { heads: [head] });
    assert.deepEqual([long.outcome, long.states.includes("forked")], ["tampered", true]);
  });

  test("are read from notes, lines and reports", async () => {
    const { writeFileSync } = await import("node:fs");
    const report = verify(small.files);
    const note = report.checkpoint as string;
    const { origin, size } = headOfNote(note) as KnownHead;
    const root = note.split("\n")[2] as string;
    const file = join(temporaryFolder(), "heads");
    for (const text of [note, `${note}${note}`, `${origin} ${size} ${root}\n`, JSON.stringify({ origin, size, root }), JSON.stringify({ logs: [report] }), JSON.stringify([note])]) {
      writeFileSync(file, text);
      assert.equal(readKnownHeads(file)[0]?.size, size, text.slice(0, 40));
    }
    for (const text of ["", "nothing", "{}", "[1]", "{"]) {
      writeFileSync(file, text);
      assert.throws(() => readKnownHeads(file), /SG_AUDIT_TRUST|no signed note/);
    }
  });

  test("with witnesses, must carry their cosignatures", () => {
    const note = verify(small.files).checkpoint as string;
    const [a, b] = ["w.test/a", "w.test/b"].map((name) => ({ name, key: generateKey("ed25519-cosignature") })) as [{ name: string; key: KeyObject }, { name: string; key: KeyObject }];
    const verifiers = [a, b].map(({ name, key }) => cosignatureVerifier(name, "ed25519-cosignature", publicOf(key)));
    const text = formatCheckpoint(headOfNote(note) as KnownHead);
    const signer = cosigner(a.name, "ed25519-cosignature", a.key);
    const cosigned = headOfNote(note + formatSignature({ name: signer.name, id: signer.id, bytes: signer.sign(text) })) as KnownHead;
    assert.equal(verify(small.files, { heads: [cosigned], witnesses: { verifiers, quorum: 1 } }).outcome, "proven");
    for (const [heads, quorum] of [[[cosigned], 2], [[headOfNote(note) as KnownHead], 1], [[], 1]] as const) {
      const report = verify(small.files, { heads, witnesses: { verifiers, quorum } });
      assert.deepEqual([report.outcome, report.problems[0]?.kind], ["unverifiable", "witness"]);
    }
  });
});

test("a log without a checkpoint is unverifiable, one with records behind its last checkpoint incomplete", () => {
  const files = forge("spangate.test/logs/x", "x", generateKey("ed25519"), 5);
  const [name, bytes] = [...files][0] as [string, Buffer];
  const text = bytes.toString("latin1");
  const log: SmallLog = { ...small, id: "x" };
  assert.equal(verify(new Map([[name, Buffer.from(text.slice(0, text.indexOf("#")), "latin1")]]), {}, log).outcome, "unverifiable");
  const last = text.trimEnd().split("\n").at(-2) as string;
  const more = `${formatRecord(5, leafBase64(last), "x", "decision", decision("late"))}\n`;
  const report = verify(new Map([[name, Buffer.from(text + more, "latin1")]]), {}, log);
  assert.deepEqual([report.outcome, report.counts.proven, report.counts.unproven], ["incomplete", 5, 1]);
});

test("a log that has fallen silent for three heartbeats is stale", () => {
  const files = forge("spangate.test/logs/x", "x", generateKey("ed25519"), 3, 60);
  const isStale = (seconds: number): boolean => verify(files, { now: Date.now() + seconds * 1_000 }, { ...small, id: "x" }).states.includes("stale");
  assert.deepEqual([isStale(170), isStale(190)], [false, true]);
});

describe("logs of earlier versions of spangate stay verifiable", () => {
  for (const [version, outcome, counts] of [[1, "unverifiable", { proven: 0, unproven: 7, altered: 0, missing: 0, pruned: 0 }], [2, "proven", { proven: 12, unproven: 0, altered: 0, missing: 0, pruned: 5 }]] as const) {
    test(`version ${version}`, () => {
      const directory = join(ROOT, "test/fixtures/audit", `v${version}`);
      const [log] = verifyDirectory(directory).logs as [LogReport];
      assert.deepEqual([log.version, log.outcome, log.counts], [version, outcome, counts]);
    });
  }

  test("every byte of version 1 counts", () => {
    const directory = join(ROOT, "test/fixtures/audit/v1");
    const [id = ""] = readdirSync(directory);
    const files = new Map(readdirSync(join(directory, id)).map((file) => [file, readFileSync(join(directory, id, file))]));
    const bytes = files.get("records.jsonl") as Buffer;
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.concat([bytes]);
      changed[at] = (changed[at] as number) ^ 1;
      assert.equal(verify(new Map<string, Buffer>(files).set("records.jsonl", changed), {}, { ...small, directory, id }).outcome, "tampered", `byte ${at}`);
    }
  });
});

describe("the scanner", () => {
  const scanner = new StrictScanner();
  const scan = (line: string): boolean => {
    const bytes = Buffer.from(line, "latin1");
    const at = line.indexOf('"t":"') + '"t":"'.length;
    return scanner.scan(bytes, at, bytes.length, Buffer.from("x"));
  };
  const frame = `{"v":2,"i":0,"prev":"${"A".repeat(43)}=","t":"`;
  const text = fc.string({ unit: fc.oneof(fc.constantFrom('"', "\\", "/", "\u007f", "\n", "\b", "\u0001", "\u2028", "\ud800", "\u{1f600}", "é"), fc.string({ minLength: 1, maxLength: 1 })) });
  const value = fc.oneof(text, fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer(), fc.boolean(), fc.constant(null), fc.array(text), fc.array(fc.array(fc.integer())), fc.dictionary(text, fc.integer()));

  test("says yes to nothing that parseRecord refuses, whatever is done to a record", () => {
    fc.assert(fc.property(fc.constantFrom(...(Object.keys(KEYS) as RecordType[])), fc.array(value, { maxLength: 33 }), fc.nat(), fc.nat(255), fc.boolean(), (type, values, place, byte, damage) => {
      const body = Object.fromEntries(KEYS[type].slice(0, values.length).map((key, at) => [key, values[at]]));
      const line = `${frame}${type}","ts":"1","mono":"2","log":"x"${ascii(JSON.stringify(body)).slice(1).replace(/^(?!\})/, ",")}`;
      const at = frame.length + (place % Math.max(1, line.length - frame.length));
      const tried = damage ? line.slice(0, at) + String.fromCharCode(byte) + line.slice(at + 1) : line;
      const isRecord = typeof parseRecord(tried) !== "string";
      if (scan(tried)) assert.ok(isRecord, tried);
      // Objects are left to the parser; everything else it must know by itself, or it is no use.
      else if (!damage) assert.ok(values.slice(0, KEYS[type].length).some((one) => typeof one === "object" && one !== null && (!Array.isArray(one) || Array.isArray(one[0]))) || !isRecord || /[eE]/.test(tried), tried);
    }), { numRuns: 5_000 });
  });

  test("refuses every form of a text but ours", () => {
    const reason = (written: string): string => `${frame}halt","ts":"1","mono":"2","log":"x","reason":"${written}"}`;
    for (const ours of ["a", "\\n", "\\u0001", "\\u007f", "\\ud83d\\ude00", '\\"', "\\\\", "/"]) assert.ok(scan(reason(ours)), ours);
    for (const other of ["\\u000a", "\\u0008", "\\u0041", "\\u00E9", "\\/", "\\x", "\u00e9", "\u007f", "\n", "\\u12", '"'])  {
      assert.ok(!scan(reason(other)), other);
      assert.equal(typeof parseRecord(reason(other)), "string", other);
    }
  });

  test("knows the records that are written all day", () => {
    assert.ok(scan(formatRecord(0, `${"A".repeat(43)}=`, "x", "decision", decision("zoë", { flags: ["a"], reason: 'a "quoted" \\ reason\n' }))));
    assert.ok(scan(formatRecord(0, `${"A".repeat(43)}=`, "x", "outcome", { ref: 17, trace: "", span: "", tool: "t", status: "ok", ms: 0.25 })));
    assert.equal(scanner.ref, 17);
  });
});

test("no bytes in a segment make verification fail otherwise than by a report", () => {
  const [name, bytes] = [...small.files].find(([file]) => file.endsWith(".log")) as [string, Buffer];
  const lines = bytes.toString("latin1").split("\n");
  const line = fc.oneof(fc.constantFrom(...lines), fc.constantFrom("{}", "#", "!", "~", "#\"\"", "!{}", "~{}", "", '{"v":2,"i":1e300}', '{"v":2,"i":9007199254740993,"prev":"x"}'), fc.string());
  fc.assert(fc.property(fc.array(line, { maxLength: 12 }), fc.boolean(), (chosen, whole) => {
    const text = chosen.join("\n") + (whole ? "\n" : "");
    const report = verify(new Map(small.files).set(name, Buffer.from(text, "latin1")));
    assert.ok(report.outcome !== "proven" || text === bytes.toString("latin1"));
  }), { numRuns: 400 });
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), fc.constantFrom("", ".gz", ".zst", ".leaves"), (random, form) => {
    const files = new Map(small.files);
    files.delete(name);
    assert.notEqual(verify(files.set(`${name}${form}`, Buffer.from(random))).outcome, "proven");
  }), { numRuns: 200 });
});
