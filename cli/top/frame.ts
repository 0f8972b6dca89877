import { style, table } from "../output.ts";
import type { Figure, Figures } from "./figures.ts";

/** Modules and tools are named by packages and by models: what is no printable character must not reach a terminal. */
// oxlint-disable-next-line no-control-regex -- control characters are what is taken out
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
/** Columns of what stands left of the figures. */
const LABEL = 11;
/** Fewest and most columns of the name of a tool or rule. */
const NAME = { least: 12, most: 40 };
const FIGURES_WIDTH = 36;
/** Seconds of a wait that somebody should look at; share of a limit that is nearly used up; limits that are named. */
const LONG_WAIT = 15;
const NEARLY = 0.9;
const LIMITS = 3;

export interface FrameOptions {
  readonly columns: number;
  /** Lines that there is room for; without it everything is shown. */
  readonly rows?: number | undefined;
  /** When it was taken. */
  readonly time: Date;
}

/** One frame as lines, none wider than the terminal, none that it has no room for. */
export function frame(figures: Figures, { columns, rows = Infinity, time }: FrameOptions): string[] {
  const head = [...title(figures, time, rows !== Infinity), "", ...summary(figures)];
  const width = Math.min(NAME.most, Math.max(NAME.least, columns - FIGURES_WIDTH));
  const room = Math.max(0, rows - head.length - 1);
  // Tools have what rules leave them: a third, or what they need.
  const rules = ruleLines(figures, width).slice(0, Math.max(room - toolLines(figures, width).length, Math.floor(room / 3)));
  const tools = toolLines(figures, width).slice(0, Math.max(0, room - rules.length));
  return [...head, ...tools, ...rules].slice(0, rows).map((line) => cut(line, columns));
}

function title({ endpoints }: Figures, time: Date, isLive: boolean): string[] {
  const down = endpoints.filter(({ problem }) => problem !== undefined);
  const clock = time.toTimeString().slice(0, 8);
  const count = `${endpoints.length - down.length} of ${endpoints.length} ${endpoints.length === 1 ? "endpoint" : "endpoints"}`;
  return [
    `${style("bold", "spangate top")}  ${down.length > 0 ? style("red", count) : count}  ${style("dim", `${clock}${isLive ? "  q ends" : ""}`)}`,
    ...down.map(({ url, problem }) => `${style("red", "down")}       ${printable(url)}: ${printable(problem as string)}`),
  ];
}

function summary({ calls, denied, wouldDeny, decisions, overhead, waiting, limits, withoutStore, enforcing, audit, coverage, redactions }: Figures): string[] {
  const line = (label: string, text: string): string => `${label.padEnd(LABEL)}${text}`;
  const share = calls.rate > 0 ? denied.rate / calls.rate : calls.total > 0 ? denied.total / calls.total : 0;
  const isAll = enforcing.of > 0 && enforcing.yes === enforcing.of;
  return [
    line("calls", `${rate(calls)}  ${count(calls.total)} in all`),
    line("denied", `${style(denied.rate > 0 ? "red" : "dim", rate(denied))}  ${(share * 100).toFixed(1)} %  ${count(denied.total)} in all${wouldDeny.total > 0 ? style("yellow", `  ${rate(wouldDeny)} would be`) : ""}`),
    line("decided", Object.entries(decisions).sort(([a], [b]) => a.localeCompare(b)).map(([decision, figure]) => `${printable(decision)} ${rate(figure)}`).join("  ") || "nothing yet"),
    line("gate adds", overhead.p50 === undefined ? "nothing yet" : `p50 ${seconds(overhead.p50)}  p99 ${seconds(overhead.p99 as number)}${overhead.since === "start" ? style("dim", "  since the start") : ""}`),
    line("waiting", waiting.length === 0 ? style("dim", "no call") : waiting.map(({ source, calls: some, longest }) => `${count(some)} for ${printable(source)}, ${style(longest >= LONG_WAIT ? "yellow" : "dim", `longest ${seconds(longest)}`)}`).join("  ")),
    ...(limits.length === 0 ? [] : [line("limits", limits.slice(0, LIMITS).map(({ limit, usage }) => `${printable(limit)} ${style(usage >= 1 ? "red" : usage >= NEARLY ? "yellow" : "dim", `${Math.round(usage * 100)} %`)}`).join("  "))]),
    ...(withoutStore === 0 ? [] : [line("", style("red", `${withoutStore} without the store of shared limits`))]),
    line("enforcing", enforcing.of === 0 ? style("dim", "not told") : style(isAll ? "green" : "yellow", `${enforcing.yes} of ${enforcing.of}`)),
    line("redacted", `${rate(redactions)}  ${count(redactions.total)} in all`),
    line("audit", `${audit.lag === undefined ? style("dim", "not sent anywhere") : `lag ${count(audit.lag)} records`}  ${style(audit.lost.total > 0 ? "red" : "dim", `lost ${count(audit.lost.total)}`)}`),
    line("coverage", coverage.ungated.length === 0 ? (coverage.gated === 0 ? "no framework loaded" : `${coverage.gated} gated`) : `${coverage.gated} gated, ${style("red", `${coverage.ungated.reduce((sum, { processes }) => sum + processes, 0)} NOT GATED`)}`),
    ...coverage.ungated.map(({ name, version, reason, processes }) => line("", `${style("red", printable(`${name} ${version}`))} ${printable(reason)}${processes > 1 ? ` in ${processes} processes` : ""}`)),
  ];
}

function toolLines({ tools }: Figures, width: number): string[] {
  if (tools.length === 0) return [];
  const rows = tools.map(({ tool, calls, denied }) => [fixed(tool, width), right(rate(calls)), right(denied.total > 0 ? rate(denied) : "-"), right(count(calls.total))]);
  return ["", ...titled(["tool".padEnd(width), right("calls"), right("denied"), right("in all")], rows)];
}

function ruleLines({ rules }: Figures, width: number): string[] {
  if (rules.length === 0) return [];
  return ["", ...titled(["rule".padEnd(width), right("violated"), right(""), right("in all")], rules.map(({ rule, violations }) => [fixed(rule, width), right(rate(violations)), right(""), right(count(violations.total))]))];
}

function titled(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const [first = "", ...rest] = table([head, ...rows], "").split("\n");
  return [style("bold", first), ...rest];
}

function right(text: string): string {
  return text.padStart(FIGURES_WIDTH / 3 - 3);
}

function fixed(text: string, width: number): string {
  const line = printable(text) || "(no name)";
  return (line.length > width ? `${line.slice(0, width - 1)}…` : line).padEnd(width);
}

function rate({ rate: perSecond }: Figure): string {
  return `${perSecond >= 100 ? Math.round(perSecond).toLocaleString("en") : perSecond.toFixed(1)}/s`;
}

function count(number: number): string {
  return number.toLocaleString("en", { maximumFractionDigits: 0 });
}

function seconds(value: number): string {
  return value < 1e-3 ? `${(value * 1e6).toFixed(0)} µs` : value < 1 ? `${(value * 1e3).toFixed(1)} ms` : `${value.toFixed(1)} s`;
}

function printable(text: string): string {
  return text.replace(CONTROL, "·");
}

/** So many characters of a line; colours take no room and end with it. */
function cut(line: string, columns: number): string {
  let room = columns;
  // oxlint-disable-next-line no-control-regex -- escape sequences are what is told apart
  return line.replace(/\x1b\[[\d;]*m|[^\x1b]+/g, (part) => {
    if (part.startsWith("\x1b")) return part;
    const kept = part.slice(0, room);
    room -= kept.length;
    return kept;
  });
}
