import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import type { DecisionBody } from "../../../exporters/audit/bodies.ts";
import { appFile, assertEvidence, KINDS, type Kind } from "../../support/matrix.ts";
import { PRELOAD, type RunResult, runApp, temporaryFolder } from "../../support/run.ts";

/** Where spangate is: with the client, with the server, or in one process that is both. */
type Side = "client" | "server" | "both";
interface Setup {
  readonly version: 1 | 2;
  readonly kind: Kind;
  readonly side: Side;
}
interface Output {
  readonly reports: Record<string, any>;
  readonly ran: readonly { readonly tool: string; readonly arguments: any; readonly at: number }[];
  readonly options: string | null;
  readonly serverOptions: string | null;
}
/** A finished run, as a cell looks at it. */
interface Finished extends Setup {
  readonly run: RunResult;
  readonly output: Output;
  /** The seam at which a call of the host is decided. */
  readonly framework: string;
  /** The arguments with which a tool ran, once for each time. */
  ran(tool: string): unknown[];
}
type Cells = Readonly<Record<string, (run: Finished) => void>>;

const LATE = ["--import", "./test/apps/mcp-late.mjs"];
/** How long the late processor takes, less what timers may be early. */
const DELAY = 298;
const POLICY = `
spangate: 1
name: office
default: deny
rules:
  - { id: office, tool: [lookup, contact, send, count, weather, delegate, job, slow], effect: allow }
  - { id: no-wipe, tool: [wipe, forecast, purge], effect: deny, reason: wiping is not allowed }
redact: { in: [arguments] }
`;
const LENIENT = `
spangate: 1
name: lenient
default: allow
limits: { deadline: 1s }
redact: { in: [results] }
`;
const DENIED = answer("Tool call denied by policy: wiping is not allowed.", true);
const ALLOWED = { decision: { effect: "allow" }, outcome: { status: "ok" } } as const;
const REFUSED = { decision: { effect: "deny", rule: "no-wipe" }, outcome: "none" } as const;

/** What the policy allows, refuses and rewrites. */
const CELLS: Cells = {
  "block: the tool does not run, the model reads why, the connection goes on"({ output, ran, run, framework }) {
    assert.deepEqual(output.reports["block"], { refused: DENIED, after: answer("record block") });
    assert.deepEqual(ran("wipe"), []);
    assertEvidence(run, { framework, tool: "wipe", args: '{"target":"block"}' }, REFUSED);
    assertEvidence(run, { framework, tool: "lookup", args: '{"id":"block"}' }, ALLOWED);
  },
  "rewrite arguments: the tool runs with redacted ones"({ output, ran, run, framework }) {
    assert.deepEqual(output.reports["arguments"].answer, answer("sent to [REDACTED:email]"));
    assert.deepEqual(ran("send")[0], { to: "[REDACTED:email]" });
    const rewritten = { decision: { effect: "modify", redacted: { email: 1 } }, outcome: { status: "ok" } } as const;
    assertEvidence(run, { framework, tool: "send", args: '{"to":"[REDACTED:email]"}' }, rewritten);
    assert.deepEqual(output.reports["result"].answer, answer("write to jane@example.com"));
  },
  "a request without callTool is gated as well"({ output, run, framework }) {
    assert.deepEqual(output.reports["direct"], { refused: DENIED, allowed: answer("record direct") });
    assertEvidence(run, { framework, tool: "wipe", args: '{"target":"direct"}' }, REFUSED);
  },
  "a tool with an output schema: a denial is not validated"({ output, ran }) {
    assert.deepEqual(output.reports["schema"], { refused: DENIED, allowed: { ...answer("21 degrees"), structuredContent: { celsius: 21 } } });
    assert.deepEqual(ran("forecast"), []);
  },
  "streaming: progress arrives, a refused call has none"({ output, run, framework }) {
    assert.deepEqual(output.reports["stream"], { allowed: answer("counted"), progress: [1, 2, 3], refused: DENIED, refusedProgress: [] });
    assertEvidence(run, { framework, tool: "count" }, ALLOWED);
    assertEvidence(run, { framework, tool: "wipe", args: '{"target":"stream"}' }, REFUSED);
  },
  "parallel: one of three is refused, the others run"({ output, ran, run, framework }) {
    assert.deepEqual(output.reports["parallel"].answers, [answer("record parallel"), DENIED, answer("sent to parallel")]);
    assert.deepEqual(ran("send")[1], { to: "parallel" });
    assertEvidence(run, { framework, tool: "lookup", args: '{"id":"parallel"}' }, ALLOWED);
    assertEvidence(run, { framework, tool: "wipe", args: '{"target":"parallel"}' }, REFUSED);
    assertEvidence(run, { framework, tool: "send", args: '{"to":"parallel"}' }, ALLOWED);
  },
  "agent as tool: outer and inner calls are decided, the agent survives a refusal"({ output, ran, run, framework, side }) {
    const said = answer("wipe: error: Tool call denied by policy: wiping is not allowed.\nlookup: record agent");
    assert.deepEqual(output.reports[side === "client" ? "ownAgent" : "agent"].answer, said);
    assert.equal(ran("delegate").length, 1);
    assertEvidence(run, { framework, tool: "delegate" }, ALLOWED);
    assertEvidence(run, { framework: "mcp.client", tool: "wipe", args: '{"target":"agent"}' }, REFUSED);
    assertEvidence(run, { framework: "mcp.client", tool: "lookup", args: '{"id":"agent"}' }, ALLOWED);
  },
};

