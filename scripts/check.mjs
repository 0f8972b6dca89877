// Everything that CI looks at after `npm test`: node scripts/bootstrap.mjs scripts/check.mjs [name of a check]
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { environment, installNode, root } from "./toolchain.mjs";

/** The other lines of Node that `engines` allows, at the versions that are tested. */
const OTHER_NODES = ["22.23.3", "26.10.0"];
/** What depends on how a version of Node loads modules. */
const LOADER_TESTS = ["test/instrumentation"];

const bin = (name) => join(root, "node_modules", ".bin", name);
const node = process.execPath;

const CHECKS = {
  lint: [bin("oxlint")],
  types: [bin("tsc"), "--noEmit"],
  "types of the tests": [bin("tsc"), "-p", "tsconfig.test.json"],
  generated: [node, "scripts/generate.mjs", "--check"],
  publint: [bin("publint"), "--strict"],
  attw: [bin("attw"), "--pack", ".", "--profile", "esm-only", "--no-emoji"],
  "architecture and package": [node, "scripts/test.mjs", "test/architecture.test.ts", "test/package.test.ts"],
  "example: support-agent": [node, "examples/support-agent/demo.mjs"],
  stack: [node, "scripts/stack.mjs"],
  ...Object.fromEntries(OTHER_NODES.map((version) => [`loader and frameworks under Node ${version}`, () => [installNode(version), "scripts/test.mjs", ...LOADER_TESTS]])),
};

const wanted = process.argv.slice(2);
const failed = [];
for (const [name, what] of Object.entries(CHECKS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const [command, ...args] = typeof what === "function" ? what() : what;
  process.stdout.write(`\n== ${name}\n`);
  const started = performance.now();
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit", env: environment(command.endsWith("node") ? command : node) });
  process.stdout.write(`== ${name}: ${status === 0 ? "passed" : "FAILED"} in ${((performance.now() - started) / 1_000).toFixed(1)} s\n`);
  if (status !== 0) failed.push(name);
}
process.stdout.write(failed.length ? `\nFailed: ${failed.join(", ")}\n` : "\nAll checks passed.\n");
process.exitCode = failed.length ? 1 : 0;
