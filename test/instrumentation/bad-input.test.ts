import assert from "node:assert/strict";
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { makeKeyFile } from "../../exporters/audit/signer.ts";
import { ROOT, runApp, temporaryFolder } from "../support/run.ts";

const AGENT = `${ROOT}test/apps/ai7/agent.mjs`;
const POLICY = "spangate: 1\nname: t\nrules:\n  - { id: reads, tool: read, effect: allow }\n";

describe("a wrong configuration ends the process with one coded line, before the application runs", () => {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "");
  const cases: readonly [name: string, env: Record<string, string>, says: RegExp][] = [
    ["a policy that is not there", { SPANGATE_POLICY: "/nowhere.yaml" }, /SG_POLICY_UNREADABLE.*SPANGATE_POLICY/],
    ["a policy that is a directory", { SPANGATE_POLICY: "/" }, /SG_POLICY_UNREADABLE/],
    ["a mode that does not exist", { SPANGATE_MODE: "enforced" }, /SG_ENV_INVALID.*SPANGATE_MODE="enforced".*observe or enforce/],
    ["enforce without a policy", { SPANGATE_MODE: "enforce" }, /SG_ENV_INVALID.*SPANGATE_POLICY/],
    ["a misspelt variable", { SPANGATE_POLCY: "x" }, /SG_ENV_INVALID.*did you mean SPANGATE_POLICY/],
    ["strict: maybe", { SPANGATE_STRICT: "maybe" }, /SG_ENV_INVALID.*1 or 0/],
    ["an endpoint that is no URL", { OTEL_EXPORTER_OTLP_ENDPOINT: "localhost:4318" }, /SG_ENV_INVALID.*http or https URL/],
    ["a port out of range", { OTEL_EXPORTER_PROMETHEUS_PORT: "99999" }, /SG_ENV_INVALID.*port number/],
    ["an exporter nobody knows", { OTEL_METRICS_EXPORTER: "promethus" }, /SG_ENV_INVALID.*otlp, prometheus/],
    ["headers without a value; the value is not repeated", { OTEL_EXPORTER_OTLP_HEADERS: "s3cret" }, /^(?!.*s3cret).*SG_ENV_INVALID/],
    ["an audit directory that cannot be", { SPANGATE_AUDIT_DIR: join(file, "audit") }, /SG_AUDIT_UNWRITABLE.*SPANGATE_AUDIT_DIR/],
  ];
  for (const [name, env, says] of cases) {
    test(name, async () => {
      const run = await runApp(AGENT, { ...(env["SPANGATE_POLICY"] ? {} : { policy: env["SPANGATE_MODE"] === "enforce" ? undefined : POLICY }) as object, env });
      assert.equal(run.code, 1);
      assert.equal(run.stdout, "");
      assert.match(run.stderr, says);
      assert.equal(run.stderr.trimEnd().split("\n").length, 1, run.stderr);
    });
  }

  test("an audit directory in a place that takes no folders is told at once: Node would look for it without end", async (t) => {
    if (process.platform !== "linux") return t.skip("SKIPPED: /proc is Linux's");
    const run = await runApp(AGENT, { policy: POLICY, env: { SPANGATE_AUDIT_DIR: "/proc/spangate/audit" } });
    assert.equal(run.code, 1);
    assert.match(run.stderr, /SG_AUDIT_UNWRITABLE: .*\/proc\/spangate/);
  });

  test("a policy with an unknown key", async () => {
    const run = await runApp(AGENT, { policy: `${POLICY}defualt: allow\n` });
    assert.equal(run.code, 1);
    assert.match(run.stderr, /SG_POLICY_UNKNOWN_KEY: .*policy\.yaml:5:1: unknown key "defualt", did you mean "default"\?/);
    assert.equal(run.stdout, "");
  });
});

