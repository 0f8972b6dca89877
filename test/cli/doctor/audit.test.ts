import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { directory } from "../../../cli/doctor/directory.ts";
import { keys } from "../../../cli/doctor/keys.ts";
import { logs } from "../../../cli/doctor/logs.ts";
import { holdKey, KEY_FILE, makeKeyFile, RETIRED_FILE } from "../../../exporters/audit/signer.ts";
import { Vault } from "../../../exporters/audit/vault.ts";
import { decision, openLog } from "../../support/records.ts";
import { temporaryFolder } from "../../support/run.ts";
import { examine, told } from "./context.ts";

const at = (folder: string): NodeJS.ProcessEnv => ({ SPANGATE_AUDIT_DIR: folder });

describe("keys", () => {
  test("none yet, and none is made", async () => {
    const folder = join(temporaryFolder(), "audit");
    assert.match(told(await examine(keys, at(folder))), /^warning: no signing key yet: .*→ .*SPANGATE_AUDIT_KEY_FILE.*\nskipped: no vault key yet/);
    assert.throws(() => readdirSync(folder), /ENOENT/);
  });
  test("one in the audit directory is a warning, also behind a link", async () => {
    const folder = temporaryFolder();
    holdKey(folder, {});
    assert.match(told(await examine(keys, at(folder))), /warning: signing key .*ed25519\.pem stands in the audit directory.*→ Move it to where/);
    const link = join(temporaryFolder(), "link");
    symlinkSync(folder, link);
    assert.match(told(await examine(keys, { ...at(folder), SPANGATE_AUDIT_KEY_FILE: join(link, KEY_FILE) })), /warning: .*stands in the audit directory/);
  });
  test("one elsewhere is right, unless others may read it", async () => {
    const file = join(temporaryFolder(), "key.pem");
    makeKeyFile(file);
    const env = { ...at(temporaryFolder()), SPANGATE_AUDIT_KEY_FILE: file };
    assert.match(told(await examine(keys, env)), /^ok: signing key .*key\.pem: [0-9a-f]{8}\+/);
    chmodSync(file, 0o644);
    assert.match(told(await examine(keys, env)), /^failed: SG_AUDIT_KEY: .*mode 644.*→ .*mode 600/);
  });
  test("a directory that this user may not enter is not taken for one without keys", async (t) => {
    if (process.getuid?.() !== 0) return t.skip("SKIPPED: only root can become somebody else");
    const folder = temporaryFolder();
    holdKey(folder, {});
    chmodSync(folder, 0o700);
    process.seteuid?.(65_534);
    try {
      assert.match(told(await examine(keys, at(folder), { cwd: "/" })), /^failed: the keys in .* cannot be looked at.*→ Run doctor as the user of the service\.$/);
    } finally {
      process.seteuid?.(0);
    }
  });
  test("one that is missing, or no key", async () => {
    assert.match(told(await examine(keys, { ...at("/tmp"), SPANGATE_AUDIT_KEY_FILE: "/nowhere.pem" })), /^failed: SG_AUDIT_KEY: .*nowhere\.pem/);
    assert.match(told(await examine(keys, { ...at("/tmp"), SPANGATE_AUDIT_KEY: "c2VjcmV0" })), /^failed: SG_AUDIT_KEY: (?!.*c2VjcmV0)/);
  });
  test("one in a variable is inherited by children", async () => {
    const key = generateKeyPairSync("ed25519").privateKey.export({ format: "pem", type: "pkcs8" }) as string;
    assert.match(told(await examine(keys, { ...at("/tmp"), SPANGATE_AUDIT_KEY: key })), /^warning: signing key in SPANGATE_AUDIT_KEY, .*→ Put it into a file/);
  });
  test("an outside signer must answer, and with its own key", async () => {
    const folder = temporaryFolder();
    const [first, second] = [generateKeyPairSync("ed25519"), generateKeyPairSync("ed25519")];
    const script = join(folder, "sign.cjs");
    const file = join(folder, "key.pem");
    writeFileSync(file, first.privateKey.export({ format: "pem", type: "pkcs8" }));
    writeFileSync(script, `const { sign } = require("node:crypto"); const { readFileSync } = require("node:fs"); process.stdout.write(sign(null, readFileSync(0), readFileSync(${JSON.stringify(file)})).toString("base64"));`);
    const raw = ({ publicKey }: typeof first): string => Buffer.from((publicKey.export({ format: "jwk" }) as { x: string }).x, "base64url").toString("base64");
    const env = { ...at(folder), SPANGATE_AUDIT_SIGNER: `${process.execPath} ${script}` };
    assert.match(told(await examine(keys, { ...env, SPANGATE_AUDIT_PUBLIC_KEY: raw(first) })), /^ok: signing key in a command, and it answers/);
    assert.match(told(await examine(keys, { ...env, SPANGATE_AUDIT_PUBLIC_KEY: raw(second) })), /^failed: SG_AUDIT_KEY: .*its signature is not of its key/);
    assert.match(told(await examine(keys, { ...env, SPANGATE_AUDIT_SIGNER: "unix:/nowhere.sock", SPANGATE_AUDIT_PUBLIC_KEY: raw(first) })), /^failed: SG_AUDIT_KEY: .*ENOENT/);
  });
  test("a vault key that others may read", async () => {
    const folder = temporaryFolder();
    Vault.open(folder, undefined, true);
    assert.match(told(await examine(keys, at(folder))), /ok: vault key vault\/master\.key.*backups/);
    chmodSync(join(folder, "vault/master.key"), 0o640);
    assert.match(told(await examine(keys, at(folder))), /failed: SG_VAULT_KEY: .*chmod 600.*→ Restore the key/);
  });
});

