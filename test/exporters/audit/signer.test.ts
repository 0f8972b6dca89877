import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { SpangateError } from "../../../errors.ts";
import type { AuditLog } from "../../../exporters/audit/log.ts";
import { holdKey, KEY_FILE, makeKeyFile } from "../../../exporters/audit/signer.ts";
import { openCheckpoint, type OpenCheckpoint } from "../../../exporters/audit/tree/checkpoint.ts";
import { verifierOf } from "../../../exporters/audit/tree/cosignature.ts";
import { hasMlDsa, parseVerifierKey } from "../../../exporters/audit/tree/key.ts";
import { parseNote, type Verifier } from "../../../exporters/audit/tree/note.ts";
import { decision, openLog } from "../../support/records.ts";
import { readRecords, temporaryFolder } from "../../support/run.ts";

function notes({ folder }: AuditLog): string[] {
  return readdirSync(folder).filter((file) => file.endsWith(".log")).sort()
    .flatMap((file) => readFileSync(join(folder, file), "latin1").split("\n").filter((line) => line.startsWith("#")).map((line) => JSON.parse(line.slice(1)) as string));
}

function lastCheckpoint(log: AuditLog, verifiers: readonly Verifier[]): OpenCheckpoint {
  const checkpoint = openCheckpoint(notes(log).at(-1) ?? "", log.origin, verifiers);
  if (typeof checkpoint === "string") throw new Error(checkpoint);
  return checkpoint;
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition() && tries < 200; tries++) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(condition());
}

describe("the key", () => {
  test("is made in the audit directory when none was given, for its owner only", () => {
    const directory = temporaryFolder();
    const keys = holdKey(directory, {});
    assert.equal(keys.made, true);
    assert.equal(holdKey(directory, {}).made, false);
    assert.equal(holdKey(directory, {}).forOrigin("o").key, keys.forOrigin("o").key);
    chmodSync(join(directory, KEY_FILE), 0o640);
    assert.throws(() => holdKey(directory, {}), (error: SpangateError) => error.code === "SG_AUDIT_KEY" && /mode 640/.test(error.message));
  });

  test("is taken as PEM or as 32 bytes, and what is neither is refused without repeating it", () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const seed = Buffer.from((privateKey.export({ format: "jwk" }) as { d: string }).d, "base64url").toString("base64");
    const [pem, raw] = [privateKey.export({ format: "pem", type: "pkcs8" }) as string, seed].map((key) => holdKey("/nowhere", { key }).forOrigin("o").key);
    assert.equal(pem, raw);
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey.export({ format: "pem", type: "pkcs8" }) as string;
    for (const key of ["c2VjcmV0", "-----BEGIN PRIVATE KEY-----\nsecret", rsa]) {
      assert.throws(() => holdKey("/nowhere", { key }), (error: SpangateError) => error.code === "SG_AUDIT_KEY" && !error.message.includes("secret") && !error.message.includes("c2VjcmV0"));
    }
  });

  test("may be followed by an ML-DSA-44 one: a second line that only who knows it looks at", (t) => {
    if (!hasMlDsa()) return t.skip(`SKIPPED: Node ${process.version} has no ML-DSA`);
    const directory = temporaryFolder();
    const file = join(directory, "second.pem");
    const { privateKey, publicKey } = generateKeyPairSync("ml-dsa-44" as "ed25519");
    writeFileSync(file, privateKey.export({ format: "pem", type: "pkcs8" }), { mode: 0o600 });
    const log = openLog(directory, { keys: holdKey(directory, { mlDsaKeyFile: file }) });
    log.close();
    const first = parseVerifierKey(holdKey(directory, {}).forOrigin(log.origin).key);
    assert.ok(typeof first === "object" && publicKey.asymmetricKeyType === "ml-dsa-44");
    const note = parseNote(notes(log).at(-1) as string);
    assert.ok(typeof note === "object" && note.signatures.length === 2);
    assert.equal(lastCheckpoint(log, holdKey(directory, {}).verifiers(log.origin)).size, log.size);
  });
});

