import type { SpanContext } from "@opentelemetry/api";
import type { LoggedCall } from "../exporters/decision-log/entry.ts";
import type { Invocation } from "../policies/index.ts";
import { clip } from "./evidence.ts";
import type { Host } from "./host.ts";

/** What every entry of the decision log says of a call: names and ids, and never a value. */
export function logged(host: Host, { tool, framework, agent, session }: Invocation, decision: number | undefined, span: SpanContext | undefined): LoggedCall {
  return {
    tool: clip(tool), framework, agent: clip(agent), session: clip(session), trace: span?.traceId, span: span?.spanId, traceFlags: span?.traceFlags,
    auditLog: decision === undefined ? undefined : host.log().id, auditIndex: decision,
  };
}
