import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { keys } from "../../../cli/doctor/keys.ts";
import { isSupported, node, SUPPORTED } from "../../../cli/doctor/node.ts";
import { policy, settings } from "../../../cli/doctor/settings.ts";
import { store } from "../../../cli/doctor/store.ts";
import { makeKeyFile } from "../../../exporters/audit/signer.ts";
import { formatVerifierKey, publicOf } from "../../../exporters/audit/tree/key.ts";
import { formatTime } from "../../../instrumentation/policy-statement.ts";
import { ROOT, temporaryFolder } from "../../support/run.ts";
import { policySigner } from "../../support/sign.ts";
import { contextOf, examine, statuses, told } from "./context.ts";

describe("node", () => {
  const versions: readonly [version: string, supported: boolean][] = [
    ["v22.22.2", false], ["v22.22.3", true], ["v22.23.0", true], ["v23.11.0", false], ["v24.14.9", false], ["v24.15.0", true], ["v25.9.9", false], ["v26.0.0", true], ["v27.1.0-nightly", true], ["v20.20.2", false], ["v18.0.0", false],
  ];
  for (const [version, supported] of versions) test(`${version} is ${supported ? "" : "not "}one of those that are proven`, () => assert.equal(isSupported(version), supported));
  test("the versions are those of package.json", () => assert.equal((JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { engines: { node: string } }).engines.node, SUPPORTED));
  test("this one, and the engine that patterns run on", async () => assert.match(told(await examine(node)), /^ok: Node v[\d.]+\n(ok: patterns run on re2|warning: re2 has no binary.*→ npm rebuild re2)$/));
});

describe("settings", () => {
  test("every variable that is wrong is named with its remedy, not only the first", async () => {
    const findings = await examine(settings, { SPANGATE_MODE: "enforc", SPANGATE_POLCY: "x", OTEL_EXPORTER_OTLP_ENDPOINT: "nowhere", SPANGATE_STRICT: "1" });
    assert.deepEqual(statuses(findings), ["failed", "failed", "failed"]);
    assert.match(told(findings), /SPANGATE_POLCY.*did you mean SPANGATE_POLICY/);
    assert.match(told(findings), /SPANGATE_MODE="enforc".*expected observe or enforce → Mend it/);
    assert.match(told(findings), /OTEL_EXPORTER_OTLP_ENDPOINT.*http or https URL/);
  });
  test("enforce without a policy is wrong as well, and what is right counts on", async () => {
    const env = { SPANGATE_MODE: "enforce", SPANGATE_AUDIT_DIR: "/somewhere" };
    assert.match(told(await examine(settings, env)), /failed: SG_ENV_INVALID: .*there is no policy to enforce/);
    assert.equal(contextOf(env).environment.auditDirectory, "/somewhere");
  });
  test("what is set and right", async () => assert.equal(told(await examine(settings, { SPANGATE_STRICT: "1" })), "ok: SPANGATE_STRICT as expected"));
});

