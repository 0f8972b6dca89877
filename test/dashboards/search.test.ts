import assert from "node:assert/strict";
import { test } from "node:test";
import { parser as logql } from "@grafana/lezer-logql";
import { parser as traceql } from "@grafana/lezer-traceql";
import { FIELDS } from "../../exporters/decision-log/fields.ts";
import { prometheusLabel } from "../../exporters/instruments.ts";
import * as names from "../../names.ts";
import { BOARD_NAMES, readBoard } from "./board.ts";
import { panelsOf, searchOf } from "./lint.ts";

interface Target {
  readonly query?: string;
  readonly expr?: string;
  readonly rawSql?: string;
  readonly datasource: { readonly type: string; readonly uid: string };
}
type Parser = Pick<typeof traceql, "parse">;

/** Errors that a grammar of Grafana's editors finds. */
function errors(parser: Parser, text: string): number {
  let count = 0;
  parser.parse(text).iterate({ enter: ({ type }) => { if (type.isError) count++; } });
  return count;
}

const PANELS = panelsOf(readBoard("search"));
const TARGETS = PANELS.flatMap(({ targets }) => targets as unknown as Target[]);
const filledIn = (text: string): string => text.replace(/\$\{[^}]+\}/g, "x").replace(/\$\w+/g, ".*");

test("every TraceQL of the search board and of every link parses, and the grammar finds what does not", () => {
  const searches = [...TARGETS.flatMap(({ query }) => query ?? []), ...BOARD_NAMES.flatMap((name) => panelsOf(readBoard(name)).map((panel) => searchOf(panel.fieldConfig?.defaults.links?.[0]?.url) as string))];
  assert.ok(searches.length > 60);
  for (const search of searches) assert.equal(errors(traceql, filledIn(search)), 0, search);
  assert.notEqual(errors(traceql, "{ span.\"spangate.decision\" = } | rate("), 0);
});

test("every LogQL of the search board parses, and the grammar finds what does not", () => {
  const expressions = TARGETS.flatMap(({ expr }) => expr ?? []);
  assert.equal(expressions.length, 4);
  for (const expression of expressions) assert.equal(errors(logql, filledIn(expression)), 0, expression);
  assert.notEqual(errors(logql, '{service_name=~"x"} | json | name='), 0);
});

test("LogQL asks for what the decision log says, in the form in which it says it", () => {
  const lines = new Set(["name", "event", ...FIELDS.map(({ key }) => key)]);
  const entries = new Set(["scope_name", ...FIELDS.flatMap(({ attributes }) => attributes.map(prometheusLabel))]);
  for (const expr of TARGETS.flatMap((target) => target.expr ?? [])) {
    const known = expr.includes("| json |") ? lines : entries;
    const asked = [...expr.matchAll(/\| (\w+)(?:=~|!=|=)"/g)].map(([, key]) => key as string);
    assert.ok(asked.length >= 3, expr);
    assert.deepEqual(asked.filter((key) => !known.has(key)), [], expr);
  }
});

test("SQL asks for attributes that spangate writes, of tables that the collector's overlay writes, within the time shown", () => {
  const known = new Set<string>(Object.values(names));
  const queries = TARGETS.flatMap(({ rawSql }) => rawSql ?? []);
  assert.equal(queries.length, 2);
  for (const sql of queries) {
    assert.match(sql, /\$__timeFilter\(Timestamp\)/);
    assert.match(sql, /FROM otel\.(otel_traces|spangate_audit_spans) /);
    for (const [, attribute] of sql.matchAll(/SpanAttributes\['([^']+)'\]/g)) assert.ok(known.has(attribute as string), attribute);
  }
});

test("each panel of the search board asks the data source of its variable, and every text box is used", () => {
  const { list = [] } = readBoard("search").templating ?? {};
  const variables = new Map(list.map((variable) => [variable.name, variable.query]));
  for (const { datasource } of TARGETS) assert.equal(variables.get(datasource.uid.slice(2, -1)), datasource.type);
  const text = JSON.stringify(TARGETS);
  for (const { name, type } of list) if ((type as string) === "textbox") assert.ok(text.includes(`$${name}`), name);
});
