// What the preload adds to a process that does nothing.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { cleanEnvironment } from "./machine.mjs";
import { median } from "./round.mjs";
import { policy } from "./subject.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
/**
 * Prints the process's largest resident size in kilobytes. On Linux not the figure of `resourceUsage`: a child starts
 * there with the size that its parent had when it forked.
 */
const PRINT_RSS = `const status = process.platform === "linux" ? fs.readFileSync("/proc/self/status", "latin1") : "";
  fs.writeSync(1, /VmHWM:\\s+(\\d+)/.exec(status)?.[1] ?? String(process.resourceUsage().maxRSS));`;

/** @returns medians: wall milliseconds of `node … -e 0` (and the fastest), and megabytes (10^6) of `node … -e <print own size>` */
export function measureStartup(folder, { starts }) {
  const file = join(folder, "policy.yaml");
  writeFileSync(file, stringify(policy()));
  const preload = ["--require", "spangate/register"];
  const variants = [
    { id: "bare", label: "node -e 0", node: [], env: {} },
    { id: "preload", label: "node --require spangate/register -e 0", node: preload, env: {} },
    { id: "policy", label: "the same with a policy file", node: preload, env: { SPANGATE_POLICY: file } },
  ].map((variant) => ({ ...variant, wall: [], rss: [] }));
  const env = { ...cleanEnvironment(), SPANGATE_AUDIT_DIR: join(folder, "audit") };
  for (let index = 0; index <= starts; index++) {
    for (const variant of variants) {
      const from = performance.now();
      start(variant, "0", env);
      const wall = performance.now() - from;
      const rss = Number(start(variant, PRINT_RSS, env)) * 1024 / 1e6;
      // The first start of each reads files that are not in memory yet.
      if (index === 0) continue;
      variant.wall.push(wall);
      variant.rss.push(rss);
    }
  }
  const [bare] = variants.map(({ wall, rss }) => ({ wallMs: median(wall), rssMb: median(rss) }));
  return variants.map(({ id, label, wall, rss }) => {
    const [wallMs, rssMb] = [median(wall), median(rss)];
    return { id, label, starts, wallMs, fastestMs: Math.min(...wall), rssMb, ...(id !== "bare" && { overBareMs: wallMs - bare.wallMs, overBareMb: rssMb - bare.rssMb }) };
  });
}

function start({ node, env: extra }, script, env) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...node, "-e", script], { cwd: root, env: { ...env, ...extra }, encoding: "utf8" });
  if (status !== 0) throw new Error(`node ${node.join(" ")} -e ${script} ended with ${status}\n${stderr}`);
  return stdout;
}
