// Writes every generated file that is committed: node scripts/generate.mjs [--check] [folder]
//   --check  writes nothing, names the files that differ, and ends with 1 when there are any
//   folder   where the files are; default: this repository
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { alertRules } from "../dashboards/alerts.ts";
import { metricsPage } from "../dashboards/metrics-page.ts";
import { overview } from "../dashboards/overview.ts";
import { errorsPage } from "./errors-page.mjs";

/** Path → content. */
const OUTPUTS = [
  ["dashboards/generated/alerts.yaml", alertRules],
  ["dashboards/generated/overview.json", () => `${JSON.stringify(overview(), null, 2)}\n`],
  ["docs/errors.md", errorsPage],
  ["docs/metrics.md", metricsPage],
];

const { values: { check }, positionals: [folder = fileURLToPath(new URL("..", import.meta.url))] } = parseArgs({ options: { check: { type: "boolean" } }, allowPositionals: true });
const differing = OUTPUTS.map(([path, content]) => ({ path, file: join(folder, path), content: content() }))
  .filter(({ file, content }) => !existsSync(file) || readFileSync(file, "utf8") !== content);

for (const { path, file, content } of differing) {
  process.stdout.write(`${path}\n`);
  if (check) continue;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}
if (check && differing.length > 0) {
  process.stderr.write("These files are not what they are generated from; run node scripts/generate.mjs and commit.\n");
  process.exitCode = 1;
}
