import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, lstatSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { keyOfSeed, nodeCrypto, publicOf } from "../../exporters/audit/tree/key.ts";
import { bareEnvironment, ROOT } from "../support/run.ts";
import { folderWith, spangate } from "./cli.ts";

const SHOP = 'spangate: 1\nname: shop\nversion: "2"\nrules:\n  - { id: reads, tool: get_thing, effect: allow }\n';
const NAME = "policies.example.com";

/** A folder with a policy and a key, and the verifier key. */
function setUp(): { folder: string; key: string } {
  const folder = folderWith({ "shop.yaml": SHOP });
  const { verifierKey } = spangate(["audit", "keygen", "policy.pem", "--name", NAME, "--json"], folder).json<{ verifierKey: string }>();
  return { folder, key: verifierKey };
}

const SIGN = ["policy", "sign", "shop.yaml", "--key", "policy.pem", "--name", NAME];

describe("policy sign", () => {
  test("writes a note beside the policy that policy verify takes, and says what was signed", () => {
    const { folder, key } = setUp();
    const before = Math.floor(Date.now() / 1_000);
    const { code, stdout } = spangate(SIGN, folder);
    assert.equal(code, 0);
    for (const says of [/^signature +shop\.yaml\.sig$/m, /^policy +shop@2$/m, /^digest +[0-9a-f]{64}$/m, /^revision +\d+$/m, /^expires +never$/m]) assert.match(stdout, says);
    assert.ok(stdout.includes(key));
    const note = readFileSync(join(folder, "shop.yaml.sig"), "utf8");
    assert.match(note, /^spangate\/policy\/v1\npolicy shop@2\ndigest [0-9a-f]{64}\nrevision (\d+)\n\n— policies\.example\.com [A-Za-z0-9+/=]+\n$/);
    assert.ok(Number(/^revision (\d+)$/m.exec(note)?.[1]) >= before);
    if (process.platform !== "win32") assert.equal(statSync(join(folder, "shop.yaml.sig")).mode & 0o777, 0o644);
    assert.equal(existsSync(join(folder, "shop.yaml.sig.new")), false);
    assert.match(spangate(["policy", "verify", "shop.yaml", "--key", key], folder).stdout, /^signed {2}shop\.yaml: shop@2, revision \d+, by policies\.example\.com\n {2}digest [0-9a-f]{64}\n$/);
  });

  test("takes a revision and an end, as a duration, a day or a moment", () => {
    const { folder, key } = setUp();
    const cases: readonly [expires: string, says: RegExp][] = [["90d", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/], ["2999-01-31", /^2999-01-31T00:00:00Z$/], ["2999-01-31T12:30:00Z", /^2999-01-31T12:30:00Z$/]];
    for (const [index, [expires, says]] of cases.entries()) {
      const signed = spangate([...SIGN, "--revision", String(index), "--expires", expires, "--json"], folder).json<{ revision: number; expires: string }>();
      assert.equal(signed.revision, index);
      assert.match(signed.expires, says);
      assert.deepEqual(spangate(["policy", "verify", "shop.yaml", "--key", key, "--json"], folder).json()["expires"], signed.expires);
    }
  });

  test("asks another process to sign, and believes only the key that was named", () => {
    const { folder, key } = setUp();
    const seed = Buffer.alloc(32, 7);
    writeFileSync(join(folder, "signer.mjs"), `import { createPrivateKey, sign } from "node:crypto";
      import { readFileSync } from "node:fs";
      const key = createPrivateKey({ key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.from("${seed.toString("hex")}", "hex")]), format: "der", type: "pkcs8" });
      console.log(sign(null, readFileSync(0), key).toString("base64"));`);
    const publicKey = publicOf(keyOfSeed("ed25519", seed)).export({ format: "der", type: "spki" }).subarray(-32).toString("base64");
    const args = ["policy", "sign", "shop.yaml", "--signer", `${process.execPath} ${join(folder, "signer.mjs")}`, "--name", NAME];
    const { verifierKey } = spangate([...args, "--public-key", publicKey, "--json"], folder).json<{ verifierKey: string }>();
    assert.equal(spangate(["policy", "verify", "shop.yaml", "--key", verifierKey], folder).code, 0);
    const before = readFileSync(join(folder, "shop.yaml.sig"), "utf8");
    const other = spangate([...args, "--public-key", key], folder);
    assert.equal(other.code, 2);
    assert.match(other.stderr, /SG_AUDIT_KEY: .*its signature is not of its key/);
    assert.equal(readFileSync(join(folder, "shop.yaml.sig"), "utf8"), before);
  });

  test("writes through nothing that somebody put beside the policy", () => {
    const { folder } = setUp();
    for (const name of ["shop.yaml.sig", "shop.yaml.sig.new"]) symlinkSync("policy.pem", join(folder, name));
    const key = readFileSync(join(folder, "policy.pem"), "utf8");
    assert.equal(spangate(SIGN, folder).code, 0);
    assert.equal(readFileSync(join(folder, "policy.pem"), "utf8"), key);
    assert.equal(statSync(join(folder, "policy.pem")).mode & 0o077, 0);
    assert.equal(lstatSync(join(folder, "shop.yaml.sig")).isSymbolicLink(), false);
  });

  test("tells of a signer that fails without the words behind its command, and without what it wrote", () => {
    const { folder, key } = setUp();
    writeFileSync(join(folder, "signer.mjs"), 'console.error("s3cret-of-its-own"); console.log("AAAA"); process.exitCode = Number(process.argv[3]);');
    for (const [exit, says] of [["7", /it ended with exit code 7/], ["0", /its signature is not of its key/]] as const) {
      const { code, stderr } = spangate(["policy", "sign", "shop.yaml", "--signer", `${process.execPath} ${join(folder, "signer.mjs")} --token=s3cret ${exit}`, "--public-key", key, "--name", NAME], folder);
      assert.equal(code, 2);
      assert.match(stderr, says);
      assert.doesNotMatch(stderr, /s3cret/);
    }
    assert.match(spangate(["policy", "sign", "shop.yaml", "--signer", "./none --token=s3cret", "--public-key", key, "--name", NAME], folder).stderr, /SG_AUDIT_KEY: .*\.\/none cannot be used: ENOENT/);
  });

  test("takes the signer for words and no line of a shell", () => {
    const { folder, key } = setUp();
    spangate(["policy", "sign", "shop.yaml", "--signer", "true;touch${IFS}made $(touch made) `touch made` | touch made", "--public-key", key, "--name", NAME], folder);
    assert.equal(existsSync(join(folder, "made")), false);
  });

  const wrong: readonly [args: readonly string[], says: RegExp][] = [
    [["policy", "sign", "shop.yaml", "--name", NAME], /either --key or --signer/],
    [["policy", "sign", "shop.yaml", "--key", "policy.pem"], /required option '--name <name>'/],
    [["policy", "sign", "shop.yaml", "--signer", "unix:s", "--name", NAME], /--signer needs --public-key/],
    [["policy", "sign", "shop.yaml", "--key", "policy.pem", "--name", "a b"], /a name of a key has no spaces/],
    [["policy", "sign", "strict", "--key", "policy.pem", "--name", NAME], /strict is a pack/],
    [["policy", "sign", "no.yaml", "--key", "policy.pem", "--name", NAME], /SG_POLICY_UNREADABLE/],
    [["policy", "sign", "shop.yaml", "--key", "no.pem", "--name", NAME], /SG_AUDIT_KEY: .*no\.pem/],
    [[...SIGN, "--revision", "-1"], /--revision: a whole number/],
    [[...SIGN, "--revision", "9007199254740993"], /--revision: a whole number/],
    [[...SIGN, "--expires", "soon"], /--expires: soon is neither/],
    [[...SIGN, "--expires", "2999-02-31"], /--expires: 2999-02-31 is neither/],
    [[...SIGN, "--expires", "2020-01-31"], /is not to come/],
  ];
  test("says in one line what is wrong, and signs nothing", () => {
    const { folder } = setUp();
    for (const [args, says] of wrong) {
      const { code, stderr, stdout } = spangate(args, folder);
      assert.deepEqual([code, stdout], [2, ""], args.join(" "));
      assert.match(stderr, says);
      assert.match(stderr, /^spangate: SG_[^\n]*\n$/);
      assert.equal(existsSync(join(folder, "shop.yaml.sig")), false);
    }
  });

  test("signs no policy that fails its own tests, and takes no key that others may read", (t) => {
    const { folder } = setUp();
    writeFileSync(join(folder, "shop.yaml"), `${SHOP}self_test: [{ call: { tool: x }, expect: allow }]\n`);
    assert.match(spangate(SIGN, folder).stderr, /SG_POLICY_SELF_TEST/);
    writeFileSync(join(folder, "shop.yaml"), SHOP.replace("name: shop", 'name: "a\\nb"'));
    assert.match(spangate(SIGN, folder).stderr, /no control characters/);
    writeFileSync(join(folder, "shop.yaml"), SHOP);
    if (process.platform === "win32") return t.skip("SKIPPED: Windows has no such modes");
    chmodSync(join(folder, "policy.pem"), 0o644);
    assert.match(spangate(SIGN, folder).stderr, /others may read it/);
    assert.equal(existsSync(join(folder, "shop.yaml.sig")), false);
  });
});

