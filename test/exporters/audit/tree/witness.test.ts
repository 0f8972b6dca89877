import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import type { ErrorCode, SpangateError } from "../../../../errors.ts";
import { openCheckpoint, signCheckpoint } from "../../../../exporters/audit/tree/checkpoint.ts";
import { cosignatureVerifier, cosigner } from "../../../../exporters/audit/tree/cosignature.ts";
import { hasMlDsa, publicOf } from "../../../../exporters/audit/tree/key.ts";
import { ed25519Signer, ed25519Verifier, formatSignature } from "../../../../exporters/audit/tree/note.ts";
import { consistencyProof, rootOf } from "../../../../exporters/audit/tree/proof.ts";
import { type CosigningRequest, requestCosignatures, type Witness } from "../../../../exporters/audit/tree/witness.ts";
import { type Answer, type FakeWitness, startFakeWitness } from "./fake-witness.ts";
import { keyFrom, ORIGIN } from "./keys.ts";
import { leavesOf, Nodes } from "./reference.ts";

const KEY = keyFrom("log");
const LOG = ed25519Verifier(ORIGIN, publicOf(KEY));
const NAME = "witness.example/w";
const COSIGNER = cosigner(NAME, "ed25519-cosignature", keyFrom("witness"));
const VERIFIER = cosignatureVerifier(NAME, "ed25519-cosignature", publicOf(keyFrom("witness")));
const STRANGER = cosigner("stranger.example", "ed25519-cosignature", keyFrom("stranger"));
const NODES = new Nodes(leavesOf(100));
const FORKED = new Nodes([...leavesOf(5, "forged"), ...leavesOf(100).slice(5)]);

function request(size: number, { nodes = NODES, origin = ORIGIN, key = KEY, known }: { nodes?: Nodes; origin?: string; key?: typeof KEY; known?: number } = {}): CosigningRequest {
  const checkpoint = signCheckpoint({ origin, size, root: rootOf(nodes, size) }, [ed25519Signer(origin, key)]);
  return { checkpoint, prove: (from) => consistencyProof(nodes, from, size), ...(known === undefined ? {} : { known }) };
}

const running: FakeWitness[] = [];
afterEach(async () => {
  for (const witness of running.splice(0)) await witness.stop();
});

async function started(...args: Parameters<typeof startFakeWitness> extends [unknown, ...infer R] ? R : never): Promise<FakeWitness> {
  const witness = await startFakeWitness(LOG, ...args);
  running.push(witness);
  return witness;
}

const of = ({ url }: FakeWitness, more: Partial<Witness> = {}): Witness => ({ url, verifiers: [VERIFIER], ...more });
const failsWith = (code: ErrorCode, what: RegExp) => (error: SpangateError): boolean => error.code === code && what.test(error.message);

describe("a witness", () => {
  test("cosigns a log as it grows, and the cosignature stands under the checkpoint", async () => {
    const witness = await started( [COSIGNER]);
    let known = 0;
    for (const size of [1, 2, 7, 8, 64, 100, 100]) {
      const asked = request(size, { known });
      const signatures = await requestCosignatures(of(witness), asked);
      const opened = openCheckpoint(asked.checkpoint + signatures.map(formatSignature).join(""), ORIGIN, [LOG, VERIFIER]);
      assert.ok(typeof opened !== "string", opened as string);
      assert.deepEqual(opened.note.signatures.map(({ name }) => name), [ORIGIN, NAME]);
      known = size;
    }
    assert.equal(witness.requests.length, 7, "with the size that it knows it is asked once");
    assert.match(witness.requests[2] as string, /^old 2\n(?:[A-Za-z0-9+/]{43}=\n)+\nexample\.com\/agents\/one\n7\n/);
  });

  test("that knows another size than was thought is asked again from there", async () => {
    const witness = await started( [COSIGNER]);
    await requestCosignatures(of(witness), request(50));
    for (const known of [0, 20, 70, 90]) assert.equal((await requestCosignatures(of(witness), request(90 , { known }))).length, 1);
    // 50; then 0 → 50, 20 → 90, 70 → 90, 90.
    assert.equal(witness.requests.length, 1 + 2 + 2 + 2 + 1);
  });

  test("of a slash more at the end of its address is the same", async () => {
    const witness = await started( [COSIGNER]);
    assert.equal((await requestCosignatures({ ...of(witness), url: `${witness.url}/` }, request(3))).length, 1);
  });

  test("may add signatures of others, which are left out", async () => {
    const witness = await started( [STRANGER, COSIGNER]);
    assert.deepEqual((await requestCosignatures(of(witness), request(3))).map(({ name }) => name), [NAME]);
  });

  test("with an ML-DSA-44 key beside the other cosigns with both", { skip: hasMlDsa() ? false : `this Node (${process.version}) has no ML-DSA-44` }, async () => {
    const key = keyFrom("witness", "ml-dsa-44-cosignature");
    const witness = await started( [COSIGNER, cosigner(NAME, "ml-dsa-44-cosignature", key)]);
    assert.equal((await requestCosignatures(of(witness, { verifiers: [VERIFIER, cosignatureVerifier(NAME, "ml-dsa-44-cosignature", publicOf(key))] }), request(3))).length, 2);
  });
});

