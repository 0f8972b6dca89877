import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { onPath } from "../dashboards/on-path.ts";
import { bareEnvironment, ROOT, temporaryFolder } from "../support/run.ts";
import { COLLECTOR, inStack } from "./collector.ts";

const FOLDER = join(ROOT, "deploy/compose");
/** What compose-go, the parser of docker compose, makes of the file. */
interface Project {
  readonly services: Readonly<Record<string, {
    readonly command?: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
    readonly read_only?: boolean;
    readonly ports?: readonly { readonly host_ip?: string; readonly published?: string }[];
    readonly volumes?: readonly { readonly type: string; readonly source: string; readonly target: string; readonly read_only?: boolean }[];
  }>>;
}

function compose(): Project {
  const { status, stdout, stderr } = spawnSync("compose-check", ["-format", "json", "compose.yaml"], { cwd: FOLDER, encoding: "utf8", env: bareEnvironment() });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Project;
}

test("docker compose's own parser accepts the file; every port is on loopback", (t) => {
  if (!inStack(["compose-check"], t)) return;
  const ports = Object.values(compose().services).flatMap(({ ports = [] }) => ports);
  assert.deepEqual(ports.map(({ published }) => published).sort(), ["3000", "4317", "4318", "9090", "9093"]);
  for (const { host_ip } of ports) assert.equal(host_ip, "127.0.0.1");
});

test("the parser finds a misspelt key", (t) => {
  if (!inStack(["compose-check"], t)) return;
  const text = readFileSync(join(FOLDER, "compose.yaml"), "utf8").replace("image: prom/", "imagi: prom/");
  const { status, stderr } = spawnSync("compose-check", ["-"], { cwd: temporaryFolder(), input: text, encoding: "utf8" });
  assert.notEqual(status, 0);
  assert.match(stderr, /imagi/);
});

test("every port and version has a variable, and volumes and services that are named are there", () => {
  const { services, volumes } = parse(readFileSync(join(FOLDER, "compose.yaml"), "utf8"), { merge: true }) as { services: Record<string, any>; volumes: object };
  for (const [name, { image, ports = [], volumes: mounts = [], depends_on = {} }] of Object.entries(services)) {
    assert.match(image, /:\$\{[A-Z]+_VERSION:-v?\d+\.\d+(\.\d+)?\}$/, name);
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:\$\{[A-Z_]+_PORT:-(\d+)\}:\1$/, name);
    for (const { type, source } of mounts) assert.ok(type === "bind" || source in volumes, `${name}: ${source}`);
    for (const other of Object.keys(depends_on)) assert.ok(other in services, other);
  }
});

test("every file that a container reads is there and read-only, and nothing but volumes can be written", (t) => {
  if (!inStack(["compose-check"], t)) return;
  for (const [name, { volumes = [], read_only }] of Object.entries(compose().services)) {
    assert.ok(read_only || name === "evidence-owner", name);
    for (const { type, source, read_only: readOnly } of volumes.filter((volume) => volume.type === "bind")) {
      assert.ok(existsSync(source), `${name}: ${type} ${source}`);
      assert.ok(readOnly, source);
    }
  }
});

test("the collector accepts what its container is given", (t) => {
  if (!inStack(["compose-check"], t) || !inStack([COLLECTOR], t)) return;
  const { command = [], environment = {}, volumes = [] } = compose().services["collector"] ?? {};
  const configurations = volumes.find(({ target }) => target === "/etc/spangate")?.source as string;
  const args = command.map((argument) => argument.replace("/etc/spangate", configurations));
  const { status, stderr } = spawnSync(COLLECTOR, ["validate", ...args], { encoding: "utf8", env: { ...bareEnvironment(), ...environment, OTELCOL_FILES: temporaryFolder() } });
  assert.equal(status, 0, stderr);
  // Another address than the container's own would be out of reach.
  assert.deepEqual(Object.entries(environment).filter(([name, value]) => /^OTELCOL_(?!FILES)/.test(name) && !value.startsWith("0.0.0.0")), []);
});

test("Prometheus and Alertmanager accept their files, and scrape what the collector opens", (t) => {
  if (!onPath("promtool", t)) return;
  const folder = temporaryFolder();
  for (const file of ["deploy/compose/prometheus.yml", "dashboards/generated/alerts.yaml"]) cpSync(join(ROOT, file), join(folder, basename(file)));
  const checked = spawnSync("promtool", ["check", "config", join(folder, "prometheus.yml")], { encoding: "utf8" });
  assert.equal(checked.status, 0, checked.stdout + checked.stderr);
  const { scrape_configs } = parse(readFileSync(join(FOLDER, "prometheus.yml"), "utf8")) as { scrape_configs: { honor_labels?: boolean; static_configs: { targets: string[] }[] }[] };
  assert.deepEqual(scrape_configs.map(({ honor_labels, static_configs }) => [honor_labels ?? false, static_configs[0]?.targets]), [[true, ["collector:8889"]], [false, ["collector:8888"]]]);
  if (inStack(["amtool"], t)) {
    const alertmanager = spawnSync("amtool", ["check-config", join(FOLDER, "alertmanager.yml")], { encoding: "utf8" });
    assert.equal(alertmanager.status, 0, alertmanager.stdout + alertmanager.stderr);
  }
});

test("Grafana is given the data sources that the board asks for, and the folder that it is in", () => {
  const { datasources } = parse(readFileSync(join(FOLDER, "grafana/datasources.yaml"), "utf8")) as { datasources: { type: string; uid: string; url: string }[] };
  const { services } = parse(readFileSync(join(FOLDER, "compose.yaml"), "utf8")) as Project;
  for (const { url } of datasources) assert.ok(new URL(url).hostname in services, url);
  const board = JSON.parse(readFileSync(join(ROOT, "dashboards/generated/overview.json"), "utf8")) as { templating: { list: { type: string; query: string }[] } };
  const wanted = board.templating.list.filter(({ type }) => type === "datasource").map(({ query }) => query);
  assert.ok(wanted.length > 0);
  for (const type of wanted) assert.ok(datasources.some((source) => source.type === type), type);
  const { providers } = parse(readFileSync(join(FOLDER, "grafana/dashboards.yaml"), "utf8")) as { providers: { options: { path: string } }[] };
  const mounted = services["grafana"]?.volumes?.find(({ source }) => source === "../../dashboards/generated");
  assert.equal(mounted?.target, providers[0]?.options.path);
});
