import { VERIFY_OUTCOME, VERIFY_PATH, VERIFY_STATE } from "../../../names.ts";
import { type Instrument, prometheusLabel, prometheusName, VERIFY_RECORDS, VERIFY_RESULT, VERIFY_TIME } from "../../instruments.ts";
import { OUTCOMES, type Report, VERDICTS } from "./report.ts";

/**
 * A report as the textfile collector of Prometheus' node_exporter takes it. Every outcome and every state of records has
 * a series, so that one which is over does not stay behind as it was.
 *
 * @param path what was verified, as it was asked for; several paths as one text, since the report is of all of them
 * @param ended when the verification ended, in milliseconds since the epoch
 */
export function textfileOf(report: Report, path: string, ended: number): string {
  const records = (state: (typeof VERDICTS)[number]): number => report.logs.reduce((sum, { counts }) => sum + counts[state], 0);
  return [
    metric(VERIFY_RESULT, OUTCOMES.map((outcome) => [{ [VERIFY_PATH]: path, [VERIFY_OUTCOME]: outcome }, report.outcome === outcome ? 1 : 0])),
    metric(VERIFY_RECORDS, VERDICTS.map((state) => [{ [VERIFY_PATH]: path, [VERIFY_STATE]: state }, records(state)])),
    metric(VERIFY_TIME, [[{ [VERIFY_PATH]: path }, ended / 1_000]]),
  ].join("");
}

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

function metric(instrument: Instrument, samples: readonly Sample[]): string {
  const name = prometheusName(instrument);
  const lines = samples.map(([labels, value]) => `${name}{${Object.entries(labels).map(([label, text]) => `${prometheusLabel(label)}="${escaped(text).replaceAll('"', '\\"')}"`).join(",")}} ${value}\n`);
  return `# HELP ${name} ${escaped(instrument.description)}\n# TYPE ${name} ${instrument.kind}\n${lines.join("")}`;
}

/** What HELP lines and label values both escape. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