describe("audit directory", () => {
  test("is looked at without a trace", async () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o700);
    const findings = told(await examine(directory, at(folder)));
    assert.match(findings, /ok: .* can be written\nok: nobody but its owner.*\n\w+: on \w+/);
    assert.match(findings, /GiB free/);
    assert.match(findings, /(ok|warning): fdatasync takes [\d.]+ ms/);
    assert.deepEqual(readdirSync(folder), []);
  });
  test("that is not there yet is not made", async () => {
    const folder = temporaryFolder();
    assert.match(told(await examine(directory, at(join(folder, "a/b")))), /^ok: .*a\/b is not there yet and can be made in /);
    assert.deepEqual(readdirSync(folder), []);
  });
  test("that is a file", async () => {
    const file = join(temporaryFolder(), "file");
    writeFileSync(file, "");
    assert.match(told(await examine(directory, at(file))), /^failed: .*is no directory.*→ .*SPANGATE_AUDIT_DIR/);
  });
  test("that cannot be written", async () => assert.match(told(await examine(directory, at("/proc/self/fd"))), /^failed: .*cannot be written.*→ Make it writable/));
  test("that others may enter", async () => {
    const folder = temporaryFolder();
    for (const [mode, what] of [[0o755, "read"], [0o777, "write"]] as const) {
      chmodSync(folder, mode);
      assert.match(told(await examine(directory, at(folder))), new RegExp(`warning: others may ${what} in it.*→ chmod 700`));
    }
  });
  test("in memory is gone with the machine", async (t) => {
    if (process.platform !== "linux") return t.skip("SKIPPED: /dev/shm is Linux's");
    assert.match(told(await examine(directory, at("/dev/shm"))), /warning: on tmpfs: it is gone.*→ Put the audit directory on a local disk/);
  });
});

describe("logs", () => {
  const write = (folder: string, close: boolean): ReturnType<typeof openLog> => {
    const log = openLog(folder);
    for (let i = 0; i < 600; i++) log.append("decision", decision("wipe"));
    if (close) log.close();
    else log.flush();
    return log;
  };

  test("none", async () => assert.equal(told(await examine(logs, at(temporaryFolder()))), "skipped: none yet"));
  test("one that ended as it should", async () => {
    const folder = temporaryFolder();
    write(folder, true);
    assert.equal(told(await examine(logs, at(folder))), "ok: 1 log, no process is writing");
  });
  test("one that is being written, which is not disturbed", async () => {
    const folder = temporaryFolder();
    const log = write(folder, false);
    assert.match(told(await examine(logs, at(folder))), new RegExp(`^ok: 1 log, 1 process writing: ${log.id}$`));
    assert.equal(log.append("decision", decision("more")).safe, true);
    log.close();
  });
  test("one whose process was killed", async () => {
    const [folder, copy] = [temporaryFolder(), temporaryFolder()];
    const log = write(folder, false);
    cpSync(folder, copy, { recursive: true });
    log.close();
    assert.match(told(await examine(logs, at(copy))), new RegExp(`warning: 1 log did not end as it should: ${log.id} → A process was killed`));
  });
  test("one that is shorter than it was known to be", async () => {
    const folder = temporaryFolder();
    const { id } = write(folder, true);
    const segment = join(folder, id, readdirSync(join(folder, id)).find((name) => name.endsWith(".log")) as string);
    writeFileSync(segment, readFileSync(segment, "latin1").split("\n").slice(0, 300).join("\n"), "latin1");
    assert.match(told(await examine(logs, at(folder))), new RegExp(`failed: ${id} is damaged: .*→ spangate verify names`));
  });
  test("one that another key has sealed, until that key is among the retired ones", async () => {
    const folder = temporaryFolder();
    const { id } = write(folder, true);
    const before = /can sign it; the key is ([0-9a-f]{8}\+\S+)/.exec(told(await examine(keys, at(folder))))?.[1];
    const file = join(temporaryFolder(), "key.pem");
    makeKeyFile(file);
    const env = { ...at(folder), SPANGATE_AUDIT_KEY_FILE: file };
    assert.match(told(await examine(logs, env)), new RegExp(`failed: ${id} is sealed by another key than the one that is set here.*→ .*keys/retired\\.txt`));
    writeFileSync(join(folder, RETIRED_FILE), `${before}\n`);
    assert.equal(told(await examine(logs, env)), "ok: 1 log, no process is writing");
  });
  test("one of version 1", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "old"));
    writeFileSync(join(folder, "old", "records.jsonl"), "");
    assert.match(told(await examine(logs, at(folder))), /warning: 1 log of version 1, in which nothing is signed: old → spangate verify/);
  });
  test("one from the future: the clock went back", async (t) => {
    const folder = temporaryFolder();
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 3_600_000 });
    write(folder, true);
    t.mock.timers.reset();
    assert.match(told(await examine(logs, at(folder))), /warning: the last record of \w+ is 3[56]\d\d s in the future.*→ Have the clock set by NTP/);
  });
});
