// Real software around spangate: Prometheus, Alertmanager, OpenTelemetry Collectors, Redis.
//   npm run stack                      builds what is missing, then runs the tests in test/stack
//   npm run stack -- up [options]      leaves it running with an agent under spangate; `up --help` lists the options
//   npm run stack -- install           builds what is missing, and no more
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { BIN, installStack, stackPath } from "./stack/install.mjs";
import { up } from "./stack/up.mjs";
import { root } from "./toolchain.mjs";

const [command = "test", ...args] = process.argv.slice(2);
const COMMANDS = {
  async install() {
    await install();
  },
  async test() {
    await install();
    process.env.PATH = stackPath();
    const { status } = spawnSync(process.execPath, [join(root, "scripts/test.mjs"), ...(args.length ? args : ["test/stack"])], { cwd: root, stdio: "inherit" });
    process.exitCode = status ?? 1;
  },
  async up() {
    if (!args.includes("--help") && !args.includes("--no-build")) await install();
    process.env.PATH = stackPath();
    await up(args).catch((thrown) => {
      process.stderr.write(`stack: ${thrown.message}\n`);
      process.exitCode = 1;
    });
  },
};

if (Object.hasOwn(COMMANDS, command)) {
  await COMMANDS[command]();
} else {
  process.stderr.write(`stack: ${command} is none of ${Object.keys(COMMANDS).join(", ")}\n`);
  process.exitCode = 1;
}

async function install() {
  const problems = await installStack();
  if (problems.size === 0) return;
  const bar = "!".repeat(78);
  const lines = [...problems].map(([name, problem]) => `${name}: ${problem}`);
  process.stdout.write(`\n${bar}\nNOT BUILT into ${BIN.slice(root.length)}, and what needs it is skipped where the PATH has none either:\n${lines.join("\n")}\n${bar}\n\n`);
}
