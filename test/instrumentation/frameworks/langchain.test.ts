import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AuditRecord } from "../../../exporters/audit/record.ts";
import { appFile, assertEvidence, KINDS } from "../../support/matrix.ts";
import type { RunResult } from "../../support/run.ts";
import { comparable, type Conversation, CONVERSATIONS, DELAY, DENIED, type Direct, EMAIL, type Read, type RunKind, RUNS, trail } from "./langchain-runs.ts";

for (const { line, folder, agents } of [
  { line: "0.3", folder: "langchain03", agents: ["createReactAgent"] },
  { line: "1.x", folder: "langchain1", agents: ["createReactAgent", "createAgent", "middleware"] },
]) {
  for (const format of KINDS) {
    const runs = new Map<string, Promise<RunResult>>();
    const run = (kind: RunKind): Promise<RunResult> => {
      const known = runs.get(kind) ?? RUNS[kind](appFile(folder, format));
      runs.set(kind, known);
      return known;
    };
    describe(`LangChain ${line}, ${format}`, () => {
      for (const agent of agents) describe(agent, () => conversations(run, agent, line));
      directly(run);
    });
  }
}

function conversations(run: (kind: RunKind) => Promise<RunResult>, agent: string, line: string): void {
  /** One conversation, and what the audit log says of it. Nothing may crash, whatever is denied in it. */
  const hold = async (kind: RunKind, name: string, crash?: string): Promise<Conversation & { trail: string[]; records: AuditRecord[]; result: RunResult }> => {
    const result = await run(kind);
    assert.equal(result.stderr, "");
    assert.equal(result.code, 0);
    const conversation = result.json<Record<string, Conversation>>()[`${agent}/${name}`] as Conversation;
    assert.equal(conversation.crash, crash);
    if (!crash) assert.equal(conversation.text, "done");
    const records = result.records();
    return { ...conversation, records, trail: trail(records, `${agent}-${name}`), result };
  };
  /** With a middleware around tools, whatever a tool throws ends the run: so a denial must not be thrown. */
  const fatal = agent === "middleware";
  const denied = { content: DENIED, status: "error", isToolMessage: true };
  const answer = ({ content, status, isToolMessage }: Read): unknown => ({ content, status, isToolMessage });

  test("without spangate everything runs and is read as it is", async () => {
    const { ran, read } = await hold("plain", "parallel");
    assert.deepEqual(ran.map(({ tool }) => tool).sort(), ["ledger", "lookup", "wipe"]);
    assert.equal(read["parallel-wipe"]?.content, "wiped");
    assert.deepEqual((await hold("plain", "arguments")).ran[0]?.input, { to: EMAIL });
    for (const { content } of Object.values((await hold("plain", "result")).read)) assert.ok(JSON.stringify(content).includes(EMAIL));
    assert.ok(JSON.stringify((await hold("plain", "stream")).streamed).includes(EMAIL));
  });

  test("a denied tool does not run, and the model reads why in a ToolMessage", async () => {
    const { ran, read, trail, reported } = await hold("gated", "block");
    assert.deepEqual(ran, []);
    assert.deepEqual(Object.keys(read), ["block-wipe"]);
    assert.deepEqual(answer(read["block-wipe"] as Read), denied);
    assert.deepEqual(reported, []);
    assert.deepEqual(trail, ["wipe deny"]);
  });

  test("redacted arguments are all that the tool, its configuration, callbacks and the record hold", async () => {
    const { ran, reported, records, trail } = await hold("gated", "arguments");
    const to = "[REDACTED:email]";
    assert.deepEqual(ran.map(({ tool, input, call }) => [tool, input, call]), [["send", { to }, { to }]]);
    assert.ok(!JSON.stringify([ran, reported]).includes(EMAIL));
    assert.ok(!JSON.stringify(records).includes(EMAIL));
    assert.deepEqual(trail, ["send modify", "send ok"]);
  });

  test("the decision is written before the tool runs, with the call, the thread and the agent", async () => {
    const { result, ran } = await hold("gated", "arguments");
    const { agent: name, ts } = assertEvidence(result, { tool: "send", session: `${agent}-arguments` }, {
      decision: { framework: "langchain", call: "arguments-send", args: '{"to":"[REDACTED:email]"}', redacted: { email: 1 } }, outcome: { status: "ok" },
    });
    assert.equal(name, agent === "createAgent" ? "clerk" : undefined);
    assert.ok(Number(BigInt(ts) / 1_000_000n) <= (ran[0]?.at ?? 0));
  });

  test("a redacted result keeps its class, in content, blocks, artifact and Command, and callbacks see no other", async () => {
    const { read, reported, trail } = await hold("gated", "result");
    const plain = await hold("plain", "result");
    const redact = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll(EMAIL, "[REDACTED:email]"));
    assert.deepEqual(read, redact(plain.read));
    for (const { isToolMessage } of Object.values(read)) assert.ok(isToolMessage);
    assert.ok(!JSON.stringify([read, reported]).includes(EMAIL));
    assert.equal(reported.length, plain.reported.length);
    assert.deepEqual(trail.filter((step) => step.endsWith(" ok")).sort(), ["command ok", "lookup ok", "message ok", "report ok"]);
  });

  test("an error of the tool ends where it did, redacted", async () => {
    const { read, reported, trail } = await hold("gated", "error", fatal ? "TypeError: no such person: [REDACTED:email]" : undefined);
    assert.deepEqual(reported, [{ start: '{"id":5}' }, { error: "no such person: [REDACTED:email]" }]);
    if (!fatal) assert.match(read["error-fail"]?.content as string, /Error: no such person: \[REDACTED:email\]\n Please fix your mistakes\.$/);
    assert.deepEqual(trail, ["fail allow", "fail error"]);
  });

  test("a streamed run goes on after a denial, and no part of the stream holds what was redacted", async () => {
    const { ran, read, streamed, trail } = await hold("gated", "stream");
    assert.deepEqual(ran.map(({ tool }) => tool), ["lookup"]);
    assert.ok(JSON.stringify(streamed).includes(DENIED));
    assert.ok(JSON.stringify([read, streamed]).includes("[REDACTED:email]"));
    assert.ok(!JSON.stringify([read, streamed]).includes(EMAIL));
    assert.deepEqual(trail, ["wipe deny", "lookup allow", "lookup ok"]);
  });

  if (line === "1.x") {
    test("a generator still reports each value, redacted, and its result is what it returns", async () => {
      const { read, reported, streamed, trail } = await hold("gated", "generator");
      const events = reported.flatMap((entry) => (entry as { event?: unknown }).event ?? []);
      assert.deepEqual(events, [{ step: 1 }, { step: 2, email: "[REDACTED:email]" }]);
      assert.equal(read["generator-progress"]?.content, "reached [REDACTED:email]");
      assert.ok(!JSON.stringify([reported, streamed]).includes(EMAIL));
      assert.deepEqual(trail, ["progress allow", "progress ok"]);
    });
  }

  test("of three parallel calls the denied one keeps neither sibling from running", async () => {
    const { ran, read, trail } = await hold("gated", "parallel");
    assert.deepEqual(ran.map(({ tool }) => tool).sort(), ["ledger", "lookup"]);
    assert.equal(read["parallel-wipe"]?.content, DENIED);
    assert.equal(read["parallel-ledger"]?.content, '[{"owner":"[REDACTED:email]"}]');
    assert.deepEqual([...trail].sort(), ["ledger allow", "ledger ok", "lookup allow", "lookup ok", "wipe deny"]);
  });

  test("an agent behind a tool: the outer call and each inner one is decided", async () => {
    const { ran, read, innerRead, trail: outer, records } = await hold("gated", "agent");
    assert.deepEqual(ran.map(({ tool }) => tool), ["researcher", "lookup"]);
    assert.equal(read["agent-researcher"]?.content, "inner: done, ask [REDACTED:email]");
    assert.equal(innerRead["inner-wipe"]?.content, DENIED);
    assert.deepEqual(outer, ["researcher modify", "researcher ok"]);
    assert.deepEqual(trail(records, `${agent}-agent-inner`).sort(), ["lookup allow", "lookup ok", "wipe deny"]);
  });

  test("a runnable that was made a tool is redacted and denied like any other", async () => {
    const { ran, read, trail } = await hold("gated", "runnable");
    assert.deepEqual(ran.map(({ tool }) => tool), ["chain"]);
    assert.deepEqual(answer(read["runnable-purge"] as Read), denied);
    assert.equal(read["runnable-chain"]?.content, '{"found":"[REDACTED:email]","isMessage":false}');
    assert.deepEqual([...trail].sort(), ["chain allow", "chain ok", "purge deny"]);
  });

  test("classes with private state and tools that take a string are gated", async () => {
    const { ran, read } = await hold("gated", "kinds");
    assert.deepEqual(ran.map(({ tool, input }) => [tool, input]), [["ledger", { id: 13 }], ["note", "[REDACTED:email]"]]);
    assert.equal(read["kinds-note"]?.content, "noted for [REDACTED:email]");
    assert.equal(read["kinds-shred"]?.content, DENIED);
  });

  test("an interrupt reaches the graph, and the resumed call is decided again", async () => {
    const { ran, read, question, trail } = await hold("gated", "interrupt");
    assert.deepEqual(question, { question: "may I?", about: EMAIL });
    assert.equal(ran.length, 2);
    assert.equal(read["interrupt-ask"]?.content, "they said yes");
    assert.deepEqual(trail, ["ask allow", "ask error", "ask allow", "ask ok"]);
  });

  test("arguments that the schema refuses leave a call that did not run", async () => {
    const { ran, read, trail } = await hold("gated", "invalid");
    assert.deepEqual(ran, []);
    assert.equal(read["invalid-lookup"]?.status, "error");
    assert.deepEqual(trail, ["lookup allow", "lookup not_run"]);
  });

  test("a tool starts only after a late opinion", async () => {
    const { ran: [call], began, result, trail } = await hold("late", "late");
    const opinions = [...result.stdout.matchAll(/^opinion late-lookup (\d+)$/gm)].map(([, time]) => Number(time));
    const ran = call?.at ?? 0;
    assert.ok(opinions.some((opinion) => ran >= opinion && opinion >= began + DELAY - 10), `began ${began}, opinions ${opinions}, ran ${ran}`);
    assert.deepEqual(trail, ["lookup allow", "lookup ok"]);
  });

  test("an opinion that never comes is a denial at the deadline", async () => {
    const { ran, read, trail } = await hold("late", "never");
    assert.deepEqual(ran, []);
    assert.match(read["never-send"]?.content as string, /^Tool call denied by policy: .*0\.6 s/);
    assert.equal(read["never-send"]?.status, "error");
    assert.deepEqual(trail, ["send deny"]);
  });

  test("a result that cannot be filtered is withheld, and the run goes on", async () => {
    const { read, reported, trail } = await hold("withheld", "parallel");
    assert.match(read["parallel-lookup"]?.content as string, /^Tool call denied by policy: its result was withheld/);
    assert.deepEqual([read["parallel-lookup"]?.status, read["parallel-lookup"]?.isToolMessage], ["error", true]);
    assert.equal(read["parallel-ledger"]?.status, "success");
    assert.ok(!JSON.stringify(reported).includes(EMAIL));
    assert.ok(trail.includes("lookup withheld"));
    const { read: runnable } = await hold("withheld", "runnable");
    assert.match(runnable["runnable-chain"]?.content as string, /withheld/);
    assert.equal(runnable["runnable-chain"]?.isToolMessage, true);
  });

  test("observing changes nothing of what tools get and models read", async () => {
    for (const name of CONVERSATIONS.filter((name) => name !== "direct")) {
      const crash = fatal && name === "error" ? `TypeError: no such person: ${EMAIL}` : undefined;
      const [plain, observed] = [await hold("plain", name, crash), await hold("observed", name, crash)];
      assert.deepEqual(comparable(observed), comparable(plain));
      assert.ok(observed.trail.length > 0);
    }
  });
}

