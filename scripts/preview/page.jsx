// Draws one generated board with the components of @grafana/ui, from what a Prometheus answers. Not Grafana: it knows the
// kinds of panel that dashboards/panels.ts makes, and fills in what Grafana's own panels would take from a field's options.
import { createTheme, dateTime, FieldType, getDisplayProcessor, ThresholdsMode, toDataFrame } from "@grafana/data";
import { BarGauge, BigValue, GlobalStyles, PanelChrome, TimeSeries, ThemeContext } from "@grafana/ui";
import { Component } from "react";
import { createRoot } from "react-dom/client";

const theme = createTheme({ colors: { mode: "dark" } });
/** Grafana's grid at this width of the page: columns, height of a row, and gap, in pixels. */
const WIDTH = 1600;
const ROW = 30;
const GAP = 8;
const COLUMN = (WIDTH - 2 * GAP) / 24;

const parameters = new URLSearchParams(location.search);
const seconds = Number(parameters.get("seconds"));
const board = await (await fetch(`/board/${parameters.get("board")}`)).json();
const to = Math.floor(Date.now() / 1_000);
const from = to - seconds;
const step = Math.max(1, Math.round(seconds / 240));

const filledIn = (text) => text.replaceAll("$__rate_interval", "10s").replaceAll("$__range", `${seconds}s`).replaceAll("$job", ".+").replaceAll("$instance", ".+");
const legendOf = (format, metric) => (format ?? "").replaceAll(/\{\{(\w+)\}\}/g, (_, label) => metric[label] ?? "") || format;

async function ask(path, query) {
  const { status, error, data } = await (await fetch(`/prometheus/api/v1/${path}?${new URLSearchParams(query)}`)).json();
  if (status !== "success") throw new Error(error);
  return data.result;
}

/** Series as frames with a field of time and one of values. */
async function framesOf({ targets, fieldConfig: { defaults } }, ranged) {
  const answers = await Promise.all(targets.map(async ({ expr, legendFormat }) => {
    const expression = filledIn(expr);
    const result = ranged ? await ask("query_range", { query: expression, start: from, end: to, step }) : await ask("query", { query: expression, time: to });
    return result.map(({ metric, values, value }) => ({ name: legendOf(legendFormat, metric), metric, points: values ?? [value] }));
  }));
  return answers.flat().map(({ name, metric, points }, at) => {
    const color = theme.visualization.getColorByName(theme.visualization.palette[at % theme.visualization.palette.length]);
    const frame = toDataFrame({
      refId: `${at}`, meta: { labels: metric },
      fields: [
        { name: "Time", type: FieldType.time, values: points.map(([time]) => time * 1_000) },
        { name: "Value", type: FieldType.number, labels: metric, values: points.map(([, value]) => (Number.isFinite(Number(value)) ? Number(value) : null)), config: configOf(defaults, name, color) },
      ],
    });
    for (const field of frame.fields) field.display = getDisplayProcessor({ field, theme });
    return frame;
  });
}

function configOf({ unit, mappings, thresholds, noValue, min, custom }, displayName, color) {
  return {
    unit, mappings, noValue, min, displayName, displayNameFromDS: displayName,
    thresholds: { mode: ThresholdsMode.Absolute, steps: (thresholds?.steps ?? []).map(({ value, color: named }) => ({ value: value ?? -Infinity, color: named })) },
    color: thresholds ? { mode: "thresholds" } : { mode: "fixed", fixedColor: color },
    custom: { drawStyle: "line", lineWidth: 1, fillOpacity: custom?.fillOpacity ?? 10, showPoints: "never", axisPlacement: "auto", stacking: custom?.stacking ?? { mode: "none" }, scaleDistribution: { type: "linear" } },
  };
}

function Empty({ text }) {
  return <div style={{ height: "100%", display: "grid", placeItems: "center", color: theme.colors.text.secondary }}>{text}</div>;
}

function Stat({ panel, frames, width, height }) {
  const field = frames[0]?.fields[1];
  if (!field) return <Empty text={panel.fieldConfig.defaults.noValue} />;
  const value = field.display(field.values.at(-1));
  const { colorMode, graphMode } = panel.options;
  return <BigValue theme={theme} width={width} height={height} value={value} colorMode={colorMode} graphMode={graphMode} justifyMode="auto" textMode="auto"
    sparkline={graphMode === "area" ? { y: field, x: frames[0].fields[0], timeline: false } : undefined} />;
}

