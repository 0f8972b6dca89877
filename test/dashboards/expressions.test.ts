import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { stringify } from "yaml";
import { ALERTS } from "../../dashboards/alerts.ts";
import { RECORDINGS } from "../../dashboards/recordings.ts";
import { INSTRUMENTS, prometheusName } from "../../exporters/instruments.ts";
import { temporaryFolder } from "../support/run.ts";
import { boardExpressions, METRIC_BOARDS, readBoard, substituted } from "./board.ts";
import { onPath } from "./on-path.ts";
import { readPromql, unknownNames } from "./read-promql.ts";

const BOARD = boardExpressions();

test("every metric and label that a panel, an alert or a recording uses is in the registry", () => {
  assert.ok(BOARD.length >= 65);
  for (const { title, expression } of BOARD) assert.deepEqual(unknownNames(expression), [], title);
  for (const { name, expression } of [...ALERTS, ...RECORDINGS]) assert.deepEqual(unknownNames(expression), [], name);
});

test("every instrument is on a board", () => {
  const used = new Set(BOARD.flatMap(({ expression }) => readPromql(expression).selectors.map(({ metric }) => metric.replace(/_bucket$/, ""))));
  assert.deepEqual(INSTRUMENTS.map(prometheusName).filter((name) => !used.has(name)), []);
});

/** Expression → what the registry does not have of it. */
const WRONG: Readonly<Record<string, string[]>> = {
  "sum(rate(spangate_decisions_total[5m]))": ["metric spangate_decisions_total"],
  "spangate_calls": ["metric spangate_calls"],
  "rate(spangate_overhead_bucket[5m])": ["metric spangate_overhead_bucket"],
  "histogram_quantile(0.99, sum by (le) (rate(spangate_overhead_seconds[5m])))": ["metric spangate_overhead_seconds", "label le"],
  'spangate_calls_total{decision="deny"}': ["label decision of spangate_calls_total"],
  "sum by (gen_ai_tool_name) (spangate_enforcing)": ["label gen_ai_tool_name"],
  "vector(0)": ["no metric in vector(0)"],
  "up and on (job) spangate_enforcing unless spangate_audit_lags offset 5m": ["metric up", "metric spangate_audit_lags"],
};
for (const [expression, unknown] of Object.entries(WRONG)) {
  test(`a name that is not in the registry is found: ${expression}`, () => assert.deepEqual(unknownNames(expression), unknown));
}

test("every expression of the boards is PromQL", (t) => {
  if (!onPath("promtool", t)) return;
  const file = join(temporaryFolder(), "board.yaml");
  const rules = BOARD.map(({ expression }, at) => ({ record: `panel:${at}`, expr: substituted(expression) }));
  writeFileSync(file, stringify({ groups: [{ name: "board", rules }] }));
  const good = spawnSync("promtool", ["check", "rules", file], { encoding: "utf8" });
  assert.equal(good.status, 0, good.stderr);
  writeFileSync(file, readFileSync(file, "utf8").replace("sum(", "sum(("));
  assert.notEqual(spawnSync("promtool", ["check", "rules", file]).status, 0, "promtool finds nothing wrong with a parenthesis too many");
});

test("the variables of the boards read their values from a metric of the registry", () => {
  for (const name of METRIC_BOARDS) {
    const metrics = (readBoard(name).templating?.list ?? []).map(({ query }) => /^label_values\((\w+)/.exec((query as { query?: string } | undefined)?.query ?? "")?.[1]).filter((metric) => metric !== undefined);
    assert.equal(metrics.length, 2);
    for (const metric of metrics) assert.ok(INSTRUMENTS.some((instrument) => prometheusName(instrument) === metric), metric);
  }
});
