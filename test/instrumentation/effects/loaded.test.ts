import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runApp, temporaryFolder } from "../../support/run.ts";

const APP = "test/apps/effects/loaded.cjs";
const state = async (options: object): Promise<{ loaded: string[] }> => (await runApp(APP, options)).json();

test("a policy without a section network loads nothing of it and replaces nothing", async () => {
  const bare = await state({ nodeArgs: [] });
  assert.partialDeepStrictEqual(bare, { parts: [], listening: false, replaced: false });
  assert.deepEqual(await state({ policy: "spangate: 1\nname: p\n" }), bare);
});

test("with one TLS and HTTP/2 still wait for who uses them", async () => {
  const { loaded, ...rest } = await state({ policy: "spangate: 1\nname: p\nnetwork: {}\n" });
  assert.deepEqual(rest, { parts: ["hosts.js"], listening: true, replaced: true });
  assert.deepEqual(loaded, ["dns", "dgram"]);
});

test("a later policy holds for functions that were imported by their names before", async () => {
  const file = join(temporaryFolder(), "later.yaml");
  writeFileSync(file, "spangate: 1\nname: p\ndefault: allow\nnetwork: { deny: [\"*.denied.test\"] }\n");
  const run = await runApp("test/apps/effects/later.mjs", { policy: "spangate: 1\nname: p\ndefault: allow\n", args: [file] });
  assert.deepEqual(run.json(), { said: "SG_DENIED", loaded: false, replaced: true, imported: true });
});
