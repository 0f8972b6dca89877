import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT, temporaryFolder } from "../support/run.ts";

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { name: string; version: string; dependencies: Record<string, string>; optionalDependencies: Record<string, string>; devDependencies: Record<string, string> };

test("npm run sbom lists every dependency with its version and hash, and nothing of development", () => {
  const folder = temporaryFolder();
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, "scripts/sbom.mjs"), folder], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  const read = (ending: string): any => JSON.parse(readFileSync(join(folder, `${manifest.name}-${manifest.version}.${ending}.json`), "utf8"));
  const { metadata, components, bomFormat } = read("cdx");
  assert.equal(bomFormat, "CycloneDX");
  assert.deepEqual([metadata.component.name, metadata.component.version], [manifest.name, manifest.version]);
  const fullName = ({ group, name }: any): string => (group ? `${group}/${name}` : name);
  const versions = new Map<string, string>(components.map((one: any) => [fullName(one), one.version]));
  for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies })) assert.equal(versions.get(name), version, name);
  for (const one of components) assert.ok(one.hashes?.length > 0, fullName(one));
  // Some tools of development are needed by a dependency as well; the lockfile tells.
  const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as { packages: Record<string, { dev?: boolean }> };
  const onlyForDevelopment = Object.keys(manifest.devDependencies).filter((name) => packages[`node_modules/${name}`]?.dev);
  assert.ok(onlyForDevelopment.length > 5);
  assert.deepEqual(onlyForDevelopment.filter((name) => versions.has(name)), []);
  assert.equal(read("spdx").spdxVersion, "SPDX-2.3");
});
