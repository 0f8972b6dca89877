// A Redis server for the tests of shared limits: that of the PATH, else the package of the system's own distribution, unpacked into .stack.
import { spawnSync } from "node:child_process";
import { chmodSync, globSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SERVER = "redis-server";

/**
 * Puts a `redis-server` into `bin` where the PATH has none; nothing of the system is changed.
 *
 * @returns why there is none
 */
export function installRedis(folder, bin) {
  if (runs(SERVER) || runs(join(bin, SERVER))) return undefined;
  if (!runs("apt-get") || !runs("dpkg")) return "not on the PATH, and no apt-get to take it from (install redis or valkey)";
  // What the system lacks of it: server, tools, libraries.
  const listed = spawnSync("apt-get", ["install", "--print-uris", "--yes", "--no-install-recommends", "-o", "Debug::NoLocking=1", SERVER], { encoding: "utf8" });
  const packages = [...listed.stdout.matchAll(/^'[^']+' ([^_\s]+)_/gm)].map(([, name]) => name);
  if (packages.length === 0) return `apt-get knows no ${SERVER} (apt-get update?): ${lastLine(listed.stderr)}`;
  const place = join(folder, "redis");
  rmSync(place, { recursive: true, force: true });
  mkdirSync(join(place, "root"), { recursive: true });
  const fetched = spawnSync("apt-get", ["download", ...packages], { cwd: place, encoding: "utf8" });
  if (fetched.status !== 0) return `apt-get download: ${lastLine(fetched.stderr)}`;
  for (const file of globSync("*.deb", { cwd: place })) {
    const unpacked = spawnSync("dpkg", ["-x", file, "root"], { cwd: place, encoding: "utf8" });
    if (unpacked.status !== 0) return `dpkg -x ${file}: ${lastLine(unpacked.stderr)}`;
    rmSync(join(place, file));
  }
  const libraries = globSync(["usr/lib/*-linux-*", "lib/*-linux-*"], { cwd: join(place, "root") }).map((path) => join(place, "root", path)).join(":");
  // `exec`: the process that is started is the server, so that signals reach it.
  writeFileSync(join(bin, SERVER), `#!/bin/sh\nLD_LIBRARY_PATH="${libraries}" exec "${join(place, "root/usr/bin", SERVER)}" "$@"\n`);
  chmodSync(join(bin, SERVER), 0o755);
  return runs(join(bin, SERVER)) ? undefined : `what apt-get gave does not run: ${lastLine(spawnSync(join(bin, SERVER), ["--version"], { encoding: "utf8" }).stderr)}`;
}

function runs(program) {
  return spawnSync(program, ["--version"]).status === 0;
}

function lastLine(text) {
  return text.trimEnd().split("\n").at(-1);
}
