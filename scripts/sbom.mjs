// Writes what an installation of spangate brings, as CycloneDX and SPDX: node scripts/sbom.mjs [folder, default: .]
// `npm sbom` itself refuses a repository whose workspaces hold several versions of one package on purpose; it is given
// package.json and lockfile without them and without what is for development only.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const to = resolve(process.argv[2] ?? ".");
const read = (name) => JSON.parse(readFileSync(join(root, name), "utf8"));
const { name, version, description, license, dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = read("package.json");
const manifest = { name, version, description, license, dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta };
const lock = read("package-lock.json");
/** What is left: installed under node_modules, and not for development only. */
const packages = Object.fromEntries(Object.entries(lock.packages).filter(([path, { dev, devOptional, link }]) => path.startsWith("node_modules/") && !dev && !devOptional && !link));

const temporary = mkdtempSync(join(tmpdir(), "spangate-sbom-"));
try {
  // npm names the whole by its folder.
  const folder = join(temporary, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(folder, "package-lock.json"), JSON.stringify({ ...lock, packages: { "": manifest, ...packages } }));
  mkdirSync(to, { recursive: true });
  for (const [format, ending] of [["cyclonedx", "cdx"], ["spdx", "spdx"]]) {
    const file = join(to, `${name}-${version}.${ending}.json`);
    writeFileSync(file, execFileSync("npm", ["sbom", "--package-lock-only", `--sbom-format=${format}`], { cwd: folder, encoding: "utf8", maxBuffer: 64 * 1024 * 1024, shell: process.platform === "win32" }));
    process.stdout.write(`${file}\n`);
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
