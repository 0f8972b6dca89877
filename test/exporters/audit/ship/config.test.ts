import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { SpangateError } from "../../../../errors.ts";
import { parseDestinations } from "../../../../exporters/audit/ship/config.ts";
import { loadDestinations } from "../../../../exporters/audit/ship/destinations.ts";
import { ROOT, temporaryFolder } from "../../../support/run.ts";

const EXAMPLES = [...readFileSync(join(ROOT, "docs/shipping.md"), "utf8").matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text as string);
const SECRETS = { AUDIT_WEBHOOK_SECRET: "whsec_c2VjcmV0", AUDIT_WEBHOOK_AUTHORIZATION: "Bearer x", SPLUNK_HEC_TOKEN: "t", ELASTIC_AUTHORIZATION: "ApiKey x" };

function write(text: string): string {
  const file = join(temporaryFolder(), "destinations.yaml");
  writeFileSync(file, text);
  return file;
}

function refused(does: () => unknown): string {
  try {
    does();
  } catch (thrown) {
    assert.ok(thrown instanceof SpangateError);
    assert.equal(thrown.code, "SG_DESTINATIONS_INVALID");
    return thrown.message;
  }
  return assert.fail("nothing was thrown");
}

test("every example of the documentation is a destination, and every type has one", () => {
  const types = EXAMPLES.map((text) => {
    const file = write(text);
    const [config] = parseDestinations(text, file);
    const [destination] = loadDestinations(file, SECRETS);
    assert.equal(destination?.name, config?.name);
    destination?.close?.();
    return config?.type;
  });
  assert.deepEqual([...new Set(types)].sort(), ["elastic", "file", "s3", "splunk", "syslog", "webhook"]);
});

const LIST = "spangate: 1\ndestinations:\n";

describe("what is wrong is told with its place:", () => {
  const cases: Readonly<Record<string, readonly [string, RegExp]>> = {
    "not YAML": ["spangate: [", /destinations\.yaml:1:\d+: not valid YAML/],
    "no list": ["spangate: 1\n", /destinations: missing/],
    "another version": ["spangate: 2\ndestinations: [{ name: a, type: file, path: x }]", /must be 1, the version/],
    "an unknown type": [`${LIST}  - { name: a, type: kafka }`, /:3:\d+: destinations\.0\.type/],
    "an unknown key": [`${LIST}  - name: a\n    type: file\n    path: x\n    pth: y`, /:6:5: unknown key "pth", did you mean "path"/],
    "a missing key": [`${LIST}  - { name: a, type: splunk, url: "https://x.example" }`, /token_env: missing/],
    "the same name twice": [`${LIST}  - { name: a, type: file, path: x }\n  - { name: a, type: file, path: y }`, /:4:\d+: the name "a" is used twice/],
    "a reserved name": [`${LIST}  - { name: otlp-logs, type: file, path: x }`, /that spangate makes itself/],
    "a name that leads out of the folder": [`${LIST}  - { name: ../x, type: file, path: x }`, /a name of a to z/],
    "http to another machine": [`${LIST}  - { name: a, type: webhook, url: "http://x.example/", secret_env: S }`, /an https URL/],
    "a password in a URL": [`${LIST}  - { name: a, type: webhook, url: "https://u:p@x.example/", secret_env: S }`, /an https URL without a password/],
    "a secret in the place of its name": [`${LIST}  - { name: a, type: webhook, url: "https://x.example/", secret_env: "whsec_abc=" }`, /the name of an environment variable/],
    "a duration without a unit": [`${LIST}  - { name: a, type: s3, bucket: b, every: 60 }`, /a duration needs a unit/],
    "CEF for Elastic": [`${LIST}  - { name: a, type: elastic, url: "https://x.example", index: i, format: cef }`, /format/],
  };
  for (const [name, [text, expected]] of Object.entries(cases)) test(name, () => assert.match(refused(() => parseDestinations(text, "destinations.yaml")), expected));

  test("a file that is not there", () => assert.match(refused(() => loadDestinations("/nowhere/d.yaml")), /cannot read \/nowhere\/d\.yaml/));
  test("a secret that is not set, never its value", () => assert.match(refused(() => loadDestinations(write(EXAMPLES[2] as string), {})), /hook: the environment variable AUDIT_WEBHOOK_\w+ is not set/));
  test("a certificate that cannot be read", () => assert.match(refused(() => loadDestinations(write(`${LIST}  - { name: a, type: syslog, host: h, ca_file: none.pem }`))), /a: ENOENT.*none\.pem/));
});

test("defaults are those that the documentation names", () => {
  const [file, webhook, splunk, s3, syslog] = parseDestinations(`${LIST}  - { name: a, type: file, path: x }\n  - { name: b, type: webhook, url: "http://127.0.0.1:1/", secret_env: S }\n  - { name: c, type: splunk, url: "https://x.example", token_env: T }\n  - { name: d, type: s3, bucket: b }\n  - { name: e, type: syslog, host: h }`, "f");
  assert.deepEqual(file, { name: "a", type: "file", path: "x", size: 64 * 1024 * 1024 });
  assert.deepEqual(webhook, { name: "b", type: "webhook", url: "http://127.0.0.1:1/", secret_env: "S", timeout: 10_000, format: "record" });
  assert.deepEqual(splunk, { name: "c", type: "splunk", url: "https://x.example", token_env: "T", timeout: 10_000, ack: true, source: "spangate", sourcetype: "spangate:audit", format: "record" });
  assert.deepEqual(s3, { name: "d", type: "s3", bucket: "b", prefix: "", path_style: false, every: 60_000, timeout: 10_000 });
  assert.deepEqual(syslog, { name: "e", type: "syslog", host: "h", port: 6_514, tls: true, app_name: "spangate", enterprise: 32_473, format: "record", timeout: 10_000 });
});
