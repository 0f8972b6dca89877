/**
 * The Datadog dashboard, as its API takes it (`POST /api/v1/dashboard`). Generated into generated-vendors/datadog.json.
 *
 * Over OTLP a metric and its attributes keep their names: a delta sum becomes a count, a gauge a gauge, a histogram a
 * distribution (docs.datadoghq.com, "OTLP Metrics Types").
 *
 * @module
 */
import { RANKED, VENDOR_PANELS, type VendorPanel } from "./vendor-panels.ts";

/** Tags that Datadog makes of `service.name` and `deployment.environment.name`. */
const VARIABLES = { service: "service", env: "env" };
const NAME = "a";

export function datadogDashboard(): object {
  return {
    title: "spangate",
    description: "Tool calls of AI agents: what is decided and why, what it costs, whether the evidence is safe, and where which policy is in force.",
    layout_type: "ordered",
    reflow_type: "auto",
    template_variables: Object.entries(VARIABLES).map(([name, prefix]) => ({ name, prefix, available_values: [], defaults: ["*"] })),
    widgets: Object.entries(VENDOR_PANELS).map(([title, panels]) => ({
      definition: { type: "group", title, layout_type: "ordered", widgets: [note(panels), ...panels.map(widget)] },
    })),
  };
}

/** Widgets have no description of their own. */
function note(panels: readonly VendorPanel[]): object {
  return { definition: { type: "note", content: panels.map(({ title, description }) => `**${title}**: ${description}`).join("\n\n"), background_color: "white", font_size: "14", text_align: "left", show_tick: false } };
}

function widget(panel: VendorPanel): object {
  const { title, show, red } = panel;
  const formula = { formula: NAME, ...(panel.instrument.unit === "s" && { number_format: { unit: { type: "canonical_unit", unit_name: "second" } } }) };
  const queries = [{ data_source: "metrics", name: NAME, query: query(panel), ...(show !== "lines" && { aggregator: aggregator(panel) }) }];
  if (show === "lines") return { definition: { type: "timeseries", title, show_legend: true, requests: [{ response_format: "timeseries", queries, formulas: [formula], display_type: "line" }] } };
  if (show === "ranking") return { definition: { type: "toplist", title, requests: [{ response_format: "scalar", queries, formulas: [{ ...formula, limit: { count: RANKED, order: "desc" } }] }] } };
  const formats = red === undefined ? {} : { conditional_formats: [{ comparator: ">=", value: red, palette: "white_on_red" }] };
  // A counter that nothing was added to sends nothing.
  const shown = panel.instrument.kind === "counter" ? { ...formula, formula: `default_zero(${NAME})` } : formula;
  return { definition: { type: "query_value", title, autoscale: true, precision: 2, requests: [{ response_format: "scalar", queries, formulas: [shown], ...formats }] } };
}

/** `<aggregation>:<metric>{<tags>} by {<tags>}`, counts as the number in each interval and not per second. */
function query({ instrument: { name, kind }, where = {}, by = [], mean }: VendorPanel): string {
  const over = kind === "histogram" ? "p99" : mean ? "avg" : "sum";
  const tags = [...Object.keys(VARIABLES).map((variable) => `$${variable}`), ...Object.entries(where).map(([attribute, value]) => `${attribute}:${value}`)];
  return `${over}:${name}{${tags.join(",")}}${by.length > 0 ? ` by {${by.join(",")}}` : ""}${kind === "counter" ? ".as_count()" : ""}`;
}

/** What one number is made of, of the values over time. */
function aggregator({ instrument: { kind } }: VendorPanel): string {
  return kind === "counter" ? "sum" : kind === "histogram" ? "percentile" : "last";
}
