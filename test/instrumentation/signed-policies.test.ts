import assert from "node:assert/strict";
import { appendFileSync, cpSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, test } from "node:test";
import type { Attributes } from "@opentelemetry/api";
import type { Instrument } from "../../exporters/instruments.ts";
import { PolicyTrust, REVISION_FILE } from "../../instrumentation/policy-trust.ts";
import { PolicyReloader } from "../../instrumentation/reload.ts";
import type { Runtime } from "../../instrumentation/runtime.ts";
import type { CompiledPolicy, Mode } from "../../policies/index.ts";
import { manifestOf } from "../../policies/load.ts";
import { freePort } from "../support/port.ts";
import { ROOT, runApp, type RunResult, temporaryFolder } from "../support/run.ts";
import { policySigner } from "../support/sign.ts";

const AGENT = `${ROOT}test/apps/ai7/agent.mjs`;
const REGISTRY = 'registry: 1\nname: mine\nversion: "1"\nactions:\n  - { id: mine.thing.read, title: Reads, match: { tool: read }, effect_class: read, risk: low, reversible: true }\n';
const owner = policySigner();
const stranger = policySigner();

interface Version {
  readonly version?: string;
  readonly name?: string;
  readonly wipe?: "allow" | "deny";
}

/** A policy with everything that a policy can be made of, in a folder of its own; nothing of it is signed yet. */
function write(folder: string, { version = "1", name = "t", wipe = "deny" }: Version = {}): string {
  const file = join(folder, "policy.yaml");
  const actions = join(folder, "actions");
  mkdirSync(actions, { recursive: true });
  writeFileSync(join(folder, "engine.cedar"), "permit (principal, action, resource);\n");
  writeFileSync(join(folder, "entities.json"), "[]");
  writeFileSync(join(actions, "own.yaml"), REGISTRY);
  writeFileSync(join(actions, "manifest.json"), JSON.stringify(manifestOf(actions)));
  writeFileSync(join(folder, "parent.yaml"), "spangate: 1\nname: org\ndefault: allow\nrules:\n  - { id: no-shell, tool: shell, effect: deny }\n");
  writeFileSync(file, `spangate: 1
name: ${name}
version: "${version}"
extends: [./parent.yaml]
actions: [./actions]
engines: [{ id: e, engine: cedar, file: ./engine.cedar, entities: ./entities.json }]
rules:
  - { id: reads, tool: read, effect: allow }
  - { id: wipes, tool: wipe, effect: ${wipe} }
`);
  return file;
}

function signed(version?: Version, revision = 1): string {
  const file = write(temporaryFolder(), version);
  owner.sign(file, { revision });
  return file;
}

const start = (file: string, more: Record<string, string> = {}): Promise<RunResult> => runApp(AGENT, { env: { SPANGATE_POLICY: file, SPANGATE_POLICY_KEY: owner.key, ...more } });

const DENIED = ["read"];

