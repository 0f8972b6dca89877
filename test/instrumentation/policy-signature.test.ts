import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { SpangateError } from "../../errors.ts";
import { formatCheckpoint, parseCheckpoint } from "../../exporters/audit/tree/checkpoint.ts";
import { formatSignerKey, formatVerifierKey, generateKey, hasMlDsa, publicOf } from "../../exporters/audit/tree/key.ts";
import { signNote } from "../../exporters/audit/tree/note.ts";
import { policyVerifiers } from "../../instrumentation/policy-keys.ts";
import { type Signed, verifyPolicy } from "../../instrumentation/policy-signature.ts";
import { formatStatement, parseStatement, type PolicyStatement } from "../../instrumentation/policy-statement.ts";
import { type Assembled, loadPolicy } from "../../policies/index.ts";
import { temporaryFolder } from "../support/run.ts";
import { policySigner } from "../support/sign.ts";

const DIGEST = "7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730";
const STATEMENT: PolicyStatement = { policy: "support-agent@7", digest: DIGEST, revision: 17, expires: "2027-01-31T00:00:00Z" };
const TEXT = formatStatement(STATEMENT);

describe("a statement", () => {
  test("is read as it was written, with and without an end", () => {
    const { expires: _, ...endless } = STATEMENT;
    for (const statement of [STATEMENT, endless, { ...endless, policy: "a@b@c d", revision: 0 }, { ...endless, revision: Number.MAX_SAFE_INTEGER }]) assert.deepEqual(parseStatement(formatStatement(statement)), statement);
  });

  const FORM = /has not the lines/;
  const wrong: readonly [name: string, text: string, says: RegExp][] = [
    ["nothing", "", /first line/],
    ["a checkpoint", formatCheckpoint({ origin: "example.com/log", size: 3, root: "x".repeat(32) }), /first line/],
    ["a checkpoint of a log with this name", formatCheckpoint({ origin: "spangate/policy/v1", size: 3, root: "x".repeat(32) }), FORM],
    ["another version of the form", TEXT.replace("/v1", "/v2"), /first line/],
    ["something before it", ` ${TEXT}`, /first line/],
    ["a line more", `${TEXT}critical yes\n`, FORM],
    ["a line less", TEXT.replace(/^digest .*\n/m, ""), FORM],
    ["lines in another order", TEXT.replace(/^(digest .*\n)(revision .*\n)/m, "$2$1"), FORM],
    ["the end twice", `${TEXT}expires 2028-01-31T00:00:00Z\n`, FORM],
    ["no line feed at the end", TEXT.slice(0, -1), FORM],
    ["line feeds of Windows", TEXT.replaceAll("\n", "\r\n"), /first line/],
    ["two spaces", TEXT.replace("revision ", "revision  "), FORM],
    ["a space at the end", TEXT.replace("17\n", "17 \n"), FORM],
    ["a digest in capitals", TEXT.replace(DIGEST, DIGEST.toUpperCase()), FORM],
    ["a digest that is cut", TEXT.replace(DIGEST, DIGEST.slice(2)), FORM],
    ["a policy without a version", TEXT.replace("@7", ""), FORM],
    ["a revision with a zero before it", TEXT.replace("17", "017"), FORM],
    ["a revision below zero", TEXT.replace("17", "-17"), FORM],
    ["a revision with a fraction", TEXT.replace("17", "1.7"), FORM],
    ["a revision of more than 53 bits", TEXT.replace("17", "9007199254740993"), /revision 9007199254740993 is too large/],
    ["a revision in other digits", TEXT.replace("17", "١٧"), FORM],
    ["an end that is no day", TEXT.replace("01-31", "02-31"), /2027-02-31T00:00:00Z is no time/],
    ["an end in another zone", TEXT.replace("Z", "+00:00"), FORM],
    ["an end with fractions of a second", TEXT.replace("Z", ".5Z"), FORM],
  ];
  for (const [name, text, says] of wrong) {
    test(`${name} is none`, () => {
      const parsed = parseStatement(text);
      assert.equal(typeof parsed, "string");
      assert.match(parsed as string, says);
    });
  }

  test("is no checkpoint, whatever is in it", () => assert.equal(typeof parseCheckpoint(TEXT), "string"));
});

