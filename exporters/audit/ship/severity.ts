import type { AuditRecord } from "../record.ts";

/** How much a person wants to hear of a record. */
export type Severity = "info" | "notice" | "warning" | "error";

/** The same in the numbers of those who number it. */
export const SEVERITIES: Readonly<Record<Severity, { readonly otel: number; readonly syslog: number; readonly cef: number; readonly ocsf: number }>> = {
  // OpenTelemetry logs data model, SeverityNumber; RFC 5424 table 2; CEF 0 to 10; OCSF severity_id.
  info: { otel: 9, syslog: 6, cef: 2, ocsf: 1 },
  notice: { otel: 10, syslog: 5, cef: 4, ocsf: 2 },
  warning: { otel: 13, syslog: 4, cef: 6, ocsf: 3 },
  error: { otel: 17, syslog: 3, cef: 8, ocsf: 4 },
};

/** What an operator should look at: calls that were not allowed, and a log in trouble. */
export function severityOf(record: AuditRecord): Severity {
  switch (record.t) {
    case "decision": return record.effect === "allow" ? "info" : record.effect === "deny" ? "warning" : "notice";
    case "outcome": return record.status === "ok" ? "info" : "notice";
    case "halt": case "gap": return "error";
    case "recover": case "erase": case "prune": case "key": return "warning";
    case "member": return ["fork", "rollback", "unverified"].includes(record.state) ? "error" : "info";
    case "open": return record.clean ? "info" : "warning";
    case "human": case "policy": return "notice";
    default: return "info";
  }
}
