import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { temporaryFolder } from "../support/run.ts";
import { auditWith, spangate } from "./cli.ts";

const made = (): string => auditWith({ tool: "a" }, { tool: "b" }, { tool: "c" });

/** The only segment of the only log. */
function segmentOf(directory: string): string {
  const log = readdirSync(directory).find((name) => /^[0-9a-f]{32}$/.test(name)) as string;
  return join(directory, log, "00000001-0.log");
}

const outcome = (...args: string[]): [number | null, string] => {
  const { code, stdout } = spangate(["verify", ...args, "--json"]);
  return [code, (JSON.parse(stdout) as { outcome: string }).outcome];
};

describe("verify tells by its exit code", () => {
  test("0: every record of a directory, of one log and of one segment is proven", () => {
    const directory = made();
    for (const path of [directory, join(segmentOf(directory), ".."), segmentOf(directory)]) assert.deepEqual(outcome(path), [0, "proven"], path);
  });

  test("0: and so are C2SP tiles, which hold no more than hashes and records", () => {
    const tiles = temporaryFolder();
    assert.equal(spangate(["audit", "tiles", tiles, made()]).code, 0);
    const [log] = readdirSync(tiles) as [string];
    assert.deepEqual(outcome(join(tiles, log)), [0, "proven"]);
  });

  test("1: tampered with", () => {
    const directory = made();
    const file = segmentOf(directory);
    writeFileSync(file, readFileSync(file, "latin1").replace('"tool":"b"', '"tool":"x"'), "latin1");
    assert.deepEqual(outcome(directory), [1, "tampered"]);
    assert.match(spangate(["verify", directory]).stdout, /ALTERED record 2 [^]*^TAMPERED/m);
  });

  test("2: nothing that could be verified", () => {
    const { code, stderr } = spangate(["verify", join(temporaryFolder(), "nothing")]);
    assert.equal(code, 2);
    assert.match(stderr, /^spangate: SG_USAGE: /);
  });

  test("3: incomplete, where no checkpoint covers the last records yet", () => {
    const directory = made();
    const file = segmentOf(directory);
    const lines = readFileSync(file, "latin1").split("\n");
    // Without head file and last checkpoint it is what a process that still runs has written.
    writeFileSync(file, lines.slice(0, lines.findLastIndex((line) => line.startsWith("#"))).join("\n") + "\n", "latin1");
    writeFileSync(join(file, "../head.json"), "");
    assert.deepEqual(outcome(directory), [3, "incomplete"]);
  });

  test("0: with the key as reports print it, without its name", () => {
    const directory = made();
    const key = /^ {2}key {5}(\S+)$/m.exec(spangate(["verify", directory]).stdout)?.[1] as string;
    assert.match(key, /^[0-9a-f]{8}\+/);
    assert.deepEqual(outcome(directory, "--key", key), [0, "proven"]);
    assert.match(spangate(["verify", directory, "--key", key.slice(1)]).stderr, /SG_AUDIT_TRUST: .*neither an Ed25519 public key nor a file that is there/);
  });

  test("0: but a known head of a log that is not there is named", () => {
    const [directory, other] = [made(), made()];
    const head = JSON.parse(spangate(["verify", other, "--json"]).stdout).logs[0] as { origin: string; checkpoint: string };
    const file = join(temporaryFolder(), "head");
    writeFileSync(file, head.checkpoint);
    const { code, stderr } = spangate(["verify", directory, "--known-head", file]);
    assert.equal(code, 0);
    assert.match(stderr, new RegExp(`known heads are of 1 log that is not here, and were not compared: ${head.origin}\n`));
    assert.equal(spangate(["verify", other, "--known-head", file]).stderr, "");
  });

  test("4: unverifiable, where no checkpoint is of the key that was given", () => {
    const { x } = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" }) as { x: string };
    assert.deepEqual(outcome(made(), "--key", Buffer.from(x, "base64url").toString("base64")), [4, "unverifiable"]);
  });
});
