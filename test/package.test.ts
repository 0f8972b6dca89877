import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { VERSION } from "../names.ts";
import { ROOT } from "./support/run.ts";

interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly dev?: boolean }>>;
}

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string; exports: object; dependencies: Record<string, string> };
const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as Lock;

test("the version in the code is the version of the package", () => assert.equal(VERSION, manifest.version));

describe("one coherent set of OpenTelemetry", () => {
  const installed = Object.entries(packages).flatMap(([path, { version }]) => {
    const name = /(?:^|\/)node_modules\/(@opentelemetry\/[^/]+)$/.exec(path)?.[1];
    // Test applications bring copies of their own on purpose.
    return name && !path.startsWith("test/apps/") ? [[name, version as string, path] as const] : [];
  });
  // A tool span integration for `ai` 7 pins an older API; it is a guest of the test applications.
  const ours = installed.filter(([, , path]) => !path.startsWith("node_modules/@ai-sdk/"));

  test("no package is there twice", () => {
    const twice = [...Map.groupBy(ours, ([name]) => name)].filter(([, copies]) => copies.length > 1);
    assert.deepEqual(twice, []);
  });

  test("every OpenTelemetry dependency is pinned to an exact version", () => {
    const names = Object.keys(manifest.dependencies).filter((name) => name.startsWith("@opentelemetry/"));
    assert.ok(names.length >= 9);
    for (const name of names) assert.match(manifest.dependencies[name] as string, /^\d+\.\d+\.\d+$/, name);
  });
});

test("the lockfile names no registry", () => assert.doesNotMatch(readFileSync(join(ROOT, "package-lock.json"), "utf8"), /"resolved": "https?:/));

for (const subpath of Object.keys(manifest.exports)) {
  if (subpath === "./register") continue;
  test(`${subpath} can be imported, and is one view of one copy`, async () => {
    const view = (await import(`spangate${subpath.slice(1)}`)) as Record<string, unknown>;
    const whole = (await import(join(ROOT, "dist/spangate.js"))) as Record<string, unknown>;
    assert.ok(Object.keys(view).length > 0);
    for (const [name, value] of Object.entries(view)) assert.equal(value, whole[name], name);
  });
}
