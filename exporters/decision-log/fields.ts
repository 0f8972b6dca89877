import * as names from "../../names.ts";
import type { Facts } from "./entry.ts";

type Value = string | number | boolean;

/** One thing that an entry says, in both forms. */
export interface Field {
  /** Its key in a line. */
  readonly key: string;
  /** Its attributes of a log record. */
  readonly attributes: readonly string[];
  /** Undefined: nothing is said. */
  readonly value: (facts: Facts) => Value | undefined;
  /** The value of each attribute, where that is not the value in the line. */
  readonly parts?: (facts: Facts) => readonly (Value | undefined)[];
}

const field = (key: string, attribute: string, value: Field["value"], parts?: Field["parts"]): Field => ({ key, attributes: [attribute], value, ...(parts && { parts }) });

/**
 * What an entry says, in the order of a line. Lines and log records are both made from it, so that neither knows more
 * than the other.
 */
export const FIELDS: readonly Field[] = [
  field("decision", names.DECISION, ({ effect }) => effect),
  field("runs", names.RUNS, ({ runs }) => runs),
  field("rule", names.RULE_NAME, ({ rule }) => rule),
  field("source", names.SOURCE, ({ source }) => source),
  field("mode", names.MODE, ({ mode }) => mode),
  field("shadow", names.SHADOW_VERDICT, ({ shadow }) => shadow),
  {
    key: "policy", attributes: [names.RULESET_NAME, names.RULESET_VERSION],
    value: ({ policy }) => policy && `${policy.name}@${policy.version}`, parts: ({ policy }) => [policy?.name, policy?.version],
  },
  field("policy_hash", names.POLICY_DIGEST, ({ digest }) => digest),
  field("status", names.OUTCOME_STATUS, ({ status }) => status),
  field("ms", names.OUTCOME_MS, ({ ms }) => ms),
  field("error", names.ERROR_TYPE, ({ error }) => error),
  field("tool", names.TOOL_NAME, ({ tool }) => tool),
  field("framework", names.FRAMEWORK, ({ framework }) => framework),
  field("agent", names.AGENT_NAME, ({ agent }) => agent),
  field("session", names.CONVERSATION_ID, ({ session }) => session),
  field("audit_log", names.AUDIT_LOG, ({ auditLog }) => auditLog),
  // A text, as in spans: an attribute has one type.
  field("audit_i", names.AUDIT_INDEX, ({ auditIndex }) => auditIndex, ({ auditIndex }) => [auditIndex === undefined ? undefined : String(auditIndex)]),
];

/** The part of a line that {@link FIELDS} make. */
export function lineFields(facts: Facts): Record<string, Value | undefined> {
  const all: Record<string, Value | undefined> = {};
  for (const { key, value } of FIELDS) all[key] = value(facts);
  return all;
}

/** The attributes of a log record; one without a value is not there. */
export function attributes(facts: Facts): Record<string, Value> {
  const all: Record<string, Value> = {};
  for (const { attributes: keys, value, parts } of FIELDS) {
    const values = parts ? parts(facts) : [value(facts)];
    for (const [index, key] of keys.entries()) if (values[index] !== undefined) all[key] = values[index];
  }
  return all;
}
