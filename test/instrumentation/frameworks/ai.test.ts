import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { appFile, assertEvidence, KINDS } from "../../support/matrix.ts";
import { PRELOAD, ROOT, runApp, type RunResult } from "../../support/run.ts";

const POLICY = `
spangate: 1
name: support
rules:
  - { id: tools, tool: [lookup, send, progress, feed, researcher, code], effect: allow }
  - { id: no-wipe, tool: wipe, effect: deny, reason: "wiping is not allowed" }
limits: { deadline: 600ms }
redact: { in: [arguments, results] }
`;
const DENIED = { type: "error-text", value: "Tool call denied by policy: wiping is not allowed." };
const REDACTED = "[REDACTED:email]";
const JANE = { type: "json", value: { name: "Jane", email: REDACTED } };
const STEPS = [{ step: 1 }, { step: 2, email: REDACTED }, { step: 3, email: REDACTED }];
const ONE_EMAIL = { email: 1 };
/** A second preload, whose processor answers after 300 ms, or for the tool `send` never. */
const LATE = ["--import", pathToFileURL(`${ROOT}/test/apps/ai-late.mjs`).href];

const SCENARIOS = ["block", "arguments", "result", "stream", "generator", "iterable", "parallel", "agent", "inherited", "caller"];
const LATE_SCENARIOS = ["late", "lateGenerator", "lateIterable", "never"];

/** What the app reports of one scenario. */
interface Seen {
  readonly ran: readonly { tool: string; input: unknown; at: number }[];
  /** Call id → what the model was told. */
  readonly read: Record<string, unknown>;
  /** The same for the agent behind the tool. */
  readonly innerRead: Record<string, unknown>;
  readonly preliminary: readonly unknown[];
  readonly text?: string;
  readonly crash?: string;
}

interface Runs {
  readonly bare: RunResult;
  readonly gated: RunResult;
  readonly late: RunResult;
}

interface Cell {
  readonly name: string;
  /** Default all. */
  readonly versions?: readonly number[];
  check(runs: Runs, version: number): void;
}

