import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { announcedKeys } from "../../exporters/audit/export/keys.ts";
import { realDisk } from "../../exporters/audit/disk.ts";
import { cosigner } from "../../exporters/audit/tree/cosignature.ts";
import { formatVerifierKey, generateKey, publicOf } from "../../exporters/audit/tree/key.ts";
import { holdKey } from "../../exporters/audit/signer.ts";
import { startFakeWitness } from "../exporters/audit/tree/fake-witness.ts";
import { copyOf, logOf } from "../exporters/audit/upkeep/logs.ts";
import { bareEnvironment, ROOT, temporaryFolder } from "../support/run.ts";
import { auditWith, folderWith, spangate } from "./cli.ts";

const logIn = (directory: string): string => readdirSync(directory).find((name) => /^[0-9a-f]{32}$/.test(name)) as string;
const keyOf = (directory: string): string => announcedKeys(realDisk, join(directory, logIn(directory)))[0]?.key as string;
const audit = auditWith({ tool: "get_a", effect: "allow", args: '{"id":1}', on_behalf_of: "ann" }, { tool: "wipe", effect: "deny", args: '{"path":"/"}' });
const verified = (directory: string): string => spangate(["audit", "verify", directory, "--json"]).json<{ outcome: string }>().outcome;

describe("audit inspect", () => {
  test("is the same as inspect, and shows values only when asked", () => {
    assert.equal(spangate(["audit", "inspect", audit]).stdout, spangate(["inspect", audit]).stdout);
    assert.doesNotMatch(spangate(["inspect", audit]).stdout, /"id":1/);
    assert.match(spangate(["audit", "inspect", audit, "--values"]).stdout, /get_a .*\{"id":1\}/);
  });
  test("says which key is missing", () => {
    const copy = copyOf(audit);
    spawnSync("rm", ["-r", join(copy, "vault")]);
    const { code, stderr } = spangate(["audit", "inspect", copy, "--values"]);
    assert.deepEqual([code, /the vault's key is not here: set SPANGATE_VAULT_KEY/.test(stderr)], [2, true]);
  });
});

describe("audit prove", () => {
  test("writes a proof that verifies by the key alone, and not when a character is changed", () => {
    const folder = folderWith({});
    assert.equal(spangate(["audit", "prove", "1", audit, "-o", "p"], folder).code, 0);
    const { code, stdout } = spangate(["audit", "prove", "--verify", "p", "--key", keyOf(audit)], folder);
    assert.equal(code, 0);
    assert.match(stdout, /^PROVEN: record 1 of spangate\.test\/logs\/[0-9a-f]{32},\nunder a checkpoint of 4 records\nit is a decision of /);
    writeFileSync(join(folder, "p"), readFileSync(join(folder, "p"), "utf8").replace("\nindex 1\n", "\nindex 2\n"));
    const wrong = spangate(["audit", "prove", "--verify", "p", "--key", keyOf(audit), "--json"], folder);
    assert.deepEqual([wrong.code, wrong.json()["proven"]], [1, false]);
  });
  test("prints to standard output, and as JSON with the keys", () => {
    assert.match(spangate(["audit", "prove", `${logIn(audit)}:2`, audit]).stdout, /^c2sp\.org\/tlog-proof@v1\n/);
    const { proof, keys } = spangate(["audit", "prove", "2", audit, "--json"]).json<{ proof: string; keys: string[] }>();
    assert.match(proof, /\nindex 2\n/);
    assert.deepEqual(keys, [keyOf(audit)]);
  });
  const wrong: readonly [args: readonly string[], says: RegExp][] = [
    [["prove", "x", audit], /x is no record/], [["prove", "99", audit], /SG_AUDIT_NOT_PROVEN: record [0-9a-f]+:99 cannot be proven: the log has 4 records/], [["prove", `${"0".repeat(32)}:1`, audit], /there is no log/],
    [["prove", "1", "/nowhere"], /there is no such folder/], [["prove", "--verify", "/nowhere"], /needs --key/], [["prove", "1", audit, "--through", audit], /say with -o where they go/],
    [["erase", audit], /needs --subject, --basis and --actor/], [["hold", "add", "x", "--audit", audit], /needs a name and --why/], [["hold", "frobnicate"], /Allowed choices are add, list, release/], [["prune", audit], /needs --policy, --age or --size/],
    [["prune", audit, "--age", "1d", "--profile", "eu-ai-act"], /keeps at least 184d/], [["prune", audit, "--age", "x"], /--age: a duration/], [["witness", audit], /needs --witness/], [["witness", audit, "--witness", "x", "--witness-key", "y"], /not an http or https URL/],
    [["merge", audit], /needs --into, or --timeline/], [["export", audit], /required option '-o, --output <path>'/], [["export", audit, "-o", "/tmp/never", "--period", "2026"], /--period is for reports/], [["export", audit, "-o", "/tmp/never", "--format", "soc2", "--period", "x"], /a year, quarter or month/],
    [["keygen", join(audit, "keys/ed25519.pem")], /a key is never written over/], [["erase", audit, "--subject", "nobody", "--basis", "b", "--actor", "a"], /There is no terminal to ask on; --yes says yes/], [["rotate-key", audit], /--yes says yes/],
  ];
  for (const [args, says] of wrong) {
    test(`audit ${args.filter((arg) => arg !== audit).join(" ")} ends with 2 and one line that says what to do`, () => {
      const { code, stderr, stdout } = spangate(["audit", ...args]);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, says);
      assert.match(stderr, /^spangate: SG_[^\n]*\n$/);
    });
  }
});

test("audit hold, erase and release, each a record of the log", () => {
  const directory = copyOf(audit);
  const erase = ["audit", "erase", directory, "--subject", "ann", "--basis", "GDPR art. 17(1)(a)", "--actor", "dpo", "--yes"];
  assert.equal(spangate(["audit", "hold", "list", "--audit", directory]).code, 0);
  assert.equal(spangate(["audit", "hold", "add", "case-1", "--why", "a claim", "--actor", "carol", "--audit", directory]).code, 0);
  const listed = spangate(["audit", "hold", "list", "--audit", directory, "--json"]);
  assert.deepEqual([listed.code, listed.json<{ holds: { name: string; who: string }[] }>().holds.map(({ name, who }) => [name, who])], [1, [["case-1", "carol"]]]);
  const refused = spangate(erase);
  assert.deepEqual([refused.code, /SG_AUDIT_HELD.*case-1.*hold release case-1/.test(refused.stderr)], [2, true]);
  assert.equal(spangate(["audit", "hold", "release", "case-1", "--why", "settled", "--audit", directory]).code, 0);
  // The values of these calls have no subject of their own.
  const { subjects } = spangate(["audit", "erase", directory, "--list", "--json"]).json<{ subjects: { subject: string; values: number }[] }>();
  assert.deepEqual(subjects.map(({ values }) => values), [2]);
  assert.equal(spangate(erase).code, 1);
  const gone = spangate([...erase.slice(0, 4), subjects[0]?.subject as string, ...erase.slice(5), "--json"]);
  assert.deepEqual([gone.code, gone.json()["erased"]], [0, true]);
  const actions = spangate(["audit", "inspect", directory, "--json", "-n", "0"]).stdout.trim().split("\n").map((line) => JSON.parse(line) as Record<string, string>).filter(({ t }) => t === "human" || t === "erase");
  assert.deepEqual(actions.map(({ t, actor, action, basis }) => [t, actor, action ?? basis]), [["human", "carol", "hold add"], ["human", actions[1]?.["actor"], "hold release"], ["erase", "dpo", "GDPR art. 17(1)(a)"]]);
  assert.equal(verified(directory), "proven");
  assert.match(spangate(["inspect", directory, "--values", "--type", "decision"]).stdout, /get_a .*erased/);
});

test("audit prune tells, prunes, and leaves a log that verifies", () => {
  const { directory, log } = logOf(4);
  log.close();
  const dry = spangate(["audit", "prune", directory, "--size", "8kB", "--dry-run"]);
  assert.match(dry.stdout, /would prune records 0 to \d+ \(3 segments, [\d,]+ bytes\):\n {4}the log is larger than 8000 bytes/);
  const { code, stdout } = spangate(["audit", "prune", directory, "--size", "8kB", "--actor", "ann", "--yes", "--json"]);
  assert.equal(code, 0);
  assert.equal((JSON.parse(stdout) as { logs: { pruned: { segments: string[] } }[] }).logs[0]?.pruned.segments.length, 3);
  assert.equal(verified(directory), "proven");
  assert.equal(spangate(["audit", "prune", directory, "--size", "1kB", "--profile", "eu-ai-act", "--yes"]).code, 1);
});

test("audit rotate-key and keygen", () => {
  const directory = copyOf(audit);
  const { previous, key, logs } = spangate(["audit", "rotate-key", directory, "--yes", "--json"]).json<{ previous: string; key: string; logs: string[] }>();
  assert.notEqual(previous, key);
  assert.deepEqual(logs, [logIn(directory)]);
  assert.equal(verified(directory), "proven");
  const file = join(temporaryFolder(), "k.pem");
  const made = spangate(["audit", "keygen", file, "--name", "example.com/x", "--json"]).json<{ publicKey: string; verifierKey: string }>();
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.match(made.verifierKey, /^example\.com\/x\+[0-9a-f]{8}\+/);
  assert.doesNotMatch(JSON.stringify(made), /PRIVATE/);
});

test("audit tiles, merge and a proof through both roots", () => {
  const [directory, folder] = [copyOf(audit), folderWith({})];
  assert.match(spangate(["audit", "tiles", "t", directory], folder).stdout, /4 records, 4 of them new; 2 files written/);
  assert.match(spangate(["audit", "tiles", "t", directory], folder).stdout, /4 records, 0 of them new; 0 files written/);
  const merged = spangate(["audit", "merge", directory, "--into", "m", "--json"], folder);
  assert.deepEqual([merged.code, merged.json<{ members: { state: string }[] }>().members.map(({ state }) => state)], [0, ["new"]]);
  assert.match(spangate(["audit", "merge", directory, "--into", "m"], folder).stdout, /^1 member\n {2}unchanged {2}4 records {2}spangate\.test/);
  assert.equal(spangate(["audit", "prove", "1", directory, "--through", "m", "-o", "p"], folder).code, 0);
  const keys = ["--key", keyOf(directory), "--key", keyOf(join(folder, "m"))];
  assert.match(spangate(["audit", "prove", "--verify", "p", ...keys], folder).stdout, /^PROVEN: record 1 .*\n.*\nwhich is record 1 of spangate\.local\/audit\//);
  const [grown, forked] = [copyOf(audit), copyOf(audit)];
  for (const one of [grown, forked]) spangate(["audit", "hold", "add", "x", "--why", `y ${one}`, "--audit", one]);
  assert.match(spangate(["audit", "merge", grown, "--into", "m"], folder).stdout, /grown/);
  const alarm = spangate(["audit", "merge", forked, "--into", "m"], folder);
  assert.deepEqual([alarm.code, /^ {2}FORK {2}7 records/m.test(alarm.stdout), /SG_AUDIT_MEMBER/.test(alarm.stderr)], [1, true, true]);
  spawnSync("cp", [join(folder, "p.through"), join(folder, "q.through")]);
  spangate(["audit", "rotate-key", directory, "--yes"]);
  spangate(["audit", "prove", "1", directory, "-o", "q"], folder);
  assert.match(spangate(["audit", "prove", "--verify", "q", ...keys, "--key", announcedKeys(realDisk, join(directory, logIn(directory)))[1]?.key as string], folder).stdout, /^NOT PROVEN: q\.through is of another checkpoint/);
  const timeline = spangate(["audit", "merge", directory, forked, "--timeline"]).stdout.trim().split("\n").map((line) => (JSON.parse(line) as { ts: string }).ts);
  assert.ok(timeline.length > 8);
  assert.deepEqual(timeline, timeline.toSorted());
});

test("audit witness keeps what a witness has cosigned, and ends with 1 when one has not", async () => {
  const directory = copyOf(audit);
  const key = generateKey("ed25519");
  const origin = `spangate.test/logs/${logIn(directory)}`;
  const fake = await startFakeWitness(holdKey(directory, {}).verifiers(origin)[0] as never, [cosigner("w.example", "ed25519-cosignature", key)]);
  const vkey = formatVerifierKey({ name: "w.example", type: "ed25519-cosignature", key: publicOf(key) });
  try {
    // Not spawnSync: the witness answers from this process.
    const { execFile } = await import("node:child_process");
    const run = (...args: string[]): Promise<{ code: number; stdout: string }> => new Promise((resolve) => {
      const child = execFile(process.execPath, [join(ROOT, "dist/cli.js"), "audit", "witness", directory, ...args], { env: bareEnvironment() }, (_problem, stdout) => resolve({ code: child.exitCode as number, stdout }));
    });
    const good = await run("--witness", fake.url, "--witness-key", vkey);
    assert.equal(good.code, 0);
    assert.match(good.stdout, /4 records, cosigned by 1 of 1 witness\n {2}cosigned w\.example 20/);
    assert.ok(existsSync(join(directory, logIn(directory), "cosigned/4.note")));
    fake.head = { size: 9, root: fake.head.root };
    const bad = await run("--witness", fake.url, "--witness-key", vkey, "--json");
    assert.equal(bad.code, 1);
    assert.match(bad.stdout, /SG_AUDIT_WITNESS_CONFLICT/);
  } finally {
    await fake.stop();
  }
  assert.equal(verified(directory), "proven");
});

describe("audit export", () => {
  test("makes a bundle in a new folder, and says which policies are missing", () => {
    const folder = folderWith({ "full/x": "" });
    const { code, stdout } = spangate(["audit", "export", audit, "-o", "b"], folder);
    assert.equal(code, 0);
    assert.match(stdout, /^b: \d+ files, 4 records of 1 log\nverification: proven\n1 policy not at hand/);
    assert.ok(existsSync(join(folder, "b/manifest.json")));
    assert.match(spangate(["audit", "export", audit, "-o", "full"], folder).stderr, /full is not empty/);
  });
  for (const format of ["eu-ai-act", "gdpr-30", "soc2", "iso-27001", "iso-42001"]) {
    test(`makes a report for ${format}`, () => {
      const folder = folderWith({ "p.yaml": "spangate: 1\nname: shop\nrules: []\naudit:\n  processing:\n    - { id: refunds, tools: refund, purpose: paying back }\n" });
      const { code, stdout } = spangate(["audit", "export", audit, "--format", format, "--period", String(new Date().getUTCFullYear()), "--policy", "p.yaml", "-o", "r"], folder);
      assert.equal(code, 0);
      assert.match(stdout, /^Records mapped to .*: 2 decisions\nverification: proven\n/);
      assert.match(readFileSync(join(folder, "r.html"), "utf8"), /paying back/);
      assert.equal((JSON.parse(readFileSync(join(folder, "r.json"), "utf8")) as { format: string }).format, format);
      assert.match(spangate(["audit", "export", audit, "--format", format, "-o", "r"], folder).stderr, /is there already/);
    });
  }
});

test("completion knows the commands of the group, in bash", () => {
  const script = `source <(${process.execPath} ${join(ROOT, "dist/cli.js")} completion bash)
    try() { COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); COMPREPLY=(); _spangate; echo "\${COMPREPLY[*]}"; }
    try spangate audit pro
    try spangate audit hold re
    try spangate audit erase --sub`;
  const { stdout } = spawnSync("bash", ["-c", script], { encoding: "utf8", cwd: folderWith({}) });
  assert.deepEqual(stdout.trim().split("\n"), ["prove", "release", "--subject"]);
});
