/**
 * Queries for Honeycomb (docs.honeycomb.io, "Query Specification"), and the board of them in Terraform's JSON for the
 * provider honeycombio/honeycombio. Generated into generated-vendors/honeycomb.json and honeycomb.tf.json.
 *
 * A metric is a column of its name in the dataset of metrics, a span or log record an event in the dataset of its
 * service with a column for each attribute.
 *
 * @module
 */
import { AGENT_NAME, AUDIT_LEAF, AUDIT_LOG, DECISION, ERROR_TYPE, RULE_NAME, TOOL_NAME } from "../names.ts";
import { RANKED, VENDOR_PANELS, type VendorPanel } from "./vendor-panels.ts";

/** Seconds. */
const RANGE = 86_400;
/** Seconds; a multiple of the minute in which metrics are sent, so that no step is empty. */
const STEP = 300;
/** Columns that Honeycomb gives to a span: its name, and its duration in milliseconds. */
const SPAN_NAME = "name";
const SPAN_DURATION = "duration_ms";

interface Filter {
  readonly column: string;
  readonly op: "=" | "exists" | "does-not-exist" | "starts-with";
  readonly value?: string | boolean;
}
interface Query {
  readonly time_range: number;
  readonly granularity: number;
  readonly calculations: readonly { readonly op: string; readonly column?: string }[];
  readonly filters?: readonly Filter[];
  readonly filter_combination?: "AND";
  readonly breakdowns?: readonly string[];
  readonly orders?: readonly { readonly op: string; readonly column?: string; readonly order: "descending" }[];
  readonly limit?: number;
}
export interface HoneycombPanel {
  /** Which dataset it asks: that of the agent's service, or that of metrics. */
  readonly dataset: "service" | "metrics";
  readonly name: string;
  readonly description: string;
  readonly style: "graph" | "table";
  readonly query: Query;
}

/** Spans of calls: copies of attributes stand in evidence too, which has a leaf hash. */
const CALL: readonly Filter[] = [{ column: DECISION, op: "exists" }, { column: AUDIT_LEAF, op: "does-not-exist" }];
const COUNT = { op: "COUNT" };

/** What metrics do not say, or only events can be asked: single calls, and evidence as it arrived. */
const EVENTS: readonly HoneycombPanel[] = [
  events("Denied calls", "table", "Tool, rule and agent of each denied call that was not sampled away. Open one to see its trace.", [{ column: DECISION, op: "=", value: "deny" }, ...CALL.slice(1)], [TOOL_NAME, RULE_NAME, AGENT_NAME]),
  events("Failed calls", "table", "Spans of tool calls that ended with an error, were denied, or whose result was withheld.", [{ column: ERROR_TYPE, op: "exists" }, ...CALL], [TOOL_NAME, ERROR_TYPE]),
  events("Duration of calls, p99", "graph", "Spans of tool calls, in milliseconds.", CALL, [TOOL_NAME], { op: "P99", column: SPAN_DURATION }),
  events("Evidence by type", "graph", "Audit records as they arrived here, as spans. Empty where a collector sends evidence elsewhere.", [{ column: SPAN_NAME, op: "starts-with", value: "audit." }], [SPAN_NAME]),
  events("Heartbeats by log", "graph", "A line that ends without a record close is a process that was killed, hangs, or cannot send.", [{ column: SPAN_NAME, op: "=", value: "audit.heartbeat" }], [AUDIT_LOG]),
  events("Gaps", "table", "Records that were lost, or gone before they were sent. Anything here is worth a look.", [{ column: SPAN_NAME, op: "=", value: "audit.gap" }], [AUDIT_LOG]),
];

/** Every panel, in the order of the board. */
export function honeycombPanels(): HoneycombPanel[] {
  return [...EVENTS, ...Object.values(VENDOR_PANELS).flat().map(metrics)];
}

/** A file that `terraform apply` makes the queries and the board of. */
export function honeycombTerraform(): object {
  const panels = honeycombPanels().map((panel) => ({ ...panel, key: panel.name.toLowerCase().replace(/[^a-z0-9]+/g, "_") }));
  const dataset = (panel: HoneycombPanel): string => `\${var.${panel.dataset}_dataset}`;
  return {
    terraform: { required_providers: { honeycombio: { source: "honeycombio/honeycombio", version: ">= 0.38.0" } } },
    variable: {
      service_dataset: { type: "string", description: "Dataset of the agent's spans and log records: its service.name." },
      metrics_dataset: { type: "string", description: "Dataset that OTEL_EXPORTER_OTLP_METRICS_HEADERS names.", default: "spangate-metrics" },
    },
    resource: {
      honeycombio_query: Object.fromEntries(panels.map((panel) => [panel.key, { dataset: dataset(panel), query_json: JSON.stringify(panel.query) }])),
      honeycombio_query_annotation: Object.fromEntries(panels.map((panel) => [
        panel.key, { dataset: dataset(panel), query_id: `\${honeycombio_query.${panel.key}.id}`, name: panel.name, description: panel.description },
      ])),
      honeycombio_flexible_board: {
        spangate: {
          name: "spangate",
          description: "Tool calls of AI agents: what is decided and why, what it costs, and whether the evidence is safe.",
          panel: panels.map(({ key, style }, at) => ({
            type: "query",
            position: { x_coordinate: at % 2 * 6, y_coordinate: Math.floor(at / 2) * 5, width: 6, height: 5 },
            query_panel: { query_id: `\${honeycombio_query.${key}.id}`, query_annotation_id: `\${honeycombio_query_annotation.${key}.id}`, query_style: style },
          })),
        },
      },
    },
  };
}

function events(name: string, style: HoneycombPanel["style"], description: string, filters: readonly Filter[], by: readonly string[], calculation: { op: string; column?: string } = COUNT): HoneycombPanel {
  return { dataset: "service", name, description, style, query: query(calculation, filters, by) };
}

function metrics({ title, description, instrument: { name, kind }, where = {}, by = [], show, mean }: VendorPanel): HoneycombPanel {
  const calculation = { op: kind === "histogram" ? "P99" : mean ? "AVG" : "SUM", column: name };
  const filters = Object.entries(where).map(([column, value]): Filter => ({ column, op: "=", value }));
  return { dataset: "metrics", name: title, description, style: show === "ranking" ? "table" : "graph", query: query(calculation, filters, by) };
}

function query(calculation: { op: string; column?: string }, filters: readonly Filter[], by: readonly string[]): Query {
  return {
    time_range: RANGE, granularity: STEP, calculations: [calculation],
    ...(filters.length > 0 && { filters, filter_combination: "AND" as const }),
    ...(by.length > 0 && { breakdowns: by, orders: [{ ...calculation, order: "descending" as const }], limit: RANKED }),
  };
}
