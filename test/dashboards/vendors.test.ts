import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Ajv } from "ajv";
import { RANKED, VENDOR_PANELS } from "../../dashboards/vendor-panels.ts";
import { AUDIT_CHECKPOINT_TIME, BUDGET_WINDOW, INSTRUMENTS, POLICY_TIME, WAITING_AGE } from "../../exporters/instruments.ts";
import * as names from "../../names.ts";
import { ROOT } from "../support/run.ts";
import { BOARD, DASHBOARD, QUERY_SPECIFICATION } from "./vendor-schemas.ts";

const read = (name: string): any => JSON.parse(readFileSync(join(ROOT, "dashboards/generated-vendors", name), "utf8"));
const datadog = read("datadog.json");
const honeycomb: readonly any[] = read("honeycomb.json");
const terraform = read("honeycomb.tf.json");
const ajv = new Ajv({ allErrors: true, strict: false });
const panels = Object.values(VENDOR_PANELS).flat();

function valid(schema: object, value: unknown): void {
  const check = ajv.compile(schema);
  assert.ok(check(value), JSON.stringify(check.errors?.slice(0, 3), null, 1));
}
const instrument = (name: string): (typeof INSTRUMENTS)[number] => {
  const found = INSTRUMENTS.find((one) => one.name === name);
  assert.ok(found, `${name} is no instrument`);
  return found;
};

/** Widgets without the notes, by title. */
const widgets: ReadonlyMap<string, any> = new Map(datadog.widgets.flatMap((group: any) => group.definition.widgets.map(({ definition }: any) => definition)).filter(({ type }: any) => type !== "note").map((definition: any) => [definition.title, definition]));

test("the Datadog dashboard has the keys that the API asks for, and no others", () => {
  valid(DASHBOARD, datadog);
  assert.throws(() => valid(DASHBOARD, { ...datadog, layout_type: "grid" }));
});

test("Datadog: each query asks an instrument of the registry for tags that it has", () => {
  assert.deepEqual([...widgets.keys()], panels.map(({ title }) => title));
  for (const [title, { type, requests: [request, ...rest] }] of widgets) {
    assert.equal(rest.length, 0);
    const { query, name, aggregator } = request.queries[0];
    const [, over, metric, filter, by = "", count] = /^(\w+):([\w.]+)\{([^}]*)\}(?: by \{([^}]+)\})?(\.as_count\(\))?$/.exec(query) ?? assert.fail(query);
    const { kind, attributes } = instrument(metric as string);
    assert.match(request.formulas[0].formula, new RegExp(`^(default_zero\\()?${name}\\)?$`));
    const [service, env, ...conditions] = (filter as string).split(",");
    assert.deepEqual([service, env], ["$service", "$env"], title);
    for (const tag of [...conditions.map((condition) => condition.split(":")[0] as string), ...by.split(",").filter(Boolean)]) assert.ok(attributes.includes(tag), `${title}: ${tag}`);
    // A count is added up, a distribution has percentiles, and a gauge has neither.
    assert.deepEqual({ over, count: count !== undefined }, kind === "counter" ? { over: "sum", count: true } : { over: kind === "histogram" ? "p99" : over === "avg" ? "avg" : "sum", count: false }, title);
    if (type !== "timeseries") assert.equal(aggregator, kind === "counter" ? "sum" : kind === "histogram" ? "percentile" : "last", title);
    if (type === "toplist") assert.deepEqual([request.formulas[0].limit, by !== ""], [{ count: RANKED, order: "desc" }, true], title);
  }
  assert.deepEqual(datadog.template_variables.map(({ name }: any) => name), ["service", "env"]);
});

