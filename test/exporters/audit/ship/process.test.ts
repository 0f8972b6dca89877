import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { readRecords } from "../../../../exporters/audit/reader.ts";
import { verifyDirectory } from "../../../../exporters/audit/verify/directory.ts";
import { ROOT, runApp, temporaryFolder } from "../../../support/run.ts";
import { Receiver } from "./receiver.ts";

const POLICY = "spangate: 1\nname: t\nrules:\n  - { id: reads, tool: read, effect: allow }\n";
const AGENT = `${ROOT}test/apps/ai7/agent.mjs`;

function destinations(text: string): { readonly folder: string; readonly env: { readonly SPANGATE_AUDIT_DESTINATIONS: string } } {
  const folder = temporaryFolder();
  const file = join(folder, "destinations.yaml");
  writeFileSync(file, `spangate: 1\ndestinations:\n${text}`);
  return { folder, env: { SPANGATE_AUDIT_DESTINATIONS: file } };
}

const textsOf = (directory: string): string[] => [...readRecords(directory)].map(({ text }) => text);

test("an application's log is in every destination when it has ended; the next process goes on", async (t) => {
  const receiver = await Receiver.start(t);
  const { folder, env } = destinations(`  - { name: hook, type: webhook, url: "${receiver.url}", secret_env: SECRET }\n  - { name: copy, type: file, path: ./copy }\n`);
  const audit = join(folder, "audit");
  for (let session = 0; session < 2; session++) {
    const run = await runApp(AGENT, { policy: POLICY, env: { ...env, SECRET: "s", SPANGATE_AUDIT_DIR: audit } });
    assert.equal(run.code, 0);
    assert.equal(run.stderr, "");
  }
  const texts = textsOf(audit);
  // The last word of a process is written when nothing can be sent any more.
  assert.deepEqual(textsOf(join(folder, "copy")), texts.slice(0, -1));
  assert.deepEqual(verifyDirectory(join(folder, "copy")).logs.flatMap(({ problems }) => problems), []);
  const sent = receiver.requests.flatMap(({ body }) => (JSON.parse(body) as { data: Record<string, string>[] }).data).flatMap((event) => event["spangate.audit.rec"] ?? []);
  assert.deepEqual(sent, texts.slice(0, -1));
});

test("destinations that fail in every way cost the application nothing", async (t) => {
  const silent = await Receiver.start(t);
  silent.answer = () => {};
  const broken = await Receiver.start(t);
  broken.answer = (_, response) => void response.socket?.destroy();
  const { env, folder } = destinations([
    `  - { name: silent, type: webhook, url: "${silent.url}", secret_env: SECRET, timeout: 300ms }`,
    `  - { name: broken, type: elastic, url: "${broken.url}", index: i }`,
    '  - { name: nobody, type: splunk, url: "https://127.0.0.1:1", token_env: SECRET }',
    "  - { name: nowhere, type: syslog, host: 127.0.0.1, port: 1 }",
    "  - { name: unwritable, type: file, path: /proc/none }",
    "  - { name: copy, type: file, path: ./copy }",
  ].join("\n"));
  const run = await runApp(AGENT, { policy: POLICY, env: { ...env, SECRET: "s" } });
  assert.equal(run.code, 0);
  assert.deepEqual(run.records().map(({ t: type }) => type), ["open", "decision", "decision", "outcome", "close"]);
  for (const name of ["silent", "broken", "nobody", "nowhere", "unwritable"]) assert.match(run.stderr, new RegExp(`cannot be sent to ${name} \\(.*nothing is lost`));
  assert.equal(textsOf(join(folder, "copy")).length, 4);
});

test("a killed process has lost nothing that the next one does not send", async () => {
  const { folder, env } = destinations("  - { name: copy, type: file, path: ./copy }\n");
  const audit = join(folder, "audit");
  const killed = await runApp(AGENT, { policy: POLICY, env: { ...env, SPANGATE_AUDIT_DIR: audit }, onStart: (child) => child.stderr?.on("data", () => setTimeout(() => child.kill("SIGKILL"), 150)) });
  assert.ok(killed.code === null || killed.code === 0);
  const next = await runApp(AGENT, { policy: POLICY, env: { ...env, SPANGATE_AUDIT_DIR: audit } });
  assert.equal(next.stderr, "");
  assert.deepEqual(textsOf(join(folder, "copy")), textsOf(audit).slice(0, -1));
});

describe("a process does not start with destinations that cannot be used:", () => {
  const cases = {
    "a mistake in the file": ["  - { name: a, type: fle, path: x }", /SG_DESTINATIONS_INVALID: .*destinations\.yaml:3:\d+: destinations\.0\.type/],
    "a secret that is missing": ['  - { name: a, type: splunk, url: "https://x.example", token_env: NOT_SET }', /SG_DESTINATIONS_INVALID: .*NOT_SET is not set/],
  } as const;
  for (const [name, [text, expected]] of Object.entries(cases)) {
    test(name, async () => {
      const run = await runApp(AGENT, { policy: POLICY, env: destinations(text).env });
      assert.equal(run.code, 1);
      assert.equal(run.stdout, "");
      assert.match(run.stderr, expected);
      assert.equal(run.stderr.trimEnd().split("\n").length, 1);
    });
  }
});
