import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { INSTRUMENTS, prometheusLabel, prometheusName } from "../../exporters/instruments.ts";
import { ROOT, temporaryFolder } from "../support/run.ts";

function generate(...args: readonly string[]): { code: number | null; files: string[]; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, "scripts/generate.mjs"), ...args], { encoding: "utf8" });
  return { code: status, files: stdout.split("\n").filter(Boolean), stderr };
}

test("every committed generated file is what its source says", () => {
  const { code, files, stderr } = generate("--check");
  assert.equal(code, 0, `${stderr}${files.join("\n")}`);
});

test("generate writes what differs, and --check names a file that was changed or is missing and ends with 1", () => {
  const folder = temporaryFolder();
  const skip = ["--skip", "docs/rollout.md"];
  const { code, files } = generate(...skip, folder);
  assert.equal(code, 0);
  assert.ok(files.length >= 3);
  assert.deepEqual(generate("--check", ...skip, folder), { code: 0, files: [], stderr: "" });

  appendFileSync(join(folder, "dashboards/generated/alerts.yaml"), "# by hand\n");
  rmSync(join(folder, "docs/metrics.md"));
  const checked = generate("--check", ...skip, folder);
  assert.deepEqual([checked.code, checked.files], [1, ["dashboards/generated/alerts.yaml", "docs/metrics.md"]]);
  assert.match(checked.stderr, /node scripts\/generate\.mjs/);

  assert.deepEqual(generate(...skip, folder).files, ["dashboards/generated/alerts.yaml", "docs/metrics.md"]);
  assert.equal(generate("--check", ...skip, folder).code, 0);
});

test("docs/metrics.md has a section for each instrument with its names, unit, attributes and buckets", () => {
  const sections = readFileSync(join(ROOT, "docs/metrics.md"), "utf8").split(/^## /m).slice(1);
  assert.deepEqual(sections.map((section) => section.split("\n")[0]), INSTRUMENTS.map(({ name }) => name));
  INSTRUMENTS.forEach((instrument, at) => {
    const { kind, unit, description, attributes, buckets = [] } = instrument;
    for (const part of [description, kind, `\`${unit}\``, prometheusName(instrument), ...attributes, ...attributes.map(prometheusLabel), ...buckets.map(String)]) {
      assert.ok(sections[at]?.includes(part), `${instrument.name}: ${part}`);
    }
  });
});