describe("a signer outside of the process", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const raw = Buffer.from((publicKey.export({ format: "jwk" }) as { x: string }).x, "base64url").toString("base64");

  function socketSigner(file: string, key: KeyObject): Server {
    return createServer((socket) => {
      let text = "";
      socket.setEncoding("latin1").on("data", (part: string) => {
        text += part;
        const [, bytes] = /^sign (.*)\n/.exec(text) ?? [];
        if (bytes !== undefined) socket.end(`${sign(null, Buffer.from(bytes, "base64"), key).toString("base64")}\n`);
      }).on("error", () => {});
    }).listen(file);
  }

  test("at a socket: nothing waits for it, and its checkpoints come", async (t) => {
    const directory = temporaryFolder();
    const socket = join(directory, "signer.sock");
    const keys = holdKey(directory, { signer: `unix:${socket}`, publicKey: raw });
    const log = openLog(directory, { keys, durability: "disk" });
    assert.equal(log.append("decision", decision("a", { runs: true })).safe, true);
    assert.deepEqual(notes(log), []);
    const server = socketSigner(socket, privateKey);
    t.after(() => server.close());
    await until(() => notes(log).length > 0 && log.exportable?.size === log.size);
    assert.equal(lastCheckpoint(log, keys.verifiers(log.origin)).size, log.size);
    log.close();
  });

  test("whose signature is not of its key is not believed", async (t) => {
    const directory = temporaryFolder();
    const socket = join(directory, "signer.sock");
    const server = socketSigner(socket, generateKeyPairSync("ed25519").privateKey);
    t.after(() => server.close());
    const log = openLog(directory, { keys: holdKey(directory, { signer: `unix:${socket}`, publicKey: raw }) });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    assert.deepEqual(notes(log), []);
    assert.equal(log.append("decision", decision("a")).safe, true);
    log.close();
  });

  test("that is a command gets the bytes on standard input", async () => {
    const directory = temporaryFolder();
    const key = join(directory, "outside.pem");
    makeKeyFile(key);
    const script = join(directory, "sign.mjs");
    writeFileSync(script, `import { createPrivateKey, sign } from "node:crypto"; import { readFileSync } from "node:fs";
      process.stdout.write(sign(null, readFileSync(0), createPrivateKey(readFileSync(${JSON.stringify(key)}, "utf8"))).toString("base64"));`);
    const publicText = Buffer.from((createPublicKey(createPrivateKey(readFileSync(key, "utf8"))).export({ format: "jwk" }) as { x: string }).x, "base64url").toString("base64");
    const keys = holdKey(directory, { signer: `${process.execPath} ${script}`, publicKey: publicText });
    const log = openLog(directory, { keys });
    await until(() => notes(log).length > 0);
    assert.equal(lastCheckpoint(log, keys.verifiers(log.origin)).size, log.size);
    log.close();
  });

  test("must be named with its public key", () => {
    assert.throws(() => holdKey("/nowhere", { signer: "unix:/x" }), (error: SpangateError) => error.code === "SG_AUDIT_KEY" && /SPANGATE_AUDIT_PUBLIC_KEY/.test(error.message));
  });
});

test("a key is followed by another: the record that says so is sealed by the one before", () => {
  const directory = temporaryFolder();
  const [first, second] = [holdKey(directory, {}), holdKey(directory, { key: Buffer.alloc(32, 7).toString("base64") })];
  const log = openLog(directory, { keys: first });
  log.append("decision", decision("a"));
  log.rotateKey(second, "yearly");
  log.append("decision", decision("b"));
  log.close();
  const at = readRecords(directory).find(({ t }) => t === "key")?.i as number;
  const sealedBy = (keys: typeof first): number[] => notes(log).flatMap((note) => {
    const checkpoint = openCheckpoint(note, log.origin, [verifierOf(keys.forOrigin(log.origin).key) as Verifier]);
    return typeof checkpoint === "string" ? [] : [checkpoint.size];
  });
  assert.equal(sealedBy(first).at(-1), at + 1);
  assert.equal(sealedBy(second).at(-1), log.size);
});
