/**
 * The few kinds of panel that a board is made of. Everything a panel must have (description, unit, text for
 * no data, link to traces) is an argument here and cannot be forgotten.
 *
 * @module
 */
import { PanelBuilder as BarGaugeBuilder } from "@grafana/grafana-foundation-sdk/bargauge";
import {
  BarGaugeDisplayMode, BarGaugeNamePlacement, BigValueColorMode, BigValueGraphMode, type DataSourceRef, ReduceDataOptionsBuilder, StackingConfigBuilder, StackingMode, VizOrientation,
} from "@grafana/grafana-foundation-sdk/common";
import {
  AdHocVariableBuilder, AnnotationQueryBuilder, type Dashboard, DashboardBuilder, DashboardCursorSync, type DashboardLink, DashboardLinkBuilder, DashboardLinkType, DatasourceVariableBuilder, FieldColorBuilder, FieldColorModeId, MappingType, QueryVariableBuilder,
  RowBuilder, type Threshold, ThresholdsConfigBuilder, ThresholdsMode, VariableRefresh, VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as LogsBuilder } from "@grafana/grafana-foundation-sdk/logs";
import { DataqueryBuilder, PromQueryFormat } from "@grafana/grafana-foundation-sdk/prometheus";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as TimeseriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import { type Instrument, prometheusName } from "../exporters/instruments.ts";
import { POLICY_DIGEST, RULESET_NAME, RULESET_VERSION } from "../names.ts";
import { legend, policyChanges } from "./selected.ts";
import { tracesUrl } from "./traces.ts";

const PROMETHEUS: DataSourceRef = { type: "prometheus", uid: "${datasource}" };
/** Columns and rows of Grafana's grid. */
const STAT_HEIGHT = 4;
const GRAPH_HEIGHT = 8;

export type Panel = StatBuilder | TimeseriesBuilder | BarGaugeBuilder | TableBuilder;

/** Of a board on other data than metrics, too. */
export type AnyPanel = Panel | LogsBuilder;

export interface PanelOptions {
  readonly title: string;
  readonly description: string;
  /** A unit id of Grafana: `ops`, `percentunit`, `s`, `short`, … */
  readonly unit: string;
  /** Shown instead of an empty panel. */
  readonly noData: string;
  /** TraceQL conditions of the spans behind the numbers; may use `${__field.labels.<label>}`. */
  readonly traces: string;
  /** Columns, of 24. */
  readonly width: number;
}

/** Legend (`{{label}}` is filled in) → expression. */
export type Queries = Readonly<Record<string, string>>;

export interface StatOptions extends PanelOptions {
  readonly expression: string;
  /** `above`: red from here on. `below`: red under it. */
  readonly red?: { readonly above: number } | { readonly below: number };
  /** Value → text. */
  readonly words?: Readonly<Record<string, string>>;
  /** One value for the whole time range instead of a line that leads up to now. */
  readonly instant?: boolean;
}

/** One number. */
export function stat({ expression, red, words, instant = false, ...options }: StatOptions): Panel {
  const panel = common(new StatBuilder(), options).height(STAT_HEIGHT)
    .withTarget(instant ? query("A", options.title, expression).instant() : query("A", options.title, expression).range())
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .graphMode(instant ? BigValueGraphMode.None : BigValueGraphMode.Area)
    .colorMode(red ? BigValueColorMode.Background : BigValueColorMode.None)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps(red)));
  if (words) panel.mappings([{ type: MappingType.ValueToText, options: Object.fromEntries(Object.entries(words).map(([value, text]) => [value, { text }])) }]);
  return panel;
}

/** Lines over time, on top of each other when they are parts of a whole. */
export function lines({ queries, stacked = false, ...options }: PanelOptions & { readonly queries: Queries; readonly stacked?: boolean }): Panel {
  const panel = targets(common(new TimeseriesBuilder(), options).height(GRAPH_HEIGHT), queries, (target) => target.range());
  panel.fillOpacity(stacked ? 40 : 10).min(0);
  return stacked ? panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group("A")) : panel;
}

/** Totals of the time range, the largest first. */
export function bars({ queries, ...options }: PanelOptions & { readonly queries: Queries }): Panel {
  return targets(common(new BarGaugeBuilder(), options).height(GRAPH_HEIGHT), queries, (target) => target.instant())
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]))
    .orientation(VizOrientation.Horizontal).displayMode(BarGaugeDisplayMode.Basic).namePlacement(BarGaugeNamePlacement.Top).min(0)
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic));
}

export interface TableOptions extends PanelOptions {
  readonly expression: string;
  /** Heading of the column with the numbers. */
  readonly value: string;
  /** Label → heading, in order. */
  readonly columns: Readonly<Record<string, string>>;
}

