import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { RECORDINGS } from "../../dashboards/recordings.ts";
import { THRESHOLDS } from "../../dashboards/thresholds.ts";
import { OVERHEAD, WAIT } from "../../exporters/instruments.ts";
import { ROOT } from "../support/run.ts";
import { METRIC_BOARDS, readBoard } from "./board.ts";
import { panelsOf } from "./lint.ts";
import { onPath } from "./on-path.ts";
import { readPromql } from "./read-promql.ts";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
interface UnitTests {
  readonly tests: readonly { readonly alert_rule_test?: readonly { readonly alertname: string; readonly exp_alerts?: readonly unknown[] }[] }[];
}

const folder = join(ROOT, "dashboards");
const read = (file: string): string => readFileSync(join(folder, file), "utf8");
const ALL = (parse(read("generated/alerts.yaml")) as { groups: { rules: (Rule | { record: string; expr: string })[] }[] }).groups.flatMap(({ rules }) => rules);
const RULES = ALL.filter((rule) => "alert" in rule);
const SECTIONS = read("runbook.md").split(/^## /m).slice(1).map((section) => [section.slice(0, section.indexOf("\n")), section] as const);

const SEVERITIES = {
  SpangateDenySpike: "warning",
  SpangateNotEnforcing: "critical",
  SpangateFailOpen: "critical",
  SpangateModuleNotGated: "critical",
  SpangateToolWithoutRule: "warning",
  SpangateFailClosed: "warning",
  SpangatePolicyStale: "warning",
  SpangatePolicyUntrusted: "critical",
  SpangatePolicyDiverges: "warning",
  SpangateAuditWriteFailed: "critical",
  SpangateAuditRecordsLost: "critical",
  SpangateAuditLagHigh: "warning",
  SpangateCheckpointsOverdue: "warning",
  SpangateChainBroken: "critical",
  SpangateNotProven: "warning",
  SpangateVerifyOverdue: "warning",
  SpangateStoreDegraded: "critical",
  SpangateBudgetBurn: "warning",
  SpangateBudgetNearlyUsed: "warning",
  SpangateCallsWaiting: "warning",
  SpangateOverheadHigh: "warning",
  SpangateWaitLong: "warning",
  SpangateAgentSilent: "warning",
  SpangateTelemetryUnreadable: "warning",
  SpangateToolErrors: "warning",
  SpangateResultsWithheld: "warning",
  SpangateWouldHaveDenied: "info",
};

test("the alerts and their severities", () => {
  assert.deepEqual(Object.fromEntries(RULES.map(({ alert, labels }) => [alert, labels["severity"]])), SEVERITIES);
});

for (const { alert, expr, annotations } of RULES) {
  test(`${alert} says what happened in a sentence without values, and in one with them`, () => {
    assert.match(annotations["summary"] ?? "", /^[A-Z][^{]*\.$/);
    assert.match(annotations["description"] ?? "", /\{\{.*\}\}/);
    for (const [, label] of (annotations["description"] ?? "").matchAll(/\$labels\.(\w+)/g)) {
      assert.ok(readPromql(expr).grouped.includes(label as string), `${label} is not among the labels of the alert`);
    }
  });

  test(`${alert} has a heading in the runbook: meaning, impact, first three steps, escalation`, () => {
    assert.equal(annotations["runbook_url"], `dashboards/runbook.md#${alert.toLowerCase()}`);
    const section = SECTIONS.find(([heading]) => heading === alert)?.[1] ?? "";
    for (const part of ["Meaning", "Impact", "First steps", "Escalation"]) assert.match(section, new RegExp(`^\\*\\*${part}\\.\\*\\*`, "m"), part);
    assert.deepEqual(Array.from(section.matchAll(/^(\d+)\. /gm), ([, number]) => number), ["1", "2", "3"]);
  });

  test(`${alert} is tested where it fires and where it must not`, () => {
    const cases = (parse(read("alerts.test.yaml")) as UnitTests).tests.flatMap(({ alert_rule_test: cases = [] }) => cases).filter(({ alertname }) => alertname === alert);
    assert.ok(cases.some(({ exp_alerts = [] }) => exp_alerts.length > 0), "never fires");
    assert.ok(cases.some(({ exp_alerts = [] }) => exp_alerts.length === 0), "always fires");
  });
}

test("the runbook has no heading without an alert", () => {
  assert.deepEqual(SECTIONS.map(([heading]) => heading), RULES.map(({ alert }) => alert));
});

test("every panel that the runbook names is on the board that it means", () => {
  const titles = new Set(METRIC_BOARDS.flatMap((name) => panelsOf(readBoard(name))).map(({ title }) => title));
  const named = Array.from(read("runbook.md").matchAll(/(?:[Pp]anels?|table)\s+"([^"]+)"(?:\s+and\s+"([^"]+)")?/g)).flatMap(([, one, two]) => [one, two].filter((title) => title !== undefined));
  assert.ok(named.length > 10);
  for (const title of named) assert.ok(titles.has(title.replace(/\s+/g, " ")), title);
});

test("what is recorded has a name of its own, and a test of its value", () => {
  const names = ALL.flatMap((rule) => ("record" in rule ? [rule.record] : []));
  assert.deepEqual(names, RECORDINGS.map(({ name }) => name));
  for (const name of names) {
    assert.match(name, /^\w+:[a-z_]+:\w+$/);
    assert.ok(read("alerts.test.yaml").includes(`labels: '${name}{`), name);
  }
});

test("the thresholds of latency are bucket bounds, so the quantile is exact where it is compared", () => {
  assert.ok(OVERHEAD.buckets?.includes(THRESHOLDS.overhead) && WAIT.buckets?.includes(THRESHOLDS.wait));
});

test("promtool accepts the rules, all lint checks on", (t) => {
  if (!onPath("promtool", t)) return;
  const { status, stdout, stderr } = spawnSync("promtool", ["check", "rules", "--lint=all", "--lint-fatal", join(folder, "generated/alerts.yaml")], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  assert.match(stdout, new RegExp(`SUCCESS: ${ALL.length} rules found`));
});

test("promtool: each alert fires when it should and not otherwise", (t) => {
  if (!onPath("promtool", t)) return;
  const { status, stdout, stderr } = spawnSync("promtool", ["test", "rules", join(folder, "alerts.test.yaml")], { encoding: "utf8" });
  assert.equal(status, 0, `${stdout}${stderr}`);
});
