import assert from "node:assert/strict";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import fc from "fast-check";
import * as exporters from "../../../exporters/index.ts";
import { realDisk } from "../../../exporters/audit/disk.ts";
import { listLogs } from "../../../exporters/audit/segment.ts";
import { verifyExport } from "../../../exporters/audit/verify/export.ts";
import { verifyPaths } from "../../../exporters/audit/verify/paths.ts";
import type { LogReport } from "../../../exporters/audit/verify/report.ts";
import { FORGED, keyOf, LOSSES, measure, sentSpans } from "../../../bench/audit-lossy.mjs";
import { temporaryFolder } from "../../support/run.ts";

type Span = Record<string, string>;

const folder = temporaryFolder();
const directory = join(folder, "audit");
const RECORDS = 400;
let spans: Span[];

before(async () => {
  spans = (await sentSpans(exporters as never, directory, RECORDS)) as Span[];
});

let files = 0;
function verify(text: string): LogReport | undefined {
  const file = join(folder, `export-${files++}.json`);
  writeFileSync(file, text);
  return verifyExport([file], { keys: [keyOf(directory)] })[0];
}

function spanAttributes(attributes: Span): unknown {
  return { attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: value } })) };
}

function otlp(sent: readonly Span[]): string {
  return sent.map((attributes) => JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [spanAttributes(attributes)] }] }] })).join("\n");
}

const isRecord = (span: Span): boolean => span["spangate.audit.rec"] !== undefined;
const without = (span: Span, prefix: string): Span => Object.fromEntries(Object.entries(span).filter(([key]) => !key.startsWith(prefix)));

test("20,000 records behind a backend that loses, repeats and reorders: what is left is proven, what is lost is named, and nothing is called altered that was not", async () => {
  const home = join(temporaryFolder(), "audit");
  const many = (await sentSpans(exporters as never, home, 20_000)) as Span[];
  const shared = { verifyExport, key: keyOf(home), folder };
  for (const loss of LOSSES) {
    const clean = measure(many, { loss, forged: 0, ...shared });
    const { counts, missing, states } = clean.report as LogReport;
    assert.equal(counts.altered, 0);
    assert.ok(!states.includes("forked"));
    assert.equal(counts.missing, clean.lost.length);
    assert.deepEqual(missing.flatMap(([from, to]) => Array.from({ length: to - from }, (_, at) => from + at)), clean.lost);
    assert.equal(counts.proven + counts.unproven, clean.received);
    if (loss <= 0.01) assert.equal(counts.proven, clean.received, `${loss}`);
    const { report, forged } = measure(many, { loss, forged: FORGED, ...shared }) as { report: LogReport; forged: number[] };
    const named = report.problems.filter(({ kind }) => kind === "altered").map(({ index }) => index);
    assert.ok(named.every((index) => forged.includes(index)), "a false alarm");
    assert.equal(report.counts.altered, named.length);
    // Those whose checkpoint was lost as well are unproven, and never proven.
    if (loss <= 0.01) assert.equal(named.length, forged.length);
    assert.ok(report.counts.proven + named.length + report.counts.unproven === report.records - report.counts.missing && report.counts.unproven >= forged.length - named.length);
  }
});

describe("formats", () => {
  const typed = (value: string): Record<string, unknown> => (/^\d+$/.test(value) ? { intValue: value } : { stringValue: value });
  const FORMATS: Readonly<Record<string, (sent: readonly Span[]) => string>> = {
    "OTLP-JSON, one document a line": otlp,
    "OTLP-JSON, one printed document": (sent) => JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: sent.map(spanAttributes) }] }] }, null, 2),
    "OTLP-JSON of log records": (sent) => sent.map((one) => JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [spanAttributes(one)] }] }] })).join("\n"),
    "OTLP-JSON with numbers where they look like some": (sent) => sent.map((one) => JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ attributes: Object.entries(one).map(([key, value]) => ({ key, value: typed(value) })) }] }] }] })).join("\n"),
    Jaeger: (sent) => JSON.stringify({ data: [{ spans: sent.map((one) => ({ tags: Object.entries(one).map(([key, value]) => ({ key, type: "string", value })) })) }] }),
    Tempo: (sent) => JSON.stringify({ batches: [{ scopeSpans: [{ spans: sent.map(spanAttributes) }] }] }),
    "Tempo, version 2": (sent) => JSON.stringify({ trace: { resourceSpans: [{ scopeSpans: [{ spans: sent.map(spanAttributes) }] }] } }),
    "ClickHouse, rows of traces": (sent) => sent.map((one) => JSON.stringify({ SpanName: "audit", SpanAttributes: one })).join("\n"),
    "ClickHouse, one document of logs": (sent) => JSON.stringify({ meta: [], data: sent.map((one) => ({ LogAttributes: one })), rows: sent.length }),
    "VictoriaLogs, a line each": (sent) => sent.map((one) => JSON.stringify({ _msg: "text", _time: "2026-01-01T00:00:00Z", "scope.name": "spangate", ...one })).join("\n"),
    "a map that came as text": (sent) => sent.map((one) => JSON.stringify({ SpanAttributes: JSON.stringify(one) })).join("\n"),
    "records that were taken for JSON": (sent) => JSON.stringify(sent.map((one) => ({ attributes: isRecord(one) ? { ...one, "spangate.audit.rec": JSON.parse(one["spangate.audit.rec"] as string) as unknown } : one }))),
  };
  for (const [name, format] of Object.entries(FORMATS)) {
    test(name, () => {
      const report = verify(format(spans));
      assert.deepEqual([report?.outcome, report?.counts.proven, report?.problems], ["proven", RECORDS, []]);
    });
  }

  test("what is no export is refused, and what has no audit messages has no logs", () => {
    assert.throws(() => verify("not JSON"), SyntaxError);
    assert.equal(verify('{"resourceSpans":[]}'), undefined);
  });
});

