import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { bareEnvironment, ROOT } from "../support/run.ts";

/** A short run. Its figures are noise; that they are there is what is tested. */
async function bench(...options: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ["bench/policy.mjs", "--quick", ...options], { cwd: ROOT, env: bareEnvironment() });
  return stdout;
}

function numbersOf(value: unknown, path: readonly string[] = []): [string, number][] {
  if (typeof value === "number") return [[path.join("."), value]];
  return typeof value === "object" && value !== null ? Object.entries(value).flatMap(([key, inner]) => numbersOf(inner, [...path, key])) : [];
}

test("a short run measures every size and kind, other engines, memory, loading and swaps", async () => {
  const { machine, sizes, kinds, engines, memory, loading, swaps, budgets } = JSON.parse(await bench("--json")) as Record<string, any>;
  assert.equal(machine.node, process.version);
  assert.deepEqual(sizes.map(({ id }: { id: unknown }) => id), ["clock", 10, "10-new", 100, "100-new", 10_000, "10000-new"]);
  assert.ok(kinds.length > 15);
  assert.deepEqual(engines.map(({ id }: { id: unknown }) => id), ["ours", "rego", "cedar"]);
  assert.deepEqual(loading.map(({ rules }: { rules: unknown }) => rules), [10, 100, 10_000]);
  for (const [path, number] of numbersOf({ sizes, kinds, engines, loading, swaps, allocated: memory.allocatedBytes })) assert.ok(Number.isFinite(number) && number > 0, `${path} is ${number}`);
  assert.ok(Number.isFinite(memory.keptBytes));
  assert.deepEqual(budgets.map(({ id }: { id: unknown }) => id), ["decide-100", "decide-10000", "cel", "load-10000", "swap-100", "swap-10000"]);
  for (const { met, value, limit } of budgets) assert.equal(met, value <= limit);
});

test("the printed result names its machine, and no footnote without its text", async () => {
  const text = await bench();
  for (const part of [process.version, " cores", "load average", "QUICK"]) assert.ok(text.split("\n").slice(0, 2).join("\n").includes(part), part);
  assert.doesNotMatch(text, /NaN|undefined|null/);
  const referred = new Set([...text.matchAll(/\[([\d, ]+)\]/g)].flatMap(([, list]) => (list as string).split(", ")));
  assert.deepEqual([...referred].sort(), [...text.matchAll(/^\[(\d+)\] ./gm)].map(([, number]) => number));
});
