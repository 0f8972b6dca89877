import assert from "node:assert/strict";
import { createHash, type KeyObject } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { signCheckpoint } from "../../exporters/audit/tree/checkpoint.ts";
import { cosigner } from "../../exporters/audit/tree/cosignature.ts";
import type { Hash } from "../../exporters/audit/tree/hash.ts";
import { generateKey, hasMlDsa, parseVerifierKey } from "../../exporters/audit/tree/key.ts";
import { inclusionProof } from "../../exporters/audit/tree/proof.ts";
import { CHECKPOINT_PATH } from "../../exporters/audit/tree/tiles.ts";
import { temporaryFolder } from "../support/run.ts";
import { entryOf, ORIGIN, writeLog } from "./audit-log.ts";

/** What @sigstore/verify takes of an entry of a transparency log. */
interface Entry {
  readonly inclusionProof: { readonly checkpoint: { readonly envelope: string }; readonly logIndex: string; readonly hashes: readonly Buffer[] };
  readonly canonicalizedBody: Buffer;
}

interface Log {
  readonly logID: Buffer;
  readonly baseURL: string;
  readonly publicKey: KeyObject;
}

interface Head {
  readonly logSize: bigint;
  readonly logHash: Buffer;
}

// Its public entrance wants certificates too; these two functions are what it does with a log.
const require = createRequire(import.meta.url);
const { verifyCheckpoint } = require("@sigstore/verify/dist/tlog/checkpoint.js") as { verifyCheckpoint(entry: Entry, logs: readonly Log[]): Head };
const { verifyMerkleInclusion } = require("@sigstore/verify/dist/tlog/merkle.js") as { verifyMerkleInclusion(entry: Entry, head: Head): void };

const SIZE = 1_000;
const PROVEN = [0, 1, 255, 256, 511, 767, 998, 999];

describe("@sigstore/verify, which is not ours", () => {
  const base = temporaryFolder();
  after(() => rmSync(base, { recursive: true, force: true }));
  const log = writeLog(join(base, "log"), [400, SIZE]);
  const checkpoint = readFileSync(join(log.folder, CHECKPOINT_PATH), "utf8");
  const named = parseVerifierKey(log.key);
  assert.ok(typeof named !== "string");
  const raw = named.key.export({ format: "der", type: "spki" }).subarray(-32);
  // The first four bytes of a log's id are the key id of signed-note.
  const logs: Log[] = [{ logID: createHash("sha256").update(`${ORIGIN}\n\x01`).update(raw).digest(), baseURL: `https://${ORIGIN}`, publicKey: named.key }];

  const entry = (index: number, envelope = checkpoint): Entry => ({
    inclusionProof: { checkpoint: { envelope }, logIndex: `${index}`, hashes: inclusionProof(log.reader, index, SIZE).map((hash: Hash) => Buffer.from(hash, "latin1")) },
    canonicalizedBody: Buffer.from(entryOf(index)),
  });
  const verify = (one: Entry): void => verifyMerkleInclusion(one, verifyCheckpoint(one, logs));

  for (const index of PROVEN) {
    test(`finds record ${index} in the log, and neither another record nor another place`, () => {
      verify(entry(index));
      assert.throws(() => verify({ ...entry(index), canonicalizedBody: Buffer.from(entryOf(index + 1)) }), /inclusion/i);
      assert.throws(() => verify({ ...entry(index), inclusionProof: { ...entry(index).inclusionProof, logIndex: `${index ^ 1}` } }), /inclusion|index|hash/i);
      assert.throws(() => verify(entry(index, checkpoint.replace("\n1000\n", "\n1001\n"))), /invalid checkpoint signature/);
    });
  }

  test("takes a checkpoint with a second signature that it does not know", { skip: hasMlDsa() ? false : `this Node (${process.version}) has no ML-DSA-44` }, () => {
    const second = cosigner(ORIGIN, "ml-dsa-44-cosignature", generateKey("ml-dsa-44-cosignature"));
    const note = signCheckpoint({ origin: ORIGIN, size: SIZE, root: log.roots.get(SIZE) as Hash }, [log.signer, second]);
    assert.ok(note.length > 3_400, "both are there");
    verify(entry(7, note));
  });
});
