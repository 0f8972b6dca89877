import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { Attributes } from "@opentelemetry/api";
import type { Instrument } from "../../exporters/instruments.ts";
import { PolicyReloader } from "../../instrumentation/reload.ts";
import type { Runtime } from "../../instrumentation/runtime.ts";
import { type CompiledPolicy, loadPolicy } from "../../policies/index.ts";
import { runApp, temporaryFolder } from "../support/run.ts";

const policy = (version: string, ...rules: object[]): string => JSON.stringify({ spangate: 1, name: "p", version, rules });
const ALLOW = { id: "r", tool: "x", effect: "allow" };
const DENY = { id: "r", tool: "x", effect: "deny" };

describe("a reload", () => {
  const file = join(temporaryFolder(), "policy.yaml");
  const counted: [Instrument, Attributes][] = [];
  writeFileSync(file, policy("1", ALLOW));
  const runtime = {
    pipeline: { policy: loadPolicy(file) },
    policyGauges: { stale: false },
    metrics: { record: (instrument: Instrument, _: number, attributes: Attributes) => counted.push([instrument, attributes]) },
    trusted() {},
    replace(next: CompiledPolicy) { this.pipeline = { policy: next }; },
  };
  const reloader = new PolicyReloader(runtime as unknown as Runtime, file, undefined);
  const cases: readonly [name: string, text: string, outcome: string, version: string][] = [
    ["of the same policy changes nothing", policy("1", ALLOW), "unchanged", "1"],
    ["of another policy replaces it", policy("2", DENY), "replaced", "2"],
    ["of YAML that is none keeps the last good one", "spangate: [1", "rejected", "2"],
    ["of an empty file keeps the last good one", "", "rejected", "2"],
    ["of a policy that fails its self-test keeps the last good one", JSON.stringify({ ...(JSON.parse(policy("3", DENY)) as object), self_test: [{ call: { tool: "x" }, expect: "allow" }] }), "rejected", "2"],
    ["goes back to the policy before", policy("1", ALLOW), "replaced", "1"],
  ];
  for (const [name, text, outcome, version] of cases) {
    test(`${name}, and is counted`, () => {
      writeFileSync(file, text);
      assert.equal(reloader.reload(), outcome);
      assert.equal(runtime.pipeline.policy.source.version, version);
      assert.equal(runtime.policyGauges.stale, outcome === "rejected");
      assert.deepEqual(counted.at(-1)?.[1], { "spangate.policy.reload.outcome": outcome });
    });
  }
});

describe("in a running application", () => {
  test("a changed file is in force within seconds, without a restart and without being asked", async () => {
    const { stdout, stderr } = await runApp("test/apps/reload/watch.mjs", { policy: policy("1", DENY) });
    assert.equal(stdout.trim(), "denied, then allowed");
    assert.match(stderr, /policy p@2 \(\w{12}\) replaces p@1/);
  });

  test("what limits have counted stays counted", async () => {
    const { stdout } = await runApp("test/apps/reload/limits.mjs", { policy: JSON.stringify({ spangate: 1, name: "p", default: "allow", limits: { rate: [{ id: "two", tool: "x", max: 2, window: "1h" }] } }) });
    assert.equal(stdout.trim(), "allowed allowed denied");
  });

  test("1,000 replacements under load: no call is judged by half a policy, and a bad one never gets in", { timeout: 110_000 }, async () => {
    const result = await runApp("test/apps/reload/swaps.mjs", { policy: policy("even", ALLOW, { id: "s", tool: "y", effect: "deny" }) });
    const { swaps, rejected } = result.json<{ swaps: number; rejected: number }>();
    assert.equal(swaps, 1_000);
    assert.equal(rejected, 100);
    const decisions = result.records().filter((record) => record.t === "decision" && "policy" in record) as unknown as { policy: string; tool: string; effect: string; digest: string }[];
    assert.ok(decisions.length > 2_000, String(decisions.length));
    const seen = new Map<string, Set<string>>();
    for (const { policy: name, tool, effect, digest } of decisions) {
      assert.equal(effect, (tool === "x") === (name === "p@even") ? "allow" : "deny", `${tool} under ${name}`);
      seen.set(name, (seen.get(name) ?? new Set()).add(digest));
    }
    // Each policy has one digest, and every decision carries the one it was made under.
    assert.deepEqual([...seen].map(([name, digests]) => [name, digests.size]).sort(), [["p@even", 1], ["p@odd", 1]]);
    // At least: the change of the file may have been seen beside the signal.
    assert.ok(result.stderr.split("stays in force").length - 1 >= 100);
  });
});
