import assert from "node:assert/strict";
import { test } from "node:test";
import { PRELOAD, runApp } from "../support/run.ts";

for (const [how, nodeArgs] of [["preloaded", PRELOAD], ["loaded late", []]] as const) {
  test(`zod keeps its configuration in a global: the application's words stay its own, and ours are ours (${how})`, async () => {
    const run = await runApp("test/apps/zod.mjs", { nodeArgs });
    assert.equal(run.code, 0, run.stderr);
    const { before, after, refused } = run.json<{ before: string; after: string; refused: string }>();
    assert.deepEqual([before, after], ["Invalid input", "nicht gut"]);
    assert.match(refused, /expected string, received number/);
  });
}
