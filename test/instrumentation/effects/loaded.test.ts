import assert from "node:assert/strict";
import { test } from "node:test";
import { runApp } from "../../support/run.ts";

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
