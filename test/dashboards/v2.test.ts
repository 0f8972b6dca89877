import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Resource } from "../../dashboards/v2.ts";
import { ROOT } from "../support/run.ts";
import { BOARD_NAMES, readBoard } from "./board.ts";
import { panelsOf } from "./lint.ts";

for (const name of BOARD_NAMES) {
  const classic = readBoard(name);
  const { apiVersion, kind, metadata, spec } = JSON.parse(readFileSync(join(ROOT, `dashboards/generated-v2/${name}.json`), "utf8")) as Resource;

  test(`${name}: the file in schema v2 is a resource under the same address, and as little editable`, () => {
    assert.deepEqual([apiVersion, kind, metadata.name], ["dashboard.grafana.app/v2", "Dashboard", classic.uid]);
    assert.deepEqual([spec.title, spec.description, spec.editable], [classic.title, classic.description, false]);
  });

  test(`${name}: every panel is there once, with its queries, its links and its place in its row`, () => {
    assert.equal(spec.layout.kind, "RowsLayout");
    const rows = spec.layout.kind === "RowsLayout" ? spec.layout.spec.rows : [];
    assert.deepEqual(rows.map(({ spec: row }) => row.title), (classic.panels ?? []).filter(({ type }) => type === "row").map(({ title }) => title));
    const placed = rows.flatMap(({ spec: row }) => (row.layout.kind === "GridLayout" ? row.layout.spec.items.map(({ spec: item }) => item as Extract<typeof item, { x: number }>) : []));
    const panels = panelsOf(classic);
    assert.deepEqual(placed.map(({ x, width, height, element }) => [x, width, height, element.name]), panels.map(({ gridPos, id }) => [gridPos?.x, gridPos?.w, gridPos?.h, `panel-${id}`]));
    for (const row of rows) if (row.spec.layout.kind === "GridLayout") assert.equal(Math.min(...row.spec.layout.spec.items.map(({ spec: item }) => (item as { y: number }).y)), 0);
    assert.deepEqual(Object.keys(spec.elements), panels.map(({ id }) => `panel-${id}`));
    for (const panel of panels) {
      const element = spec.elements[`panel-${panel.id}`];
      assert.ok(element?.kind === "Panel");
      assert.deepEqual([element.spec.title, element.spec.description, element.spec.vizConfig.group], [panel.title, panel.description, panel.type]);
      assert.deepEqual(element.spec.vizConfig.spec.fieldConfig, panel.fieldConfig);
      assert.deepEqual(element.spec.data.spec.queries.map(({ spec: { refId, query } }) => ({ refId, datasource: { type: query.group, uid: query.datasource?.name }, ...query.spec })), panel.targets?.map((target) => ({ ...target })));
    }
  });

  test(`${name}: variables and annotations are those of the classic board`, () => {
    assert.deepEqual(spec.variables.map(({ spec: { name: variable, label } }) => [variable, label]), (classic.templating?.list ?? []).map(({ name: variable, label }) => [variable, label]));
    assert.deepEqual(spec.annotations.map(({ spec: { name: title, query } }) => [title, query.spec.expr]), (classic.annotations?.list ?? []).map(({ name: title, expr }) => [title, expr]));
  });
}