test("Honeycomb: each query follows the specification and names columns that there are", () => {
  const attributes = new Set<string>(Object.values(names));
  for (const { dataset, name, query } of honeycomb) {
    valid(QUERY_SPECIFICATION, query);
    assert.ok(query.granularity <= query.time_range / 10 && query.granularity >= query.time_range / 1_000, name);
    const [{ op, column }] = query.calculations;
    const used: string[] = [...(query.filters ?? []).map((filter: any) => filter.column), ...(query.breakdowns ?? [])];
    for (const { order: _, ...ordered } of query.orders ?? []) assert.deepEqual(ordered, query.calculations[0], name);
    if (dataset === "metrics") {
      const { kind, attributes: has } = instrument(column);
      assert.ok(kind === "histogram" ? op === "P99" : op === "SUM" || (op === "AVG" && kind === "gauge"), name);
      for (const one of used) assert.ok(has.includes(one), `${name}: ${one}`);
      // The SDK sends a boolean as one, and Honeycomb does not take the text for it.
      for (const filter of query.filters ?? []) assert.equal(typeof filter.value, filter.column === names.GATED ? "boolean" : "string", name);
    } else {
      assert.equal(dataset, "service");
      assert.ok(column === undefined || column === "duration_ms", name);
      for (const one of used) assert.ok(attributes.has(one) || one === "name", `${name}: ${one}`);
    }
  }
  assert.deepEqual(honeycomb.filter(({ dataset }) => dataset === "metrics").map(({ name }) => name), panels.map(({ title }) => title));
  assert.throws(() => valid(QUERY_SPECIFICATION, { calculations: [{ op: "MEDIAN" }] }));
});

test("Honeycomb: a query about calls counts no copies that evidence carries", () => {
  for (const { name, query } of honeycomb.filter(({ dataset, query: { filters } }) => dataset === "service" && filters.some(({ column }: any) => column === names.DECISION))) {
    assert.ok(query.filters.some(({ column, op }: any) => column === names.AUDIT_LEAF && op === "does-not-exist"), name);
  }
});

test("the Terraform file makes each query, its name and its panel once, in Honeycomb's twelve columns", () => {
  const { honeycombio_query: queries, honeycombio_query_annotation: annotations, honeycombio_flexible_board: { spangate } } = terraform.resource;
  valid(BOARD, { type: "flexible", name: spangate.name, description: spangate.description, panels: spangate.panel });
  assert.deepEqual(Object.values(queries).map(({ query_json: text }: any) => JSON.parse(text)), honeycomb.map(({ query }) => query));
  assert.deepEqual(Object.values(annotations).map(({ name, description }: any) => ({ name, description })), honeycomb.map(({ name, description }) => ({ name, description })));
  const cells = new Set<string>();
  Object.keys(queries).forEach((key, at) => {
    assert.match(key, /^[a-z][a-z0-9_]*$/);
    assert.equal(queries[key].dataset, `\${var.${honeycomb[at].dataset}_dataset}`);
    assert.equal(annotations[key].query_id, `\${honeycombio_query.${key}.id}`);
    assert.equal(annotations[key].dataset, queries[key].dataset);
    const { position: { x_coordinate: x, y_coordinate: y, width }, query_panel: { query_id: query, query_annotation_id: annotation } } = spangate.panel[at];
    assert.deepEqual([query, annotation], [`\${honeycombio_query.${key}.id}`, `\${honeycombio_query_annotation.${key}.id}`]);
    assert.ok(x + width <= 12);
    cells.add(`${x},${y}`);
  });
  assert.equal(cells.size, honeycomb.length);
  assert.equal(spangate.panel.length, honeycomb.length);
  for (const variable of ["service_dataset", "metrics_dataset"]) assert.ok(variable in terraform.variable);
});

test("every instrument that a process exports is on the boards, but for those that are times", () => {
  const shown = new Set(panels.map((panel) => panel.instrument));
  assert.deepEqual(INSTRUMENTS.filter((one) => !shown.has(one) && !one.textfile), [WAITING_AGE, BUDGET_WINDOW, POLICY_TIME, AUDIT_CHECKPOINT_TIME]);
});