function Bars({ panel, frames, width, height }) {
  const fields = frames.map((frame) => frame.fields[1]).toSorted((a, b) => b.values.at(-1) - a.values.at(-1)).slice(0, 8);
  if (fields.length === 0) return <Empty text={panel.fieldConfig.defaults.noValue} />;
  const max = Math.max(1, ...fields.map(({ values }) => values.at(-1)));
  const each = Math.min(48, (height - 8 * (fields.length - 1)) / fields.length);
  return fields.map((field) => (
    <div key={field.config.displayName} style={{ marginBottom: 8 }}>
      <BarGauge theme={theme} width={width} height={each} field={{ ...field.config, min: 0, max }} display={field.display} orientation="horizontal" displayMode={panel.options.displayMode} namePlacement={panel.options.namePlacement}
        value={{ ...field.display(field.values.at(-1)), title: field.config.displayName }} showUnfilled />
    </div>
  ));
}

function Lines({ panel, frames, width, height }) {
  if (frames.length === 0) return <Empty text={panel.fieldConfig.defaults.noValue} />;
  const timeRange = { from: dateTime(from * 1_000), to: dateTime(to * 1_000), raw: { from: `now-${seconds}s`, to: "now" } };
  return <TimeSeries frames={frames} width={width} height={height} timeRange={timeRange} timeZone="utc" legend={{ displayMode: "list", placement: "bottom", calcs: [], showLegend: true }} options={{}} />;
}

/** Grafana's table is no part of what @grafana/ui can draw alone. */
function Rows({ panel, frames }) {
  if (frames.length === 0) return <Empty text={panel.fieldConfig.defaults.noValue} />;
  const { renameByName, indexByName } = panel.transformations[0].options;
  const columns = Object.keys(indexByName).toSorted((a, b) => indexByName[a] - indexByName[b]);
  const cell = { padding: "6px 8px", textAlign: "left", borderBottom: `1px solid ${theme.colors.border.weak}`, whiteSpace: "nowrap", overflow: "hidden", maxWidth: 180, textOverflow: "ellipsis" };
  const text = ({ fields: [, field] }, column) => {
    if (column !== "Value") return field.labels[column];
    const { text: number, suffix = "" } = field.display(field.values.at(-1));
    return `${number}${suffix}`;
  };
  return (
    <table style={{ borderCollapse: "collapse", fontSize: 13, width: "100%" }}>
      <thead><tr>{columns.map((column) => <th key={column} style={{ ...cell, fontWeight: 500, color: theme.colors.text.link }}>{renameByName[column]}</th>)}</tr></thead>
      <tbody>{frames.map((frame) => <tr key={frame.refId}>{columns.map((column) => <td key={column} style={cell}>{text(frame, column)}</td>)}</tr>)}</tbody>
    </table>
  );
}

const KINDS = { stat: [Stat, true], bargauge: [Bars, false], timeseries: [Lines, true], table: [Rows, false] };

/** One panel that cannot be drawn must not hide the others. */
class Careful extends Component {
  state = {};
  static getDerivedStateFromError(error) {
    return { error };
  }
  render() {
    return this.state.error ? <Empty text={`cannot be drawn: ${this.state.error.message}`} /> : this.props.children;
  }
}

function Panel({ panel, frames }) {
  const { x, y, w, h } = panel.gridPos;
  const place = { position: "absolute", left: GAP + x * COLUMN, top: y * (ROW + GAP) + 56, width: w * COLUMN - GAP, height: h * (ROW + GAP) - GAP };
  const [Kind] = KINDS[panel.type] ?? [() => <Empty text={`${panel.type} is not drawn here`} />];
  return (
    <div style={place}>
      <PanelChrome title={panel.title} description={panel.description} width={place.width} height={place.height}>
        {(width, height) => <Careful><Kind panel={panel} frames={frames} width={width} height={height} /></Careful>}
      </PanelChrome>
    </div>
  );
}

const panels = await Promise.all(board.panels.map(async (panel) => ({ panel, frames: panel.type === "row" || !KINDS[panel.type] ? [] : await framesOf(panel, KINDS[panel.type][1] && !panel.targets[0].instant) })));
createRoot(document.querySelector("#board")).render(
  <ThemeContext.Provider value={theme}>
    <GlobalStyles />
    <div style={{ padding: "14px 16px", fontSize: 20 }}>{board.title}</div>
    {panels.map(({ panel, frames }) => (panel.type === "row"
      ? <div key={panel.id} style={{ position: "absolute", left: GAP + 8, top: panel.gridPos.y * (ROW + GAP) + 62, fontSize: 16, fontWeight: 500 }}>⌄ {panel.title}</div>
      : <Panel key={panel.id} panel={panel} frames={frames} />))}
  </ThemeContext.Provider>,
);