describe("a process that is to put signed policies in force only", () => {
  test("starts with one, wherever it is, and has it in every thread and child", async () => {
    for (const kind of ["worker-without-anything", "spawn"]) {
      const run = await runApp(`${ROOT}test/apps/ai7/children.cjs`, { args: [kind], env: { SPANGATE_POLICY: signed(), SPANGATE_POLICY_KEY: owner.key } });
      assert.deepEqual(run.json<{ executed: string[] }>().executed, DENIED, run.stderr);
    }
  });

  test("takes it wherever it lies, and however it is named", () => {
    const file = signed();
    const copy = join(temporaryFolder(), "elsewhere");
    cpSync(join(file, ".."), copy, { recursive: true });
    const load = (path: string): string => new PolicyTrust(owner.key, temporaryFolder()).load(path, undefined).digest;
    assert.equal(load(relative(process.cwd(), join(copy, "policy.yaml"))), load(file));
  });

  test("starts with one of either key while keys are changed, given in a file", async () => {
    const keys = join(temporaryFolder(), "keys");
    writeFileSync(keys, `# the old one until March\n${stranger.key}\n${owner.key}\n`);
    const file = signed();
    for (const signer of [owner, stranger]) {
      signer.sign(file);
      const run = await start(file, { SPANGATE_POLICY_KEY: keys });
      assert.deepEqual(run.json<{ executed: string[] }>().executed, DENIED, run.stderr);
    }
  });

  const line = (file: string, name: string): string => join(file, "..", name);
  const cases: readonly [name: string, change: (file: string) => void, says: RegExp, env?: Record<string, string>][] = [
    ["without a signature", (file) => rmSync(`${file}.sig`), /it is not signed: there is no .*policy\.yaml\.sig/],
    ["signed by somebody else under the same name", (file) => stranger.sign(file), /not signed by a key that is known/],
    ["changed after it was signed", (file) => writeFileSync(file, readFileSync(file, "utf8").replace("tool: wipe, effect: deny", "tool: wipe, effect: allow")), /is for t@1 \(\w{12}\), and this is t@1/],
    ["whose parent was changed", (file) => writeFileSync(line(file, "parent.yaml"), "spangate: 1\nname: org\ndefault: allow\n"), /is for t@1/],
    ["whose engine was changed", (file) => appendFileSync(line(file, "engine.cedar"), "permit (principal, action, resource);\n"), /is for t@1/],
    ["whose engine's data was changed", (file) => writeFileSync(line(file, "entities.json"), "[ ]"), /is for t@1/],
    ["whose registry was changed, with its manifest", (file) => {
      writeFileSync(line(file, "actions/own.yaml"), REGISTRY.replace("risk: low", "risk: high"));
      writeFileSync(line(file, "actions/manifest.json"), JSON.stringify(manifestOf(line(file, "actions"))));
    }, /is for t@1/],
    ["whose signature has expired", (file) => owner.sign(file, { expires: "2026-01-01T00:00:00Z" }), /its signature has expired at 2026-01-01T00:00:00Z/],
    ["whose mode is another one by a variable", () => {}, /is for t@1.*SPANGATE_MODE/, { SPANGATE_MODE: "observe" }],
    ["whose signature is for another policy", (file) => owner.sign(signed({ version: "2" }), {}, `${file}.sig`), /is for t@2/],
  ];
  for (const [name, change, says, env] of cases) {
    test(`does not start with a policy ${name}`, async () => {
      const file = signed();
      change(file);
      const run = await start(file, env);
      assert.deepEqual([run.code, run.stdout], [1, ""]);
      assert.match(run.stderr, /^spangate: SG_POLICY_UNTRUSTED: [^\n]*\n$/);
      assert.match(run.stderr, says);
    });
  }

  const wrong: readonly [name: string, env: Record<string, string>, code: RegExp][] = [
    ["without a policy", { SPANGATE_POLICY: "" }, /SG_POLICY_UNTRUSTED: .*SPANGATE_POLICY names no policy/],
    ["with a pack that is named", { SPANGATE_POLICY: "strict" }, /SG_POLICY_UNTRUSTED: .*A pack is not signed as such/],
    ["with a key that is none", { SPANGATE_POLICY_KEY: "s3cret" }, /^(?!.*s3cret).*SG_POLICY_KEY/],
  ];
  for (const [name, env, says] of wrong) {
    test(`does not start ${name}`, async () => {
      const run = await start(signed(), env);
      assert.deepEqual([run.code, run.stdout], [1, ""]);
      assert.match(run.stderr, says);
    });
  }

  test("does not start with an older one than the audit directory knows, whatever it is called", async () => {
    const auditDirectory = join(temporaryFolder(), "audit");
    const file = join(auditDirectory, REVISION_FILE);
    const env = { SPANGATE_AUDIT_DIR: auditDirectory };
    const first = await start(signed({ version: "7" }, 7), env);
    assert.deepEqual(first.json<{ executed: string[] }>().executed, DENIED, first.stderr);
    assert.equal((JSON.parse(readFileSync(file, "utf8")) as { revision: number }).revision, 7);
    if (process.platform !== "win32") assert.equal(statSync(file).mode & 0o777, 0o600);
    const before = readFileSync(file, "utf8");
    const refused: readonly [policy: string, says: RegExp][] = [
      [signed({ version: "6", wipe: "allow" }, 6), /it is older \(revision 6\) than the one that was in force before \(revision 7\)/],
      [signed({ version: "8", wipe: "allow" }, 7), /revision 7 is that of another policy/],
      [signed({ name: "test-bench", wipe: "allow" }, 8), /its name is test-bench, and the policy that was in force before is t/],
    ];
    for (const [policy, says] of refused) {
      const run = await start(policy, env);
      assert.deepEqual([run.code, run.stdout], [1, ""]);
      assert.match(run.stderr, says);
      assert.equal(readFileSync(file, "utf8"), before);
    }
    for (const revision of [7, 9]) assert.deepEqual((await start(signed({ version: "7" }, revision), env)).json<{ executed: string[] }>().executed, DENIED);
    assert.equal((JSON.parse(readFileSync(file, "utf8")) as { revision: number }).revision, 9);
    writeFileSync(file, "{");
    assert.match((await start(signed({ version: "7" }, 9), env)).stderr, /SG_POLICY_UNTRUSTED: .*policy-revision\.json cannot be used/);
  });

  test("denies every call while it cannot be remembered what is in force; what cannot be remembered at a reload is told of", async () => {
    const run = await runApp("test/apps/reload/unremembered.mjs", { args: [signed({ version: "2", wipe: "allow" }, 2)], env: { SPANGATE_POLICY: signed(), SPANGATE_POLICY_KEY: owner.key } });
    assert.deepEqual(run.json(), ["denied", "allowed", "denied", "replaced"], run.stderr);
    assert.match(run.stderr, /SG_AUDIT_UNWRITABLE: [^\n]*policy-revision\.json/);
  });

  test("what was verified is what is in force, whatever stands in the files a moment later", () => {
    const file = signed();
    const policy = new PolicyTrust(owner.key, temporaryFolder()).load(file, undefined, () => {
      write(join(file, ".."), { wipe: "allow" });
      writeFileSync(join(file, "../parent.yaml"), "spangate: 1\nname: org\ndefault: allow\n");
      writeFileSync(join(file, "../engine.cedar"), "forbid (principal, action, resource);\n");
    });
    const effects = ["read", "wipe", "shell"].map((tool) => policy.decide({ tool, arguments: {}, framework: "test", time: 0 }).ruling.effect);
    assert.deepEqual(effects, ["allow", "deny", "deny"]);
    assert.throws(() => new PolicyTrust(owner.key, temporaryFolder()).load(file, undefined), /is for t@1/);
  });

  test("remembers through no link that was put in its way", () => {
    const [file, directory] = [signed(), temporaryFolder()];
    const other = join(directory, "other");
    writeFileSync(other, "untouched");
    symlinkSync(other, join(directory, `${REVISION_FILE}.${process.pid}-0.new`));
    const trust = new PolicyTrust(owner.key, directory);
    trust.putInForce(trust.load(file, undefined));
    trust.remember();
    assert.equal(readFileSync(other, "utf8"), "untouched");
    assert.equal((JSON.parse(readFileSync(join(directory, REVISION_FILE), "utf8")) as { revision: number }).revision, 1);
  });

  test("takes no policy from code, and none without a signature from a file that code names", async () => {
    const file = signed({}, 1);
    const unsigned = write(temporaryFolder(), { wipe: "allow" });
    const run = await runApp("test/apps/enforce-signed.mjs", { args: [unsigned, signed({ version: "2", wipe: "allow" }, 2)], env: { SPANGATE_POLICY: file, SPANGATE_POLICY_KEY: owner.key } });
    assert.deepEqual(run.json(), { code: "SG_POLICY_UNTRUSTED", file: "SG_POLICY_UNTRUSTED", after: "denied", signed: "replaced", last: "allowed" });
    const alone = await runApp("test/apps/enforce-signed.mjs", { nodeArgs: [], args: [unsigned, signed({ version: "2", wipe: "allow" }, 2)], env: { SPANGATE_POLICY: file, SPANGATE_POLICY_KEY: owner.key } });
    assert.deepEqual(alone.json(), run.json());
  });
});

