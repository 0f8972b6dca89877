import { prometheusLabel } from "../exporters/instruments.ts";

/**
 * An attribute of a span in TraceQL. Quoted: Tempo needs no quotes, but the grammar of Grafana's editor reads
 * the keyword `span` in `span.spangate…` and underlines it.
 */
export function span(attribute: string): string {
  return `span."${attribute}"`;
}

/** A TraceQL condition: the attribute has this value. */
export function spansWith(attribute: string, value: string): string {
  return `${span(attribute)} = "${value}"`;
}

/** The same with the value that the clicked line has for the attribute. */
export function spansOfLine(attribute: string): string {
  return spansWith(attribute, `\${__field.labels.${prometheusLabel(attribute)}}`);
}

/** The same with the value that the clicked row of a table has for the attribute. */
export function spansOfRow(attribute: string, column: string): string {
  return spansWith(attribute, `\${__data.fields[${column}]}`);
}

/**
 * The address of a TraceQL search in Grafana's Explore, over the time range of the panel and in the Tempo
 * that the board's `tempo_datasource` variable names.
 *
 * @param conditions what stands between the braces; `${…}` is left for Grafana to fill in
 */
export function tracesUrl(conditions: string): string {
  const datasource = "${tempo_datasource}";
  const panes = {
    traces: {
      datasource,
      queries: [{ refId: "A", datasource: { type: "tempo", uid: datasource }, queryType: "traceql", limit: 50, query: `{ ${conditions} }` }],
      range: { from: "${__from}", to: "${__to}" },
    },
  };
  const encoded = JSON.stringify(panes).split(/(\$\{[^}]+\})/).map((part, at) => (at % 2 === 1 ? part : encodeURIComponent(part))).join("");
  return `/explore?schemaVersion=1&panes=${encoded}`;
}
