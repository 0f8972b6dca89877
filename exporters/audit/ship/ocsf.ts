import { VERSION } from "../../../names.ts";
import type { AuditRecord } from "../record.ts";
import type { Message } from "./message.ts";
import { SEVERITIES } from "./severity.ts";

/** Version of the schema that the events follow: https://schema.ocsf.io/1.5.0. */
const SCHEMA = "1.5.0";
const PRODUCT = { name: "spangate", vendor_name: "spangate", version: VERSION };

/** `action_id` and `disposition_id` of the profile security_control. */
const ALLOWED = { action_id: 1, action: "Allowed", disposition_id: 1, disposition: "Allowed" };
const MODIFIED = { action_id: 4, action: "Modified", disposition_id: 11, disposition: "Corrected" };
const DENIED = { action_id: 2, action: "Denied", disposition_id: 2, disposition: "Blocked" };
const OBSERVED = { action_id: 3, action: "Observed", disposition_id: 17, disposition: "Logged" };

/**
 * A message as an OCSF event. A tool call is an API Activity (class 6003, "general CRUD API activities") with the
 * profile security_control, "the outcome of a security control": the gate is a control in front of a call, and most
 * calls are allowed, which a Detection Finding ("a detection or alert") would misstate. A session of the log is an
 * Application Lifecycle (6002) event; everything else is a Base Event (0), "events that are not otherwise defined".
 * The evidence stands in `unmapped`.
 */
export function ocsf(message: Message): object {
  const { record } = message;
  if (record?.t === "decision") return decision(message, record);
  if (record?.t === "outcome") return outcome(message, record);
  if (record?.t === "open" || record?.t === "close") return event(message, 6, 2, record.t === "open" ? 3 : 4, record.t === "open" ? "Start" : "Stop", { app: PRODUCT });
  return event(message, 0, 0, 99, record?.t ?? message.event, {});
}

function decision(message: Message, record: AuditRecord<"decision">): object {
  const [activity, name] = activityOf(record);
  const taken = record.runs ? (record.effect === "allow" ? ALLOWED : record.effect === "modify" ? MODIFIED : OBSERVED) : DENIED;
  return event(message, 6, 3, activity, name, {
    ...call(record), ...taken, is_alert: record.effect === "deny", status_id: record.runs ? 1 : 2, status: record.runs ? "Success" : "Failure", status_detail: record.reason, message: record.reason,
    policy: { name: record.policy, uid: record.digest, desc: record.rule },
  });
}

function outcome(message: Message, record: AuditRecord<"outcome">): object {
  const isOk = record.status === "ok";
  return event(message, 6, 3, 99, "Outcome", {
    ...call(record), duration: Math.round(record.ms), status_id: isOk ? 1 : 2, status: isOk ? "Success" : "Failure", status_detail: record.error ?? record.status,
    message: `${record.tool}: ${record.status}`,
  });
}

/** What the policy says the tool does, in the words of API Activity; of several the gravest. */
function activityOf({ effect_class: classes }: AuditRecord<"decision">): [number, string] {
  if (classes?.length === 1 && classes[0] === "read") return [2, "Read"];
  if (classes?.length === 1 && classes[0] === "write") return [3, "Update"];
  return [99, "Tool Call"];
}

function call(record: AuditRecord<"decision"> | AuditRecord<"outcome">): object {
  const of = record.t === "decision" ? record : undefined;
  return {
    actor: {
      app_name: of?.agent ?? "agent", ...(of?.caller !== undefined && { user: { name: of.caller } }), ...(of?.session !== undefined && { session: { uid: of.session } }),
    },
    api: {
      operation: record.tool, ...(of && { service: { name: of.server ?? of.framework } }), ...(of?.call !== undefined && { request: { uid: of.call } }),
    },
    // Required, and there is no network in it: the log stands for the process that made the call.
    src_endpoint: { uid: record.log, svc_name: of?.framework ?? "spangate" },
  };
}

function event({ id, time, severity, evidence, record }: Message, category: number, within: number, activity: number, activityName: string, more: object): object {
  const classUid = category * 1_000 + within;
  return {
    activity_id: activity, activity_name: activityName, category_uid: category, class_uid: classUid, type_uid: classUid * 100 + activity, time, severity_id: SEVERITIES[severity].ocsf,
    metadata: {
      version: SCHEMA, product: PRODUCT, uid: id, log_name: "spangate.audit", ...(record && { event_code: record.t, sequence: record.i }), ...(classUid === 6003 && { profiles: ["security_control"] }),
      ...(record && "trace" in record && { correlation_uid: record.trace }),
    },
    ...more,
    unmapped: evidence,
  };
}
