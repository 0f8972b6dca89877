import assert from "node:assert/strict";
import { test } from "node:test";
import * as names from "../../names.ts";
import { BOARD_NAMES, METRIC_BOARDS, readBoard } from "./board.ts";
import { panelsOf, RULES, searchOf, targetsOf } from "./lint.ts";

/** Board → its rows. */
const ROWS: Readonly<Record<string, readonly string[]>> = {
  audit: ["Right now", "Records", "Verification", "Delivery", "On its way", "Trouble"],
  fleet: ["Right now", "Policy", "Coverage", "By process"],
  overview: ["Right now", "Decisions", "Violations", "Limits and budgets", "Redactions", "Latency", "Self cost", "Failures, policy and coverage"],
  search: ["Spans (Tempo)", "Decision log as lines (Loki)", "Decision log over OTLP (Loki)", "Spans and evidence (ClickHouse)"],
};
/** Rules that are about PromQL, its data source and its variables. */
const METRICS_ONLY = /^(target|template)-|^panel-datasource$/;

/** Rule → something that breaks it: a rule that finds nothing here could not fail. */
const BREAKS: Readonly<Record<string, (board: any) => void>> = {
  "template-datasource": (board) => { board.templating.list[0].name = "prometheus"; },
  "template-job": (board) => { board.templating.list[2].allValue = ".*"; },
  "template-instance": (board) => { board.templating.list[3].multi = false; },
  "template-label-promql": (board) => { board.templating.list[2].query.query = "label_values(job"; },
  "template-on-time-change-reload": (board) => { board.templating.list[2].refresh = 1; },
  "panel-datasource": (board) => { first(board).targets[0].datasource.uid = "grafanacloud-prom"; },
  "panel-title-description": (board) => { delete first(board).description; },
  "panel-units": (board) => { first(board).fieldConfig.defaults.unit = "clocks"; },
  "panel-no-targets": (board) => { first(board).targets = []; },
  "panel-no-data-text": (board) => { delete first(board).fieldConfig.defaults.noValue; },
  "panel-trace-link": (board) => { first(board).fieldConfig.defaults.links = []; },
  "panel-unique": (board) => { first(board).id = board.panels[2].id; },
  "target-rate-interval": (board) => expression(board, (text) => text.replace("$__rate_interval", "5m")),
  "target-job": (board) => expression(board, (text) => text.replace('job=~"$job", ', "")),
  "target-instance": (board) => expression(board, (text) => text.replace(', instance=~"$instance"', "")),
  "target-counter-agg": (board) => expression(board, (text) => text.replace(/rate\((.*)\[.*?\]\)/, "$1")),
  "target-histogram": (board) => expression(board, () => 'sum(rate(spangate_overhead_seconds_bucket{job=~"$job", instance=~"$instance"}[$__rate_interval]))'),
  "uneditable-dashboard": (board) => { board.editable = true; },
};

for (const [rule, check] of Object.entries(RULES)) {
  test(`every board passes ${rule}, and the rule finds what breaks it`, () => {
    for (const name of METRICS_ONLY.test(rule) ? METRIC_BOARDS : BOARD_NAMES) assert.deepEqual(check(readBoard(name)), [], name);
    const broken: any = readBoard("overview");
    assert.ok(BREAKS[rule], `nothing breaks ${rule}`);
    BREAKS[rule](broken);
    assert.notDeepEqual(check(broken), []);
  });
}

test("there are these boards, with their rows in order and none of them empty, each under an address of its own", () => {
  const rows = Object.fromEntries(BOARD_NAMES.map((name) => [
    name, (readBoard(name).panels ?? []).map(({ type, title }) => (type === "row" ? title : "·")).join("").split(/·+/).filter(Boolean),
  ]));
  assert.deepEqual(rows, ROWS);
  assert.deepEqual(BOARD_NAMES.map((name) => readBoard(name).uid), BOARD_NAMES.map((name) => `spangate-${name}`));
});

for (const name of BOARD_NAMES) {
  test(`${name}: panels fill the grid without lying on each other`, () => {
    const cells = new Set<string>();
    for (const { title, gridPos } of panelsOf(readBoard(name))) {
      assert.ok(gridPos && gridPos.x + gridPos.w <= 24, title);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          assert.ok(!cells.has(`${x},${y}`), title);
          cells.add(`${x},${y}`);
        }
      }
    }
    assert.equal(cells.size % 24, 0, "a row is not full");
  });

  test(`${name}: every trace search asks for attributes that spangate writes, and its labels are those of the panel's lines`, () => {
    const known = new Set<string>(Object.values(names));
    for (const panel of panelsOf(readBoard(name))) {
      const search = searchOf(panel.fieldConfig?.defaults.links?.[0]?.url) as string;
      const used = Array.from(search.matchAll(/\bspan\."([\w.]+)"/g), ([, attribute]) => attribute as string);
      // Unquoted, Grafana's editor takes the first letters of `spangate` for a keyword.
      assert.ok(used.length > 0 && !/span\.\w/.test(search), search);
      for (const attribute of used) assert.ok(known.has(attribute), `${panel.title}: ${attribute}`);
      for (const [, label] of search.matchAll(/\$\{__field\.labels\.(\w+)\}/g)) {
        for (const { expr } of targetsOf(panel)) assert.match(expr, new RegExp(`by \\([^)]*\\b${label}\\b`), panel.title);
      }
      const columns = Object.values((panel.transformations?.[0]?.options as { renameByName?: Record<string, string> } | undefined)?.renameByName ?? {});
      for (const [, column] of search.matchAll(/\$\{__data\.fields\[(\w+)\]\}/g)) assert.ok(columns.includes(column as string), `${panel.title}: ${column}`);
    }
  });
}

test("a legend or a column names only labels that its expression keeps", () => {
  for (const panel of METRIC_BOARDS.flatMap((name) => panelsOf(readBoard(name)))) {
    const columns = Object.keys((panel.transformations?.[0]?.options as { renameByName?: Record<string, string> } | undefined)?.renameByName ?? {}).filter((column) => column !== "Value");
    for (const { expr, legendFormat } of targetsOf(panel)) {
      const labels = [...columns, ...Array.from((legendFormat ?? "").matchAll(/\{\{(\w+)\}\}/g), ([, label]) => label as string)];
      for (const label of labels) assert.match(expr, new RegExp(`by \\([^)]*\\b${label}\\b`), panel.title);
    }
  }
});

test("boards on metrics mark when a policy was put in force, and every board leads to the others", () => {
  for (const name of BOARD_NAMES) {
    const board = readBoard(name);
    assert.deepEqual(board.links?.map(({ type, tags }) => [type, tags]), [["dashboards", ["spangate"]]]);
    assert.ok(board.tags?.includes("spangate"));
    const wanted = name === "search" ? [] : [["Policy changes", true, true, "${datasource}"]];
    assert.deepEqual((board.annotations?.list ?? []).map(({ name: title, enable, useValueForTime, datasource }) => [title, enable, useValueForTime, datasource?.uid]), wanted);
  }
});

function first(board: any): any {
  return board.panels[1];
}

function expression(board: any, change: (text: string) => string): void {
  const target = first(board).targets[0];
  const changed = change(target.expr);
  assert.notEqual(changed, target.expr);
  target.expr = changed;
}
