import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DecisionLog } from "../../../exporters/decision-log/decision-log.ts";
import { type Entry, type LoggedCall, type LoggedDecision, type LoggedOutcome } from "../../../exporters/decision-log/entry.ts";
import { FIELDS } from "../../../exporters/decision-log/fields.ts";
import { Lines } from "../../../exporters/decision-log/lines.ts";
import { recordOf } from "../../../exporters/decision-log/record.ts";
import * as names from "../../../names.ts";

const CALL: LoggedCall = {
  tool: "read", framework: "guardTool", agent: "clerk", session: "s-1", trace: "0af7651916cd43dd8448eb211c80319c", span: "b7ad6b7169203331", traceFlags: 0, auditLog: "l", auditIndex: 0,
};
const DECISION: LoggedDecision = { ...CALL, effect: "allow", rule: "rest", source: "policy", mode: "enforce", runs: true, shadow: "deny:no-read", policy: { name: "a@b", version: "3" }, digest: "d" };
const OUTCOME: LoggedOutcome = { ...CALL, status: "error", ms: 0, error: "RangeError" };
/** What an entry says besides the fields: key of a line → part of a record. */
const ENVELOPE = ["level", "time", "pid", "hostname", "name", "service", "msg", "event", "trace_id", "span_id", "dropped"];

/** One entry in both forms. */
function both(tell: (log: DecisionLog) => void): { line: Record<string, unknown>; record: ReturnType<typeof recordOf> } {
  const texts: string[] = [];
  const entries: Entry[] = [];
  tell(new DecisionLog([new Lines({ write: (bytes) => texts.push(Buffer.from(bytes).toString()) && bytes.length }), { write: (entry) => entries.push(entry) }]));
  assert.deepEqual([texts.length, entries.length], [1, 1]);
  return { line: JSON.parse(texts[0] as string) as Record<string, unknown>, record: recordOf(entries[0] as Entry, 0) };
}

describe("a line and a log record of one entry say the same", () => {
  const entries: readonly [name: string, tell: (log: DecisionLog) => void][] = [
    ["a decision", (log) => log.decided(DECISION)],
    ["a decision without what may be missing", (log) => log.decided({ ...DECISION, agent: undefined, session: undefined, shadow: undefined, auditLog: undefined, auditIndex: undefined, trace: undefined, span: undefined })],
    ["an outcome", (log) => log.ended(OUTCOME)],
    ["an outcome without an error", (log) => log.ended({ ...OUTCOME, status: "ok", error: undefined })],
  ];
  for (const [name, tell] of entries) {
    test(name, () => {
      const { line, record } = both(tell);
      for (const { key, attributes } of FIELDS) {
        const values = attributes.map((attribute) => record.attributes[attribute]).filter((value) => value !== undefined);
        assert.equal(line[key] === undefined ? "" : String(line[key]), values.join("@"), key);
      }
      const { level, time, msg, event } = line;
      assert.deepEqual([record.body, record.eventName, record.time[0] * 1_000 + record.time[1] / 1_000_000], [msg, `spangate.${String(event)}`, time]);
      assert.equal(record.severityNumber, { 30: 9, 40: 13, 50: 17 }[level as 30 | 40 | 50]);
      assert.deepEqual([record.spanContext?.traceId, record.spanContext?.spanId], [line["trace_id"], line["span_id"]]);
      // Neither form has what the table does not know.
      assert.deepEqual(Object.keys(line).filter((key) => !ENVELOPE.includes(key) && !FIELDS.some((field) => field.key === key)), []);
      assert.deepEqual(Object.keys(record.attributes).filter((key) => !FIELDS.some(({ attributes }) => attributes.includes(key))), []);
    });
  }

  test("together they say everything that there is to say", () => {
    const said = [both((log) => log.decided(DECISION)), both((log) => log.ended(OUTCOME))];
    for (const { key } of FIELDS) assert.ok(said.some(({ line }) => line[key] !== undefined), key);
  });
});

describe("severity", () => {
  const decisions: readonly [effect: string, source: string, severity: readonly [number, string]][] = [
    ["allow", "policy", [9, "INFO"]], ["modify", "policy", [9, "INFO"]], ["approve", "policy", [13, "WARN"]], ["defer", "policy", [13, "WARN"]], ["deny", "policy", [13, "WARN"]], ["deny", "fail_closed", [17, "ERROR"]],
  ];
  for (const [effect, source, severity] of decisions) {
    test(`${effect} by ${source}`, () => {
      const { record } = both((log) => log.decided({ ...DECISION, effect, source, runs: effect === "allow" }));
      assert.deepEqual([record.severityNumber, record.severityText, record.body], [...severity, `${effect} read`]);
    });
  }
  const outcomes: readonly [status: LoggedOutcome["status"], severity: readonly [number, string]][] = [["ok", [9, "INFO"]], ["not_run", [9, "INFO"]], ["error", [13, "WARN"]], ["withheld", [13, "WARN"]]];
  for (const [status, severity] of outcomes) {
    test(`an outcome that is ${status}`, () => {
      const { record } = both((log) => log.ended({ ...OUTCOME, status }));
      assert.deepEqual([record.severityNumber, record.severityText, record.body], [...severity, `read ended: ${status}`]);
    });
  }
});

test("a record is no audit record by its name, and an index that is zero is one", () => {
  const { record } = both((log) => log.decided(DECISION));
  assert.doesNotMatch(record.eventName, /^(spangate\.)?audit\./);
  assert.equal(record.attributes[names.AUDIT_INDEX], "0");
});

test("a span that is not sampled is named as such", () => {
  const flags = (traceFlags: number): number | undefined => both((log) => log.decided({ ...DECISION, traceFlags })).record.spanContext?.traceFlags;
  assert.deepEqual([flags(0), flags(1)], [0, 1]);
});