function directly(run: (kind: RunKind) => Promise<RunResult>): void {
  const direct = async (kind: RunKind): Promise<Direct> => (await run(kind)).json<{ direct: Direct }>().direct;

  test("called with arguments, a denied tool throws SG_DENIED, whichever way it is called", async () => {
    const { results, ran } = await direct("gated");
    const ways = ["wipe", "wipeStream", "wipeBatch", "purge", "purgeStream", "purgeBatch", "purgePiped", "purgeRetried", "purgeConfigured", "purgeEvents"];
    for (const name of ways) {
      assert.deepEqual(results[name], { error: DENIED, code: "SG_DENIED" }, name);
    }
    assert.ok(!ran.some(({ tool }) => tool === "wipe" || tool === "purge"));
    for (const [name, { error }] of Object.entries((await direct("plain")).results)) assert.equal(error, undefined, name);
  });

  test("called with a model's call, a denied tool answers with a ToolMessage, with an id or without", async () => {
    const { results } = await direct("gated");
    for (const [name, id] of [["wipeCall", "c1"], ["purgeCall", "c2"], ["wipeCallWithoutId", ""]] as const) {
      const { value, isToolMessage } = results[name] ?? {};
      assert.deepEqual([isToolMessage, value.kwargs.status, value.kwargs.content, value.kwargs.tool_call_id], [true, "error", DENIED, id], name);
    }
  });

  test("called directly, results and arguments are redacted and messages in them stay messages", async () => {
    const { results } = await direct("gated");
    assert.deepEqual(results["lookup"]?.value, { name: "Jane", email: "[REDACTED:email]" });
    assert.deepEqual(results["chainStream"]?.value, [{ found: "[REDACTED:email]", isMessage: false }]);
    assert.deepEqual(results["message"]?.value, { found: "[REDACTED:email]", isMessage: true });
    assert.equal(results["note"]?.value, "noted for [REDACTED:email]");
    assert.deepEqual(trail((await run("gated")).records(), "42"), ["lookup allow", "lookup ok", "chain allow", "chain ok"]);
  });
}
