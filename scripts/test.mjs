// Runs the test suite: node scripts/test.mjs [files or folders under test/]
import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const wanted = process.argv.slice(2);
const files = (wanted.length ? wanted.flatMap((path) => (path.endsWith(".ts") ? [path] : globSync(`${path}/**/*.test.ts`, { cwd: root }))) : globSync("test/**/*.test.ts", { cwd: root }))
  .filter((file) => !file.includes("node_modules") && (wanted.length > 0 || !file.startsWith("test/stack/"))).sort();
const { status } = spawnSync(process.execPath, ["--test", "--test-concurrency=2", "--test-timeout=120000", ...files], { cwd: root, stdio: "inherit" });
process.exitCode = status ?? 1;
