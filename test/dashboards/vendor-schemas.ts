/**
 * What vendors call required, and what they list, as JSON Schemas: less than their own, and stricter, since a key that
 * is not listed here is one that nobody looked up.
 *
 * @module
 */

const strict = (required: readonly string[], properties: Readonly<Record<string, unknown>>): object => ({ type: "object", required, properties, additionalProperties: false });
const text = { type: "string", minLength: 1 };
const list = (items: unknown): object => ({ type: "array", minItems: 1, items });

// https://docs.datadoghq.com/api/latest/dashboards/ "Create a new dashboard": FormulaAndFunctionMetricQueryDefinition, WidgetFormula.
const metricQuery = strict(["data_source", "name", "query"], {
  data_source: { const: "metrics" }, name: text, query: text, aggregator: { enum: ["avg", "min", "max", "sum", "last", "area", "l2norm", "percentile", "mean"] },
});
const formula = strict(["formula"], {
  formula: text, alias: text,
  limit: strict([], { count: { type: "integer" }, order: { enum: ["asc", "desc"] } }),
  number_format: strict(["unit"], { unit: strict(["type", "unit_name"], { type: { const: "canonical_unit" }, unit_name: text }) }),
});
const request = (format: "scalar" | "timeseries", more: Readonly<Record<string, unknown>>): object =>
  list(strict(["response_format", "queries", "formulas"], { response_format: { const: format }, queries: list(metricQuery), formulas: list(formula), ...more }));
const conditionalFormats = list(strict(["comparator", "palette", "value"], { comparator: { enum: ["=", ">", ">=", "<", "<="] }, palette: { enum: ["white_on_red", "white_on_yellow", "white_on_green"] }, value: { type: "number" } }));

const widget = strict(["definition"], {
  definition: {
    oneOf: [
      strict(["type", "requests"], { type: { const: "timeseries" }, title: text, show_legend: { type: "boolean" }, requests: request("timeseries", { display_type: { enum: ["area", "bars", "line", "overlay"] } }) }),
      strict(["type", "requests"], { type: { const: "query_value" }, title: text, autoscale: { type: "boolean" }, precision: { type: "integer" }, requests: request("scalar", { conditional_formats: conditionalFormats }) }),
      strict(["type", "requests"], { type: { const: "toplist" }, title: text, requests: request("scalar", {}) }),
      strict(["type", "content"], { type: { const: "note" }, content: text, background_color: text, font_size: text, text_align: { enum: ["center", "left", "right"] }, show_tick: { type: "boolean" } }),
    ],
  },
});

/** `reflow_type` auto: widgets have no layout. */
export const DASHBOARD: object = strict(["title", "layout_type", "widgets"], {
  title: text, description: text, layout_type: { const: "ordered" }, reflow_type: { const: "auto" },
  template_variables: list(strict(["name"], { name: text, prefix: text, available_values: { type: "array" }, defaults: list(text) })),
  widgets: list(strict(["definition"], { definition: strict(["type", "layout_type", "widgets"], { type: { const: "group" }, title: text, layout_type: { const: "ordered" }, widgets: list(widget) }) })),
});

// https://docs.honeycomb.io/reference/query-specification: fields, calculation and filter operators. RATE_* and CONCURRENCY are
// left out, since datasets of metrics refuse them.
const operator = { enum: ["COUNT", "SUM", "AVG", "COUNT_DISTINCT", "MAX", "MIN", "P001", "P01", "P05", "P10", "P20", "P25", "P50", "P75", "P80", "P90", "P95", "P99", "P999", "HEATMAP"] };
const calculated = { if: { properties: { op: { const: "COUNT" } } }, else: { required: ["column"] } };

export const QUERY_SPECIFICATION: object = strict(["calculations"], {
  calculations: list({ ...strict(["op"], { op: operator, column: text }), ...calculated }),
  filters: list(strict(["column", "op"], {
    column: text, value: { type: ["string", "boolean", "number"] },
    op: { enum: ["=", "!=", ">", ">=", "<", "<=", "starts-with", "does-not-start-with", "ends-with", "does-not-end-with", "exists", "does-not-exist", "contains", "does-not-contain"] },
  })),
  filter_combination: { enum: ["AND", "OR"] },
  breakdowns: list(text),
  orders: list({ ...strict(["op", "order"], { op: operator, column: text, order: { enum: ["ascending", "descending"] } }), ...calculated }),
  limit: { type: "integer", minimum: 1, maximum: 1_000 },
  time_range: { type: "integer", minimum: 1 },
  granularity: { type: "integer", minimum: 1 },
});

/** https://docs.honeycomb.io/api/boards/create-a-board */
export const BOARD: object = strict(["name", "type"], {
  name: { ...text, maxLength: 255 }, description: { type: "string", maxLength: 1_024 }, type: { const: "flexible" },
  panels: list(strict(["type", "query_panel"], {
    type: { const: "query" },
    position: strict([], { x_coordinate: { type: "integer", minimum: 0 }, y_coordinate: { type: "integer", minimum: 0 }, width: { type: "integer", maximum: 12 }, height: { type: "integer", minimum: 1 } }),
    query_panel: strict(["query_id", "query_annotation_id"], { query_id: text, query_annotation_id: text, query_style: { enum: ["graph", "table", "combo"] } }),
  })),
});
