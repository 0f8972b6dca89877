/**
 * Classes of OpenTelemetry whose methods all telemetry passes on its way out, or into the process's registry; each
 * stands in a file of its own, under the same name in the versions 1 to 3.
 */
export const SEAMS = [
  "MultiSpanProcessor", "SimpleSpanProcessor", "BatchSpanProcessorBase",
  "MultiLogRecordProcessor", "SimpleLogRecordProcessor", "BatchLogRecordProcessorBase",
  "MetricReader", "MetricCollector",
  "OTLPExporterBase",
  "PropagationAPI", "W3CBaggagePropagator",
  "TraceAPI", "MetricsAPI", "LogsAPI",
] as const;
export type Seam = (typeof SEAMS)[number];

/** npm packages that hold them, with the lines that were tried. */
export const SEAM_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "@opentelemetry/sdk-trace": ["2", "3"],
  "@opentelemetry/sdk-trace-base": ["1", "2"],
  "@opentelemetry/sdk-logs": ["0.57", "0.223", "3"],
  "@opentelemetry/sdk-metrics": ["1", "2", "3"],
  "@opentelemetry/otlp-exporter-base": ["0.57", "0.223", "0.301"],
  "@opentelemetry/core": ["1", "2", "3"],
  "@opentelemetry/api": ["1"],
  "@opentelemetry/api-logs": ["0.57", "0.223"],
};

/** `class X {`, `var X = class {`, `let X = …`; a bundler may have added a number. */
const DECLARED = new RegExp(`^(?:export )?(?:class|var|let|const) ((${SEAMS.join("|")})(?:\\$\\d+)?)\\b`, "gm");

/** A statement that hands the classes of a file to `$.meet`; empty for a file without one. */
export function meetStatement(source: string): string {
  const names = Array.from(source.matchAll(DECLARED), ([, local, name]) => `${name}:${local}`);
  return names.length > 0 ? `$.meet({${names.join(",")}});` : "";
}
