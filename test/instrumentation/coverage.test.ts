import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { build, type BuildOptions } from "esbuild";
import { PRELOAD, ROOT, runApp, temporaryFolder } from "../support/run.ts";

const APPS = `${ROOT}test/apps/coverage`;
const POLICY = "spangate: 1\nname: t\n";
const STRICT = { SPANGATE_STRICT: "1" };

/** A copy of an installed package that a test may change, in a folder that holds an app beside it. */
function copyOfMcp(change: (folder: string) => void): string {
  const folder = temporaryFolder();
  const target = join(folder, "node_modules/@modelcontextprotocol/sdk");
  mkdirSync(target, { recursive: true });
  for (const part of ["dist/esm", "package.json"]) cpSync(join(ROOT, "node_modules/@modelcontextprotocol/sdk", part), join(target, part), { recursive: true });
  for (const name of ["zod", "zod-to-json-schema", "ajv", "ajv-formats", "cross-spawn", "eventsource-parser", "pkce-challenge", "spangate"]) {
    symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  }
  change(target);
  cpSync(join(APPS, "app.mjs"), join(folder, "app.mjs"));
  return folder;
}

function edit(file: string, from: string | RegExp, to: string): void {
  const text = readFileSync(file, "utf8");
  const edited = text.replace(from, to);
  assert.notEqual(edited, text);
  writeFileSync(file, edited);
}

interface Case {
  readonly reason: RegExp;
  readonly file: () => string;
  readonly nodeArgs?: readonly string[];
}

let bundles: string;
before(async () => {
  bundles = temporaryFolder();
  const common: BuildOptions = { absWorkingDir: APPS, entryPoints: ["app.mjs"], bundle: true, platform: "node", format: "esm", logLevel: "silent",
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' } };
  await build({ ...common, outfile: join(bundles, "plain.mjs") });
  await build({ ...common, outfile: join(bundles, "minified.mjs"), minify: true });
});

describe("what is not gated is named at once, and refused under SPANGATE_STRICT", () => {
  const cases: Readonly<Record<string, Case>> = {
    "CommonJS loaded before us": { reason: /loaded before spangate/, file: () => `${APPS}/app.mjs`, nodeArgs: ["--require", `${APPS}/early.cjs`, ...PRELOAD] },
    "an ES module loaded before us": { reason: /loaded before spangate/, file: () => `${APPS}/app.mjs`, nodeArgs: ["--import", `${APPS}/early.mjs`, "--import", "spangate/register"] },
    "a version we do not know": { reason: /this version has not been proven/, file: () => join(copyOfMcp((folder) => edit(join(folder, "package.json"), /"version": "1\./, '"version": "9.')), "app.mjs") },
    "a seam that is not where it was": { reason: /no seam was found/, file: () => join(copyOfMcp((folder) => edit(join(folder, "dist/esm/shared/protocol.js"), "export class Protocol", "export const Protocol = class Protocol")), "app.mjs") },
    "a seam that cannot be replaced": { reason: /its seam could not be replaced/, file: () => join(copyOfMcp((folder) => writeFileSync(join(folder, "dist/esm/shared/protocol.js"), `${readFileSync(join(folder, "dist/esm/shared/protocol.js"), "utf8")}\nObject.freeze(Protocol.prototype);\n`)), "app.mjs") },
    "a bundle": { reason: /bundled into this file/, file: () => join(bundles, "plain.mjs") },
    "a minified bundle": { reason: /bundled into this file/, file: () => join(bundles, "minified.mjs") },
  };
  for (const [name, { reason, file, nodeArgs }] of Object.entries(cases)) {
    test(name, async () => {
      const path = file();
      const options = { policy: POLICY, ...(nodeArgs && { nodeArgs }), ...(nodeArgs ? {} : { cwd: join(path, "..") , nodeArgs: ["--require", `${ROOT}dist/register.js`] }) };
      const run = await runApp(path, options);
      assert.match(run.stderr, reason);
      assert.match(run.stderr, /SG_NOT_GATED/);
      assert.equal(run.code, 0, run.stderr);
      const strict = await runApp(path, { ...options, env: STRICT });
      assert.equal(strict.code, 1);
      assert.match(strict.stderr, reason);
      assert.equal(strict.stdout, "");
    });
  }

  test("what is gated passes under strict, and is named once", async () => {
    const run = await runApp(`${APPS}/app.mjs`, { policy: POLICY, env: STRICT });
    assert.equal(run.stderr, "");
    assert.equal(run.announced.length, 1);
    assert.match(run.announced[0] as string, /^@modelcontextprotocol\/sdk 1\.\d+\.\d+$/);
    assert.deepEqual(run.json(), { loaded: "function" });
  });
});

test("SIGUSR2 prints the report", async (t) => {
  if (process.platform === "win32") return t.skip("SKIPPED: Windows has no SIGUSR2");
  const child = spawn(process.execPath, [...PRELOAD, `${APPS}/idle.cjs`], { cwd: ROOT, env: { PATH: process.env["PATH"], SPANGATE_AUDIT_DIR: temporaryFolder() } });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const report = new Promise<string>((resolve) => {
    let text = "";
    child.stderr.on("data", (part: Buffer) => /gated .*\n/.test((text += part.toString())) && resolve(text));
  });
  t.after(() => child.kill("SIGTERM"));
  child.kill("SIGUSR2");
  assert.match(await report, /spangate: coverage\n {2}gated {5}@modelcontextprotocol\/sdk 1\.\d+\.\d+\n/);
});
