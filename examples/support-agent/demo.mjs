// Runs the agent bare and under spangate, and shows what was different.
//   npm run demo               for people
//   npm run demo -- --json     the same facts as one JSON object
// Exit code 0 only if everything that is shown is as promised.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compareCalls, falsify, promises, spanTree } from "./demo/facts.mjs";
import { report } from "./demo/report.mjs";
import { jsonLines, runAgent, spangate } from "./demo/run.mjs";

const folder = mkdtempSync(join(tmpdir(), "spangate-demo-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
process.once("SIGINT", () => process.exit(130));

try {
  const facts = await gather();
  const broken = facts.promises.filter(({ kept }) => !kept);
  for (const { what } of broken) process.stderr.write(`demo: not as promised: ${what}\n`);
  process.exitCode = broken.length === 0 ? 0 : 1;
  if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify(facts, null, 2)}\n`);
  else if (broken.length === 0) process.stdout.write(report(facts));
} catch (thrown) {
  process.stderr.write(`demo: ${thrown.message}\n`);
  process.exitCode = 1;
}

async function gather() {
  const bare = await runAgent(join(folder, "bare"));
  const gated = await runAgent(join(folder, "gated"), join(folder, "audit"));

  const log = join(folder, "audit", readdirSync(join(folder, "audit")).find((name) => /^[0-9a-f]{32}$/.test(name)), "00000001-0.log");
  const written = readFileSync(log, "utf8");
  const intact = await spangate(["verify", "audit"], folder);
  const { log: changed, ...change } = falsify(written);
  writeFileSync(log, changed);
  const tampered = await spangate(["verify", "audit"], folder);

  const facts = { calls: compareCalls(bare, gated, jsonLines(written.split("\n").filter((line) => line.startsWith("{")).join("\n"))), bare: bare.world, gated: gated.world, tree: spanTree(gated.spans), intact, change, tampered };
  return { ...facts, promises: promises(facts) };
}
