import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { bareEnvironment, ROOT } from "../../support/run.ts";
import { folderWith } from "../cli.ts";

const POLICY = "spangate: 1\nname: shop\nmode: enforce\nrules:\n  - { id: reads, tool: get_thing, effect: allow }\n";

interface Report {
  readonly ok: boolean;
  readonly counts: Readonly<Record<string, number>>;
  readonly checks: readonly { readonly name: string; readonly findings: readonly { readonly status: string; readonly says: string; readonly remedy?: string }[] }[];
}

function doctor(args: readonly string[], cwd: string, env: Readonly<Record<string, string>> = {}): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "dist/cli.js"), "doctor", ...args], { cwd, env: { ...bareEnvironment(), ...env }, encoding: "utf8" });
  return { code: status, stdout, stderr };
}

describe("spangate doctor", () => {
  test("with nothing wrong ends with 0, fits 80 columns, and leaves nothing behind", () => {
    const cwd = folderWith({ "policy.yaml": POLICY });
    const { code, stdout } = doctor([], cwd, { SPANGATE_POLICY: "policy.yaml" });
    assert.equal(code, 0, stdout);
    assert.deepEqual(stdout.split("\n").filter((line) => line.length > 80 && /\s/.test(line.trim())), []);
    assert.match(stdout, /^OK: \d+ checks ok, \d+ warnings?, 0 failed, \d+ skipped$/m);
    assert.doesNotMatch(stdout, /\x1b/);
    assert.deepEqual(readdirSync(cwd), ["policy.yaml"]);
  });

  test("as JSON: each check with its findings, and a remedy for all that is wrong", () => {
    const { code, stdout } = doctor(["--json"], folderWith({}), { SPANGATE_POLICY: "nowhere.yaml", OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1" });
    assert.equal(code, 1);
    const report = JSON.parse(stdout) as Report;
    assert.equal(report.ok, false);
    assert.deepEqual(report.checks.map(({ name }) => name), ["node", "settings", "policy", "keys", "audit directory", "logs", "OTLP endpoint", "decision log", "collector", "clock", "limits", "OpenTelemetry copies", "coverage", "reach"]);
    const all = report.checks.flatMap(({ findings }) => findings);
    assert.equal(all.length, Object.values(report.counts).reduce((sum, count) => sum + count, 0));
    for (const { status, remedy, says } of all) if (status === "failed" || status === "warning") assert.ok(remedy, says);
    assert.ok(report.checks.find(({ name }) => name === "OTLP endpoint")?.findings.some(({ status }) => status === "failed"));
  });

  test("--strict ends with 1 for a warning", () => {
    const cwd = folderWith({ "policy.yaml": POLICY });
    const report = JSON.parse(doctor(["--json", "--strict"], cwd, { SPANGATE_POLICY: "policy.yaml" }).stdout) as Report;
    assert.ok(report.counts["warning"] as number > 0);
    assert.equal(report.ok, false);
  });

  for (const args of [["--collector", "ftp://x"], ["--what"], ["--collector"]]) {
    test(`${args.join(" ")} ends with 2 and one line`, () => {
      const { code, stdout, stderr } = doctor(args, folderWith({}));
      assert.equal(code, 2);
      assert.equal(stdout, "");
      assert.match(stderr, /^spangate: SG_USAGE: [^\n]+\n$/);
    });
  }
});
