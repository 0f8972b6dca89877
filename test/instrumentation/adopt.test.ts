import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { AuditRecord } from "../../exporters/audit/record.ts";
import { appFile, assertEvidence, KINDS } from "../support/matrix.ts";
import { runApp, type RunResult } from "../support/run.ts";

const RULES = `
spangate: 1
name: support
rules:
  - { id: tools, tool: [lookup, send, researcher, code], effect: allow }
  - { id: no-wipe, tool: wipe, effect: deny, reason: "wiping is not allowed" }
`;
const POLICY = `${RULES}redact: { in: [arguments, results] }\n`;
const SCENARIOS = ["arguments", "block", "stream", "agent", "long"];
const REDACTED = JSON.stringify({ to: "[REDACTED:email]" });

interface Span {
  readonly name: string;
  readonly trace: string;
  readonly id: string;
  readonly parent?: string;
  readonly scope: string;
  readonly attributes: Record<string, unknown>;
  readonly status: { code: number };
}

/** A version of `ai` with telemetry of its own, and how that writes a tool call. */
interface Telemetry {
  readonly name: string;
  readonly app: string;
  /** First argument of the app. */
  readonly telemetry: string;
  readonly span: (tool: string) => string;
  readonly args: string;
  readonly result: string;
}

const LEGACY = { span: () => "ai.toolCall", args: "ai.toolCall.args", result: "ai.toolCall.result" };
const SEMANTIC = { span: (tool: string) => `execute_tool ${tool}`, args: "gen_ai.tool.call.arguments", result: "gen_ai.tool.call.result" };
const TELEMETRY: readonly Telemetry[] = [
  { name: "ai 5 with experimental_telemetry", app: "ai5", telemetry: "on", ...LEGACY },
  { name: "ai 6 with experimental_telemetry", app: "ai6", telemetry: "on", ...LEGACY },
  { name: "ai 7 with @ai-sdk/otel", app: "ai7", telemetry: "on", ...SEMANTIC },
  { name: "ai 7 with LegacyOpenTelemetry", app: "ai7", telemetry: "legacy", ...LEGACY },
];

for (const { name, app, telemetry, span, args, result } of TELEMETRY) {
  for (const kind of KINDS) {
    describe(`${name}, ${kind}`, () => {
      let run: RunResult;
      let spans: readonly Span[];
      before(async () => {
        run = await runApp(appFile(app, kind, "traced"), { args: [telemetry, ...SCENARIOS], policy: POLICY });
        spans = spansOf(run);
      });

      test(`${name}, ${kind}: its tool span is adopted, no second one reaches the application's backend`, () => {
        const calls = [["arguments-send", "send", "modify"], ["stream-lookup", "lookup", "allow"], ["inner-lookup", "lookup", "allow"]] as const;
        for (const [call, tool, effect] of calls) {
          const own = only(spans, call);
          assert.equal(own.name, span(tool));
          assert.equal(own.attributes["spangate.decision"], effect);
        }
        assert.deepEqual(spans.filter(({ scope }) => scope === "spangate"), []);
      });

      test(`${name}, ${kind}: its tool span shows arguments and result only redacted`, () => {
        assert.equal(only(spans, "arguments-send").attributes[args], REDACTED);
        assert.equal(only(spans, "stream-lookup").attributes[result], JSON.stringify({ name: "Jane", email: "[REDACTED:email]" }));
        for (const call of ["arguments-send", "stream-lookup", "agent-researcher", "inner-lookup"]) {
          assert.doesNotMatch(JSON.stringify(only(spans, call)), /@example/);
        }
      });

      test(`${name}, ${kind}: long arguments stay whole in its tool span`, () => {
        assert.deepEqual(JSON.parse(only(spans, "long-send").attributes[args] as string), { to: "[REDACTED:email]", body: "word ".repeat(600) });
      });

      test(`${name}, ${kind}: its tool span of a denied call says so`, () => {
        for (const call of ["block-wipe", "stream-wipe", "inner-wipe"]) {
          const { attributes, status } = only(spans, call);
          assert.partialDeepStrictEqual(attributes, { "spangate.decision": "deny", "security_rule.name": "no-wipe", "error.type": "spangate_denied" });
          assert.equal(status.code, 2);
        }
      });

      test(`${name}, ${kind}: a span that the tool starts is a child of the adopted one`, () => {
        assert.deepEqual(childrenOf(spans, only(spans, "arguments-send")), ["smtp"]);
      });

      test(`${name}, ${kind}: the audit log leads to the adopted span, and that span to the log`, () => {
        const { id, trace, attributes } = only(spans, "arguments-send");
        const decision = assertEvidence(run, { call: "arguments-send" }, { decision: { trace, args: REDACTED }, outcome: { status: "ok", trace, span: id } });
        assert.deepEqual([attributes["spangate.audit.log"], attributes["spangate.audit.i"]], [decision.log, String(decision.i)]);
      });
    });
  }

  test(`${name}: its tool span is redacted under a policy that redacts nothing`, async () => {
    const run = await runApp(appFile(app, "ESM", "traced"), { args: [telemetry, "arguments"], policy: RULES });
    assert.deepEqual(run.json<{ report: Record<string, { ran: { input: unknown }[] }> }>().report["arguments"]?.ran[0]?.input, { to: "jane@example.com" });
    assert.equal(only(spansOf(run), "arguments-send").attributes[args], REDACTED);
  });

  test(`${name}, without spangate: its tool span shows everything`, async () => {
    const spans = spansOf(await runApp(appFile(app, "ESM", "traced"), { args: [telemetry, "arguments", "block"], nodeArgs: [] }));
    assert.equal(only(spans, "arguments-send").attributes[args], JSON.stringify({ to: "jane@example.com" }));
    assert.ok(only(spans, "block-wipe").attributes[result]);
  });
}