const CELLS: readonly Cell[] = [
  {
    name: "without spangate: every tool runs with what the model said, and the model reads what it returns",
    check({ bare }, version) {
      assert.deepEqual(ran(seen(bare, "block")), [["wipe", { target: "everything" }]]);
      assert.deepEqual(ran(seen(bare, "arguments")), [["send", { to: "jane@example.com" }]]);
      assert.deepEqual(seen(bare, "result").read["result-lookup"], { type: "json", value: { name: "Jane", email: "jane@example.com" } });
      assert.deepEqual(ran(seen(bare, "stream")).map(([tool]) => tool), ["wipe", "lookup"]);
      assert.deepEqual(ran(seen(bare, "parallel")).map(([tool]) => tool), ["lookup", "wipe", "send"]);
      assert.deepEqual(ran(seen(bare, "agent")).map(([tool]) => tool), ["researcher", "lookup", "wipe"]);
      assert.deepEqual(seen(bare, "generator").preliminary, [{ step: 1 }, { step: 2, email: "jane@example.com" }, { step: 3, email: "jane@example.com" }]);
      assert.deepEqual(seen(bare, "iterable").preliminary, [{ step: 1 }, { step: 2, email: "jane@example.com" }]);
      assert.equal(seen(bare, "inherited").ran.length, version === 7 ? 0 : 1);
      assert.deepEqual(bare.records(), []);
    },
  },
  {
    name: "generate: a denied tool does not run and the model reads why",
    check({ gated }) {
      const { ran, read } = seen(gated, "block");
      assert.deepEqual(ran, []);
      assert.deepEqual(read, { "block-wipe": DENIED });
      assertEvidence(gated, { call: "block-wipe" }, { decision: { tool: "wipe", framework: "ai", effect: "deny", rule: "no-wipe" }, outcome: "none" });
    },
  },
  {
    name: "generate: a tool runs with its arguments redacted, and nothing else of them is written down",
    check({ gated }) {
      assert.deepEqual(ran(seen(gated, "arguments")), [["send", { to: REDACTED }]]);
      const decision = { effect: "modify", args: JSON.stringify({ to: REDACTED }), redacted: ONE_EMAIL };
      assertEvidence(gated, { call: "arguments-send" }, { decision, outcome: { status: "ok" } });
      assert.doesNotMatch(JSON.stringify(gated.records()), /@example/);
    },
  },
  {
    name: "generate: the model reads a redacted result, of a tool with private state",
    check({ gated }) {
      assert.deepEqual(seen(gated, "result").read, { "result-lookup": JANE });
      assertEvidence(gated, { call: "result-lookup" }, { decision: { effect: "allow", rule: "tools" }, outcome: { status: "ok", redacted: ONE_EMAIL } });
    },
  },
  {
    name: "generate: a tool starts only after an opinion that comes late, on evidence",
    check({ late }) {
      assertLate(late, "late", "late-lookup");
      assert.deepEqual(seen(late, "late").read, { "late-lookup": JANE });
    },
  },
  {
    name: "generate: a tool does not run when the opinion does not come before the deadline",
    check({ late }) {
      const { ran, read } = seen(late, "never");
      assert.deepEqual(ran, []);
      assert.deepEqual(read, { "never-send": { type: "error-text", value: "Tool call denied by policy: a processor gave no opinion within 0.6 s." } });
      assertEvidence(late, { call: "never-send" }, { decision: { effect: "deny", rule: "fail-closed" }, outcome: "none" });
    },
  },
  {
    name: "stream: a denied tool does not run and the model reads why",
    check({ gated }) {
      const report = seen(gated, "stream");
      assert.deepEqual(ran(report), [["lookup", { id: 2 }]]);
      assert.deepEqual(report.read["stream-wipe"], DENIED);
      assertEvidence(gated, { call: "stream-wipe" }, { decision: { effect: "deny", rule: "no-wipe" }, outcome: "none" });
    },
  },
  {
    name: "stream: the model reads a redacted result",
    check({ gated }) {
      assert.deepEqual(seen(gated, "stream").read["stream-lookup"], JANE);
      assertEvidence(gated, { call: "stream-lookup" }, { decision: { effect: "allow" }, outcome: { status: "ok", redacted: ONE_EMAIL } });
    },
  },
  {
    name: "stream: the preliminary results of a generator stay several, each redacted",
    check({ gated }) {
      const { preliminary, read } = seen(gated, "generator");
      assert.deepEqual(preliminary, STEPS);
      assert.deepEqual(read, { "generator-progress": { type: "json", value: STEPS[2] } });
      assertEvidence(gated, { call: "generator-progress" }, { decision: { effect: "allow" }, outcome: { status: "ok", redacted: { email: 2 } } });
    },
  },
  {
    name: "stream: a generator starts only after an opinion that comes late, and stays one",
    check({ late }) {
      assertLate(late, "lateGenerator", "lateGenerator-progress");
      assert.deepEqual(seen(late, "lateGenerator").preliminary, STEPS);
    },
  },
  {
    name: "stream: what a tool returns as a stream is redacted value by value",
    check({ gated }) {
      const { preliminary, read } = seen(gated, "iterable");
      assert.deepEqual(preliminary, STEPS.slice(0, 2));
      assert.deepEqual(read, { "iterable-feed": { type: "json", value: STEPS[1] } });
      assertEvidence(gated, { call: "iterable-feed" }, { decision: { effect: "allow" }, outcome: { status: "ok", redacted: ONE_EMAIL } });
    },
  },
  {
    name: "stream: the final value of a stream reaches the model after a late opinion too",
    check({ late }, version) {
      assertLate(late, "lateIterable", "lateIterable-feed");
      const { preliminary, read } = seen(late, "lateIterable");
      // 5 asks for the tool's result before there is a verdict: it can only be promised one.
      assert.deepEqual(preliminary, version === 5 ? [] : STEPS.slice(0, 2));
      assert.deepEqual(read, { "lateIterable-feed": { type: "json", value: STEPS[1] } });
    },
  },
  {
    name: "parallel: the siblings of a denied tool run, and the run goes on",
    check({ gated }) {
      const report = seen(gated, "parallel");
      assert.deepEqual(ran(report), [["lookup", { id: 5 }], ["send", { to: REDACTED }]]);
      assert.deepEqual(report.read, { "parallel-lookup": JANE, "parallel-wipe": DENIED, "parallel-send": { type: "json", value: { sent: true } } });
      assertEvidence(gated, { call: "parallel-lookup" }, { decision: { effect: "allow" }, outcome: { status: "ok" } });
      assertEvidence(gated, { call: "parallel-wipe" }, { decision: { effect: "deny" }, outcome: "none" });
      assertEvidence(gated, { call: "parallel-send" }, { decision: { effect: "modify", args: JSON.stringify({ to: REDACTED }) }, outcome: { status: "ok" } });
    },
  },
  {
    name: "agent as tool: its call and the calls that it makes are each decided, and it goes on after a denial",
    check({ gated }) {
      const report = seen(gated, "agent");
      assert.deepEqual(ran(report), [["researcher", { about: REDACTED }], ["lookup", { id: 6 }]]);
      assert.deepEqual(report.innerRead, { "inner-lookup": JANE, "inner-wipe": DENIED });
      assert.deepEqual(report.read, { "agent-researcher": { type: "json", value: { inner: "done", contact: REDACTED } } });
      const outer = assertEvidence(gated, { call: "agent-researcher" }, { decision: { effect: "modify" }, outcome: { status: "ok", redacted: ONE_EMAIL } });
      const inner = assertEvidence(gated, { call: "inner-lookup" }, { decision: { effect: "allow" }, outcome: { status: "ok" } });
      assertEvidence(gated, { call: "inner-wipe" }, { decision: { effect: "deny" }, outcome: "none" });
      assert.ok(outer.i < inner.i);
    },
  },
  {
    name: "generate: a tool that the tools object inherits is decided like its own",
    versions: [5, 6],
    check({ gated }) {
      assert.deepEqual(seen(gated, "inherited").ran, []);
      assertEvidence(gated, { call: "inherited-hidden" }, { decision: { tool: "hidden", effect: "deny", rule: "default" }, outcome: "none" });
    },
  },
  {
    name: "tool caller: without spangate it runs whatever it was given",
    versions: [7],
    check({ bare }) {
      assert.deepEqual(ran(seen(bare, "caller")).map(([tool]) => tool), ["code", "lookup", "wipe", "feed", "lookup"]);
    },
  },
  {
    name: "tool caller: the tools that it runs by itself are each decided and their results redacted",
    versions: [7],
    check({ gated }) {
      const report = seen(gated, "caller");
      assert.deepEqual(ran(report).map(([tool]) => tool), ["code", "lookup", "feed", "lookup"]);
      assert.deepEqual(report.read["caller-code"], { type: "json", value: { lookup: JANE.value, wipe: DENIED.value, feed: STEPS[1] } });
      assertEvidence(gated, { framework: "ai.caller", tool: "wipe" }, { decision: { effect: "deny", rule: "no-wipe" }, outcome: "none" });
      for (const tool of ["lookup", "feed"]) {
        assertEvidence(gated, { framework: "ai.caller", tool }, { decision: { effect: "allow" }, outcome: { status: "ok", redacted: ONE_EMAIL } });
      }
      assertEvidence(gated, { framework: "ai", tool: "code" }, { decision: { effect: "allow" }, outcome: { status: "ok" } });
    },
  },
  {
    name: "tool caller: a tool that it was given is decided once when the model calls it directly",
    versions: [7],
    check({ gated }) {
      assert.deepEqual(seen(gated, "caller").read["caller-lookup"], JANE);
      assertEvidence(gated, { call: "caller-lookup" }, { decision: { framework: "ai", effect: "allow" }, outcome: { status: "ok", redacted: ONE_EMAIL } });
    },
  },
];

