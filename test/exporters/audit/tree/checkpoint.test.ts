import assert from "node:assert/strict";
import { sign } from "node:crypto";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type Checkpoint, formatCheckpoint, openCheckpoint, parseCheckpoint, signCheckpoint } from "../../../../exporters/audit/tree/checkpoint.ts";
import { cosignatureVerifier, cosignedAt, cosigner, verifierOf } from "../../../../exporters/audit/tree/cosignature.ts";
import { leafHash, parseHash } from "../../../../exporters/audit/tree/hash.ts";
import { formatVerifierKey, hasMlDsa, publicOf } from "../../../../exporters/audit/tree/key.ts";
import { ed25519Signer, ed25519Verifier, openNote, parseNote, signNote } from "../../../../exporters/audit/tree/note.ts";
import { flips, keyFrom, ORIGIN } from "./keys.ts";

const KEY = keyFrom("log");
const SIGNER = ed25519Signer(ORIGIN, KEY);
const VERIFIER = ed25519Verifier(ORIGIN, publicOf(KEY));
const CHECKPOINT: Checkpoint = { origin: ORIGIN, size: 20852163, root: leafHash("x") };
const NOW = 1679315147;
const WITNESS = "witness.example.com/w1";

describe("a checkpoint", () => {
  const note = signCheckpoint(CHECKPOINT, [SIGNER]);

  test("is opened as it was signed, by its own log only", () => {
    const { note: opened, ...checkpoint } = openCheckpoint(note, ORIGIN, [VERIFIER]) as Exclude<ReturnType<typeof openCheckpoint>, string>;
    assert.deepEqual(checkpoint, CHECKPOINT);
    assert.equal(opened.text, formatCheckpoint(CHECKPOINT));
    assert.match(openCheckpoint(note, "example.com/agents/two", [VERIFIER]) as string, /it is of example.com\/agents\/one/);
    assert.match(openCheckpoint(note, ORIGIN, []) as string, /not signed/);
  });

  test("with one changed bit anywhere is refused", () => {
    let count = 0;
    for (const { flipped } of flips(note)) {
      count++;
      assert.equal(typeof openCheckpoint(flipped, ORIGIN, [VERIFIER]), "string", flipped);
    }
    assert.ok(count > 1000, `${count}`);
  });

  test("with a text that is none is refused although it is signed", () => {
    assert.match(openCheckpoint(signNote("anything\n", [SIGNER]), ORIGIN, [VERIFIER]) as string, /three lines/);
  });

  test("that is no checkpoint is not signed", () => {
    for (const wrong of [{ size: -1 }, { size: 2 ** 53 }, { size: 1.5 }, { size: 2 ** 40 + 0.5 }, { origin: "" }, { origin: "a\nb" }, { origin: "x".repeat(256) }, { root: "short" }]) assert.throws(() => signCheckpoint({ ...CHECKPOINT, ...wrong }, [SIGNER]), TypeError);
  });

  const text = formatCheckpoint(CHECKPOINT);
  for (const [what, wrong] of [
    ["an extension line", `${text}more\n`], ["an empty line", `${text}\n`], ["a line too few", text.split("\n").slice(1).join("\n")], ["no last line feed", text.slice(0, -1)], ["a leading zero", text.replace("\n2", "\n02")],
    ["a sign", text.replace("\n2", "\n+2")], ["a size in hexadecimal", text.replace("20852163", "0x10")], ["a size in exponents", text.replace("20852163", "1e3")], ["a size above 2^53 - 1", text.replace("20852163", "9007199254740993")],
    ["no size", text.replace("20852163", "")], ["a root of 31 bytes", text.replace(/\n[^\n]+\n$/, `\n${Buffer.alloc(31).toString("base64")}\n`)], ["a root without padding", text.replace("=\n", "\n")], ["no origin", text.replace(ORIGIN, "")],
  ] as const) test(`with ${what} is none`, () => assert.equal(typeof parseCheckpoint(wrong), "string"));

  test("of an empty tree and of the largest are read", () => {
    for (const size of [0, 2 ** 53 - 1]) assert.deepEqual(parseCheckpoint(formatCheckpoint({ ...CHECKPOINT, size })), { ...CHECKPOINT, size });
  });

  test("that is read is written the same, whatever it is", () => {
    const like = fc.tuple(fc.string(), fc.oneof(fc.maxSafeNat().map(String), fc.string()), fc.uint8Array({ minLength: 31, maxLength: 33 }).map((bytes) => Buffer.from(bytes).toString("base64")), fc.constantFrom("", "\n", "x\n"));
    fc.assert(fc.property(fc.oneof(like.map(([origin, size, root, end]) => `${origin}\n${size}\n${root}\n${end}`), fc.string({ unit: "binary" })), (some) => {
      const read = parseCheckpoint(some);
      if (typeof read !== "string") assert.equal(formatCheckpoint(read), some);
    }), { numRuns: 3000 });
  });
});

