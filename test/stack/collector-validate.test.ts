import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { bareEnvironment, ROOT, temporaryFolder } from "../support/run.ts";
import { COLLECTOR, configuration, ENVIRONMENT, inStack, VENDORS } from "./collector.ts";

/** Overlay → the binary that has its exporters. */
const OVERLAYS: Readonly<Record<string, string>> = {
  "audit-queue": COLLECTOR, "audit-file": COLLECTOR, clickhouse: VENDORS, honeycomb: COLLECTOR, kafka: VENDORS, "observe-file": COLLECTOR, tempo: COLLECTOR,
};
/** Overlays that no binary of the stack can judge, and why. */
const NOT_VALIDATED: Readonly<Record<string, string>> = { datadog: "the datadog exporter is not built: five minutes, 104 MB" };
const BUILDS = ["builder", "builder-vendors"];

test("every file of dashboards/collector is validated, or it is said why not", () => {
  const files = readdirSync(join(ROOT, "dashboards/collector")).filter((name) => name.endsWith(".yaml")).map((name) => name.replace(".yaml", "")).sort();
  assert.deepEqual(files, ["collector", ...BUILDS, ...Object.keys(OVERLAYS), ...Object.keys(NOT_VALIDATED)].sort());
});

describe("the real collector", () => {
  let folder: string;
  before(() => (folder = temporaryFolder()));
  const validate = (binary: string, names: readonly string[]) => spawnSync(binary, ["validate", ...configuration(names)], {
    encoding: "utf8", env: { ...bareEnvironment(), ...ENVIRONMENT, OTELCOL_STORAGE_DIR: folder, OTELCOL_FILES: folder },
  });

  for (const [names, binary] of [[["collector"], COLLECTOR], ...Object.entries(OVERLAYS).map(([name, binary]) => [["collector", name], binary])] as [string[], string][]) {
    test(`accepts ${names.join(" with ")}`, (t) => {
      if (!inStack([binary], t)) return;
      const { status, stderr } = validate(binary, names);
      assert.equal(status, 0, stderr);
      assert.doesNotMatch(stderr, /deprecated|alias/i);
    });
  }

  /** What `validate` must find. */
  const WRONG: Readonly<Record<string, string>> = {
    "a key that does not exist": "exporters: { otlp_http/audit: { sending_queue: { queue_sizes: 1 } } }",
    "a component that was not declared": "service: { pipelines: { traces/audit: { receivers: [otlp], exporters: [otlp_http/nowhere] } } }",
    "a condition that is no OTTL": "processors: { filter/audit_only: { trace_conditions: ['span.nam == 1'] } }",
    "a directory that is not there": "extensions: { file_storage/x: { directory: /nowhere/at/all } }\nservice: { extensions: [file_storage/x] }",
  };
  for (const [what, text] of Object.entries(WRONG)) {
    test(`refuses ${what}`, (t) => {
      if (inStack([COLLECTOR], t)) assert.notEqual(validate(COLLECTOR, ["collector", text]).status, 0);
    });
  }
});