for (const version of [5, 6, 7]) {
  for (const kind of KINDS) {
    describe(`ai ${version}, ${kind}`, () => {
      let runs: Runs;
      before(async () => {
        const file = appFile(`ai${version}`, kind);
        const args = SCENARIOS.filter((name) => name !== "caller" || version === 7);
        const [bare, gated, late] = await Promise.all([
          runApp(file, { args, nodeArgs: [] }),
          runApp(file, { args, policy: POLICY }),
          runApp(file, { args: LATE_SCENARIOS, policy: POLICY, nodeArgs: [...PRELOAD, ...LATE] }),
        ]);
        runs = { bare, gated, late };
      });
      for (const { name, versions, check } of CELLS) {
        if (!versions || versions.includes(version)) test(`ai ${version}, ${kind}, ${name}`, () => check(runs, version));
      }
    });
  }
}

/** The report of a scenario, which went to its end whatever was denied. */
function seen(run: RunResult, scenario: string): Seen {
  const report = run.json<Record<string, Seen>>()[scenario];
  assert.ok(report, `${scenario} was run`);
  assert.deepEqual({ crash: report.crash, text: report.text, code: run.code, stderr: run.stderr }, { crash: undefined, text: "done", code: 0, stderr: "" });
  return report;
}

function ran(report: Seen): [string, unknown][] {
  return report.ran.map(({ tool, input }) => [tool, input]);
}

/** The tool of a scenario began after the opinion, and after the decision that it led to was written. */
function assertLate(run: RunResult, scenario: string, call: string): void {
  const opinion = Number(new RegExp(`^opinion ${call} (\\d+)$`, "m").exec(run.stdout)?.[1]);
  const { ts } = assertEvidence(run, { call }, { decision: { effect: "allow" }, outcome: { status: "ok" } });
  const decided = Number(BigInt(ts) / 1_000_000n);
  const began = seen(run, scenario).ran[0]?.at as number;
  assert.ok(opinion <= decided && decided <= began, `opinion ${opinion}, decision ${decided}, tool ${began}`);
}
