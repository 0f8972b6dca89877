import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import type { ErrorCode, SpangateError } from "../../errors.ts";
import { openCheckpoint, signCheckpoint } from "../../exporters/audit/tree/checkpoint.ts";
import { cosignedAt, verifierOf } from "../../exporters/audit/tree/cosignature.ts";
import { EMPTY_ROOT, type Hash, toBase64 } from "../../exporters/audit/tree/hash.ts";
import { generateKey } from "../../exporters/audit/tree/key.ts";
import { ed25519Signer, formatSignature, type Signer, type Verifier } from "../../exporters/audit/tree/note.ts";
import { consistencyProof, inclusionProof, rootOf } from "../../exporters/audit/tree/proof.ts";
import { formatTlogProof, verifyTlogProof } from "../../exporters/audit/tree/tlog-proof.ts";
import { type CosigningRequest, requestCosignatures, type Witness } from "../../exporters/audit/tree/witness.ts";
import { until } from "../dashboards/live.ts";
import { freePort } from "../support/port.ts";
import { temporaryFolder } from "../support/run.ts";
import { ORIGIN, type WrittenLog, writeLog } from "./audit-log.ts";
import { goTools } from "./go-tools.ts";

const NAME = "witness.example/lite";
const SIZES = [1, 300, 1_000, 1_024, 1_500];

const go = goTools();

describe("litewitness, which is not ours", { skip: typeof go === "string" ? go : false }, () => {
  const tools = go as Exclude<typeof go, string>;
  const base = temporaryFolder();
  const children: ChildProcess[] = [];
  after(() => {
    for (const child of children) child.kill();
    rmSync(base, { recursive: true, force: true });
  });

  const log = writeLog(join(base, "log"), SIZES);
  const fork = writeLog(join(base, "fork"), SIZES, "forged");
  let witness: Witness & { readonly verifiers: readonly [Verifier] };
  let known = 0;

  before(async () => {
    const socket = join(base, "agent");
    const fingerprint = await started(start(tools("agent"), [socket]), "stdout", /(SHA256:\S+)/);
    const port = await freePort();
    const database = join(base, "witness.db");
    const child = start(tools("litewitness"), ["-db", database, "-name", NAME, "-key", fingerprint, "-ssh-agent", socket, "-listen", `127.0.0.1:${port}`]);
    const key = await started(child, "stderr", /vkey=(\S+)/);
    // What its witnessctl would write; that program needs a module which not every proxy gives.
    const logs = new DatabaseSync(database);
    logs.prepare("INSERT INTO log (origin, tree_size, tree_hash) VALUES (?, 0, ?)").run(ORIGIN, toBase64(EMPTY_ROOT));
    logs.prepare("INSERT INTO key (origin, key) VALUES (?, ?)").run(ORIGIN, log.key);
    logs.close();
    const verifier = verifierOf(key);
    assert.ok(typeof verifier !== "string", `${key}: ${verifier as string}`);
    witness = { url: `http://127.0.0.1:${port}`, verifiers: [verifier] };
    await until(() => "litewitness", async () => (await fetch(witness.url)).ok || undefined);
  });

  function start(program: string, args: readonly string[]): ChildProcess {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    children.push(child);
    return child;
  }

  const request = (size: number, { of = log, signer = log.signer, origin = ORIGIN }: { of?: WrittenLog; signer?: Signer; origin?: string } = {}): CosigningRequest => ({
    checkpoint: signCheckpoint({ origin, size, root: of === log ? log.roots.get(size) as Hash : rootOf(of.reader, size) }, [signer]),
    prove: (from) => consistencyProof(of.reader, from, size),
    known,
  });
  const refused = (code: ErrorCode, what: RegExp) => (error: SpangateError): boolean => error.code === code && what.test(error.message);

  for (const size of SIZES) {
    test(`cosigns the log at ${size} records, which proves a record offline`, async () => {
      const asked = request(size);
      const [cosignature, ...more] = await requestCosignatures(witness, asked);
      assert.ok(cosignature && more.length === 0);
      assert.ok(Math.abs(cosignedAt(cosignature.bytes) - Date.now() / 1_000) < 3_600);
      const checkpoint = asked.checkpoint + formatSignature(cosignature);
      assert.ok(typeof openCheckpoint(checkpoint, ORIGIN, [logVerifier(), ...witness.verifiers]) !== "string");
      const index = size >> 1;
      const proof = formatTlogProof({ index, hashes: inclusionProof(log.reader, index, size), checkpoint });
      const proven = verifyTlogProof(proof, log.leaves[index] as Hash, { origin: ORIGIN, log: [logVerifier()], witnesses: witness.verifiers });
      assert.ok(typeof proven !== "string", proven as string);
      assert.deepEqual([...proven.cosigned.keys()], [NAME]);
      known = size;
    });
  }

  test("says which size it knows when it is asked from another, and is then asked from there", async () => {
    for (const from of [0, 300, 1_400]) assert.equal((await requestCosignatures(witness, { ...request(1_500), known: from })).length, 1);
  });

  test("refuses a fork, also one that is longer", async () => {
    await assert.rejects(requestCosignatures(witness, request(1_500, { of: fork })), refused("SG_AUDIT_WITNESS_CONFLICT", /root|continue/));
    const longer = writeLog(join(base, "longer"), [2_000], "forged");
    await assert.rejects(requestCosignatures(witness, request(2_000, { of: longer })), refused("SG_AUDIT_WITNESS_CONFLICT", /these 2000 records do not continue the 1500/));
  });

  test("refuses a log that became shorter", async () => {
    await assert.rejects(requestCosignatures(witness, request(1_024)), refused("SG_AUDIT_WITNESS_CONFLICT", /it cosigned 1500 records, and here are 1024/));
  });

  test("refuses a log and a key that it does not know", async () => {
    const stranger = ed25519Signer(ORIGIN, generateKey("ed25519"));
    await assert.rejects(requestCosignatures(witness, request(1_500, { signer: stranger })), refused("SG_AUDIT_WITNESS_REFUSED", /403/));
    const other = "spangate.example/stack/unknown";
    await assert.rejects(requestCosignatures(witness, request(1_500, { origin: other, signer: ed25519Signer(other, generateKey("ed25519")) })), refused("SG_AUDIT_WITNESS_REFUSED", /404/));
  });

  function logVerifier(): Verifier {
    const verifier = verifierOf(log.key);
    assert.ok(typeof verifier !== "string");
    return verifier;
  }
});

/** What the program says of itself once it is up. */
async function started(child: ChildProcess, stream: "stdout" | "stderr", what: RegExp): Promise<string> {
  let said = "";
  const lines = createInterface({ input: child[stream] as NodeJS.ReadableStream });
  for await (const line of lines) {
    said += `${line}\n`;
    const found = what.exec(line)?.[1];
    if (found !== undefined) {
      (child[stream] as NodeJS.ReadableStream).resume();
      return found.replace(/^"|"$/g, "");
    }
  }
  await once(child, "exit").catch(() => undefined);
  throw new Error(`${child.spawnfile} ended: ${said}`);
}
