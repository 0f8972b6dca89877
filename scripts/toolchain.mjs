// Node and npm of the right versions, for the bootstrap and the checks. No dependencies.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));
/** Git-ignored: other versions of Node, and what was found out about them. */
export const cache = join(root, ".node");

export function say(text) {
  process.stderr.write(`bootstrap: ${text}\n`);
}

/** The npm package `node-<platform>-<arch>` holds the binary and its headers. Returns the path of the binary. */
export function installNode(version) {
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const binary = join(cache, version, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (existsSync(binary)) return binary;
  say(`this is Node ${process.versions.node}; fetching Node ${version} into .node (about 60 MB)`);
  mkdirSync(join(cache, version), { recursive: true });
  npm(process.execPath, ["install", "--prefix", join(cache, version), "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", `${name}@${version}`]);
  return binary;
}

/** The chosen Node first, for everything that says `node`. */
export function environment(node) {
  const separator = process.platform === "win32" ? ";" : ":";
  return { ...process.env, PATH: `${dirname(node)}${separator}${process.env.PATH}` };
}

/** npm under that Node: the npm that started us, since a fetched Node brings none. */
export function npmCommand(node, args) {
  const cli = process.env.npm_execpath;
  return cli && /\.c?js$/.test(cli) ? [node, [cli, ...args]] : [process.platform === "win32" ? "npm.cmd" : "npm", args];
}

/** Runs npm in the repository; ends the process with npm's own words when it fails. */
export function npm(node, args) {
  const result = spawnSync(...npmCommand(node, args), { cwd: root, encoding: "utf8", env: environment(node) });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
  say(`npm ${args[0]} failed; mend what it says above and run the same command again`);
  process.exit(1);
}
