import { Scanner } from "../processors/detection/scanner.ts";

/** Longest arguments text in a record, in characters: with it a record fits the attribute limits of common backends. */
const MAX_TEXT = 1_000;

/** Longest name or id in a record, in characters. */
const MAX_NAME = 256;

export interface Evidence {
  readonly text: string;
  /** Full length of a text that was cut. */
  readonly cut: number | undefined;
}

let shared: Scanner | undefined;

function scanner(): Scanner {
  return (shared ??= new Scanner());
}

/** A value with everything taken out that a detector knows. */
export function redacted(value: unknown): unknown {
  return scanner().scrub(value).value;
}

/**
 * Arguments as they may be written down: every detector applied, as JSON, and cut where too long.
 * Whatever the policy redacts for the tool, nothing that a detector knows is stored or leaves the process.
 */
export function describeArguments(value: unknown): Evidence {
  let text: string;
  try {
    text = JSON.stringify(redacted(value), replacer) ?? "null";
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
export function describeText(text: string): string {
  return scanner().scrubText(text, {}).slice(0, MAX_TEXT).toWellFormed();
}

function replacer(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "function") return "[Function]";
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  return value;
}