/** v1 only: results that are streamed, and tasks. */
const TASK_CELLS: Cells = {
  "callToolStream: the model reads the result, or why there is none"({ output, run, framework }) {
    assert.deepEqual(output.reports["tasks"].plain, [{ type: "result", result: answer("record undefined") }]);
    assert.deepEqual(output.reports["tasks"].plainRefused, [{ type: "result", result: DENIED }]);
    assertEvidence(run, { framework, tool: "lookup", args: '{"of":"lookup"}' }, ALLOWED);
    assertEvidence(run, { framework, tool: "wipe", args: '{"of":"wipe"}' }, REFUSED);
  },
  "a task is decided when it is asked for; a refused one is over at once"({ output, ran, run, framework, side }) {
    const { job, purge } = output.reports["tasks"];
    assert.deepEqual([job[0].type, job.at(-1).type], ["taskCreated", "result"]);
    assert.deepEqual(job.at(-1).result.content, answer("job done for jane@example.com").content);
    assert.deepEqual(purge.map(({ type }: any) => type), side === "server" ? ["taskCreated", "taskStatus", "result"] : ["result"]);
    assert.partialDeepStrictEqual(purge.at(-1).result, DENIED);
    assert.deepEqual([ran("job").length, ran("purge").length], [1, 0]);
    assertEvidence(run, { framework, tool: "job" }, ALLOWED);
    assertEvidence(run, { framework, tool: "purge" }, REFUSED);
  },
};

/** With a processor that takes its time, and results that are redacted. */
const LATE_CELLS: Cells = {
  "rewrite result: the host reads a redacted one"({ output, ran, run, framework }) {
    assert.deepEqual(output.reports["result"].answer, answer("write to [REDACTED:email]"));
    assertEvidence(run, { framework, tool: "contact" }, { decision: { effect: "allow" }, outcome: { status: "ok", redacted: { email: 1 } } });
    assert.deepEqual(ran("send"), [{ to: "jane@example.com" }]);
  },
  "delay: the tool starts after the late opinion and after the decision is written"({ output, run, framework }) {
    const { asked, slow } = output.reports["late"];
    const started = output.ran.find(({ tool }) => tool === "slow")?.at ?? 0;
    assert.deepEqual(slow, answer("slow late"));
    assert.ok(started - asked >= DELAY, `started after ${started - asked} ms`);
    const { ts } = assertEvidence(run, { framework, tool: "slow" }, ALLOWED);
    assert.ok(Number(BigInt(ts) / 1_000_000n) <= started);
  },
  "deadline: without an opinion in time the call is refused, and the connection goes on"({ output, ran, run, framework }) {
    assert.deepEqual(output.reports["late"].never, answer("Tool call denied by policy: a processor gave no opinion within 1 s.", true));
    assert.deepEqual(output.reports["late"].after, answer("record late"));
    assert.deepEqual(ran("never"), []);
    assertEvidence(run, { framework, tool: "never" }, { decision: { effect: "deny", source: "fail_closed" }, outcome: "none" });
  },
  "a result that is withheld reads like a denial"({ output, ran, run, framework }) {
    assert.deepEqual(output.reports["late"].secret, answer("Tool call denied by policy: its result was withheld: not for models.", true));
    assert.equal(ran("secret").length, 1);
    assertEvidence(run, { framework, tool: "secret" }, { outcome: { status: "withheld" } });
  },
};

