import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { AUDIT_INDEX, AUDIT_LOG } from "../../names.ts";
import { type Running, startAgent, until } from "../dashboards/live.ts";
import { OtlpBackend } from "../support/otlp.ts";
import { readRecords, temporaryFolder } from "../support/run.ts";
import { COLLECTOR, type Collector, inStack, readFileExport, startCollector } from "./collector.ts";

/** The backend of these tests reads JSON. */
const JSON_EXPORT = "exporters: { otlp_http/audit: { encoding: json, compression: none } }";
/** Records between one mishap and the next. */
const STRETCH = 30;

/** An agent, a collector, and a backend behind it. */
export interface Rig extends AsyncDisposable {
  readonly backend: OtlpBackend;
  readonly collector: Collector;
  /** Its address, to come back where it was. */
  readonly port: number;
  /** `<log>/<index>` of every record that the agent has written; the last one, `close`, stays on its disk by design. */
  written(): string[];
  /** The same of what the backend took, and of what the file exporter wrote. */
  arrived(): Set<string>;
  /** Waits until the agent has written that many records more. */
  more(): Promise<void>;
  endAgent(): Promise<void>;
}

async function startRig(configurations: readonly string[]): Promise<Rig> {
  await using starting = new AsyncDisposableStack();
  const backend = new OtlpBackend();
  const url = await backend.start();
  starting.defer(() => backend.stop());
  const collector = starting.use(await startCollector([...configurations, JSON_EXPORT], { AUDIT_OTLP_ENDPOINT: url }));
  const audit = join(temporaryFolder(), "audit");
  const agent: Running = startAgent({ SPANGATE_AUDIT_DIR: audit, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_METRICS_EXPORTER: "none" });
  let ended: Promise<void> | undefined;
  const endAgent = async () => (ended ??= agent[Symbol.asyncDispose]() as Promise<void>);
  starting.defer(endAgent);
  const stack = starting.move();
  const written = () => readRecords(audit).filter(({ t }) => t !== "close").map(({ log, i }) => `${log}/${i}`);
  return {
    backend, collector, port: Number(new URL(url).port), written, endAgent,
    arrived: () => new Set([...backend.spans, ...readFileExport(join(collector.folder, "files/audit.jsonl"))].map(({ attributes }) => `${String(attributes[AUDIT_LOG]).split("/").at(-1)}/${attributes[AUDIT_INDEX]}`)),
    async more() {
      const before = written().length;
      await until(() => `records of the agent (${agent.stderr()})`, () => written().length >= before + STRETCH || undefined);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Everything that is on the agent's disk has arrived, at least once. */
export async function assertNothingLost({ written, arrived }: Rig): Promise<void> {
  const all = written();
  assert.ok(all.length >= STRETCH);
  const missing = () => all.filter((record) => !arrived().has(record));
  await until(() => `record of ${missing().length} of ${all.length}`, () => missing().length === 0 || undefined);
}

export function withRig(what: string, configurations: readonly string[], run: (rig: Rig) => Promise<void>): void {
  test(what, async (t) => {
    if (!inStack([COLLECTOR], t)) return;
    await using rig = await startRig(configurations);
    await run(rig);
  });
}
