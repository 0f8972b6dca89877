import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { formatSignerKey, formatVerifierKey, generateKey, hasMlDsa, keyId, keyOfSeed, nodeCrypto, parseSignerKey, parseVerifierKey, publicOf, type SignatureType } from "../../../../exporters/audit/tree/key.ts";
import { ed25519Signer, ed25519Verifier, formatNote, openNote, parseNote, signNote } from "../../../../exporters/audit/tree/note.ts";
import { flips, keyFrom, ORIGIN, parsed, signerKeyText } from "./keys.ts";

const KEY = keyFrom("log");
const SIGNER = ed25519Signer(ORIGIN, KEY);
const VERIFIER = ed25519Verifier(ORIGIN, publicOf(KEY));
const OTHER = ed25519Signer("example.com/other", keyFrom("other"));
const TEXT = "first line\n\nthird line\n";

/** Keys and note of the documentation of golang.org/x/mod/sumdb/note. */
const GO_SIGNER = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_NOTE = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
  + "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

describe("a note", () => {
  test("of golang.org/x/mod is opened with its key, and signed the same", () => {
    const key = parseVerifierKey(GO_KEY);
    assert.ok(typeof key !== "string", key as string);
    const opened = openNote(GO_NOTE, [ed25519Verifier(key.name, key.key)]);
    assert.ok(typeof opened !== "string", opened as string);
    assert.equal(formatVerifierKey(key), GO_KEY);
    const signer = parsed(GO_SIGNER);
    assert.equal(signNote(opened.text, [ed25519Signer(signer.name, signer.key)]), GO_NOTE);
    assert.equal(formatSignerKey(signer), GO_SIGNER);
  });

  test("is opened as it was signed", () => {
    assert.deepEqual(openNote(signNote(TEXT, [SIGNER]), [VERIFIER]), { text: TEXT, signatures: [{ name: SIGNER.name, id: SIGNER.id, bytes: SIGNER.sign(TEXT) }] });
  });

  test("with one changed bit anywhere is refused", () => {
    let count = 0;
    for (const { flipped, byte, bit } of flips(signNote(TEXT, [SIGNER]))) {
      count++;
      assert.equal(typeof openNote(flipped, [VERIFIER]), "string", `byte ${byte} bit ${bit}: ${flipped}`);
    }
    assert.ok(count > 900, `${count}`);
  });

  test("may have signatures that nobody here knows, and needs one that somebody knows", () => {
    const opened = openNote(signNote(TEXT, [OTHER, SIGNER]), [VERIFIER]);
    assert.deepEqual(typeof opened === "string" ? opened : opened.signatures.map(({ name }) => name), [SIGNER.name]);
    assert.match(openNote(signNote(TEXT, [OTHER]), [VERIFIER]) as string, /not signed by a key that is known/);
    // The name of the log, with another key: another key id, so unknown.
    assert.match(openNote(signNote(TEXT, [ed25519Signer(ORIGIN, keyFrom("thief"))]), [VERIFIER]) as string, /not signed/);
  });

  test("with a wrong signature of a known key is refused, even beside a right one", () => {
    const wrong = { ...SIGNER, sign: () => OTHER.sign(TEXT) };
    assert.match(openNote(signNote(TEXT, [SIGNER, wrong]), [VERIFIER]) as string, /is wrong/);
    assert.match(openNote(signNote(TEXT, [{ ...SIGNER, sign: () => Buffer.alloc(1) }]), [VERIFIER]) as string, /is wrong/);
  });

  test("counts a key once", () => {
    const opened = openNote(signNote(TEXT, [SIGNER, SIGNER]), [VERIFIER]);
    assert.equal(typeof opened === "string" ? opened : opened.signatures.length, 1);
  });

  const good = signNote(TEXT, [SIGNER]);
  for (const [what, text] of [
    ["nothing", ""], ["no signature", `${TEXT}\n`], ["no empty line", good.replaceAll("\n\n", "\n")], ["no last line feed", good.slice(0, -1)], ["carriage returns", good.replaceAll("\n", "\r\n")],
    ["a hyphen for the dash", good.replace("\u2014", "-")], ["a space more", good.replace(`${ORIGIN} `, `${ORIGIN}  `)], ["a space at the end", `${good.slice(0, -1)} \n`], ["no key name", good.replace(ORIGIN, "")],
    ["a plus in the key name", good.replace(ORIGIN, "a+b")], ["a next line character in the key name", good.replace(ORIGIN, "a\x85b")], ["a tab", good.replace("first", "\tfirst")], ["NUL", good.replace("first", "\0")],
    ["half a surrogate pair", good.replace("first", "\ud800")], ["a signature of no bytes", `${TEXT}\n\u2014 ${ORIGIN} AAAAAA==\n`], ["101 signatures", `${TEXT}\n${good.slice(TEXT.length + 1).repeat(101)}`],
    ["a million characters", `${"x".repeat(1e6)}${good}`],
  ] as const) test(`with ${what} is none`, () => assert.equal(typeof parseNote(text), "string"));

  test("with 16 signatures is one", () => assert.ok(typeof parseNote(`${TEXT}\n${good.slice(TEXT.length + 1).repeat(16)}`) !== "string"));

  test("that is read is written the same, whatever it is", () => {
    const line = fc.tuple(fc.stringMatching(/^[a-z.é/]{1,20}$/), fc.uint8Array({ minLength: 5, maxLength: 90 })).map(([name, bytes]) => `\u2014 ${name} ${Buffer.from(bytes).toString("base64")}\n`);
    const note = fc.tuple(fc.string({ unit: "grapheme" }), fc.array(line, { minLength: 1, maxLength: 4 })).map(([text, lines]) => `${text}\n\n${lines.join("")}`);
    fc.assert(fc.property(fc.oneof(note, fc.string({ unit: "binary" }), fc.uint8Array().map((bytes) => Buffer.from(bytes).toString("latin1")), fc.tuple(note, fc.nat(), fc.string()).map(([text, at, more]) => text.slice(0, at % text.length) + more + text.slice(at % text.length))), (text) => {
      const read = parseNote(text);
      if (typeof read !== "string") assert.equal(formatNote(read), text);
    }), { numRuns: 3000 });
  });
});

