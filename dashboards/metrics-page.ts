import { type Instrument, INSTRUMENTS, prometheusLabel, prometheusName, scrapeName } from "../exporters/instruments.ts";

const VIEWS = INSTRUMENTS.filter(({ textfile, ...instrument }) => !textfile && scrapeName(instrument)).map((instrument) => `{ instrumentName: "${instrument.name}", name: "${scrapeName(instrument)}" }`).join(",\n  ");

const INTRODUCTION = `# Metrics

<!-- Generated from exporters/instruments.ts by scripts/generate.mjs; edit that file. -->

What spangate measures. Set \`OTEL_METRICS_EXPORTER\` to \`prometheus\` (a scrape endpoint, \`OTEL_EXPORTER_PROMETHEUS_HOST\` and
\`OTEL_EXPORTER_PROMETHEUS_PORT\`), \`otlp\` (\`OTEL_EXPORTER_OTLP_ENDPOINT\` or \`OTEL_EXPORTER_OTLP_METRICS_ENDPOINT\`) or both. An application
with a meter provider of its own gets these instruments there.

The Prometheus names are the same on spangate's scrape endpoint and behind an OTLP collector that adds suffixes for type and unit. In
Prometheus the dots of an attribute become underscores, and an attribute with an empty value is no label.

The JavaScript scrape exporter adds no suffix for a unit. An application that scrapes a meter provider of its own needs a view for each
instrument with one, or these series have other names than the dashboard and the alerts expect:

\`\`\`js
new MeterProvider({ readers, views: [
  ${VIEWS},
] });
\`\`\`
`;

/** The text of docs/metrics.md. */
export function metricsPage(): string {
  const index = table(["instrument", "kind", "Prometheus"], INSTRUMENTS.map((instrument) => [
    `[\`${instrument.name}\`](#${instrument.name.replaceAll(".", "")})`, instrument.kind, `\`${prometheusName(instrument)}\``,
  ]));
  return [INTRODUCTION, index, ...INSTRUMENTS.map(section)].join("\n");
}

function section(instrument: Instrument): string {
  const { name, kind, unit, description, attributes, buckets } = instrument;
  const prometheus = prometheusName(instrument);
  const series = kind === "histogram" ? ["_bucket", "_count", "_sum"].map((suffix) => `\`${prometheus}${suffix}\``).join(", ") : `\`${prometheus}\``;
  const facts = [
    ["kind", kind],
    ["unit", `\`${unit}\``],
    ["Prometheus", series],
    ...(buckets ? [["buckets", buckets.join(", ")]] : []),
  ];
  const labels = attributes.map((attribute) => [`\`${attribute}\``, `\`${prometheusLabel(attribute)}\``]);
  return `## ${name}\n\n${description}\n\n${table(["", ""], facts)}\n${labels.length === 0 ? "No attributes.\n" : table(["attribute", "Prometheus label"], labels)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}