describe("policy verify", () => {
  test("ends with 1 for what is not signed as it is now, and says why", () => {
    const { folder, key } = setUp();
    const verify = (...args: string[]): ReturnType<typeof spangate> => spangate(["policy", "verify", "shop.yaml", "--key", key, ...args], folder);
    assert.match(verify().stdout, /^not signed {2}shop\.yaml\n {2}SG_POLICY_UNTRUSTED: [^]*there is no shop\.yaml\.sig/);
    spangate(SIGN, folder);
    writeFileSync(join(folder, "shop.yaml"), SHOP.replace("get_thing", "get_*"));
    assert.equal(verify().code, 1);
    const told = verify("--json").json<{ ok: boolean; code: string; message: string }>();
    assert.deepEqual([told.ok, told.code], [false, "SG_POLICY_UNTRUSTED"]);
    assert.match(told.message, /is for shop@2 \(\w{12}\), and this is shop@2/);
    // A comment decides nothing.
    writeFileSync(join(folder, "shop.yaml"), `# of the shop\n${SHOP}`);
    assert.equal(verify().code, 0);
  });

  test("needs a key, and one that is none is not repeated", () => {
    const { folder } = setUp();
    const none = spangate(["policy", "verify", "shop.yaml"], folder);
    assert.deepEqual([none.code, none.stdout], [2, ""]);
    assert.match(none.stderr, /--key or SPANGATE_POLICY_KEY is needed/);
    const pem = readFileSync(join(folder, "policy.pem"), "utf8");
    const secret = spangate(["policy", "verify", "shop.yaml", "--key", "policy.pem"], folder);
    assert.equal(secret.code, 2);
    assert.match(secret.stderr, /SG_POLICY_KEY: .*there is a private key/);
    assert.ok(!secret.stderr.includes(pem.split("\n")[1] as string));
    assert.equal(nodeCrypto().createPrivateKey(pem).asymmetricKeyType, "ed25519");
  });
});

test("info tells of a policy whether it is signed, where the environment says by whom", () => {
  const { folder, key } = setUp();
  const signature = (): string | undefined => {
    const { stdout } = spawnSync(process.execPath, [join(ROOT, "dist/cli.js"), "info", "shop.yaml", "--json"], { cwd: folder, env: { ...bareEnvironment(), SPANGATE_POLICY_KEY: key }, encoding: "utf8" });
    return (JSON.parse(stdout) as { policy: { signature?: string } }).policy.signature;
  };
  assert.match(signature() ?? "", /^none that counts: .*it is not signed/);
  spangate([...SIGN, "--revision", "7"], folder);
  assert.equal(signature(), "by policies.example.com, revision 7");
  assert.equal((spangate(["info", "shop.yaml", "--json"], folder).json<{ policy: object }>().policy as { signature?: string }).signature, undefined);
});
