/**
 * The same boards in the schema of Grafana's dynamic dashboards (`dashboard.grafana.app/v2`), made from the classic
 * ones: one definition, two files. Rows become rows of a rows layout, their panels elements.
 *
 * @module
 */
import type { Dashboard, Panel, RowPanel, VariableModel } from "@grafana/grafana-foundation-sdk/dashboard";
import * as v2 from "@grafana/grafana-foundation-sdk/dashboardv2";

/** What the API takes and `kubectl`-like tools apply. */
export interface Resource {
  readonly apiVersion: "dashboard.grafana.app/v2";
  readonly kind: "Dashboard";
  readonly metadata: { readonly name: string };
  readonly spec: v2.Dashboard;
}

export function asV2(board: Dashboard): Resource {
  const elements: Record<string, v2.Element> = {};
  const rows: { readonly row: RowPanel; readonly items: v2.GridLayoutItemKind[]; readonly top: number }[] = [];
  for (const panel of board.panels ?? []) {
    if (panel.type === "row") {
      rows.push({ row: panel as RowPanel, items: [], top: ((panel as RowPanel).gridPos?.y ?? 0) + 1 });
      continue;
    }
    const { gridPos, id = 0 } = panel as Panel;
    const name = `panel-${id}`;
    elements[name] = elementOf(panel as Panel);
    const current = rows.at(-1);
    if (!current || !gridPos) throw new Error(`panel ${id} of ${board.title} is in no row`);
    current.items.push({
      kind: "GridLayoutItem",
      spec: { x: gridPos.x, y: gridPos.y - current.top, width: gridPos.w, height: gridPos.h, element: { kind: "ElementReference", name } },
    });
  }
  return {
    apiVersion: "dashboard.grafana.app/v2",
    kind: "Dashboard",
    metadata: { name: board.uid as string },
    spec: {
      title: board.title as string, description: board.description as string, editable: false, preload: false, tags: board.tags ?? [], cursorSync: v2.DashboardCursorSync.Crosshair,
      annotations: (board.annotations?.list ?? []).map((annotation) => ({
        kind: "AnnotationQuery",
        spec: {
          name: annotation.name, enable: annotation.enable, hide: false, iconColor: annotation.iconColor,
          query: queryOf(annotation.datasource, { expr: annotation.expr, step: annotation.step, titleFormat: annotation.titleFormat, textFormat: annotation.textFormat, tagKeys: annotation.tagKeys, useValueForTime: annotation.useValueForTime }),
        },
      })),
      elements,
      layout: {
        kind: "RowsLayout",
        spec: { rows: rows.map(({ row, items }) => ({ kind: "RowsLayoutRow", spec: { title: row.title as string, collapse: false, layout: { kind: "GridLayout", spec: { items } } } })) },
      },
      links: (board.links ?? []).map((link) => ({ ...v2.defaultDashboardLink(), ...link, type: v2.DashboardLinkType.Dashboards, icon: link.icon ?? "", tooltip: link.tooltip ?? "" }) as v2.DashboardLink),
      timeSettings: { ...v2.defaultTimeSettingsSpec(), timezone: "browser", from: board.time?.from as string, to: board.time?.to as string, autoRefresh: board.refresh as string },
      variables: (board.templating?.list ?? []).map(variableOf),
    },
  };
}

interface DatasourceRef {
  readonly type?: string;
  readonly uid?: string;
}

function queryOf(datasource: DatasourceRef | undefined, spec: object): v2.DataQueryKind {
  return { kind: "DataQuery", group: datasource?.type ?? "", version: "v0", datasource: { name: datasource?.uid as string }, spec };
}

function elementOf(panel: Panel): v2.Element {
  const { id = 0, title = "", description = "", type, targets = [], transformations = [], options = {}, fieldConfig } = panel;
  return {
    kind: "Panel",
    spec: {
      id, title, description, links: [],
      data: {
        kind: "QueryGroup",
        spec: {
          queries: targets.map((target) => {
            const { refId, datasource, ...spec } = target as unknown as { refId: string; datasource?: DatasourceRef };
            return { kind: "PanelQuery", spec: { refId, hidden: false, query: queryOf(datasource, spec) } };
          }),
          transformations: transformations.map(({ id: group, options: wanted }) => ({ kind: "Transformation", group, spec: { options: wanted } })),
          queryOptions: {},
        },
      },
      vizConfig: { kind: "VizConfig", group: type, version: "", spec: { options, fieldConfig: fieldConfig as unknown as v2.FieldConfigSource } },
    },
  };
}

function variableOf(variable: VariableModel): v2.VariableKind {
  const { name, label = name, description } = variable;
  const common = { name, label, ...(description !== undefined && { description }), hide: v2.VariableHide.DontHide, skipUrlSync: false };
  const current = (variable.current ?? { text: "", value: "" }) as v2.VariableOption;
  switch (variable.type as string) {
    case "datasource":
      return {
        kind: "DatasourceVariable",
        spec: { ...v2.defaultDatasourceVariableSpec(), ...common, pluginId: variable.query as string, current, multi: false, includeAll: false },
      };
    case "adhoc":
      return { kind: "AdhocVariable", group: variable.datasource?.type ?? "", datasource: { name: variable.datasource?.uid as string }, spec: { ...v2.defaultAdhocVariableSpec(), ...common } };
    case "textbox":
      return { kind: "TextVariable", spec: { ...common, query: variable.query as string, current } };
    case "query":
      return {
        kind: "QueryVariable",
        spec: {
          ...v2.defaultQueryVariableSpec(), ...common, current, query: queryOf(variable.datasource, variable.query as object), definition: variable.definition as string,
          refresh: v2.VariableRefresh.OnTimeRangeChanged, sort: v2.VariableSort.AlphabeticalAsc, multi: true, includeAll: true, allValue: variable.allValue as string,
        },
      };
    default:
      throw new Error(`a variable of type ${variable.type} has no place in schema v2`);
  }
}
