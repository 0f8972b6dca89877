import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { signCheckpoint } from "../../../../exporters/audit/tree/checkpoint.ts";
import { cosignatureVerifier, cosigner } from "../../../../exporters/audit/tree/cosignature.ts";
import { publicOf } from "../../../../exporters/audit/tree/key.ts";
import { ed25519Signer, ed25519Verifier } from "../../../../exporters/audit/tree/note.ts";
import { inclusionProof, rootOf } from "../../../../exporters/audit/tree/proof.ts";
import { formatTlogProof, parseTlogProof, type TlogProof, verifyTlogProof } from "../../../../exporters/audit/tree/tlog-proof.ts";
import { flips, keyFrom, ORIGIN } from "./keys.ts";
import { leavesOf, Nodes } from "./reference.ts";

const SIZE = 21;
const INDEX = 13;
const NOW = 1_700_000_000;
const LEAVES = leavesOf(SIZE);
const NODES = new Nodes(LEAVES);
const LEAF = LEAVES[INDEX] as string;
const LOG = [ed25519Verifier(ORIGIN, publicOf(keyFrom("log")))];
const NAMES = ["witness.example/a", "witness.example/b"];
const WITNESSES = NAMES.map((name) => cosignatureVerifier(name, "ed25519-cosignature", publicOf(keyFrom(name))));

function proofOf(witnesses: readonly string[], more: Partial<TlogProof> = {}): string {
  const signers = [ed25519Signer(ORIGIN, keyFrom("log")), ...witnesses.map((name) => cosigner(name, "ed25519-cosignature", keyFrom(name), () => NOW))];
  const checkpoint = signCheckpoint({ origin: ORIGIN, size: SIZE, root: rootOf(NODES, SIZE) }, signers);
  return formatTlogProof({ index: INDEX, hashes: inclusionProof(NODES, INDEX, SIZE), checkpoint, ...more });
}

describe("an offline proof", () => {
  test("proves its record by the log's key alone", () => {
    const proven = verifyTlogProof(proofOf([]), LEAF, { origin: ORIGIN, log: LOG });
    assert.ok(typeof proven !== "string", proven as string);
    assert.deepEqual([proven.index, proven.checkpoint.size, proven.cosigned.size], [INDEX, SIZE, 0]);
  });

  test("needs as many witnesses as the policy says", () => {
    const policy = { origin: ORIGIN, log: LOG, witnesses: WITNESSES };
    assert.deepEqual((verifyTlogProof(proofOf(NAMES), LEAF, policy) as { cosigned: unknown }).cosigned, new Map(NAMES.map((name) => [name, NOW])));
    assert.match(verifyTlogProof(proofOf(NAMES.slice(1)), LEAF, policy) as string, /cosigned by 1 of the 2/);
    assert.ok(typeof verifyTlogProof(proofOf(NAMES.slice(1)), LEAF, { ...policy, quorum: 1 }) !== "string");
    assert.match(verifyTlogProof(proofOf([]), LEAF, { ...policy, quorum: 1 }) as string, /cosigned by 0 of the 1/);
    assert.match(verifyTlogProof(proofOf(["witness.example/unknown"]), LEAF, { ...policy, quorum: 1 }) as string, /cosigned by 0/);
  });

  test("counts a witness with two keys once", () => {
    const policy = { origin: ORIGIN, log: LOG, witnesses: [...WITNESSES.slice(0, 1), cosignatureVerifier(NAMES[0] as string, "ed25519-cosignature", publicOf(keyFrom("its newer key")))] };
    assert.ok(typeof verifyTlogProof(proofOf(NAMES.slice(0, 1)), LEAF, policy) !== "string");
    assert.match(verifyTlogProof(proofOf(NAMES.slice(0, 1)), LEAF, { ...policy, quorum: 2 }) as string, /cosigned by 1 of the 2/);
  });

  test("proves no other record, no other index and nothing of another log", () => {
    const policy = { origin: ORIGIN, log: LOG };
    LEAVES.forEach((leaf, index) => assert.equal(typeof verifyTlogProof(proofOf([]), leaf, policy) === "string", index !== INDEX));
    for (let index = 0; index < 40; index++) if (index !== INDEX) assert.match(verifyTlogProof(proofOf([], { index }), LEAF, policy) as string, /not record/);
    assert.match(verifyTlogProof(proofOf([]), LEAF, { origin: "example.com/agents/two", log: LOG }) as string, /it is of/);
  });

  test("with one changed bit anywhere is refused, save in the extra data that nothing vouches for", () => {
    const policy = { origin: ORIGIN, log: LOG, witnesses: WITNESSES.slice(0, 1) };
    const text = proofOf(NAMES.slice(0, 1), { extra: "any bytes" });
    const extra = Buffer.from(text.slice(0, text.indexOf("\nindex"))).length;
    let count = 0;
    for (const { flipped, byte, bit } of flips(text)) {
      const inExtra = byte > "c2sp.org/tlog-proof@v1\nextra ".length - 1 && byte < extra;
      if (inExtra) continue;
      count++;
      assert.equal(typeof verifyTlogProof(flipped, LEAF, policy), "string", `byte ${byte} bit ${bit}: ${flipped}`);
    }
    assert.ok(count > 3000, `${count}`);
  });

  const good = proofOf([], { extra: "" });
  for (const [what, text] of [
    ["nothing", ""], ["another version", good.replace("@v1", "@v2")], ["no index", good.replace(/index \d+\n/, "")], ["a leading zero", good.replace("index 1", "index 01")], ["a negative index", good.replace("index ", "index -")],
    ["extra data after the index", good.replace("extra \n", "").replace("\n\n", "\nextra AAAA\n\n")], ["extra data that is no base64", good.replace("extra ", "extra *")], ["a short hash", good.replace(/(index \d+\n)/, "$1AAAA\n")], ["carriage returns", good.replaceAll("\n", "\r\n")],
    ["54 hashes", good.replace(/(index \d+\n)/, `$1${`${"A".repeat(43)}=\n`.repeat(54)}`)], ["two extra lines", good.replace("extra \n", "extra \nextra \n")],
  ] as const) test(`with ${what} is none`, () => assert.equal(typeof parseTlogProof(text), "string"));

  test("that is read is written the same, whatever it is", () => {
    const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array).toString("latin1"));
    const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((array) => Buffer.from(array).toString("latin1"));
    const proof = fc.record({ extra: fc.option(bytes, { nil: undefined }), index: fc.maxSafeNat(), hashes: fc.array(hash, { maxLength: 53 }), checkpoint: fc.string() });
    fc.assert(fc.property(proof, (some) => assert.deepEqual(parseTlogProof(formatTlogProof(some)), { ...some })));
    const spoiled = fc.tuple(proof, fc.nat(), fc.nat(5), fc.string({ unit: "binary", maxLength: 3 })).map(([some, at, cut, more]) => {
      const text = formatTlogProof(some);
      return text.slice(0, at % text.length) + more + text.slice((at % text.length) + cut);
    });
    fc.assert(fc.property(fc.oneof(spoiled, fc.string({ unit: "binary" })), (text) => {
      const read = parseTlogProof(text);
      if (typeof read !== "string") assert.equal(formatTlogProof(read), text);
    }), { numRuns: 3000 });
  });
});
