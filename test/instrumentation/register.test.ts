import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PRELOAD, ROOT, runApp } from "../support/run.ts";

const APPS = `${ROOT}test/apps/ai7`;
const POLICY = "spangate: 1\nname: t\nrules:\n  - { id: reads, tool: read, effect: allow }\n";

interface Printed {
  readonly executed: readonly string[];
  readonly seen: Readonly<Record<string, string>>;
  readonly text: string;
}

const DENIED = { executed: ["read"], seen: { read: "read a", wipe: "Tool call denied by policy: no rule of policy t allows this call." }, text: "done" };

test("without spangate the application does what the model says", async () => {
  assert.deepEqual((await runApp(`${APPS}/agent.mjs`, { nodeArgs: [] })).json<Printed>().executed, ["read", "wipe"]);
});

describe("the preload", () => {
  const ways: Readonly<Record<string, { nodeArgs: readonly string[]; env?: Record<string, string> }>> = {
    "--require": { nodeArgs: PRELOAD },
    "--import": { nodeArgs: ["--import", "spangate/register"] },
    "NODE_OPTIONS=--require": { nodeArgs: [], env: { NODE_OPTIONS: "--require spangate/register" } },
    "NODE_OPTIONS=--import": { nodeArgs: [], env: { NODE_OPTIONS: "--import spangate/register" } },
    "all of them at once": { nodeArgs: [...PRELOAD, "--import", "spangate/register"], env: { NODE_OPTIONS: "--require spangate/register" } },
  };
  for (const [way, options] of Object.entries(ways)) {
    for (const app of ["agent.mjs", "agent.cjs"]) {
      test(`${way} gates ${app}, each call once`, async () => {
        const run = await runApp(`${APPS}/${app}`, { ...options, policy: POLICY });
        assert.deepEqual(run.json(), DENIED);
        assert.deepEqual(run.records().map(({ t }) => t), ["open", "decision", "decision", "outcome", "close"]);
        assert.equal(run.stderr, "");
      });
    }
  }
});

describe("threads and child processes are gated like their parent", () => {
  for (const kind of ["worker", "worker-without-arguments", "worker-without-environment", "worker-without-anything", "fork", "spawn"]) {
    for (const app of ["agent.mjs", "agent.cjs"]) {
      for (const way of [{ nodeArgs: PRELOAD }, { nodeArgs: [], env: { NODE_OPTIONS: "--require spangate/register" } }]) {
        test(`${kind}, ${app}, ${way.env ? "NODE_OPTIONS" : "--require"}`, async () => {
          const run = await runApp(`${APPS}/children.cjs`, { ...way, args: [kind, app], policy: POLICY });
          assert.deepEqual(run.json(), DENIED);
          assert.equal(run.records().filter(({ t }) => t === "decision").length, 2);
        });
      }
    }
  }
});

test("without a policy everything runs, everything is written down, and one line says so", async () => {
  const run = await runApp(`${APPS}/agent.mjs`);
  assert.deepEqual(run.json<Printed>().executed, ["read", "wipe"]);
  assert.deepEqual(run.records().map(({ t }) => t), ["open", "decision", "decision", "outcome", "outcome", "close"]);
  assert.match(run.stderr, /^spangate: no policy, observing only: [^\n]*SPANGATE_POLICY[^\n]*\n$/);
});

test("in mode observe a denial is recorded and the call runs", async () => {
  const run = await runApp(`${APPS}/agent.mjs`, { policy: POLICY, env: { SPANGATE_MODE: "observe" } });
  assert.deepEqual(run.json<Printed>().executed, ["read", "wipe"]);
  const wipe = run.records().find((record) => "tool" in record && record.tool === "wipe" && record.t === "decision");
  assert.ok(wipe && "effect" in wipe && wipe.effect === "deny" && wipe.runs);
});

test("a process that calls no tool leaves nothing behind", async () => {
  const run = await runApp(`${ROOT}test/apps/nothing.cjs`, { policy: POLICY });
  assert.equal(run.code, 0);
  assert.deepEqual(run.records(), []);
});
