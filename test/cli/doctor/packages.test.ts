import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, test } from "node:test";
import { copies, coverage } from "../../../cli/doctor/packages.ts";
import { reach } from "../../../cli/doctor/reach.ts";
import { ROOT } from "../../support/run.ts";
import { folderWith } from "../cli.ts";
import { examine, told } from "./context.ts";

/** A project with these packages: path under node_modules → version. */
function project(packages: Readonly<Record<string, string>>): string {
  return folderWith({ "package.json": { name: "app" }, ...Object.fromEntries(Object.entries(packages).map(([path, version]) => [`node_modules/${path}/package.json`, { name: path.split("node_modules/").at(-1), version }])) });
}

describe("OpenTelemetry copies", () => {
  test("none", async () => assert.match(told(await examine(copies, {}, { cwd: project({}) })), /^skipped: none in node_modules/));
  test("one of each", async () => assert.equal(told(await examine(copies, {}, { cwd: project({ "@opentelemetry/api": "1.9.0", "@opentelemetry/sdk-trace": "3.1.0" }) })), "ok: @opentelemetry/api 1.9.0\nok: @opentelemetry/sdk-trace 3.1.0"));
  test("several, however deep, are named with their places", async () => {
    const cwd = project({ "@opentelemetry/api": "1.9.0", "a/node_modules/@b/c/node_modules/@opentelemetry/api": "1.8.0", "a": "1.0.0", "a/node_modules/@b/c": "1.0.0" });
    assert.match(told(await examine(copies, {}, { cwd })), /^warning: @opentelemetry\/api is there 2 times: 1\.9\.0 \(in node_modules\/@opentelemetry\/api\), 1\.8\.0 \(in node_modules\/a\/node_modules\/@b\/c\/node_modules\/@opentelemetry\/api\) → npm ls/);
  });
  test("two of one version are two as well; those of pnpm are found", async () => {
    const cwd = project({ ".pnpm/a@1/node_modules/@opentelemetry/sdk-trace-base": "2.0.0", ".pnpm/b@1/node_modules/@opentelemetry/sdk-trace-base": "2.0.0" });
    assert.match(told(await examine(copies, {}, { cwd })), /^warning: @opentelemetry\/sdk-trace-base is there 2 times: 2\.0\.0 \(2 copies\)/);
  });
  test("spangate's own are its own affair", async () => assert.match(told(await examine(copies, {}, { cwd: project({ spangate: "0.1.0", "spangate/node_modules/@opentelemetry/api": "1.8.0", "@opentelemetry/api": "1.9.0" }) })), /^ok: @opentelemetry\/api 1\.9\.0$/));
});

describe("coverage", () => {
  test("nothing that spangate knows", async () => assert.match(told(await examine(coverage, {}, { cwd: project({}) })), /^skipped: no framework.* → Wrap the tools with guardTool/));
  test("what is proven, what is not, and what is not gated at all", async () => {
    const said = told(await examine(coverage, {}, { cwd: project({ ai: "7.0.1", "@modelcontextprotocol/sdk": "99.0.0", "some-loop": "1.0.0", "@inngest/agent-kit": "0.13.2" }) }));
    assert.equal(said.split("\n").length, 3);
    assert.match(said, /ok: ai 7\.0\.1\n/);
    assert.match(said, /warning: @modelcontextprotocol\/sdk 99\.0\.0 has not been proven → .*support matrix/);
    assert.match(said, /warning: @inngest\/agent-kit can call tools, and spangate does not gate it → Wrap/);
  });
});

describe("reach", () => {
  const left = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("spangate-doctor-"));

  test("workers, forks and spawned processes are reached, and nothing is left behind", async () => {
    const before = left();
    const said = told(await examine(reach, { ...process.env, NODE_OPTIONS: "--require spangate/register" }, { cwd: ROOT }));
    assert.match(said, /^ok: spangate is in this process, a worker thread, .*environment of its own, a forked process, .*a spawned Node\nok: NODE_OPTIONS of this shell preloads it$/);
    assert.deepEqual(left().filter((name) => !before.includes(name)), []);
  });
  test("a preload that is none is missed everywhere", async () => {
    const cwd = folderWith({ "package.json": { name: "app" }, "node_modules/spangate/package.json": { name: "spangate", exports: { "./register": "./register.cjs" } }, "node_modules/spangate/register.cjs": "" });
    assert.match(told(await examine(reach, process.env, { cwd })), /^failed: spangate is not in this process, a worker thread, .*a spawned Node → Start the service with NODE_OPTIONS/);
  });
  test("a preload that ends the process is told with its words", async () => {
    const cwd = folderWith({ "package.json": { name: "app" }, "node_modules/spangate/package.json": { name: "spangate", exports: { "./register": "./register.cjs" } }, "node_modules/spangate/register.cjs": 'throw new Error("broken install")' });
    assert.match(told(await examine(reach, process.env, { cwd })), /^failed: a process with the preload did not run: .*broken install/);
  });
  test("a folder without spangate is told", async () => assert.match(told(await examine(reach, process.env, { cwd: folderWith({ "package.json": {} }) })), /warning: --require spangate\/register finds nothing from this folder → npm install spangate/));
});