describe("cosignatures", () => {
  /** The example of C2SP tlog-cosignature, whose key is not published: form and time only. */
  const EXAMPLE = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    + "\u2014 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    + "\u2014 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

  test("of the specification's example have its time", () => {
    const note = parseNote(EXAMPLE);
    assert.ok(typeof note !== "string", note as string);
    assert.equal(cosignedAt(note.signatures[1]?.bytes as Uint8Array), NOW);
    const checkpoint = parseCheckpoint(note.text);
    assert.deepEqual(checkpoint, { origin: "example.com/behind-the-sofa", size: 20852163, root: parseHash("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=") });
  });

  for (const type of ["ed25519-cosignature", "ml-dsa-44-cosignature"] as const) {
    if (type === "ml-dsa-44-cosignature" && !hasMlDsa()) {
      test(`${type}: this Node (${process.version}) has no ML-DSA-44, and says so`, () => assert.throws(() => keyFrom("w", type)));
      continue;
    }
    const key = keyFrom("witness", type);
    const witness = cosigner(WITNESS, type, key, () => NOW);
    const verifier = cosignatureVerifier(WITNESS, type, publicOf(key));
    const note = signCheckpoint(CHECKPOINT, [SIGNER, witness]);

    test(`${type} stands beside the log's signature, with its time`, () => {
      const opened = openCheckpoint(note, ORIGIN, [VERIFIER, verifier]);
      assert.ok(typeof opened !== "string", opened as string);
      assert.deepEqual(opened.note.signatures.map(({ name }) => name), [ORIGIN, WITNESS]);
      assert.equal(cosignedAt(opened.note.signatures[1]?.bytes as Uint8Array), NOW);
    });

    test(`${type} alone makes no checkpoint of the log`, () => {
      assert.match(openCheckpoint(signCheckpoint(CHECKPOINT, [witness]), ORIGIN, [VERIFIER, verifier]) as string, /not signed by the log itself/);
    });

    test(`${type} is passed over by whoever does not know it`, () => assert.ok(typeof openCheckpoint(note, ORIGIN, [VERIFIER]) !== "string"));

    test(`${type} with one changed bit is refused: in the time, the signature, the checkpoint`, () => {
      const bytes = witness.sign(formatCheckpoint(CHECKPOINT));
      for (let at = 0; at < bytes.length; at++) {
        for (let bit = 0; bit < 8; bit += at < 80 ? 1 : 8) assert.ok(!verifier.verify(formatCheckpoint(CHECKPOINT), bytes.with(at, (bytes[at] as number) ^ (1 << bit))), `byte ${at} bit ${bit}`);
      }
      for (const other of [{ origin: `${ORIGIN}x` }, { size: 20852164 }, { root: leafHash("y") }]) assert.ok(!verifier.verify(formatCheckpoint({ ...CHECKPOINT, ...other }), bytes));
      for (const cut of [0, 7, 8, bytes.length - 1]) assert.ok(!verifier.verify(formatCheckpoint(CHECKPOINT), bytes.subarray(0, cut)));
    });

    test(`${type} is over the message of the specification, put together here once more`, () => {
      const time = Buffer.from("000000006418504b", "hex");
      const name = Buffer.from(WITNESS);
      const message = type === "ed25519-cosignature"
        ? Buffer.from(`cosignature/v1\ntime 1679315019\n${ORIGIN}\n20852163\n${Buffer.from(CHECKPOINT.root, "latin1").toString("base64")}\n`)
        : Buffer.concat([Buffer.from("737562747265652f76310a00", "hex"), Buffer.of(name.length), name, time, Buffer.of(ORIGIN.length), Buffer.from(ORIGIN), Buffer.alloc(8), Buffer.from("00000000013e2dc3", "hex"), Buffer.from(CHECKPOINT.root, "latin1")]);
      const signature = Buffer.concat([time, sign(null, message, key)]);
      assert.equal(cosignedAt(signature), 1_679_315_019);
      assert.equal(0x013e2dc3, CHECKPOINT.size);
      assert.ok(verifier.verify(formatCheckpoint(CHECKPOINT), signature));
    });

    test(`${type} of a time beyond 2^63 - 1 is refused`, () => {
      assert.ok(!verifier.verify(formatCheckpoint(CHECKPOINT), cosigner(WITNESS, type, key, () => 2 ** 63).sign(formatCheckpoint(CHECKPOINT))));
      assert.ok(verifier.verify(formatCheckpoint(CHECKPOINT), cosigner(WITNESS, type, key, () => 2 ** 63 - 1024).sign(formatCheckpoint(CHECKPOINT))));
    });

    test(`${type} is made and taken of checkpoints only`, () => {
      assert.throws(() => witness.sign("anything\n"), TypeError);
      assert.ok(!verifier.verify("anything\n", witness.sign(formatCheckpoint(CHECKPOINT))));
    });

    test(`${type} is verified with its verifier key`, () => {
      const known = verifierOf(formatVerifierKey({ name: WITNESS, type, key }));
      assert.ok(typeof known !== "string");
      assert.ok(typeof openNote(note, [known]) !== "string");
    });
  }

  test("of a log's plain key are another type, so that neither passes for the other", () => {
    const signature = SIGNER.sign(formatCheckpoint(CHECKPOINT));
    const plain = verifierOf(formatVerifierKey({ name: ORIGIN, type: "ed25519", key: KEY }));
    const timed = verifierOf(formatVerifierKey({ name: ORIGIN, type: "ed25519-cosignature", key: KEY }));
    assert.ok(typeof plain !== "string" && typeof timed !== "string");
    assert.notEqual(plain.id, timed.id);
    assert.ok(plain.verify(formatCheckpoint(CHECKPOINT), signature));
    assert.ok(!timed.verify(formatCheckpoint(CHECKPOINT), signature));
  });
});