/** One line for each series there is now: its labels, and its value last. */
export function table({ expression, value, columns, ...options }: TableOptions): Panel {
  const labels = Object.keys(columns);
  return common(new TableBuilder(), options).height(GRAPH_HEIGHT).withTarget(query("A", "", expression).instant().format(PromQueryFormat.Table))
    .withTransformation({
      id: "organize",
      options: { excludeByName: { Time: true }, indexByName: Object.fromEntries([...labels, "Value"].map((name, at) => [name, at])), renameByName: { ...columns, Value: value } },
    });
}

export interface BoardOptions {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  /** An instrument that every watched process reports: jobs and instances are read from it. */
  readonly presence: Instrument;
  /** Row title → its panels. */
  readonly rows: Readonly<Record<string, readonly Panel[]>>;
}

/** A board that can be read and not edited: what is changed by hand in Grafana is lost with the next version. */
export function board({ presence, rows, ...head }: BoardOptions): Dashboard {
  const name = prometheusName(presence);
  const builder = blank(head)
    .withVariable(new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"))
    .withVariable(new DatasourceVariableBuilder("tempo_datasource").label("Tempo data source").type("tempo"))
    .withVariable(labelVariable("job", "Job", `label_values(${name}, job)`))
    .withVariable(labelVariable("instance", "Instance", `label_values(${name}{job=~"$job"}, instance)`))
    .withVariable(new AdHocVariableBuilder("filters").label("Filters").description("Any other label that your scraping adds, such as tenant, namespace or cluster.").datasource(PROMETHEUS))
    .annotation(new AnnotationQueryBuilder().name("Policy changes").datasource(PROMETHEUS).enable(true).iconColor("purple").expr(policyChanges())
      .useValueForTime(true).step("60s").titleFormat(`Policy ${legend(RULESET_NAME)}@${legend(RULESET_VERSION)} in force`).textFormat(legend(POLICY_DIGEST)).tagKeys("job,instance"));
  return filled(builder, rows);
}

/** What every board of ours has: it is read-only, and leads to the others. */
export function blank({ uid, title, description }: Pick<BoardOptions, "uid" | "title" | "description">): DashboardBuilder {
  return new DashboardBuilder(title).uid(uid).description(description).tags(["spangate", "generated"]).readonly()
    .time({ from: "now-1h", to: "now" }).refresh("30s").timezone("browser").tooltip(DashboardCursorSync.Crosshair)
    .link(new DashboardLinkBuilder("spangate boards").type(DashboardLinkType.Dashboards).tags(["spangate"]).asDropdown(true).keepTime(true).includeVars(true));
}

/** The rows with their panels. Ids of our own: Grafana would give out others, and links to a panel would break. */
export function filled(builder: DashboardBuilder, rows: Readonly<Record<string, readonly AnyPanel[]>>): Dashboard {
  let id = 0;
  for (const [row, panels] of Object.entries(rows)) {
    builder.withRow(new RowBuilder(row).id(++id));
    for (const panel of panels) builder.withPanel(panel.id(++id));
  }
  return builder.build();
}

function common<T extends Panel>(panel: T, { title, description, unit, noData, traces, width }: PanelOptions): T {
  // A data link has these three keys; the type is that of a dashboard link, which has more.
  const link = { title: "Traces behind this", url: tracesUrl(traces), targetBlank: true } as DashboardLink;
  panel.title(title).description(description).datasource(PROMETHEUS).unit(unit).noValue(noData).span(width).dataLinks([{ build: () => link }]);
  return panel;
}

function targets<T extends TimeseriesBuilder | BarGaugeBuilder>(panel: T, queries: Queries, as: (target: DataqueryBuilder) => DataqueryBuilder): T {
  Object.entries(queries).forEach(([legend, expression], at) => panel.withTarget(as(query(String.fromCharCode(65 + at), legend, expression))));
  return panel;
}

function query(refId: string, legend: string, expression: string): DataqueryBuilder {
  return new DataqueryBuilder().refId(refId).datasource(PROMETHEUS).expr(expression).legendFormat(legend);
}

function steps(red: StatOptions["red"]): Threshold[] {
  if (!red) return [{ value: null, color: "text" }];
  return "above" in red
    ? [{ value: null, color: "green" }, { value: red.above, color: "red" }]
    : [{ value: null, color: "red" }, { value: red.below, color: "green" }];
}

function labelVariable(name: string, label: string, text: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name).label(label).datasource(PROMETHEUS).query({ query: text, refId: `${name}-variable` }).definition(text)
    .refresh(VariableRefresh.OnTimeRangeChanged).sort(VariableSort.AlphabeticalAsc).multi(true).includeAll(true).allValue(".+")
    .current({ selected: true, text: "All", value: "$__all" });
}