describe("what a witness refuses", () => {
  test("a fork: at the same size, and further on", async () => {
    const witness = await started( [COSIGNER]);
    await requestCosignatures(of(witness), request(50));
    await assert.rejects(requestCosignatures(of(witness), request(50, { nodes: FORKED })), failsWith("SG_AUDIT_WITNESS_CONFLICT", /its root of the first 50 records is another/));
    await assert.rejects(requestCosignatures(of(witness), request(90, { nodes: FORKED, known: 50 })), failsWith("SG_AUDIT_WITNESS_CONFLICT", /these 90 records do not continue the 50/));
    assert.equal(witness.head.size, 50);
  });

  test("a log that became shorter", async () => {
    const witness = await started( [COSIGNER]);
    await requestCosignatures(of(witness), request(50));
    for (const known of [0, 40, 50]) await assert.rejects(requestCosignatures(of(witness), request(40, { known })), failsWith("SG_AUDIT_WITNESS_CONFLICT", /it cosigned 50 records, and here are 40/));
  });

  test("a log that it does not know, and one with another key", async () => {
    const witness = await started( [COSIGNER]);
    await assert.rejects(requestCosignatures(of(witness), request(5, { origin: "example.com/other" })), failsWith("SG_AUDIT_WITNESS_REFUSED", /example\.com\/other.*does not know this origin/));
    await assert.rejects(requestCosignatures(of(witness), request(5, { key: keyFrom("thief") })), failsWith("SG_AUDIT_WITNESS_REFUSED", /does not know the key/));
  });
});

describe("an answer that is not believed", () => {
  const cosignature = (size: number, signer = COSIGNER): string => formatSignature({ name: signer.name, id: signer.id, bytes: signer.sign(request(size).checkpoint.split("\n\n")[0] + "\n") });
  const wrong = cosignature(4);
  for (const [what, answer, code, message] of [
    ["a cosignature of another checkpoint", { status: 200, body: wrong }, "SG_AUDIT_WITNESS_ANSWER", /is wrong/],
    ["a cosignature of a stranger", { status: 200, body: cosignature(3, STRANGER) }, "SG_AUDIT_WITNESS_ANSWER", /not signed by a key that is known/],
    ["nothing", { status: 200, body: "" }, "SG_AUDIT_WITNESS_ANSWER", /no line feed/],
    ["a page", { status: 200, body: "<html>\n" }, "SG_AUDIT_WITNESS_ANSWER", /not a line of a signature/],
    ["bytes that are not UTF-8", { status: 200, body: Buffer.of(0xff, 10) }, "SG_AUDIT_WITNESS_ANSWER", /UTF-8/],
    ["more than 64 KiB", { status: 200, body: "x".repeat(70_000) }, "SG_AUDIT_WITNESS_ANSWER", /longer than 65536/],
    ["a size that is none", { status: 409, body: "many\n" }, "SG_AUDIT_WITNESS_ANSWER", /409 without the size/],
    ["the size that it was told", { status: 409, body: "0\n" }, "SG_AUDIT_WITNESS_ANSWER", /409 without the size/],
    ["bad request", { status: 400, body: "?" }, "SG_AUDIT_WITNESS_REFUSED", /400/],
    ["an error of its own", { status: 500, body: "?" }, "SG_AUDIT_WITNESS_UNREACHABLE", /answers 500/],
    ["a redirection", { status: 302, body: "", headers: { location: "http://127.0.0.1:1/" } }, "SG_AUDIT_WITNESS_UNREACHABLE", /redirect/],
  ] as const satisfies readonly (readonly [string, Answer, ErrorCode, RegExp])[]) {
    test(what, async () => {
      const witness = await started( [COSIGNER], () => answer);
      await assert.rejects(requestCosignatures(of(witness), request(3)), failsWith(code, message));
    });
  }

  test("a size that is always another", async () => {
    let size = 0;
    const witness = await started( [COSIGNER], () => ({ status: 409, body: `${++size}\n` }));
    await assert.rejects(requestCosignatures(of(witness), request(90)), failsWith("SG_AUDIT_WITNESS_UNREACHABLE", /another size 3 times/));
    assert.equal(witness.requests.length, 3);
  });
});

describe("a witness that cannot be reached", () => {
  test("answers nothing", async () => {
    const witness = await started( [COSIGNER], () => "nothing");
    await assert.rejects(requestCosignatures(of(witness, { timeout: 100 }), request(3)), failsWith("SG_AUDIT_WITNESS_UNREACHABLE", /timeout/));
  });

  test("begins an answer and does not end it", async () => {
    const witness = await started( [COSIGNER], (_, response) => {
      response.writeHead(200).write("\u2014 ");
      return "nothing";
    });
    await assert.rejects(requestCosignatures(of(witness, { timeout: 100 }), request(3)), failsWith("SG_AUDIT_WITNESS_UNREACHABLE", /timeout/));
  });

  test("breaks the connection, or is not there", async () => {
    const witness = await started([COSIGNER], (_, response) => {
      response.destroy();
      return "nothing";
    });
    await assert.rejects(requestCosignatures(of(witness), request(3)), failsWith("SG_AUDIT_WITNESS_UNREACHABLE", /closed/));
    await witness.stop();
    await assert.rejects(requestCosignatures(of(witness), request(3)), failsWith("SG_AUDIT_WITNESS_UNREACHABLE", /ECONNREFUSED/));
  });

  test("is never asked about what is no checkpoint", async () => {
    await assert.rejects(requestCosignatures({ url: "http://127.0.0.1:1", verifiers: [] }, { checkpoint: "anything", prove: () => [] }), TypeError);
  });
});
