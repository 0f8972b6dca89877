import type { Resource } from "@opentelemetry/resources";
import type { LogRecord } from "../exporters/audit/ship/log-record.ts";
import { DecisionLog } from "../exporters/decision-log/decision-log.ts";
import { Lines } from "../exporters/decision-log/lines.ts";
import { Otlp } from "../exporters/decision-log/otlp.ts";
import type { Environment } from "./environment.ts";
import { runOutsideFrames } from "./frame.ts";

/**
 * The decision log that `SPANGATE_LOG` asks for.
 *
 * @param resource of what we send ourselves
 * @param clean a record as it may leave
 */
export function createDecisionLog({ decisionLog: places, serviceName: service }: Environment, resource: () => Resource, clean: (record: LogRecord) => LogRecord): DecisionLog | undefined {
  if (!places) return undefined;
  return new DecisionLog([
    ...places.lines.map((file) => new Lines({ file, service })),
    ...(places.otlp ? [new Otlp({ resource, clean, detached: runOutsideFrames, own: places.otlp === "own" })] : []),
  ]);
}