describe("what a backend may do", () => {
  test("cut values: the records of which only the beginning is there are unproven, none is altered", () => {
    for (const limit of [16, 43, 44, 88, 128, 255, 400]) {
      const report = verify(otlp(spans.map((span) => Object.fromEntries(Object.entries(span).map(([key, value]) => [key, key === "spangate.audit.log" ? value : value.slice(0, limit)])))));
      assert.deepEqual([report?.counts.altered, report?.outcome === "tampered"], [0, false], `${limit}: ${JSON.stringify(report?.problems)}`);
    }
    // The record of the end is shorter than that.
    const cut = verify(otlp(spans.map((span) => (isRecord(span) ? { ...span, "spangate.audit.rec": (span["spangate.audit.rec"] as string).slice(0, 300) } : span))));
    assert.deepEqual([cut?.outcome, cut?.counts.unproven, cut?.unproven], ["incomplete", RECORDS - 1, { "only the beginning of them is there": RECORDS - 1 }]);
  });

  test("drop attributes", () => {
    for (const key of ["spangate.audit.leaf", "spangate.audit.leaves.1", "spangate.audit.frontier", "spangate.audit.cp", "spangate.audit.size", "spangate.audit.from", "spangate.audit.rec", "spangate.audit.i"]) {
      const report = verify(otlp(spans.map((span) => without(span, key))));
      assert.notEqual(report?.outcome, "tampered", `${key}: ${JSON.stringify(report?.problems)}`);
      assert.equal(report?.counts.altered ?? 0, 0, key);
    }
  });

  test("any of it at once, in any order: never a false alarm", () => {
    const action = fc.constantFrom("keep", "keep", "keep", "drop", "repeat", "cut");
    fc.assert(fc.property(fc.array(action, { minLength: RECORDS + 20, maxLength: RECORDS + 20 }), fc.integer(), (actions, seed) => {
      const arrived = spans.flatMap((span, at) => {
        switch (actions[at]) {
          case "drop": return [];
          case "repeat": return [span, span];
          case "cut": return [Object.fromEntries(Object.entries(span).map(([key, value]) => [key, key.endsWith(".log") ? value : value.slice(0, 200)]))];
          default: return [span];
        }
      });
      arrived.sort((a, b) => ((JSON.stringify(a).length * 31 + seed) % 97) - ((JSON.stringify(b).length * 31 + seed) % 97));
      const report = verify(otlp(arrived));
      assert.notEqual(report?.outcome, "tampered");
    }), { numRuns: 20 });
  });
});