describe("policy", () => {
  const file = (text: string): string => {
    const path = join(temporaryFolder(), "policy.yaml");
    writeFileSync(path, text);
    return path;
  };
  const GOOD = "spangate: 1\nname: shop\nversion: \"2\"\nmode: enforce\ndefault: deny\nrules:\n  - { id: reads, tool: get_thing, effect: allow }\n";

  test("none", async () => assert.match(told(await examine(policy)), /^warning: none: every call runs.*→ spangate init/));
  test("which one, and its digest", async () => {
    const context = contextOf({ SPANGATE_POLICY: file(GOOD) });
    assert.match(told(await policy.run(context)), /ok: .*policy\.yaml: shop@2, 1 rule, digest \w+\nok: enforced/);
    assert.equal(context.policy?.source.name, "shop");
  });
  test("one that only observes", async () => assert.match(told(await examine(policy, { SPANGATE_POLICY: file(GOOD), SPANGATE_MODE: "observe" })), /warning: it only observes.*→ .*SPANGATE_MODE=enforce/));
  describe("that is to be signed", () => {
    const owner = policySigner();
    const examined = async (sign: (path: string) => void, key = owner.key, more: Record<string, string> = {}): Promise<string> => {
      const path = file(GOOD);
      sign(path);
      return told(await examine(policy, { SPANGATE_POLICY: path, SPANGATE_POLICY_KEY: key, SPANGATE_AUDIT_DIR: temporaryFolder(), ...more }));
    };
    const inDays = (days: number): string => formatTime(Date.now() + days * 86_400_000) as string;

    test("and is", async () => assert.match(await examined((path) => owner.sign(path, { revision: 7 })), /^ok: signed by policies\.example\.com, revision 7$/m));
    test("and is for long", async () => assert.match(await examined((path) => owner.sign(path, { expires: inDays(30) })), /^ok: signed by .*, until 20\S+Z$/m));
    test("and is until next week", async () => assert.match(await examined((path) => owner.sign(path, { expires: inDays(6) })), /^warning: signed by .*, until 20\S+Z → Sign it again/m));
    test("and is not", async () => assert.match(await examined(() => {}), /^failed: SG_POLICY_UNTRUSTED: .*it is not signed.* → Sign it/));
    test("and was signed under another mode", async () => assert.match(await examined((path) => owner.sign(path), owner.key, { SPANGATE_MODE: "observe" }), /^failed: SG_POLICY_UNTRUSTED: .*SPANGATE_MODE/));
    test("by a key that is none", async () => assert.match(await examined(() => {}, "x"), /^failed: SG_POLICY_KEY: /));
    test("and is none", async () => assert.match(told(await examine(policy, { SPANGATE_POLICY_KEY: owner.key })), /^failed: none, and SPANGATE_POLICY_KEY asks for one.* → Set SPANGATE_POLICY/));
    test("by the key of the audit log", async () => {
      const key = join(temporaryFolder(), "key.pem");
      makeKeyFile(key);
      const verifier = formatVerifierKey({ name: "policies.example.com", type: "ed25519", key: publicOf(createPrivateKey(readFileSync(key))) });
      assert.match(told(await examine(keys, { SPANGATE_AUDIT_KEY_FILE: key, SPANGATE_POLICY_KEY: `${owner.key} ${verifier}` })), /^failed: signing key .* is one of SPANGATE_POLICY_KEY.* → Make another key/);
      assert.doesNotMatch(told(await examine(keys, { SPANGATE_AUDIT_KEY_FILE: key, SPANGATE_POLICY_KEY: owner.key })), /SPANGATE_POLICY_KEY/);
    });
  });
  test("one that is not there", async () => assert.match(told(await examine(policy, { SPANGATE_POLICY: "/nowhere.yaml" })), /^failed: SG_POLICY_UNREADABLE: .*\/nowhere\.yaml.*→ Check the path/));
  test("one that is not valid, with its place", async () => assert.match(told(await examine(policy, { SPANGATE_POLICY: file(`${GOOD}ruels: []\n`) })), /^failed: SG_POLICY_UNKNOWN_KEY: .*policy\.yaml:8:1.*ruels/));
  test("one whose key for redaction is missing would not be put in force", async () => assert.match(told(await examine(policy, { SPANGATE_POLICY: file(`${GOOD}redact: { strategy: hash }\n`) })), /^failed: SG_REDACTION_KEY: .*→ Set SPANGATE_REDACTION_KEY/));
  test("errors of the linter fail, warnings warn", async () => {
    const findings = await examine(policy, { SPANGATE_POLICY: file(`${GOOD}  - { id: again, tool: get_thing, effect: allow }\n  - { id: all, tool: "*", effect: allow }\n`) });
    assert.doesNotMatch(told(findings), /failed/);
    assert.match(told(findings), /warning: lint has \d+ warnings? → spangate lint/);
  });
  test("a rule that never decides fails", async () => {
    const findings = await examine(policy, { SPANGATE_POLICY: file(`${GOOD}  - { id: none, tool: "get_*", effect: deny }\n`) });
    assert.match(told(findings), /failed: .*policy\.yaml:7:\d+: rule reads never decides.* → spangate lint/);
  });
  test("rate limits are counted per process", async () => {
    assert.match(told(await examine(store)), /^ok: /);
    const context = contextOf({ SPANGATE_POLICY: file(`${GOOD}limits: { rate: [{ id: calm, per: session, max: 6, window: 1m }] }\n`) });
    await policy.run(context);
    assert.match(told(await store.run(context)), /^warning: rate limits and budgets are counted per process.*→ With several processes/);
  });
  test("a store of limits that is not there, or is something else", async () => {
    assert.match(told(await examine(store, { SPANGATE_LIMITS_STORE: "redis://:secret-word@127.0.0.1:1/2" })), /^failed: nothing answers at redis:\/\/127\.0\.0\.1:1\/2: .*ECONNREFUSED.*→ Start the server/);
    const web = createServer((socket) => socket.on("error", () => {}).on("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))).listen(0, "127.0.0.1");
    await once(web, "listening");
    try {
      assert.match(told(await examine(store, { SPANGATE_LIMITS_STORE: `redis://127.0.0.1:${(web.address() as AddressInfo).port}` })), /^failed: what answers at .* is no Redis that can be used: .*→ It must be a Redis 6 or newer/);
    } finally {
      web.close();
    }
  });
});
