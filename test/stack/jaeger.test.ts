import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { AuditRecord } from "../../exporters/audit/record.ts";
import * as names from "../../names.ts";
import { spangate } from "../cli/cli.ts";
import { until } from "../dashboards/live.ts";
import { type RunResult, temporaryFolder } from "../support/run.ts";
import { JAEGER, type Jaeger, type JaegerSpan, runHelpdesk, startJaeger } from "./backends.ts";
import { COLLECTOR, inStack, startCollector } from "./collector.ts";

const ROUNDS = 10;
/** What happens to a share of 5 % not once in a lifetime of runs. */
const MOST = 0.5;

describe("an unchanged agent, the real collector, and Jaeger behind it", () => {
  const stack = new AsyncDisposableStack();
  after(() => stack.disposeAsync());
  /** One for what is sampled, with the share that the file says, and one for evidence. */
  let jaegers: { readonly sampled: Jaeger; readonly evidence: Jaeger };
  let run: RunResult;
  let records: AuditRecord[];
  const decisions = () => records.flatMap((record) => (record.t === "decision" ? [record] : []));
  const isDecided = (tool: string, decision: string) => ({ operationName, tags }: JaegerSpan) => operationName === `execute_tool ${tool}` && tags[names.DECISION] === decision;

  before(async (t) => {
    if (!inStack([COLLECTOR], t as any) || !inStack([JAEGER], t as any)) return;
    jaegers = { sampled: stack.use(await startJaeger()), evidence: stack.use(await startJaeger()) };
    const collector = stack.use(await startCollector(["collector"], { TRACES_OTLP_ENDPOINT: jaegers.sampled.url, AUDIT_OTLP_ENDPOINT: jaegers.evidence.url }));
    // Jaeger takes no log records.
    run = await runHelpdesk(ROUNDS, { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, SPANGATE_SDK: "1", OTEL_LOGS_EXPORTER: "none" });
    assert.equal(run.code, 0, run.stderr);
    records = run.records().filter(({ t: type }) => type !== "close");
  });
  const check = (what: string, ask: () => void | Promise<void>) => test(what, (t) => (inStack([COLLECTOR], t) && inStack([JAEGER], t) ? ask() : undefined));

  check("every denied call is found by its trace id, though 95 % of the traces are let go", async () => {
    const denied = decisions().filter(({ effect }) => effect === "deny");
    assert.ok(denied.length >= ROUNDS);
    for (const { trace, tool } of denied) {
      const span = await until(() => `span of ${tool} in trace ${trace}`, async () => (await jaegers.sampled.trace(trace as string)).find(isDecided(tool, "deny")));
      assert.equal(span.tags[names.TOOL_NAME], tool);
    }
    const refused = new Set(denied.map(({ trace }) => trace));
    const others = [...new Set(decisions().map(({ trace }) => trace))].filter((trace) => !refused.has(trace)) as string[];
    const kept = (await Promise.all(others.map((trace) => jaegers.sampled.trace(trace)))).filter((spans) => spans.length > 0);
    assert.ok(others.length >= 20 && kept.length < others.length * MOST, `${kept.length} of ${others.length}`);
  });

  check("evidence is a child of its call, of every call, and its span leads to the record", async () => {
    for (const { trace, i, tool, effect } of decisions().slice(0, 20)) {
      const spans = await jaegers.evidence.trace(trace as string);
      assert.ok(spans.some(({ operationName, tags }) => operationName === "audit.decision" && Number(tags[names.AUDIT_INDEX]) === i && tags[names.DECISION] === effect && tags[names.TOOL_NAME] === tool), `${i}`);
    }
  });

  check("what Jaeger's API gives back is verified as it is; one word of it changed is named", async () => {
    const text = await jaegers.evidence.export("helpdesk");
    const file = join(temporaryFolder(), "export.json");
    writeFileSync(file, text);
    const { code, stdout } = spangate(["verify", file, "--json"]);
    const { logs: [log] } = JSON.parse(stdout) as { logs: { records: number; counts: Record<string, number>; problems: unknown[] }[] };
    assert.deepEqual([code, log?.records, log?.counts["proven"], log?.problems], [0, records.length, records.length, []]);
    const forged = join(temporaryFolder(), "forged.json");
    writeFileSync(forged, text.replaceAll('\\"effect\\":\\"deny\\"', '\\"effect\\":\\"soso\\"'));
    assert.equal(spangate(["verify", forged, "--json"]).code, 1);
  });
});
