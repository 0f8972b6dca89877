import type { Dashboard, Panel, VariableModel } from "@grafana/grafana-foundation-sdk/dashboard";
import type { Dataquery } from "@grafana/grafana-foundation-sdk/prometheus";
import { INSTRUMENTS, prometheusName } from "../../exporters/instruments.ts";
import { readPromql } from "./read-promql.ts";

/** Ids of Grafana that this board has a use for. */
const UNITS = ["ops", "cps", "reqps", "short", "percentunit", "s", "ms", "bytes"];
const DATASOURCE = "${datasource}";
const MACHINE: ReadonlySet<string> = new Set(INSTRUMENTS.filter(({ textfile }) => textfile).map(prometheusName));

/** The panels of a board that show something. */
export function panelsOf(board: Dashboard): Panel[] {
  return (board.panels ?? []).filter((panel): panel is Panel => panel.type !== "row");
}

export function targetsOf(panel: Panel): Dataquery[] {
  return (panel.targets ?? []) as Dataquery[];
}

/** The rules of grafana/dashboard-linter by its names, and some of our own; each says what is wrong. */
export const RULES: Readonly<Record<string, (board: Dashboard) => string[]>> = {
  "template-datasource": (board) => {
    const found = variable(board, "datasource");
    return found?.type === "datasource" && found.label === "Data source" ? [] : ["no data source variable"];
  },
  "template-job": (board) => selection(board, "job", "Job"),
  "template-instance": (board) => selection(board, "instance", "Instance"),
  "template-label-promql": (board) =>
    queryVariables(board).filter(({ query }) => !/^label_values\(\w+(\{[^}]*\})?, \w+\)$/.test((query as { query: string }).query)).map(({ name }) => name),
  "template-on-time-change-reload": (board) => queryVariables(board).filter(({ refresh }) => refresh !== 2).map(({ name }) => name),
  "panel-datasource": (board) => perPanel(board, (panel) => panel.datasource?.uid === DATASOURCE && targetsOf(panel).every((target) => target.datasource?.uid === DATASOURCE)),
  "panel-title-description": (board) => perPanel(board, ({ title, description }) => Boolean(title) && /\.$/.test(description ?? "")),
  "panel-units": (board) => perPanel(board, ({ fieldConfig }) => UNITS.includes(fieldConfig?.defaults.unit ?? "")),
  "panel-no-targets": (board) => perPanel(board, (panel) => targetsOf(panel).length > 0),
  "panel-no-data-text": (board) => perPanel(board, ({ fieldConfig }) => Boolean(fieldConfig?.defaults.noValue)),
  "panel-trace-link": (board) => perPanel(board, ({ fieldConfig }) => (fieldConfig?.defaults.links ?? []).some(({ url }) => searchOf(url) !== undefined)),
  "panel-unique": (board) => {
    const ids = (board.panels ?? []).map(({ id }) => id);
    return [...duplicates(ids), ...duplicates(panelsOf(board).map(({ title }) => title))];
  },
  "target-rate-interval": (board) => perSelector(board, ({ applied, range }) => !["rate", "irate"].includes(applied ?? "") || range === "$__rate_interval"),
  // What a timer writes for the machine is of no process.
  "target-job": (board) => perSelector(board, ({ metric, labels }) => MACHINE.has(metric) || labels["job"] === '=~"$job"'),
  "target-instance": (board) => perSelector(board, ({ metric, labels }) => MACHINE.has(metric) || labels["instance"] === '=~"$instance"'),
  // `x unless x offset …` beside `increase(x[…])` is how the first sample of a series is counted.
  "target-counter-agg": (board) => perSelector(board, ({ metric, range, applied, text }, expression) =>
    !metric.endsWith("_total") || (range !== undefined && ["rate", "irate", "increase"].includes(applied ?? ""))
    || expression.includes(`(${text} unless ${text} offset $__range) or increase(${text}[$__range])`)),
  "target-histogram": (board) => perTarget(board, (expression) => !/_bucket/.test(expression) || /histogram_quantile\([\d.]+, sum by \([^)]*\ble\) \(rate\(/.test(expression)),
  "uneditable-dashboard": (board) => (board.editable === false ? [] : ["editable"]),
};

/** The TraceQL of a link, when it is a search in Explore. */
export function searchOf(url: string | undefined): string | undefined {
  const match = /^\/explore\?schemaVersion=1&panes=(.+)$/.exec(url ?? "");
  if (!match) return undefined;
  interface Pane {
    readonly datasource: string;
    readonly queries: readonly { readonly queryType: string; readonly query: string; readonly datasource: { readonly uid: string } }[];
  }
  const panes = JSON.parse(decodeURIComponent(match[1] as string)) as Record<string, Pane>;
  const pane = Object.values(panes)[0];
  const search = pane?.queries[0];
  if (pane?.datasource !== "${tempo_datasource}" || search?.datasource.uid !== pane.datasource || search.queryType !== "traceql") return undefined;
  return search.query;
}

function variable(board: Dashboard, name: string): VariableModel | undefined {
  return board.templating?.list?.find((candidate) => candidate.name === name);
}

function queryVariables(board: Dashboard): VariableModel[] {
  return (board.templating?.list ?? []).filter(({ type }) => (type as string) === "query");
}

function selection(board: Dashboard, name: string, label: string): string[] {
  const found = variable(board, name);
  const wanted = { type: "query", label, multi: true, includeAll: true, allValue: ".+" };
  const right = found && Object.entries(wanted).every(([key, value]) => found[key as keyof VariableModel] === value) && found.datasource?.uid === DATASOURCE;
  return right ? [] : [`variable ${name}`];
}

function perPanel(board: Dashboard, holds: (panel: Panel) => boolean): string[] {
  return panelsOf(board).filter((panel) => !holds(panel)).map(({ title }) => title ?? "a panel without a title");
}

function perTarget(board: Dashboard, holds: (expression: string) => boolean): string[] {
  return perPanel(board, (panel) => targetsOf(panel).every(({ expr }) => holds(expr)));
}

function perSelector(board: Dashboard, holds: (selector: ReturnType<typeof readPromql>["selectors"][number], expression: string) => boolean): string[] {
  return perTarget(board, (expression) => readPromql(expression).selectors.every((selector) => holds(selector, expression)));
}

function duplicates(values: readonly unknown[]): string[] {
  return values.filter((value, at) => value === undefined || values.indexOf(value) !== at).map(String);
}

