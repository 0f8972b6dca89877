import assert from "node:assert/strict";
import { join } from "node:path";
import { before, test } from "node:test";
import * as instruments from "../../exporters/instruments.ts";
import * as names from "../../names.ts";
import { ROOT, type RunResult, runApp } from "../support/run.ts";

const POLICY = `
spangate: 1
name: shop
mode: enforce
default: allow
limits: { deadline: 3s }
engines: [{ id: org, engine: rego, file: ${join(ROOT, "test/fixtures/rego/spangate.wasm")}, entrypoint: spangate/decision, mode: observe }]
`;
interface Point {
  readonly attributes: Readonly<Record<string, string>>;
  readonly value: number;
  readonly sum?: number;
}
type Collected = Readonly<Record<string, readonly Point[]>>;

let run: RunResult;
let collected: { readonly waiting: Collected; readonly after: Collected; readonly refused: string };
before(async () => {
  // Nobody listens on port 9, so that no delivery of the audit log succeeds.
  run = await runApp("test/apps/measured.mjs", { policy: POLICY, env: { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:9/v1/traces" } });
  assert.equal(run.code, 0, run.stderr);
  collected = run.json();
});

const points = (at: "waiting" | "after", { name }: instruments.Instrument): readonly Point[] => collected[at][name] ?? [];
const APPROVAL = { [names.SOURCE]: "approval" };

test("a call that waits for an approval is seen while it does, and for how long it has", () => {
  assert.deepEqual(points("waiting", instruments.WAITING).map(({ attributes, value }) => [attributes, value]), [[APPROVAL, 1]]);
  const [age] = points("waiting", instruments.WAITING_AGE);
  assert.deepEqual(age?.attributes, APPROVAL);
  assert.ok((age?.value ?? 0) > 0);
});

test("nobody is seen waiting once the answer is there, or the deadline has passed", () => {
  assert.equal(collected.refused, "SG_DENIED");
  for (const instrument of [instruments.WAITING, instruments.WAITING_AGE]) assert.deepEqual(points("after", instrument).map(({ value }) => value), [0], instrument.name);
});

test("each wait is timed by who was to give the opinion, one that nobody gave included", () => {
  const [wait, ...others] = points("after", instruments.WAIT);
  assert.deepEqual([others.length, wait?.attributes, wait?.value], [0, APPROVAL, 2]);
  assert.ok((wait?.sum ?? 0) >= 2.9, `${wait?.sum}`);
});

test("each evaluation of an engine is timed", () => {
  const [engine] = points("after", instruments.ENGINE_DURATION);
  // Both calls, and two MCP calls on the side of the client and of the server each.
  assert.deepEqual([engine?.attributes, engine?.value], [{ [names.ENGINE]: "org" }, 6]);
});

for (const [side, instrument] of [["client", instruments.MCP_CLIENT_DURATION], ["server", instruments.MCP_SERVER_DURATION]] as const) {
  test(`an MCP ${side} has the duration of the semantic conventions, and tells of a result that is an error`, () => {
    const call = { [names.MCP_METHOD]: "tools/call", [names.OPERATION_NAME]: "execute_tool" };
    assert.deepEqual(points("after", instrument).map(({ attributes, value }) => [attributes, value]), [
      [{ ...call, [names.TOOL_NAME]: "good" }, 1],
      [{ ...call, [names.TOOL_NAME]: "bad", [names.ERROR_TYPE]: "tool_error" }, 1],
    ]);
  });
}

test("each attempt to send the audit log is counted and timed by destination and by what went wrong", () => {
  const attributes = { [names.COMPONENT_NAME]: "otlp-traces", [names.COMPONENT_TYPE]: "spangate_audit_exporter", [names.ERROR_TYPE]: "ECONNREFUSED" };
  for (const instrument of [instruments.EXPORTED, instruments.EXPORT_DURATION]) {
    const all = points("after", instrument);
    assert.deepEqual(all.map((point) => point.attributes), [attributes], instrument.name);
    assert.ok((all[0]?.value ?? 0) > 0);
  }
});