describe("a reload", () => {
  /** What a reloader needs of a runtime, and a policy in force in it. */
  function running({ mode, ...version }: Version & { readonly mode?: Mode } = {}, statement: Parameters<typeof owner.sign>[1] = {}): { file: string; reloader: PolicyReloader; version: () => string; stale: () => boolean; counted: unknown[] } {
    const file = write(temporaryFolder(), version);
    owner.sign(file, statement);
    const trust = new PolicyTrust(owner.key, temporaryFolder());
    const counted: unknown[] = [];
    const runtime = {
      trust, pipeline: { policy: trust.load(file, mode) }, policyGauges: { stale: false },
      metrics: { record: (_instrument: Instrument, _value: number, attributes: Attributes) => counted.push(Object.values(attributes)[0]) },
      trusted(policy: CompiledPolicy) {
        trust.putInForce(policy);
        trust.remember();
      },
      replace(next: CompiledPolicy) {
        this.trusted(next);
        this.pipeline = { policy: next };
      },
    };
    runtime.trusted(runtime.pipeline.policy);
    return { file, reloader: new PolicyReloader(runtime as unknown as Runtime, file, mode), version: () => runtime.pipeline.policy.source.version, stale: () => runtime.policyGauges.stale, counted };
  }

  const next = (file: string): void => void write(join(file, ".."), { version: "2" });
  const cases: readonly [name: string, change: (file: string) => void, outcome: "replaced" | "unchanged" | "rejected" | "untrusted"][] = [
    ["of nothing new changes nothing", () => {}, "unchanged"],
    ["of a new policy with a new signature replaces the old one", (file) => { next(file); owner.sign(file, { revision: 2 }); }, "replaced"],
    ["of a new policy with the old signature is untrusted", next, "untrusted"],
    ["of a new policy that somebody else signed is untrusted", (file) => { next(file); stranger.sign(file, { revision: 2 }); }, "untrusted"],
    ["of a new policy with a lower revision is untrusted", (file) => { next(file); owner.sign(file, { revision: 0 }); }, "untrusted"],
    ["of a new policy with the same revision is untrusted", (file) => { next(file); owner.sign(file, { revision: 1 }); }, "untrusted"],
    ["of a new policy whose signature has expired is untrusted", (file) => { next(file); owner.sign(file, { revision: 2, expires: "2026-01-01T00:00:00Z" }); }, "untrusted"],
    ["of a policy with another name is untrusted", (file) => { write(join(file, ".."), { name: "other", version: "2" }); owner.sign(file, { revision: 2 }); }, "untrusted"],
    ["of the same policy without its signature is untrusted", (file) => rmSync(`${file}.sig`), "untrusted"],
    ["of the same policy that was signed again changes nothing", (file) => void owner.sign(file, { revision: 9 }), "unchanged"],
    ["of a changed parent is untrusted", (file) => writeFileSync(join(file, "../parent.yaml"), "spangate: 1\nname: org\ndefault: allow\n"), "untrusted"],
    ["of a policy that is not valid is rejected, signed or not", (file) => writeFileSync(file, "spangate: ["), "rejected"],
  ];
  for (const [name, change, outcome] of cases) {
    test(`${name}, and is counted`, () => {
      const { file, reloader, version, stale, counted } = running();
      change(file);
      assert.equal(reloader.reload(), outcome);
      assert.deepEqual([version(), stale(), counted], [outcome === "replaced" ? "2" : "1", outcome === "rejected" || outcome === "untrusted", [outcome]]);
    });
  }

  test("keeps the last good one, runs nothing of the other, and takes it once it is signed", () => {
    const { file, reloader, version, stale, counted } = running();
    // Neither could be compiled, and that is not what is told.
    next(file);
    writeFileSync(join(file, "../engine.cedar"), "no Cedar");
    assert.equal(reloader.reload(), "untrusted");
    next(file);
    assert.equal(reloader.reload(), "untrusted");
    owner.sign(file, { revision: 2 });
    assert.equal(reloader.reload(), "replaced");
    assert.deepEqual([version(), stale(), counted], ["2", false, ["untrusted", "untrusted", "replaced"]]);
  });

  test("to the policy before takes a new signature", () => {
    const { file, reloader, version } = running();
    const old = readFileSync(`${file}.sig`);
    next(file);
    owner.sign(file, { revision: 2 });
    assert.equal(reloader.reload(), "replaced");
    write(join(file, ".."));
    writeFileSync(`${file}.sig`, old);
    assert.equal(reloader.reload(), "untrusted");
    owner.sign(file, { revision: 3 });
    assert.equal(reloader.reload(), "replaced");
    assert.equal(version(), "1");
  });

  test("that finds the signature of the policy in force expired says that it is out of date, and keeps it", async (t) => {
    t.mock.timers.enable({ apis: ["Date", "setTimeout"], now: Date.parse("2026-11-26T00:00:00Z") });
    const { reloader, stale, version } = running({}, { expires: "2026-11-28T00:00:00Z" });
    assert.equal(reloader.reload(), "unchanged");
    for (let hour = 0; hour < 47; hour++) t.mock.timers.tick(3_600_000);
    assert.equal(stale(), false);
    t.mock.timers.tick(3_600_000);
    assert.equal(stale(), true);
    assert.equal(reloader.reload(), "untrusted");
    assert.equal(version(), "1");
  });
});