/** A signed policy in a folder of its own, and its verification. */
function signedPolicy(statement: Partial<PolicyStatement> = {}): { file: string; sig: string; key: string; verify: (keys?: string, now?: number) => Signed } {
  const folder = temporaryFolder();
  const file = join(folder, "p.yaml");
  writeFileSync(file, 'spangate: 1\nname: p\nversion: "1"\nrules: [{ id: r, tool: x, effect: allow }]\n');
  const { key, sign } = policySigner();
  sign(file, statement);
  return { file, sig: `${file}.sig`, key, verify: (keys = key, now) => verifyPolicy(read(file), policyVerifiers(keys), now) };
}

function read(file: string): Assembled {
  return loadPolicy(file);
}

const untrusted = (says: RegExp) => (thrown: unknown): boolean => thrown instanceof SpangateError && thrown.code === "SG_POLICY_UNTRUSTED" && says.test(thrown.line);

describe("a signature", () => {
  test("that is right says what it is for", () => {
    const { verify } = signedPolicy({ expires: "2999-01-31T00:00:00Z" });
    const { digest, ...signed } = verify();
    assert.equal(digest.length, 64);
    assert.deepEqual(signed, { policy: "p@1", name: "p", revision: 1, expires: Date.parse("2999-01-31T00:00:00Z"), keys: ["policies.example.com"] });
  });

  test("with any single byte changed, added or left out is none", () => {
    const { file, sig, key } = signedPolicy({ expires: "2999-01-31T00:00:00Z" });
    const [policy, verifiers, whole] = [read(file), policyVerifiers(key), readFileSync(sig)];
    let tried = 0;
    const refused = (bytes: Buffer, what: string): void => {
      writeFileSync(sig, bytes);
      assert.throws(() => verifyPolicy(policy, verifiers), untrusted(/./), what);
      tried++;
    };
    for (let at = 0; at < whole.length; at++) {
      for (const bit of [0x01, 0x20, 0x80]) {
        const changed = Buffer.from(whole);
        changed[at] = (changed[at] as number) ^ bit;
        refused(changed, `byte ${at}, bit ${bit}`);
      }
      refused(Buffer.concat([whole.subarray(0, at), whole.subarray(at + 1)]), `without byte ${at}`);
      refused(Buffer.concat([whole.subarray(0, at), whole.subarray(at, at + 1), whole.subarray(at)]), `byte ${at} twice`);
      refused(whole.subarray(0, at), `cut at ${at}`);
    }
    refused(Buffer.concat([whole, whole]), "twice");
    assert.equal(tried, whole.length * 6 + 1);
  });

  test("of a checkpoint, by the same key, is none for a policy", () => {
    const { signer, key } = policySigner("spangate/policy/v1");
    const { file, sig } = signedPolicy();
    writeFileSync(sig, signNote(formatCheckpoint({ origin: "spangate/policy/v1", size: 1, root: "x".repeat(32) }), [signer]));
    assert.throws(() => verifyPolicy(read(file), policyVerifiers(key)), untrusted(/is signed, and not for a policy/));
  });

  test("of another key is none, whatever its name; of one of several keys it is", () => {
    const [other, { key, verify }] = [policySigner(), signedPolicy()];
    assert.throws(() => verify(other.key), untrusted(/not signed by a key that is known/));
    for (const keys of [`${other.key} ${key}`, `${key},${other.key}`, `${other.key},\n ${key}\n`]) assert.equal(verify(keys).revision, 1);
  });

  test("that expires is right until then", () => {
    const at = Date.parse("2027-01-31T00:00:00Z");
    const { key, verify } = signedPolicy({ expires: "2027-01-31T00:00:00Z" });
    assert.equal(verify(key, at - 1).expires, at);
    assert.throws(() => verify(key, at), untrusted(/expired at 2027-01-31T00:00:00Z/));
  });

  const unlike: readonly [name: string, statement: Partial<PolicyStatement>][] = [["digest", { digest: DIGEST }], ["name", { policy: "q@1" }], ["version", { policy: "p@2" }]];
  for (const [name, statement] of unlike) test(`for another ${name} is none`, () => assert.throws(signedPolicy(statement).verify, untrusted(/is for .* and this is p@1/)));

  const files: readonly [name: string, change: (sig: string) => void, says: RegExp][] = [
    ["that is empty", (sig) => writeFileSync(sig, ""), /no empty line/],
    ["of a megabyte", (sig) => writeFileSync(sig, "x".repeat(1_000_000)), /more than 65536/],
    ["that is not UTF-8", (sig) => writeFileSync(sig, Buffer.of(0xff)), /not UTF-8/],
  ];
  for (const [name, change, says] of files) {
    test(`${name} is refused`, () => {
      const { sig, verify } = signedPolicy();
      change(sig);
      assert.throws(() => verify(), untrusted(says));
    });
  }

  test("that is not there, or a folder, is refused", () => {
    const folder = temporaryFolder();
    const file = join(folder, "p.yaml");
    writeFileSync(file, "spangate: 1\nname: p\n");
    const { key } = policySigner();
    assert.throws(() => verifyPolicy(read(file), policyVerifiers(key)), untrusted(/it is not signed: there is no .*p\.yaml\.sig/));
    mkdirSync(`${file}.sig`);
    assert.throws(() => verifyPolicy(read(file), policyVerifiers(key)), untrusted(/is no file/));
  });
});

