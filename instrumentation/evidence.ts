import { Detection } from "../processors/detection/detection.ts";
import type { Finding } from "../processors/detection/finding.ts";

/** Longest arguments text in a record, in characters: with it a record fits the attribute limits of common backends. */
const MAX_TEXT = 1_000;

/** Longest name or id in a record, in characters. */
const MAX_NAME = 256;

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

/**
 * Arguments as they may be written down: every detector applied, as JSON, and cut where too long.
 * Whatever the policy redacts for the tool, nothing that a detector knows is stored or leaves the process.
 */
export function describeArguments(value: unknown, detection?: Detection): Evidence {
  let text: string;
  try {
    text = JSON.stringify(redacted(value, detection), replacer) ?? "null";
  } catch {
    text = '"[UNREADABLE]"';
  }
  return text.length <= MAX_TEXT ? { text, cut: undefined } : { text: text.slice(0, MAX_TEXT).toWellFormed(), cut: text.length };
}

/** Names come from the model and from callers: a record must not grow with them. The policy has judged the whole name. */
export function clip<T extends string | undefined>(name: T): T {
  return (name !== undefined && name.length > MAX_NAME ? `${name.slice(0, MAX_NAME).toWellFormed()}…` : name) as T;
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
