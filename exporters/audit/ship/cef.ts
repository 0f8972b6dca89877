import {
  AUDIT_CHECKPOINT, AUDIT_FROM, AUDIT_FRONTIER, AUDIT_INDEX, AUDIT_LEAF, AUDIT_LEAVES, AUDIT_LOG, AUDIT_PART, AUDIT_REASON, AUDIT_RECORD, AUDIT_SIZE, AUDIT_TO, VERSION,
} from "../../../names.ts";
import type { AuditRecord } from "../record.ts";
import type { Message } from "./message.ts";
import { SEVERITIES } from "./severity.ts";

/** Longest custom string of the ArcSight dictionary, in characters. */
const CUSTOM = 4_000;

/**
 * A message as a line of ArcSight Common Event Format, version 0. The custom strings hold the evidence: of a record
 * cs1 the log, cs2 the leaf hash, cs3 the rule, cs4 the policy, cs5 and cs6 the text that was hashed; of a checkpoint
 * cs1 the log, cs2 the note, cs3 the frontier, cs4 to cs6 the leaf hashes.
 */
export function cef(message: Message): string {
  const { event, severity, time, record } = message;
  const type = record ? `audit.${record.t}` : event;
  const header = ["CEF:0", "spangate", "spangate", VERSION, type, nameOf(type, record), String(SEVERITIES[severity].cef)].map((field, at) => (at === 0 ? field : headerField(field))).join("|");
  const extension = { rt: String(time), cat: event, ...(record ? recordFields(message, record) : otherFields(message)) };
  return `${header}|${Object.entries(extension).map(([key, value]) => `${key}=${extensionValue(value)}`).join(" ")}`;
}

function nameOf(type: string, record: AuditRecord | undefined): string {
  if (record?.t === "decision") return `Tool call: ${record.effect}`;
  if (record?.t === "outcome") return `Tool call ended: ${record.status}`;
  return type;
}

function recordFields({ evidence, id }: Message, record: AuditRecord): Record<string, string> {
  const text = evidence[AUDIT_RECORD] ?? "";
  return {
    externalId: id.slice(0, 40), cn1: evidence[AUDIT_INDEX] ?? "", cn1Label: "index", ...custom(1, "log", evidence[AUDIT_LOG]), ...custom(2, "leaf", evidence[AUDIT_LEAF]),
    ...(record.t === "decision" && {
      act: record.effect, outcome: record.runs ? "success" : "failure", app: record.framework, ...custom(3, "rule", record.rule), ...custom(4, "policy", record.policy), msg: record.reason.slice(0, 1_023),
      ...(record.caller !== undefined && { suser: record.caller }), ...(record.agent !== undefined && { sproc: record.agent }),
    }),
    ...(record.t === "outcome" && { outcome: record.status === "ok" ? "success" : "failure" }),
    ...("tool" in record && { dproc: record.tool }),
    // A longer record cannot be proven from CEF: its label says so.
    ...(text.length > 2 * CUSTOM ? { ...custom(5, "record (cut)", text.slice(0, CUSTOM)) } : { ...custom(5, "record", text.slice(0, CUSTOM)), ...custom(6, "record, continued", text.slice(CUSTOM) || undefined) }),
  };
}

function otherFields({ evidence, id }: Message): Record<string, string> {
  const leaves = Object.entries(evidence).filter(([key]) => key.startsWith(`${AUDIT_LEAVES}.`)).map(([, value]) => value);
  return {
    externalId: id.slice(-40), ...custom(1, "log", evidence[AUDIT_LOG]), cn1: evidence[AUDIT_FROM] ?? "", cn1Label: "from", cn2: evidence[AUDIT_SIZE] ?? evidence[AUDIT_TO] ?? "", cn2Label: AUDIT_SIZE in evidence ? "size" : "to",
    ...custom(2, "checkpoint", evidence[AUDIT_CHECKPOINT]), ...custom(3, "frontier", evidence[AUDIT_FRONTIER]),
    ...Object.assign({}, ...[0, 2, 4].map((at) => custom(4 + at / 2, "leaves", leaves.slice(at, at + 2).join("") || undefined))),
    ...(evidence[AUDIT_PART] !== undefined && { flexString1: evidence[AUDIT_PART], flexString1Label: "part" }), ...(evidence[AUDIT_REASON] !== undefined && { reason: evidence[AUDIT_REASON] }),
  };
}

function custom(number: number, label: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [`cs${number}`]: value, [`cs${number}Label`]: label };
}

/** Backslash and pipe are escaped in the header, and a line cannot be broken there. */
function headerField(text: string): string {
  return text.replace(/[\\|]/g, "\\$&").replace(/[\r\n]+/g, " ");
}

/** Backslash and equals sign are escaped in the extension, and line breaks written as \n and \r. */
function extensionValue(text: string): string {
  return text.replace(/[\\=]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
}
