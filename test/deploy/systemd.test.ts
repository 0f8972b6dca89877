import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { readEnvironment } from "../../instrumentation/environment.ts";
import { ROOT } from "../support/run.ts";
import { missing } from "./missing.ts";

const UNIT = join(ROOT, "deploy/systemd/agent.service");
/** Most that systemd-analyze may find exposed, of 10; above 2 it calls a service no longer well protected by half. */
const MOST_EXPOSED = 2;
const unit = readFileSync(UNIT, "utf8");
const settings = readFileSync(join(ROOT, "deploy/systemd/agent.env"), "utf8");
const entries = (text: string, prefix: string): Record<string, string> => Object.fromEntries([...text.matchAll(new RegExp(`^${prefix}([A-Z_]+)=(.*)$`, "gm"))].map(([, name, value]) => [name as string, value as string]));

describe("the systemd unit", () => {
  const skip = missing("systemd-analyze", "Debian: apt-get install systemd");
  test(`is exposed no more than ${MOST_EXPOSED.toFixed(1)}`, { skip }, () => {
    const { stdout } = spawnSync("systemd-analyze", ["security", "--offline=true", "--no-pager", UNIT], { encoding: "utf8" });
    const exposed = Number(/Overall exposure level for agent\.service: ([\d.]+)/.exec(stdout)?.[1]);
    assert.ok(exposed <= MOST_EXPOSED, `${exposed}\n${stdout}`);
  });
  test("is one that systemd reads without a complaint", { skip: skip || (existsSync("/usr/bin/node") ? false : "SKIPPED: there is no /usr/bin/node here, which the unit starts") }, () => {
    const { status, stderr } = spawnSync("systemd-analyze", ["verify", UNIT], { encoding: "utf8" });
    assert.deepEqual([status, stderr.split("\n").filter((line) => line.includes("agent.service"))], [0, []]);
  });
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
