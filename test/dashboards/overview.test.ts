import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import * as names from "../../names.ts";
import { ROOT } from "../support/run.ts";
import { panelsOf, RULES, searchOf, targetsOf } from "./lint.ts";

const TEXT = readFileSync(join(ROOT, "dashboards/generated/overview.json"), "utf8");
const read = (): any => JSON.parse(TEXT);

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
  test(`the overview board passes ${rule}, and the rule finds what breaks it`, () => {
    assert.deepEqual(check(read()), []);
    const broken = read();
    assert.ok(BREAKS[rule], `nothing breaks ${rule}`);
    BREAKS[rule](broken);
    assert.notDeepEqual(check(broken), []);
  });
}

test("the overview board has its rows in order, none of them empty", () => {
  const board: Dashboard = read();
  const rows = (board.panels ?? []).map(({ type, title }) => (type === "row" ? title : "·")).join("").split(/·+/).filter(Boolean);
  assert.deepEqual(rows, ["Right now", "Decisions", "Violations", "Redactions", "Overhead", "Audit, policy and coverage"]);
});

test("panels fill the grid without lying on each other", () => {
  const cells = new Set<string>();
  for (const { title, gridPos } of panelsOf(read())) {
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

test("every trace search asks for attributes that spangate writes, and its labels are those of the panel's lines", () => {
  const known = new Set<string>(Object.values(names));
  for (const panel of panelsOf(read())) {
    const search = searchOf(panel.fieldConfig?.defaults.links?.[0]?.url) as string;
    const used = Array.from(search.matchAll(/\bspan\."([\w.]+)"/g), ([, name]) => name as string);
    // Unquoted, Grafana's editor takes the first letters of `spangate` for a keyword.
    assert.ok(used.length > 0 && !/span\.\w/.test(search), search);
    for (const name of used) assert.ok(known.has(name), `${panel.title}: ${name}`);
    for (const [, label] of search.matchAll(/\$\{__field\.labels\.(\w+)\}/g)) {
      for (const { expr } of targetsOf(panel)) assert.match(expr, new RegExp(`by \\([^)]*\\b${label}\\b`), panel.title);
    }
  }
});

test("a legend names only labels that its expression keeps", () => {
  for (const panel of panelsOf(read())) {
    for (const { expr, legendFormat } of targetsOf(panel)) {
      for (const [, label] of (legendFormat ?? "").matchAll(/\{\{(\w+)\}\}/g)) assert.match(expr, new RegExp(`by \\([^)]*\\b${label}\\b`), panel.title);
    }
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