test("in a running application: what is not signed is counted as untrusted at the scrape endpoint, and a signature may come later than its policy", async () => {
  const folder = temporaryFolder();
  const file = write(folder);
  owner.sign(file);
  const version = (name: string, signer: typeof owner, revision: number, more: Version): { policy: string; sig: string } => {
    const policy = write(join(folder, name), more);
    signer.sign(policy, { revision });
    return { policy, sig: `${policy}.sig` };
  };
  const put = ({ policy, sig }: { policy: string; sig: string }, what: "both" | "policy" | "sig"): [string, string][] => [
    ...(what === "sig" ? [] : [[policy, file] as [string, string]]), ...(what === "policy" ? [] : [[sig, `${file}.sig`] as [string, string]]),
  ];
  const forged = version("forged", stranger, 2, { version: "2", wipe: "allow" });
  const good = version("good", owner, 3, { version: "3", wipe: "allow" });
  const last = version("last", owner, 4, { version: "4" });
  const run = await runApp("test/apps/reload/signed.mjs", {
    args: [JSON.stringify([
      { files: put(forged, "both"), signal: true, outcome: "untrusted" },
      { files: put(good, "policy"), signal: true, outcome: "untrusted" },
      // Nobody tells of this one.
      { files: put(good, "sig"), outcome: "replaced" },
      // The policy, and within the time that a change is left to settle its signature.
      { files: put(last, "both"), outcome: "replaced" },
    ])],
    env: { SPANGATE_POLICY: file, SPANGATE_POLICY_KEY: owner.key, OTEL_METRICS_EXPORTER: "prometheus", OTEL_EXPORTER_PROMETHEUS_HOST: "127.0.0.1", OTEL_EXPORTER_PROMETHEUS_PORT: String(await freePort()) },
  });
  assert.deepEqual(run.json(), [
    { outcome: "untrusted", stale: 1, tool: "denied" }, { outcome: "untrusted", stale: 1, tool: "denied" },
    { outcome: "replaced", stale: 0, tool: "allowed" }, { outcome: "replaced", stale: 0, tool: "denied" },
  ], run.stderr);
  assert.match(run.stderr, /SG_POLICY_UNTRUSTED: the policy t@2 must not be put in force: [^\n]*not signed by a key that is known[^\n]* The policy t@1 stays in force\.\n/);
  assert.match(run.stderr, /policy t@3 \(\w{12}\) replaces t@1 \(\w{12}\), signed by policies\.example\.com, revision 3\n/);
  // The audit log has the policies that were in force, and no other.
  assert.deepEqual(run.records().flatMap((record) => (record.t === "open" || record.t === "policy" ? [record.policy] : [])), ["t@1", "t@3", "t@4"]);
});