/** Tools that ran, of an agent that went on to its end. */
async function executed(options: Parameters<typeof runApp>[1]): Promise<{ tools: readonly string[]; run: Awaited<ReturnType<typeof runApp>> }> {
  const run = await runApp(AGENT, options);
  const { executed: tools, text } = run.json<{ executed: string[]; text: string }>();
  assert.equal(text, "done");
  return { tools, run };
}

describe("in enforce mode nothing runs that cannot be recorded, and the agent goes on", () => {
  test("a damaged log is left as it is, and told of; a new one is begun and names it", async () => {
    const first = await executed({ policy: POLICY });
    const log = readdirSync(first.run.auditDir).find((name) => /^[0-9a-f]{32}$/.test(name)) as string;
    const file = join(first.run.auditDir, log, "00000001-0.log");
    writeFileSync(file, readFileSync(file, "utf8").replace(/"decisions":2/, '"decisions":3'));
    const before = readFileSync(file);
    const { tools, run } = await executed({ policy: POLICY, env: { SPANGATE_AUDIT_DIR: first.run.auditDir } });
    assert.deepEqual(tools, first.tools);
    assert.match(run.stderr, /SG_AUDIT_CORRUPT: .*00000001-0\.log is damaged/);
    assert.deepEqual(readFileSync(file), before);
    const opened = run.records().find((record) => record.t === "open" && record.refused !== undefined);
    assert.ok(opened?.t === "open" && opened.refused?.startsWith(`${log}: `) && opened.log !== log);
  });

  test("a signing key that others may read", async () => {
    const key = join(temporaryFolder(), "key.pem");
    makeKeyFile(key);
    chmodSync(key, 0o644);
    const { tools, run } = await executed({ policy: POLICY, env: { SPANGATE_AUDIT_KEY_FILE: key } });
    assert.deepEqual(tools, []);
    assert.match(run.stderr, /SG_AUDIT_KEY: .*others may read it/);
  });

  test("a disk that fills up", async (t) => {
    if (process.platform === "win32") return t.skip("SKIPPED: Windows has no ulimit");
    // Two blocks of 512 bytes hold the `open` record and no decision after it.
    const folder = temporaryFolder();
    writeFileSync(join(folder, "policy.yaml"), POLICY);
    const { spawnSync } = await import("node:child_process");
    const { stdout, stderr } = spawnSync("sh", ["-c", `ulimit -f 1; exec "$0" --require spangate/register "$1"`, process.execPath, AGENT], {
      cwd: ROOT, encoding: "utf8", env: { PATH: process.env["PATH"], SPANGATE_POLICY: join(folder, "policy.yaml"), SPANGATE_AUDIT_DIR: join(folder, "audit") },
    });
    assert.deepEqual((JSON.parse(stdout) as { executed: string[] }).executed, []);
    assert.match(stderr, /SG_AUDIT_UNWRITABLE: .*EFBIG/);
  });

  test("when observing, the application goes on and the operator is told", async () => {
    const { tools, run } = await executed({ env: { SPANGATE_AUDIT_KEY: "no key" } });
    assert.deepEqual(tools, ["read", "wipe"]);
    assert.match(run.stderr, /SG_AUDIT_KEY: /);
  });
});

test("a Prometheus port in use is one coded line, and the application goes on", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const run = await runApp(`${ROOT}test/apps/coverage/idle.cjs`, {
    policy: POLICY, env: { OTEL_METRICS_EXPORTER: "prometheus", OTEL_EXPORTER_PROMETHEUS_HOST: "127.0.0.1", OTEL_EXPORTER_PROMETHEUS_PORT: String(port) },
    // Its own handler ends it with 0: it was still running when the line came.
    onStart: (child) => child.stderr?.on("data", (part: Buffer) => part.includes("SG_PORT_IN_USE") && child.kill("SIGTERM")),
  });
  server.close();
  assert.equal(run.code, 0);
  assert.match(run.stderr, new RegExp(`^spangate: SG_PORT_IN_USE: the Prometheus endpoint 127\\.0\\.0\\.1:${port} [^\n]*\n$`));
});
