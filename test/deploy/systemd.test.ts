import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createPublicKey } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { readEnvironment } from "../../instrumentation/environment.ts";
import { auditWith, spangate } from "../cli/cli.ts";
import { ROOT, temporaryFolder } from "../support/run.ts";
import { missing } from "./missing.ts";

const FOLDER = join(ROOT, "deploy/systemd");
const UNIT = join(FOLDER, "agent.service");
const VERIFY = join(FOLDER, "spangate-verify.service");
const TIMER = join(FOLDER, "spangate-verify.timer");
/** Most that systemd-analyze may find exposed, of 10; above 2 it calls a service no longer well protected by half. */
const MOST_EXPOSED = 2;
const unit = readFileSync(UNIT, "utf8");
const verify = readFileSync(VERIFY, "utf8");
const settings = readFileSync(join(FOLDER, "agent.env"), "utf8");
const entries = (text: string, prefix: string): Record<string, string> => Object.fromEntries([...text.matchAll(new RegExp(`^${prefix}([A-Z_]+)=(.*)$`, "gm"))].map(([, name, value]) => [name as string, value as string]));
const skip = missing("systemd-analyze", "Debian: apt-get install systemd");

function hardened(file: string, name: string): void {
  test(`is exposed no more than ${MOST_EXPOSED.toFixed(1)}`, { skip }, () => {
    const { stdout } = spawnSync("systemd-analyze", ["security", "--offline=true", "--no-pager", file], { encoding: "utf8" });
    const exposed = Number(new RegExp(`Overall exposure level for ${name.replaceAll(".", "\\.")}: ([\\d.]+)`).exec(stdout)?.[1]);
    assert.ok(exposed <= MOST_EXPOSED, `${exposed}\n${stdout}`);
  });
}

function readable(files: readonly string[], names: string): void {
  test("is one that systemd reads without a complaint", { skip: skip || (existsSync("/usr/bin/node") ? false : "SKIPPED: there is no /usr/bin/node here, which the unit starts") }, () => {
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", ...files], { encoding: "utf8" });
    assert.deepEqual([status, stderr.split("\n").filter((line) => line.includes(names))], [0, []]);
  });
}

describe("the systemd unit", () => {
  hardened(UNIT, "agent.service");
  readable([UNIT], "agent.service");
  test("leaves V8 the memory that it executes", () => assert.doesNotMatch(unit, /^MemoryDenyWriteExecute=(yes|true|1|on)/m));
  test("has settings that the gate takes", () => {
    const environment = readEnvironment({ ...entries(settings, ""), ...entries(unit, "Environment=") });
    assert.equal(environment.auditDirectory, "%S/agent/audit");
    assert.equal(environment.strict, true);
    assert.equal(environment.policy, "/opt/agent/policy.yaml");
  });
  test("holds no secret, asks the doctor first, and writes nowhere but to its state", () => {
    assert.doesNotMatch(settings + unit, /^(Environment=)?(SPANGATE_(AUDIT_KEY|VAULT_KEY|REDACTION_KEY)|OTEL_\w*HEADERS)=/m);
    assert.match(unit, /^ExecStartPre=.* doctor$/m);
    assert.doesNotMatch(unit, /^ReadWritePaths=/m);
    assert.match(unit, /^StateDirectory=agent$/m);
  });
});

describe("the systemd unit that verifies", () => {
  hardened(VERIFY, "spangate-verify.service");
  readable([VERIFY, TIMER], "spangate-verify.");

  /** What the unit runs, in a folder in the place of the machine's. */
  const command = (/^ExecStart=\/usr\/bin\/node \S+ (.*)$/m.exec(verify)?.[1] ?? "").split(" ");

  test("proves a log of the agent under its public key, and leaves heads for itself and metrics for node_exporter", () => {
    const machine = temporaryFolder();
    for (const folder of ["agent", "spangate-verify", "etc"]) mkdirSync(join(machine, folder));
    renameSync(auditWith({ tool: "a" }), join(machine, "agent/audit"));
    writeFileSync(join(machine, "etc/audit-key.pub"), createPublicKey(readFileSync(join(machine, "agent/audit/keys/ed25519.pem"))).export({ format: "pem", type: "spki" }));
    const ran = spangate(command.map((part) => part.replace("%S", machine).replace("/etc/agent", join(machine, "etc"))));
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    const written = readdirSync(join(machine, "spangate-verify")).map((file) => [file, statSync(join(machine, "spangate-verify", file)).mode & 0o777]);
    assert.deepEqual(written, [["heads", 0o600], ["spangate.prom", 0o644]]);
  });
  test("reads the log as its owner, and writes where the agent cannot", () => {
    const of = (text: string, key: string): string | undefined => new RegExp(`^${key}=(.*)$`, "m").exec(text)?.[1];
    assert.deepEqual([of(verify, "User"), of(verify, "Group")], [of(unit, "User"), of(unit, "Group")]);
    assert.ok(command.includes("%S/agent/audit"));
    assert.deepEqual([of(verify, "StateDirectory"), of(verify, "ProtectSystem"), of(verify, "ReadWritePaths")], ["spangate-verify", "strict", undefined]);
    assert.deepEqual([of(unit, "StateDirectory"), of(unit, "ProtectSystem")], ["agent", "strict"]);
    assert.equal(of(verify, "InaccessiblePaths"), `-${of(unit, "Environment=SPANGATE_AUDIT_KEY_FILE")}`);
  });
  test("is started every quarter of an hour, and after the machine was off", () => {
    assert.match(readFileSync(TIMER, "utf8"), /^OnCalendar=\*:0\/15\nRandomizedDelaySec=1min\nPersistent=yes$/m);
  });
});
