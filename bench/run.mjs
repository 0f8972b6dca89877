// npm run bench -- [--json] [--quick] [--dir <folder for the logs>]
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { VERSION } from "spangate";
import { budgets } from "./budgets.mjs";
import { measureCalls } from "./calls.mjs";
import { load, machine } from "./machine.mjs";
import { FOOTNOTES, print } from "./print.mjs";
import { measureStartup } from "./startup.mjs";
import { measureVerify } from "./verify.mjs";

const FULL = { rounds: 25, calls: 600, slowCalls: 40, warmUp: 10_000, starts: 25, records: 50_000, verifications: 5 };
/** Shows that everything works; its figures are noise. */
const QUICK = { rounds: 2, calls: 50, slowCalls: 3, warmUp: 50, starts: 2, records: 2_000, verifications: 1 };

const { values: options } = parseArgs({ options: { json: { type: "boolean", default: false }, quick: { type: "boolean", default: false }, dir: { type: "string", default: tmpdir() } } });
const settings = { quick: options.quick, ...(options.quick ? QUICK : FULL) };
const folder = mkdtempSync(join(options.dir, "spangate-bench-"));
try {
  const where = machine(folder);
  const [startup, verify] = [measureStartup(folder, settings), measureVerify(folder, settings)];
  const { calls, details } = await measureCalls(folder, settings);
  const versions = { spangate: VERSION, ...Object.fromEntries(["@ai-sdk/policy-opa", "@microsoft/agent-governance-sdk"].map((name) => [name, versionOf(name)])) };
  const result = { machine: { ...where, loadAfter: load() }, settings, versions, details, calls, startup, verify, budgets: budgets({ calls, startup }), footnotes: FOOTNOTES };
  process.stdout.write(options.json ? `${JSON.stringify(result, null, 2)}\n` : print(result));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function versionOf(name) {
  return JSON.parse(readFileSync(new URL(import.meta.resolve(`${name}/package.json`)), "utf8")).version;
}
