// Writes every generated file that is committed: node scripts/generate.mjs [--check] [--skip path] [folder]
//   --check  writes nothing, names the files that differ, and ends with 1 when there are any
//   --skip   leaves one file out: docs/rollout.md is made by running everything that it shows
//   folder   where the files are; default: this repository
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { alertRules } from "../dashboards/alerts.ts";
import { BOARDS } from "../dashboards/boards.ts";
import { datadogDashboard } from "../dashboards/datadog.ts";
import { honeycombPanels, honeycombTerraform } from "../dashboards/honeycomb.ts";
import { metricsPage } from "../dashboards/metrics-page.ts";
import { asV2 } from "../dashboards/v2.ts";
import { manifestOf, registryFolder, registryNames } from "../policies/load.ts";
import { errorsPage } from "./errors-page.mjs";
import { policyPage } from "./policy-page.mjs";
import { rolloutPage } from "./rollout-page.mjs";

/** Path → content. */
const OUTPUTS = [
  ["dashboards/generated/alerts.yaml", alertRules],
  ...Object.entries(BOARDS).flatMap(([name, board]) => [
    [`dashboards/generated/${name}.json`, () => `${JSON.stringify(board(), null, 2)}\n`],
    [`dashboards/generated-v2/${name}.json`, () => `${JSON.stringify(asV2(board()), null, 2)}\n`],
  ]),
  ...Object.entries({ "datadog.json": datadogDashboard, "honeycomb.json": honeycombPanels, "honeycomb.tf.json": honeycombTerraform }).map(([name, content]) => [`dashboards/generated-vendors/${name}`, () => `${JSON.stringify(content(), null, 2)}\n`]),
  ["docs/errors.md", errorsPage],
  ["docs/metrics.md", metricsPage],
  ["docs/policy.md", policyPage],
  ["docs/rollout.md", rolloutPage],
  ...registryNames().map((name) => [`policies/packs/actions/${name}/manifest.json`, () => `${JSON.stringify(manifestOf(registryFolder(name)), null, 2)}\n`]),
];

const { values: { check, skip }, positionals: [folder = fileURLToPath(new URL("..", import.meta.url))] } = parseArgs({ options: { check: { type: "boolean" }, skip: { type: "string" } }, allowPositionals: true });
const differing = (await Promise.all(OUTPUTS.filter(([path]) => path !== skip).map(async ([path, content]) => ({ path, file: join(folder, path), content: await content() }))))
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