describe("a key as text", () => {
  const types: readonly SignatureType[] = ["ed25519", "ed25519-cosignature", ...(hasMlDsa() ? ["ml-dsa-44-cosignature" as const] : [])];

  for (const type of types) {
    test(`${type} is read as it was written`, () => {
      const named = { name: ORIGIN, type, key: generateKey(type) };
      const again = parsed(formatSignerKey(named));
      assert.ok(again.key.equals(named.key));
      assert.deepEqual([again.name, again.type], [named.name, named.type]);
      const verifier = parseVerifierKey(formatVerifierKey(named));
      assert.ok(typeof verifier !== "string");
      assert.ok(verifier.key.equals(publicOf(named.key)));
      assert.equal(formatVerifierKey(verifier), formatVerifierKey(named));
      assert.equal(parsed(signerKeyText(ORIGIN, "seed", type)).type, type);
    });
  }

  test("with one changed bit anywhere is refused, private or public", () => {
    const signer = signerKeyText(ORIGIN, "log");
    for (const { flipped } of flips(signer)) assert.equal(typeof parseSignerKey(flipped), "string", flipped);
    for (const { flipped } of flips(formatVerifierKey(parsed(signer)))) assert.equal(typeof parseVerifierKey(flipped), "string", flipped);
  });

  test("is never more than one text, whatever is read", () => {
    const like = fc.tuple(fc.constantFrom("", "PRIVATE+KEY+"), fc.string(), fc.stringMatching(/^[0-9a-f]{8}$/), fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from([1, ...bytes]).toString("base64"))).map(([prefix, name, id, key]) => `${prefix}${name}+${id}+${key}`);
    fc.assert(fc.property(fc.oneof(like, fc.string({ unit: "binary" })), (text) => {
      const [verifier, signer] = [parseVerifierKey(text), parseSignerKey(text)];
      if (typeof verifier !== "string") assert.equal(formatVerifierKey(verifier), text);
      if (typeof signer !== "string") assert.equal(formatSignerKey(signer), text);
    }), { numRuns: 2000 });
    // Where the id is right the rest is read, and is then the same again.
    fc.assert(fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.stringMatching(/^[!-*,-~]{1,30}$/), (seed, name) => {
      const text = formatSignerKey({ name, type: "ed25519", key: keyOfSeed("ed25519", seed) });
      assert.equal(formatSignerKey(parsed(text)), text);
    }), { numRuns: 100 });
  });

  test("has the same id for the same key and name only", () => {
    const key = publicOf(KEY);
    assert.equal(keyId("PeterNeumann", "ed25519", (parseVerifierKey(GO_KEY) as { key: typeof key }).key), "c74f20a3");
    assert.equal(new Set([keyId("a", "ed25519", key), keyId("b", "ed25519", key), keyId("a", "ed25519-cosignature", key), keyId("a", "ed25519", publicOf(keyFrom("other")))]).size, 4);
  });

  test("of another algorithm is refused", () => {
    assert.throws(() => keyId("a", "ed25519", nodeCrypto().generateKeyPairSync("x25519").publicKey), /needs a key of ed25519/);
  });

  for (const [what, text] of [
    ["nothing", ""], ["no key", "name+00000000+"], ["a name with a space", GO_KEY.replace("PeterNeumann", "Peter Neumann")], ["another id", GO_KEY.replace("c74f20a3", "c74f20a4")],
    ["an unknown type", "a+00000000+AgAA"], ["a short key", "a+00000000+AQAA"], ["bytes that are no base64", "a+00000000+AQ*="],
  ] as const) test(`with ${what} is none`, () => assert.equal(typeof parseVerifierKey(text), "string"));

  test("says where this Node has no ML-DSA", () => {
    const text = `w+00000000+${Buffer.concat([Buffer.of(6), Buffer.alloc(1312)]).toString("base64")}`;
    assert.match(parseVerifierKey(text) as string, hasMlDsa() ? /key id/ : /this Node \(v22\.[\d.]+\) has no ML-DSA-44/);
  });
});
