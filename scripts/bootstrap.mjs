// Runs a script of this repository with everything it needs, on a machine that has any Node from 18 on and npm:
//   node scripts/bootstrap.mjs <script> [arguments]
// Each step is skipped when it was done before. No dependencies: this runs before they are there.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { cache, environment, installNode, npm, npmCommand, root, say } from "./toolchain.mjs";

/** Used when the running Node does not satisfy `engines`. */
const NODE = "24.21.0";
const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

main();

function main() {
  const node = satisfies(process.versions.node, engines.node) ? process.execPath : installNode(NODE);
  installDependencies(node);
  provideRe2(node);
  build(node);
  const [script, ...args] = process.argv.slice(2);
  if (!script) return;
  process.exitCode = run(node, [join(root, script), ...args], { stdio: "inherit", env: environment(node) });
}

/** `^a.b.c || >=a` and the like: the forms that `engines` uses. */
function satisfies(version, ranges) {
  const at = parts(version);
  return ranges.split("||").map((range) => range.trim()).some((range) => {
    const least = parts(range.replace(/^[\^>=]+/, ""));
    const enough = at[0] !== least[0] ? at[0] > least[0] : at[1] !== least[1] ? at[1] > least[1] : at[2] >= least[2];
    return enough && (range.startsWith(">=") || at[0] === least[0]);
  });
}

function parts(version) {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  return [major, minor, patch];
}

function installDependencies(node) {
  const stamp = join(root, "node_modules", ".spangate-lock");
  const lock = createHash("sha256").update(readFileSync(join(root, "package-lock.json"))).digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  say("installing dependencies from the lockfile (about a minute)");
  npm(node, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
  writeFileSync(stamp, lock);
}

/**
 * re2 is compiled for one Node ABI; a binary for another version kills the process that loads it. Built here
 * against the headers of this very Node, kept per ABI, and left out where it cannot be built or where npm is
 * told to run no install scripts: then re2js takes its place.
 */
function provideRe2(node) {
  const folder = join(root, "node_modules", "re2");
  if (!existsSync(folder)) return;
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const [abi, running] = spawnSync(node, ["-p", "process.versions.modules + ' ' + process.versions.node"], { encoding: "utf8" }).stdout.trim().split(" ");
  const binary = join(folder, "build", "Release", "re2.node");
  const stamp = join(folder, "build", "abi");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === abi) return;
  const refused = join(cache, `re2-${version}-${abi}.failed`);
  if (existsSync(refused)) return;
  const kept = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "spangate", `re2-${version}-${process.platform}-${process.arch}-abi${abi}.node`);
  const use = () => {
    mkdirSync(dirname(binary), { recursive: true });
    copyFileSync(kept, binary);
    writeFileSync(stamp, abi);
  };
  if (existsSync(kept) && run(node, ["-e", `process.dlopen({ exports: {} }, ${JSON.stringify(kept)})`], { stdio: "ignore" }) === 0) return use();
  if (npmRefusesScripts()) {
    say("npm is told to run no install scripts (ignore-scripts): re2 is not built, re2js takes its place");
    return;
  }
  say(`building re2 ${version} for Node ${running} (ABI ${abi}); once, three to five minutes`);
  const log = join(cache, "re2-build.log");
  mkdirSync(cache, { recursive: true });
  const result = spawnSync(...npmCommand(node, ["rebuild", "re2", "--foreground-scripts"]), {
    cwd: root, encoding: "utf8", maxBuffer: 1 << 28, env: { ...environment(node), npm_config_nodedir: headers(node, running), npm_config_ignore_scripts: "false" },
  });
  writeFileSync(log, `${result.stdout}${result.stderr}`);
  if (result.status !== 0 || !existsSync(binary)) {
    writeFileSync(refused, "");
    say(`re2 could not be built (see .node/re2-build.log); re2js takes its place. Delete ${refused.slice(root.length)} to try again`);
    return;
  }
  writeFileSync(stamp, abi);
  try {
    mkdirSync(dirname(kept), { recursive: true });
    copyFileSync(binary, kept);
  } catch (error) {
    say(`the binary is not kept for other clones: ${error.message}`);
  }
}

function npmRefusesScripts() {
  return /^true$/i.test(process.env.npm_config_ignore_scripts ?? "");
}

/** The folder that holds `include/node` of exactly this version. */
function headers(node, version) {
  const beside = dirname(dirname(node));
  const own = join(beside, "include", "node", "node_version.h");
  if (existsSync(own) && hasVersion(own, version)) return beside;
  return dirname(dirname(installNode(version)));
}

function hasVersion(file, version) {
  const text = readFileSync(file, "utf8");
  return ["MAJOR", "MINOR", "PATCH"].map((part) => new RegExp(`#define NODE_${part}_VERSION (\\d+)`).exec(text)?.[1]).join(".") === version;
}

/** Only when a source is newer than what was built from it. */
function build(node) {
  const built = join(root, "dist", "spangate.js");
  const sources = ["policies", "processors", "exporters", "instrumentation", "cli"].flatMap((folder) => files(join(root, folder)))
    .concat(readdirSync(root).filter((name) => /\.ts$|^tsconfig/.test(name)).map((name) => join(root, name)), join(root, "scripts", "build.mjs"), join(root, "package-lock.json"));
  if (existsSync(built) && sources.every((file) => statSync(file).mtimeMs <= statSync(built).mtimeMs)) return;
  say("building dist");
  const code = run(node, [join(root, "scripts", "build.mjs")], { stdio: "inherit" });
  if (code !== 0) process.exit(code);
}

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)]));
}

function run(command, args, options) {
  const { status, error } = spawnSync(command, args, options);
  if (error) throw error;
  return status ?? 1;
}