/** In one process. */
const BOTH_CELLS: Cells = {
  "what was judged runs, whatever the host changes meanwhile"({ output, ran, run }) {
    assert.deepEqual(output.reports["mutate"].answer, answer("slow asked"));
    assert.deepEqual(ran("slow"), [{ id: "asked" }]);
    assertEvidence(run, { framework: "mcp.client", tool: "slow", args: '{"id":"asked"}' }, ALLOWED);
  },
  "a call from inside the handler of another request is gated"({ output, run }) {
    assert.deepEqual(output.reports["related"].refused, DENIED);
    assertEvidence(run, { framework: "mcp.client", tool: "wipe", args: '{"target":"related"}' }, REFUSED);
  },
  "servers without McpServer, and clients without Client: every way to set a handler is gated"({ output, ran, run }) {
    const expected = { refused: DENIED, allowed: answer("handled lookup"), bare: answer("handled lookup") };
    assert.deepEqual(output.reports["peers"], { handler: expected, schema: expected, fallback: expected });
    // A server sees no arguments where none were given.
    assert.deepEqual(ran("lookup").filter((args) => args === null).length, 3);
    for (const id of ["handler", "schema", "fallback"]) {
      assertEvidence(run, { framework: "mcp.server", tool: "lookup", args: `{"id":"${id}"}`, caller: "alice" }, ALLOWED);
      assertEvidence(run, { framework: "mcp.server", tool: "wipe", args: `{"target":"${id}"}`, caller: "alice" }, REFUSED);
    }
  },
  "a call that passes both sides is decided once, on the client's"({ run }) {
    const decisions = decisionsOf(run);
    assert.ok(decisions.some(({ framework }) => framework === "mcp.client"));
    assert.deepEqual(decisions.filter(({ framework, caller }) => framework !== "mcp.client" && caller !== "alice"), []);
  },
};

