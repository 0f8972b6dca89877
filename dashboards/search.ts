/**
 * The board on single calls: spans in Tempo, decision logs in Loki, spans and evidence in ClickHouse. Generated into
 * generated/search.json.
 *
 * @module
 */
import { PanelBuilder as LogsBuilder } from "@grafana/grafana-foundation-sdk/logs";
import { DataqueryBuilder as LokiQuery } from "@grafana/grafana-foundation-sdk/loki";
import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import { type Dashboard, DatasourceVariableBuilder, TextBoxVariableBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { DataqueryBuilder as TempoQuery, SearchTableType } from "@grafana/grafana-foundation-sdk/tempo";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import { prometheusLabel } from "../exporters/instruments.ts";
import { AGENT_NAME, AUDIT_INDEX, AUDIT_LOG, CONVERSATION_ID, DECISION, ERROR_TYPE, OUTCOME_STATUS, REASON, RULE_NAME, SOURCE, TOOL_NAME } from "../names.ts";
import { type AnyPanel, blank, filled, type PanelOptions } from "./panels.ts";
import { span, spansWith, tracesUrl } from "./traces.ts";

const TEMPO = { type: "tempo", uid: "${tempo_datasource}" };
const LOKI = { type: "loki", uid: "${loki_datasource}" };
const CLICKHOUSE = { type: "grafana-clickhouse-datasource", uid: "${clickhouse_datasource}" };
const HEIGHT = 9;
/** What the text boxes at the top of the board leave over; each is a regular expression. */
const TYPED = `resource.service.name =~ "$service" && ${span(TOOL_NAME)} =~ "$tool"`;
const COLUMNS = [TOOL_NAME, DECISION, RULE_NAME, REASON, AGENT_NAME, CONVERSATION_ID, AUDIT_LOG, AUDIT_INDEX].map(span).join(", ");

/** Loki keeps attributes beside the line, with underscores as Prometheus has them. */
const OVER_OTLP = '{service_name=~"$service"} | scope_name="spangate"';

type Search = Omit<PanelOptions, "unit" | "traces">;

function looks<T extends TableBuilder | TimeseriesBuilder | LogsBuilder>(panel: T, { title, description, noData, width }: Search, conditions: string): T {
  // A data link has these three keys; the type is that of a dashboard link, which has more.
  const link = { title: "Traces behind this", url: tracesUrl(conditions), targetBlank: true } as ReturnType<NonNullable<Parameters<TableBuilder["dataLinks"]>[0][number]>["build"]>;
  panel.title(title).description(description).unit("short").noValue(noData).height(HEIGHT).span(width).dataLinks([{ build: () => link }]);
  return panel;
}

/** Single spans, the newest first. */
function spans(options: Search, conditions: string): AnyPanel {
  return looks(new TableBuilder(), options, conditions).datasource(TEMPO)
    .withTarget(new TempoQuery().refId("A").datasource(TEMPO).queryType("traceql").tableType(SearchTableType.Spans).limit(100).query(`{ ${conditions} } | select(${COLUMNS})`));
}

/** Spans per second by an attribute, counted by Tempo from what sampling kept. */
function rates(options: Search, conditions: string, by: string): AnyPanel {
  return looks(new TimeseriesBuilder(), options, conditions).datasource(TEMPO).min(0)
    .withTarget(new TempoQuery().refId("A").datasource(TEMPO).queryType("traceql").query(`{ ${conditions} } | rate() by (${span(by)})`));
}

function logs(options: Search, expression: string, conditions: string): AnyPanel {
  return looks(new LogsBuilder(), options, conditions).datasource(LOKI).showTime(true).wrapLogMessage(true).enableLogDetails(true)
    .withTarget(new LokiQuery().refId("A").datasource(LOKI).expr(expression).range(true).maxLines(500));
}

/** The plugin's query, for which the SDK has no builder. */
function rows(options: Search, sql: string, conditions: string): AnyPanel {
  const query = { refId: "A", datasource: CLICKHOUSE, queryType: "table", editorType: "sql", format: 1, rawSql: sql, _implementsDataqueryVariant: () => undefined };
  return looks(new TableBuilder(), options, conditions).datasource(CLICKHOUSE).withTarget({ build: () => query } as unknown as Builder<Dataquery>);
}

function textBox(name: string, label: string, description: string): TextBoxVariableBuilder {
  return new TextBoxVariableBuilder(name).label(label).description(description).defaultValue(".*").current({ text: ".*", value: ".*" });
}

const attribute = (name: string): string => `SpanAttributes['${name}']`;
/** Both conditions on time: the first is what the table is ordered by. */
const WITHIN = "$__timeFilter(Timestamp)";

export function search(): Dashboard {
  const builder = blank({
    uid: "spangate-search",
    title: "spangate: search",
    description: "Single tool calls: spans in Tempo, decision logs in Loki, spans and evidence in ClickHouse. Each row needs its backend only.",
  })
    .withVariable(new DatasourceVariableBuilder("tempo_datasource").label("Tempo data source").type("tempo"))
    .withVariable(new DatasourceVariableBuilder("loki_datasource").label("Loki data source").type("loki"))
    .withVariable(new DatasourceVariableBuilder("clickhouse_datasource").label("ClickHouse data source").type(CLICKHOUSE.type))
    .withVariable(textBox("service", "Service", "Regular expression on service.name."))
    .withVariable(textBox("tool", "Tool", "Regular expression on the name of the tool."));
  const denied = `${spansWith(DECISION, "deny")} && ${TYPED}`;
  const failed = `${span(ERROR_TYPE)} != nil && ${TYPED}`;
  const any = `${span(DECISION)} != nil && ${TYPED}`;
  return filled(builder, {
    "Spans (Tempo)": [
      spans({ title: "Denied calls", width: 24, noData: "No denied call in this range", description: "The last 100 spans of calls whose verdict is deny: which tool, which rule, why, and where the record is in the audit log." }, denied),
      spans({ title: "Failed and withheld calls", width: 24, noData: "No failed call in this range", description: "The last 100 spans of calls that ended with an error, were denied, or whose result was withheld." }, failed),
      rates({ title: "Calls by decision", width: 12, noData: "No span in this range", description: "Spans per second by verdict, as far as sampling kept them; the overview counts before sampling." }, any, DECISION),
      rates({ title: "Denied calls by source", width: 12, noData: "No denied call in this range", description: "Spans per second of denied calls, by the processor that decided." }, denied, SOURCE),
    ],
    "Decision log as lines (Loki)": [
      logs({ title: "Decisions against calls, lines", width: 12, noData: "No such line; they are written with SPANGATE_LOG=json", description: "Lines of the decision log about calls that were not simply allowed. docs/operations.md has the schema." },
        `{service_name=~"$service"} | json | name="spangate" | event="decision" | decision!="allow" | tool=~"$tool"`, denied),
      logs({ title: "Outcomes that are not good, lines", width: 12, noData: "No such line; they are written with SPANGATE_LOG=json", description: "Lines of the decision log about tools that threw, and results that were withheld." },
        `{service_name=~"$service"} | json | name="spangate" | status=~"error|withheld" | tool=~"$tool"`, failed),
    ],
    "Decision log over OTLP (Loki)": [
      logs({ title: "Decisions against calls", width: 12, noData: "No such entry; they are sent with SPANGATE_LOG=otlp", description: "Entries of the decision log, as OpenTelemetry log records, about calls that were not simply allowed." },
        // Evidence in the same Loki has a decision and no source of it.
        `${OVER_OTLP} | ${prometheusLabel(SOURCE)}!="" | ${prometheusLabel(DECISION)}!="allow" | ${prometheusLabel(TOOL_NAME)}=~"$tool"`, denied),
      logs({ title: "Outcomes that are not good", width: 12, noData: "No such entry; they are sent with SPANGATE_LOG=otlp", description: "The same about tools that threw, and results that were withheld." },
        `${OVER_OTLP} | ${prometheusLabel(OUTCOME_STATUS)}=~"error|withheld" | ${prometheusLabel(TOOL_NAME)}=~"$tool"`, failed),
    ],
    "Spans and evidence (ClickHouse)": [
      rows({ title: "Denied calls by tool and rule", width: 12, noData: "No denied call in this range", description: "How many calls each rule denied, by tool, from the spans that the collector's overlay clickhouse.yaml writes." },
        `SELECT ${attribute(TOOL_NAME)} AS tool, ${attribute(RULE_NAME)} AS rule, count() AS calls FROM otel.otel_traces WHERE ${WITHIN} AND ${attribute(DECISION)} = 'deny' AND match(ServiceName, '$service') AND match(tool, '$tool') GROUP BY tool, rule ORDER BY calls DESC LIMIT 100`, denied),
      rows({ title: "Audit records by log", width: 12, noData: "No evidence in this range", description: "Of each audit log how many different records the backend has, and the range of their indexes; fewer records than the range is long are a gap that spangate verify names." },
        `SELECT ${attribute(AUDIT_LOG)} AS log, min(toUInt64OrZero(${attribute(AUDIT_INDEX)})) AS first, max(toUInt64OrZero(${attribute(AUDIT_INDEX)})) AS last, uniqExact(${attribute(AUDIT_INDEX)}) AS records FROM otel.spangate_audit_spans WHERE ${WITHIN} AND match(ServiceName, '$service') GROUP BY log ORDER BY last DESC LIMIT 100`, any),
    ],
  });
}
