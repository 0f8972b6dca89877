import { INSTRUMENTS, prometheusLabel, prometheusName } from "../../exporters/instruments.ts";

export interface Selector {
  readonly metric: string;
  /** Label → matcher as written, e.g. `=~"$job"`. */
  readonly labels: Readonly<Record<string, string>>;
  /** What stands between the brackets, e.g. `$__rate_interval`. */
  readonly range: string | undefined;
  /** The function that is applied to it directly. */
  readonly applied: string | undefined;
  /** The selector as written, without its range. */
  readonly text: string;
}

export interface Expression {
  readonly selectors: readonly Selector[];
  /** Labels of `by`, `on` and the like. */
  readonly grouped: readonly string[];
}

const WORDS = new Set(["and", "or", "unless", "offset", "bool"]);
/** Labels that Prometheus or the histogram adds. */
const COMMON = ["job", "instance"];

/** Enough of PromQL to see which metrics and labels an expression uses. Whether it is valid is for promtool and Prometheus to say. */
export function readPromql(text: string): Expression {
  const grouped: string[] = [];
  const rest = text.replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g, (_, labels: string) => {
    grouped.push(...labels.split(",").map((label) => label.trim()).filter(Boolean));
    return " ";
  });
  const selectors: Selector[] = [];
  let opened = { name: "", at: -1 };
  for (const { 0: whole, 1: name = "", 2: matchers, 3: range, index } of rest.matchAll(/(?<![\w$.:])([a-zA-Z_:][\w:]*)(?:\{([^}]*)\})?(?:\[([^\]]*)\])?/g)) {
    const end = index + whole.length;
    if (/^\s*\(/.test(rest.slice(end))) opened = { name, at: rest.indexOf("(", end) + 1 };
    else if (!WORDS.has(name)) {
      const labels = Object.fromEntries(Array.from((matchers ?? "").matchAll(/(\w+)\s*((?:=~|!~|!=|=)\s*"(?:[^"\\]|\\.)*")/g), ([, label, matcher]) => [label, matcher]));
      selectors.push({ metric: name, labels, range, applied: opened.at === index ? opened.name : undefined, text: matchers === undefined ? name : `${name}{${matchers}}` });
    }
  }
  return { selectors, grouped };
}

/** Series name → labels that it can have. */
export const KNOWN: ReadonlyMap<string, readonly string[]> = new Map(INSTRUMENTS.flatMap((instrument): [string, string[]][] => {
  const name = prometheusName(instrument);
  const labels = [...COMMON, ...instrument.attributes.map(prometheusLabel)];
  return instrument.kind === "histogram" ? [[`${name}_bucket`, [...labels, "le"]], [`${name}_count`, labels], [`${name}_sum`, labels]] : [[name, labels]];
}));

/** What an expression uses and the registry does not have. */
export function unknownNames(text: string): string[] {
  const { selectors, grouped } = readPromql(text);
  const possible = new Set(selectors.flatMap(({ metric }) => KNOWN.get(metric) ?? []));
  return [
    ...selectors.filter(({ metric }) => !KNOWN.has(metric)).map(({ metric }) => `metric ${metric}`),
    ...selectors.flatMap(({ metric, labels }) => Object.keys(labels).filter((label) => KNOWN.get(metric)?.includes(label) === false).map((label) => `label ${label} of ${metric}`)),
    ...grouped.filter((label) => !possible.has(label)).map((label) => `label ${label}`),
    ...(selectors.length === 0 ? [`no metric in ${text}`] : []),
  ];
}
