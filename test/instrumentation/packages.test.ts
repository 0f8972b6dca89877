import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { packageOf } from "../../instrumentation/packages.ts";
import { temporaryFolder } from "../support/run.ts";

function place(path: string, manifest: object, file: string): string {
  const folder = join(temporaryFolder(), path);
  mkdirSync(join(folder, file, ".."), { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(folder, file), "");
  return pathToFileURL(join(folder, file)).href;
}

const AI = { name: "ai", version: "6.0.1" };

test("an alias does not hide a package", () => {
  const { name, version, path } = packageOf(place("node_modules/my-ai-fork", AI, "dist/index.js")) ?? {};
  assert.deepEqual([name, version, path], ["ai", "6.0.1", "dist/index.js"]);
});

test("a scoped package, the store of pnpm, and a linked checkout", () => {
  assert.equal(packageOf(place("node_modules/@modelcontextprotocol/sdk", { name: "@modelcontextprotocol/sdk", version: "1.0.0" }, "dist/esm/a.js"))?.path, "dist/esm/a.js");
  assert.equal(packageOf(place("node_modules/.pnpm/ai@6/node_modules/ai", AI, "dist/index.mjs"))?.name, "ai");
  assert.equal(packageOf(place("checkout/packages/ai", AI, "dist/index.mjs"))?.name, "ai");
});

test("a package.json without a name, deeper down, does not end the search", () => {
  const url = place("checkout/sdk", AI, "dist/esm/index.js");
  writeFileSync(new URL("../package.json", url), '{"type":"module"}');
  assert.equal(packageOf(url)?.name, "ai");
});

test("a file outside every package belongs to none", () => {
  assert.equal(packageOf(pathToFileURL(join(temporaryFolder(), "a.js")).href), undefined);
});
