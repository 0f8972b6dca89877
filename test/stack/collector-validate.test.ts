import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { parse } from "yaml";
import { bareEnvironment, ROOT, temporaryFolder } from "../support/run.ts";
import { COLLECTOR, configuration, ENVIRONMENT, inStack, VENDORS } from "./collector.ts";
import { isCollector, otherConfigurations, withFolder } from "./configurations.ts";
import { inNoNetwork } from "./no-network.ts";

/** Overlay → the binary that has its exporters. */
const OVERLAYS: Readonly<Record<string, string>> = {
  "audit-queue": COLLECTOR, "audit-file": COLLECTOR, clickhouse: VENDORS, datadog: VENDORS, honeycomb: COLLECTOR, kafka: VENDORS, "observe-file": COLLECTOR, tempo: COLLECTOR, victorialogs: COLLECTOR,
};
/** Overlays whose exporter looks for clouds and its vendor before it has said whether the file is right. */
const REACHES_OUT = ["datadog"];
const BUILDS = ["builder", "builder-vendors"];
const FOLDER = "dashboards/collector";

test("every file of dashboards/collector is validated", () => {
  const files = readdirSync(join(ROOT, FOLDER)).filter((name) => name.endsWith(".yaml")).map((name) => name.replace(".yaml", "")).sort();
  assert.deepEqual(files, ["collector", ...BUILDS, ...Object.keys(OVERLAYS)].sort());
});

test("the images of collectors that deploy/ names have the version that is validated", () => {
  const { dist } = parse(readFileSync(join(ROOT, FOLDER, "builder.yaml"), "utf8")) as { dist: { version: string } };
  const images = ["deploy/compose/compose.yaml", "deploy/kubernetes/agent/agent.yaml"].map((file) => /opentelemetry-collector-contrib:(?:\$\{[A-Z_]+:-)?([\d.]+)/.exec(readFileSync(join(ROOT, file), "utf8"))?.[1]);
  assert.deepEqual(images, images.map(() => dist.version));
});

describe("the real collector", () => {
  let folder: string;
  before(() => (folder = temporaryFolder()));
  const validate = (binary: string, args: readonly string[], before: readonly string[] = []) => {
    const [program, ...rest] = [...before, binary, "validate", ...args] as [string, ...string[]];
    return spawnSync(program, rest, { encoding: "utf8", env: { ...bareEnvironment(), ...ENVIRONMENT, OTELCOL_STORAGE_DIR: folder, OTELCOL_FILES: folder } });
  };
  const accepts = ({ status, stderr }: ReturnType<typeof validate>): void => {
    assert.equal(status, 0, stderr);
    assert.doesNotMatch(stderr, /deprecated|alias/i);
  };

  for (const [names, binary] of [[["collector"], COLLECTOR], ...Object.entries(OVERLAYS).map(([name, binary]) => [["collector", name], binary])] as [string[], string][]) {
    test(`accepts ${names.join(" with ")}`, (t) => {
      if (!inStack([binary], t)) return;
      const before = names.some((name) => REACHES_OUT.includes(name)) ? inNoNetwork(t) : [];
      if (before) accepts(validate(binary, configuration(names), before));
    });
  }

  for (const { name, text } of otherConfigurations()) {
    test(`accepts ${name}`, (t) => {
      if (inStack([COLLECTOR], t)) accepts(validate(COLLECTOR, ["--config", `yaml:${withFolder(text, folder)}`]));
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
      if (inStack([COLLECTOR], t)) assert.notEqual(validate(COLLECTOR, configuration(["collector", text])).status, 0);
    });
  }
  test("refuses a key of Datadog's that does not exist", (t) => {
    const before = inStack([VENDORS], t) && inNoNetwork(t);
    if (!before) return;
    const { status, stderr } = validate(VENDORS, configuration(["collector", "datadog", "exporters: { datadog: { metrics: { sums: { initial_value: keep } } } }"]), before);
    assert.notEqual(status, 0);
    assert.match(stderr, /initial_value/);
  });
});

test("a configuration of a collector is known where there is one: in a file, in a ConfigMap, in a document", () => {
  const names = otherConfigurations().map(({ name }) => name);
  assert.ok(names.includes("deploy/kubernetes/agent/collector.yaml"), names.join());
  const pipelines = "service: { pipelines: { traces: { receivers: [otlp], exporters: [debug] } } }";
  for (const text of [pipelines, `receivers: { otlp: {} }\n${pipelines}`]) assert.ok(isCollector(parse(text)));
  for (const text of ["receivers: [{ name: webhook }]\nroute: { receiver: webhook }", "distributor: { receivers: { otlp: {} } }", "scrape_configs: []", "text"]) assert.ok(!isCollector(parse(text)), text);
});
