import { Detection } from "../processors/detection/detection.ts";
import type { Finding } from "../processors/detection/finding.ts";

/** Longest sentence in a record, in characters: with it a record fits the attribute limits of common backends. */
const MAX_TEXT = 1_000;
/** Longest arguments and results that are kept and committed to, in characters. */
const MAX_VALUE = 65_536;

/** Longest name or id in a record, in characters. */
const MAX_NAME = 256;

/** A value as text, for the vault. */
export interface Evidence {
  readonly text: string;
  /** Full length of a text that was cut. */
  readonly cut: number | undefined;
}

let standard: Detection | undefined;

/** What stands in records and spans in the place of a value: never the value, whatever the policy does with it elsewhere. */
function placeholder({ detector, category }: Finding, original: string): string {
  return category === "pii" || category === "secret" ? `[REDACTED:${detector}]` : original;
}

/** A value with everything taken out that a detector knows. */
export function redacted(value: unknown, detection: Detection = (standard ??= new Detection())): unknown {
  return detection.rewrite(value, placeholder).value;
}

/** A value as JSON text, cut where too long. */
export function describeValue(value: unknown): Evidence {
  let text: string;
  try {
    text = JSON.stringify(value, replacer) ?? "null";
  } catch {
    text = '"[UNREADABLE]"';
  }
  return text.length <= MAX_VALUE ? { text, cut: undefined } : { text: text.slice(0, MAX_VALUE).toWellFormed(), cut: text.length };
}

/** Names come from the model and from callers: a record must not grow with them. The policy has judged the whole name. */
export function clip<T extends string | undefined>(name: T): T {
  return (name !== undefined && name.length > MAX_NAME ? `${name.slice(0, MAX_NAME).toWellFormed()}…` : name) as T;
}

/** The class of an error, which whoever throws may have set to anything: what a server answered, a text without end, no text at all. */
export function errorName(thrown: unknown): string {
  try {
    const name: unknown = thrown instanceof Error ? thrown.name : typeof thrown;
    return typeof name === "string" ? clip(name) : "Error";
  } catch {
    return "Error";
  }
}

/** A sentence for people, with what a detector finds taken out: error messages quote arguments. */
export function describeText(text: string, detection?: Detection): string {
  return String(redacted(text, detection)).slice(0, MAX_TEXT).toWellFormed();
}

function replacer(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "function") return "[Function]";
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  return value;
}