for (const version of [5, 6, 7]) {
  for (const kind of KINDS) {
    const name = `ai ${version} without telemetry, ${kind}`;
    describe(name, () => {
      let run: RunResult;
      let spans: readonly Span[];
      let request: Span;
      before(async () => {
        run = await runApp(appFile(`ai${version}`, kind, "traced"), { args: ["off", ...SCENARIOS], policy: POLICY });
        spans = spansOf(run);
        request = named(spans, "request");
      });

      test(`${name}: one execute_tool span appears in the application's backend, in its trace, below its active span`, () => {
        const ours = only(spans, "arguments-send");
        assert.deepEqual([ours.name, ours.scope, ours.trace, ours.parent], ["execute_tool send", "spangate", request.trace, request.id]);
        assert.partialDeepStrictEqual(ours.attributes, { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "send", "spangate.decision": "modify" });
        assert.doesNotMatch(JSON.stringify(spans), /@example/);
      });

      test(`${name}: a span that the tool starts is a child of ours`, () => {
        assert.deepEqual(childrenOf(spans, only(spans, "arguments-send")), ["smtp"]);
      });

      test(`${name}: a denied call has a span too, marked as an error`, () => {
        const { name: denied, attributes, status, parent } = only(spans, "block-wipe");
        assert.deepEqual([denied, parent, status.code], ["execute_tool wipe", request.id, 2]);
        assert.partialDeepStrictEqual(attributes, { "spangate.decision": "deny", "error.type": "spangate_denied" });
      });

      test(`${name}: the calls of an agent behind a tool are below that tool's span`, () => {
        const outer = only(spans, "agent-researcher").id;
        assert.deepEqual([only(spans, "inner-lookup").parent, only(spans, "inner-wipe").parent], [outer, outer]);
      });

      test(`${name}: each record of the audit log names the span and the trace that the backend has`, () => {
        const backend = new Map(spans.map((span) => [span.id, span.trace]));
        const records = run.records().filter((record): record is AuditRecord<"decision" | "outcome"> => record.t === "decision" || record.t === "outcome");
        assert.ok(records.length >= 10);
        for (const { span, trace } of records) assert.equal(backend.get(span), trace);
      });
    });
  }
}

for (const kind of KINDS) {
  const name = `ai 7 with @ai-sdk/otel, tool caller, ${kind}`;
  test(`${name}: the tools that it runs get spans of ours below its own, though they carry its call id`, async () => {
    const spans = spansOf(await runApp(appFile("ai7", kind, "traced"), { args: ["on", "caller"], policy: POLICY }));
    const code = named(spans, "execute_tool code");
    assert.deepEqual([code.scope, code.attributes["spangate.decision"]], ["gen_ai", "allow"]);
    const inner = spans.filter(({ scope }) => scope === "spangate");
    assert.deepEqual(inner.map((span) => [span.name, span.parent, span.attributes["spangate.decision"]]), [
      ["execute_tool lookup", code.id, "allow"], ["execute_tool wipe", code.id, "deny"], ["execute_tool feed", code.id, "deny"],
    ]);
  });
}

function spansOf(run: RunResult): readonly Span[] {
  const { report, spans } = run.json<{ report: Record<string, { text?: string; crash?: string }>; spans: Span[] }>();
  for (const { text, crash } of Object.values(report)) assert.deepEqual({ text, crash, code: run.code }, { text: "done", crash: undefined, code: 0 });
  return spans;
}

/** The one span of a call. */
function only(spans: readonly Span[], call: string): Span {
  const found = spans.filter(({ attributes }) => (attributes["gen_ai.tool.call.id"] ?? attributes["ai.toolCall.id"]) === call);
  assert.equal(found.length, 1, `spans of ${call}`);
  return found[0] as Span;
}

function childrenOf(spans: readonly Span[], parent: Span): string[] {
  return spans.filter((span) => span.parent === parent.id).map((span) => span.name);
}

function named(spans: readonly Span[], name: string): Span {
  const found = spans.filter((span) => span.name === name);
  assert.equal(found.length, 1, `spans named ${name}`);
  return found[0] as Span;
}