for (const version of [1, 2] as const) {
  const names = ["block", "arguments", "result", "direct", "schema", "stream", "parallel"];
  const tasks = version === 1 ? ["tasks"] : [];
  const taskCells = version === 1 ? TASK_CELLS : {};
  for (const kind of KINDS) {
    for (const side of ["client", "server"] as const) {
      const setup = { version, kind, side };
      describe(`MCP v${version}, ${side} side, ${kind}`, () => {
        let policed: Finished;
        let lenient: Finished;
        before(async () => {
          [policed, lenient] = await Promise.all([
            start(setup, [...names, side === "client" ? "ownAgent" : "agent", ...tasks], POLICY),
            start(setup, ["arguments", "result", "late", ...tasks], LENIENT, LATE),
          ]);
        });
        cells({ ...CELLS, ...taskCells }, () => policed);
        cells(LATE_CELLS, () => lenient);
        test("the other side is bare", () => {
          const preloaded = [policed.output.options, policed.output.serverOptions].map((options) => options?.includes("register") ?? false);
          assert.deepEqual(preloaded, [side === "client", side === "server"]);
          const outer = decisionsOf(policed.run).filter(({ args }) => !args.includes("agent"));
          assert.deepEqual(outer.filter(({ framework }) => framework !== policed.framework), []);
        });
        if (version === 1 && side === "client") {
          test("the result of a task that is streamed is redacted", () => {
            assert.deepEqual(lenient.output.reports["tasks"].job.at(-1).result.content, answer("job done for [REDACTED:email]").content);
          });
        }
      });
    }

    describe(`MCP v${version}, both sides in one process, ${kind}`, () => {
      let finished: Finished;
      before(async () => {
        finished = await start({ version, kind, side: "both" }, [...names, "agent", ...tasks, "mutate", "related", "peers"], POLICY, LATE);
      });
      cells({ ...CELLS, ...taskCells, ...BOTH_CELLS }, () => finished);
    });

    test(`MCP v${version}, ${kind}, without spangate everything runs`, async () => {
      const scenarios = [...names, "ownAgent", "agent", "late", ...tasks];
      const args = [scenarios.join(","), server({ version, kind, side: "client" }, [])];
      const run = await runApp(appFile(`mcp${version}`, kind), { nodeArgs: [], args });
      const { reports, ran, options, serverOptions } = run.json<Output>();
      assert.deepEqual([run.stderr, run.code, options, serverOptions], ["", 0, null, null]);
      assert.deepEqual(reports["block"].refused, answer("wiped"));
      assert.deepEqual(reports["stream"].progress, [1, 2, 3]);
      for (const tool of ["wipe", "forecast", "never", "secret", "slow", ...(version === 1 ? ["purge"] : [])]) assert.ok(ran.some((call) => call.tool === tool), tool);
      assert.ok(ran.some(({ tool, arguments: { to } }) => tool === "send" && to === "jane@example.com"));
      assert.deepEqual(run.records(), []);
    });
  }
}

function cells(table: Cells, finished: () => Finished): void {
  for (const [name, check] of Object.entries(table)) test(name, () => check(finished()));
}

/** Runs the app with spangate on one side, or on both when there is one process. */
async function start(setup: Setup, scenarios: readonly string[], policy: string, preload: readonly string[] = []): Promise<Finished> {
  const { version, kind, side } = setup;
  const nodeArgs = [...PRELOAD, ...preload];
  const names = scenarios.join(",");
  const app = appFile(`mcp${version}`, kind);
  let run: RunResult;
  if (side === "server") {
    const folder = temporaryFolder();
    const env = { SPANGATE_POLICY: join(folder, "policy.yaml"), SPANGATE_AUDIT_DIR: join(folder, "audit"), SPANGATE_STRICT: "1" };
    writeFileSync(env.SPANGATE_POLICY, policy);
    run = await runApp(app, { nodeArgs: [], args: [names, server(setup, nodeArgs, env)], env: { SPANGATE_AUDIT_DIR: env.SPANGATE_AUDIT_DIR } });
  } else {
    run = await runApp(app, { nodeArgs, policy, args: side === "client" ? [names, server(setup, [])] : [names], env: { SPANGATE_STRICT: "1" } });
  }
  assert.deepEqual([run.stderr, run.code], ["", 0]);
  const output = run.json<Output>();
  return {
    ...setup, run, output, framework: side === "server" ? "mcp.server" : "mcp.client",
    ran: (wanted) => output.ran.filter(({ tool }) => tool === wanted).map((call) => call.arguments),
  };
}

/** The entry of a host's configuration for the server. The SDK passes on no more of the environment than what is here. */
function server({ version, kind }: Setup, nodeArgs: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  return JSON.stringify({ command: process.execPath, args: [...nodeArgs, appFile(`mcp${version}`, kind).replace("/app.", "/server.")], env });
}

function answer(text: string, isError?: true): { content: object[]; isError?: true } {
  return { content: [{ type: "text", text }], ...(isError && { isError }) };
}

function decisionsOf(run: RunResult): DecisionBody[] {
  return run.records().filter(({ t }) => t === "decision") as unknown as DecisionBody[];
}