describe("the keys", () => {
  const key = generateKey("ed25519");
  const verifier = formatVerifierKey({ name: "k", type: "ed25519", key: publicOf(key) });

  test("are in a file as well, one on each line, with comments", () => {
    const file = join(temporaryFolder(), "keys, and more");
    writeFileSync(file, `# until March\n${verifier}\n\n  ${policySigner().key}  \r\n`);
    assert.deepEqual(policyVerifiers(file).map(({ name }) => name), ["k", "policies.example.com"]);
  });

  const secret = formatSignerKey({ name: "k", type: "ed25519", key });
  const file = (text: string): string => {
    const path = join(temporaryFolder(), "keys");
    writeFileSync(path, text);
    return path;
  };
  const pem = key.export({ format: "pem", type: "pkcs8" }) as string;
  const wrong: readonly [name: string, given: string, says: RegExp][] = [
    ["only separators", " , ", /there is none/],
    ["a file without any", file("# none yet\n"), /there is none/],
    ["a file that is not there", "/nowhere/keys", /neither a list of verifier keys nor a file.*ENOENT/],
    ["a key with a wrong id", verifier.replace(/\+[0-9a-f]{8}\+/, "+00000000+"), /key id/],
    ["a key and something else", `${verifier} more`, /neither a list/],
    ["a cosigner's key", formatVerifierKey({ name: "w", type: "ed25519-cosignature", key: publicOf(key) }), /of type ed25519-cosignature signs no policies/],
    ["a private key", secret, /private key/],
    ["a private key in a list", `${verifier} ${secret}`, /private key/],
    ["a private key in a file", file(pem), /private key/],
    ["a file with a line that is no key", file(`${verifier}\nkey\n`), /not of the form/],
  ];
  for (const [name, given, says] of wrong) {
    test(`${name} cannot be used, and is not repeated`, () => {
      assert.throws(() => policyVerifiers(given), (thrown: unknown) => thrown instanceof SpangateError && thrown.code === "SG_POLICY_KEY" && says.test(thrown.message) && !thrown.line.includes(secret.slice(-20)) && !thrown.line.includes(pem.split("\n")[1] as string));
    });
  }

  test("of ML-DSA cannot be used", (t) => {
    if (!hasMlDsa()) return t.skip(`SKIPPED: Node ${process.version} has no ML-DSA`);
    const given = formatVerifierKey({ name: "k", type: "ml-dsa-44-cosignature", key: publicOf(generateKey("ml-dsa-44-cosignature")) });
    assert.throws(() => policyVerifiers(given), /signs no policies/);
  });
});
