import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { loadPolicy } from "../../bench/peers/opa-wasm.mjs";
import { policy, RULES } from "../../bench/subject.mjs";
import { definePolicy } from "../../policies/index.ts";
import { call } from "../support/call.ts";
import { bareEnvironment, ROOT, temporaryFolder } from "../support/run.ts";

const LOGS = ["line", "line-sync", "evidence", "evidence-sync"];
/** What is synced to the disk comes last: it is measured in a process apart. */
const UNSYNCED_FIRST = ["line", "evidence", "line-sync", "evidence-sync"];
const CALLS: Record<string, string[]> = {
  floor: ["clock", "bare", "sha256", "write", "write-sync"],
  spangate: ["off", "batch", "os", "os-redact", "os-denied", "disk"],
  "policy-opa": ["decide", ...UNSYNCED_FIRST],
  "agent-governance": ["decide", "memory", ...UNSYNCED_FIRST],
};
const BUDGETS = [
  "guard", "startup-preload-ms", "startup-preload-mb", "startup-policy-ms", "startup-policy-mb",
  ...["policy-opa", "agent-governance"].flatMap((peer) => LOGS.map((log) => `${peer}-${log}`)),
];
/** Differences of two measurements, and a load that an idle machine does not have: finite, but of any sign. */
const SIGNED = /^(load|loadAfter|overBare\w+|budgets)$/;

/** A short run. Its figures are noise; that they are there is what is tested. */
async function bench(folder: string, ...options: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ["bench/run.mjs", "--quick", "--dir", folder, ...options], { cwd: ROOT, env: bareEnvironment() });
  return stdout;
}

function checkNumbers(value: unknown, path: string[], found: string[] = []): string[] {
  if (typeof value === "number") {
    found.push(path.join("."));
    assert.ok(Number.isFinite(value), `${path.join(".")} is ${value}`);
    if (!path.some((key) => SIGNED.test(key))) assert.ok(value > 0, `${path.join(".")} is ${value}`);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) checkNumbers(inner, [...path, key], found);
  } else assert.ok(value !== null && value !== undefined, `${path.join(".")} is missing`);
  return found;
}

test("a short run measures every contender, start-up and verification, and leaves nothing behind", async () => {
  const folder = temporaryFolder();
  const result = JSON.parse(await bench(folder, "--json"));
  assert.deepEqual(readdirSync(folder), []);
  rmSync(folder, { recursive: true });

  assert.deepEqual(
    result.calls.map(({ group, id }: { group: string; id: string }) => `${group}/${id}`),
    Object.entries(CALLS).flatMap(([group, ids]) => ids.map((id) => `${group}/${id}`)),
  );
  for (const row of result.calls) assert.deepEqual(Object.keys(row), ["group", "id", "label", "calls", "p50", "p99", "mean"]);
  assert.deepEqual(result.startup.map(({ id }: { id: string }) => id), ["bare", "preload", "policy"]);
  for (const { id, overBareMs, overBareMb } of result.startup) assert.equal(typeof overBareMs === "number" && typeof overBareMb === "number", id !== "bare");
  assert.deepEqual(Object.keys(result.verify), ["records", "megabytes", "verifications", "ms", "recordsPerSecond"]);
  assert.deepEqual(result.budgets.map(({ id }: { id: string }) => id), BUDGETS);
  for (const { met, value, limit } of result.budgets) assert.equal(met, value <= limit);
  for (const key of ["date", "node", "platform", "cpu", "cores", "memoryGb", "load", "loadAfter", "fileSystem"]) assert.ok(key in result.machine, key);
  assert.equal(result.machine.node, process.version);
  assert.deepEqual(Object.keys(result.versions), ["spangate", "@ai-sdk/policy-opa", "@microsoft/agent-governance-sdk"]);
  assert.ok(checkNumbers(result, []).length > 100);
});

test("the printed result names its machine first, has a line for each figure and budget, and no footnote without its text", async () => {
  const folder = temporaryFolder();
  const text = await bench(folder);
  rmSync(folder, { recursive: true });
  const lines = text.split("\n");
  const head = lines.slice(0, 5).join("\n");
  for (const part of [process.version, " cores", "load average", "detectors on re2", "QUICK"]) assert.ok(head.includes(part), part);
  assert.match(head, /\d{4}-\d\d-\d\dT/);
  assert.equal(lines.filter((line) => /^budget: (met {4}|NOT met) {2}\S/.test(line)).length, BUDGETS.length);
  assert.equal(lines.filter((line) => line.startsWith("  ")).length, Object.values(CALLS).flat().length + 3);
  assert.doesNotMatch(text, /NaN|undefined|null/);
  const referred = new Set([...text.matchAll(/\[([\d, ]+)\]/g)].flatMap(([, list]) => (list as string).split(", ")));
  assert.deepEqual([...referred].sort(), lines.map((line) => /^\[(\d+)\] ./.exec(line)?.[1]).filter((number) => number !== undefined));
});

test("the policy given to OPA decides as the one given to spangate", async () => {
  const opa = await loadPolicy(readFileSync(join(ROOT, "bench/peers/policy.wasm")));
  const ours = definePolicy(policy());
  const names = RULES.flatMap(({ tool }: { tool: string }) => (tool.endsWith(".*") ? [tool.replace("*", "anything"), tool.slice(0, -2)] : [tool, `${tool}.more`]));
  for (const name of [...names, "unheard_of"]) {
    const { decision } = await opa.evaluate("agent/call/decision", { tool: { name }, args: {} }) as { decision: string };
    assert.equal(decision, ours.decide(call(name)).ruling.effect, name);
  }
});

test("a short run of the audit bench measures every case beside the raw floor", async () => {
  const folder = temporaryFolder();
  const { stdout } = await promisify(execFile)(process.execPath, ["bench/audit.mjs", "--quick", "--json", "--dir", folder], { cwd: ROOT, env: bareEnvironment() });
  const { rows, budgets } = JSON.parse(stdout);
  assert.deepEqual(rows.map(({ id }: { id: string }) => id), ["hash", "write", "sync", "tree", "memory", "append", "disk", "group-1", "group-8", "group-64", "group-512"]);
  for (const { us, bestUs } of rows) assert.ok(us > 0 && bestUs > 0 && bestUs <= us);
  assert.equal(budgets.length, 5);
  assert.deepEqual(readdirSync(folder), []);
});