describe("what somebody may do", () => {
  test("change one record: it is named", () => {
    for (const [at, span] of spans.filter(isRecord).entries()) {
      if (at % 37 !== 0) continue;
      const report = verify(otlp(spans.map((one) => (one === span ? { ...one, "spangate.audit.rec": (one["spangate.audit.rec"] as string).replace('"ts":"1', '"ts":"2') } : one))));
      assert.deepEqual([report?.outcome, report?.counts.altered, report?.problems[0]?.index], ["tampered", 1, at]);
    }
  });

  test("put another record beside the right one", () => {
    const span = spans.find(isRecord) as Span;
    const report = verify(otlp([...spans, { ...span, "spangate.audit.rec": (span["spangate.audit.rec"] as string).replace('"ts":"1', '"ts":"2') }]));
    assert.deepEqual([report?.outcome, report?.problems.map(({ kind }) => kind)], ["tampered", ["duplicate"]]);
  });

  test("change a checkpoint or its leaves", () => {
    const cp = spans.find((span) => span["spangate.audit.cp"] !== undefined) as Span;
    const flip = (text: string, at: number): string => text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
    for (const changed of [
      { ...cp, "spangate.audit.leaves.0": flip(cp["spangate.audit.leaves.0"] as string, 5) },
      { ...cp, "spangate.audit.cp": (cp["spangate.audit.cp"] as string).replace(/\n\d+\n/, "\n7\n") },
    ]) {
      const report = verify(otlp(spans.map((span) => (span === cp ? changed : span))));
      assert.deepEqual([report?.outcome, report?.counts.altered], ["tampered", 0]);
    }
  });

  test("without the key nothing is proven", () => {
    const other = join(temporaryFolder(), "other");
    return sentSpans(exporters as never, other, 3).then(() => {
      const file = join(folder, "foreign.json");
      writeFileSync(file, otlp(spans));
      const [report] = verifyExport([file], { keys: [keyOf(other)] });
      assert.deepEqual([report?.outcome, report?.counts.proven], ["unverifiable", 0]);
    });
  });
});

test("who only names a record is no copy of one: the span of a call, and an entry of the decision log", () => {
  const named = { "spangate.audit.i": "3", "spangate.decision": "deny" };
  const pointers = [{ ...named, "spangate.audit.log": spans[0]?.["spangate.audit.log"] as string }, { ...named, "spangate.audit.log": "4fd0" }];
  const file = join(folder, "pointers.json");
  writeFileSync(file, otlp([...spans, ...pointers]));
  assert.deepEqual(verifyExport([file], { keys: [keyOf(directory)] }), [verify(otlp(spans))]);
});

test("what the backend lost is proven from the log itself", () => {
  const file = join(folder, "lossy.json");
  writeFileSync(file, otlp(spans.filter((span, at) => !isRecord(span) || at % 10 !== 3)));
  const [bare] = verifyPaths([file]).logs;
  assert.equal(bare?.outcome, "incomplete");
  const [full] = verifyPaths([file], { with: directory }).logs;
  assert.deepEqual([full?.outcome, full?.counts.missing, full?.counts.proven], ["proven", 0, RECORDS]);
});

test("a log that was cut back shows against what the backend has, even where that has everything", () => {
  const file = join(folder, "complete.json");
  writeFileSync(file, otlp(spans));
  assert.equal(verifyPaths([file], { with: directory }).outcome, "proven");
  const cut = join(temporaryFolder(), "audit");
  cpSync(directory, cut, { recursive: true });
  const [log = ""] = listLogs(realDisk, cut);
  const segment = join(cut, log, readdirSync(join(cut, log)).filter((name) => name.endsWith(".log")).sort().at(-1) as string);
  const lines = readFileSync(segment, "latin1").split("\n");
  const seals = lines.flatMap((line, at) => (line.startsWith("#") ? [at] : []));
  writeFileSync(segment, `${lines.slice(0, (seals.at(-2) as number) + 1).join("\n")}\n`, "latin1");
  for (const name of readdirSync(join(cut, log))) if (name.endsWith(".json")) rmSync(join(cut, log, name));
  assert.equal(verifyPaths([cut]).outcome, "proven", "its files alone do not show it");
  const { outcome, logs } = verifyPaths([file], { with: cut });
  assert.deepEqual([outcome, logs[0]?.states.includes("truncated")], ["tampered", true]);
});

test("no text makes the reader of exports fail otherwise than by saying that it is no JSON", () => {
  const key = fc.constantFrom("spangate.audit.log", "spangate.audit.i", "spangate.audit.rec", "spangate.audit.cp", "spangate.audit.from", "spangate.audit.frontier", "spangate.audit.leaves.0", "spangate.audit.part", "spangate.audit.leaf");
  const value = fc.oneof(fc.string(), fc.integer().map(String), fc.constantFrom(...["spangate.audit.cp", "spangate.audit.frontier", "spangate.audit.rec"].map((name) => name)), fc.json());
  fc.assert(fc.property(fc.array(fc.dictionary(key, value)), (messages) => {
    verify(JSON.stringify(messages.map((attributes) => ({ attributes }))));
  }), { numRuns: 300 });
  fc.assert(fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
    try {
      verify(text);
    } catch (thrown) {
      assert.ok(thrown instanceof SyntaxError);
    }
  }), { numRuns: 300 });
});
