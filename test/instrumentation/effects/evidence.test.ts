import assert from "node:assert/strict";
import { test } from "node:test";
import type { Span } from "@opentelemetry/api";
import type { EffectBody } from "../../../exporters/audit/bodies.ts";
import { VIOLATIONS } from "../../../exporters/instruments.ts";
import { noteEffect } from "../../../instrumentation/effects/evidence.ts";
import type { Frame } from "../../../instrumentation/frame.ts";
import type { Host } from "../../../instrumentation/host.ts";
import { definePolicy } from "../../../policies/index.ts";
import { Pipeline } from "../../../processors/pipeline.ts";

const pipeline = new Pipeline(definePolicy({ spangate: 1, name: "p" }));
const effect = { kind: "network", rule: "network.deny", target: "evil.example", refused: true } as const;

/** What one call leaves behind. */
function noting(): { frame: Frame; note: (more?: Partial<Parameters<typeof noteEffect>[2]>) => void; records: EffectBody[]; counted: object[]; events: object[] } {
  const [records, counted, events]: [EffectBody[], object[], object[]] = [[], [], []];
  const host = {
    pipeline, record: (_type: string, body: EffectBody) => records.push(body),
    metrics: { record: (instrument: object, value: number, attributes: object) => void (instrument === VIOLATIONS && value === 1 ? counted.push(attributes) : assert.fail()) },
  } as unknown as Host;
  const span = { spanContext: () => ({ traceId: "t", spanId: "s" }), addEvent: (name: string, attributes: object) => void events.push({ name, ...attributes }) } as unknown as Span;
  const frame: Frame = { tool: "fetch_page", arguments: {}, seams: new Set(), span, decision: 7, over: false };
  return { frame, note: (more) => noteEffect(host, frame, { ...effect, ...more }), records, counted, events };
}

test("an effect is a record, an event of the span and one more violation; the same one of the same call counts once", () => {
  const { note, records, counted, events } = noting();
  for (let time = 0; time < 3; time++) note();
  note({ rule: "network.private" });
  assert.deepEqual(records[0], { decision: 7, trace: "t", span: "s", tool: "fetch_page", kind: "network", rule: "network.deny", target: "evil.example", refused: true, late: undefined, last: undefined });
  assert.deepEqual(records.map(({ rule }) => rule), ["network.deny", "network.private"]);
  assert.deepEqual(counted[0], { "gen_ai.tool.name": "fetch_page", "security_rule.name": "network.deny", "spangate.decision.source": "network", "spangate.enforcement.mode": "enforce" });
  assert.equal(counted.length, 2);
  assert.deepEqual(events[0], { name: "spangate.effect", "spangate.effect.kind": "network", "security_rule.name": "network.deny", "spangate.effect.target": "evil.example", "spangate.effect.refused": true });
});

test("what is only observed says so", () => {
  const { note, records, counted } = noting();
  note({ refused: false });
  assert.equal(records[0]?.refused, false);
  assert.partialDeepStrictEqual(counted, [{ "spangate.enforcement.mode": "observe" }]);
});

test("after the call has ended it is late, and the span is left alone", () => {
  const { frame, note, records, events } = noting();
  frame.over = true;
  note();
  assert.equal(records[0]?.late, true);
  assert.deepEqual(events, []);
});

test("a secret in a name is not shown, and an address is shown as it is", () => {
  const { note, records, events } = noting();
  note({ target: "AKIAIOSFODNN7EXAMPLF.evil.example" });
  note({ target: "192.0.2.1" });
  assert.deepEqual(records.map(({ target }) => target), ["[REDACTED:aws_access_key].evil.example", "192.0.2.1"]);
  assert.ok(!JSON.stringify(events).includes("AKIA"));
});

test("a hundred are written down, and the last one says that it is; all are counted", () => {
  const { note, records, counted, events } = noting();
  for (let host = 0; host < 150; host++) note({ target: `${host}.evil.example` });
  assert.deepEqual([records.length, events.length, counted.length], [100, 100, 150]);
  assert.deepEqual(records.flatMap(({ target, last }) => (last ? [target] : [])), ["99.evil.example"]);
});
