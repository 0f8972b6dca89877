import type * as Cedar from "@cedar-policy/cedar-wasm/nodejs";
import { library } from "../library.ts";

export type CedarLibrary = typeof Cedar;

export function cedarLibrary(): CedarLibrary {
  return library("@cedar-policy/cedar-wasm/nodejs", "@cedar-policy/cedar-wasm") as CedarLibrary;
}

/** Cedar's own entity reference, as its JSON format has it. */
export interface EntityUid {
  readonly type: string;
  readonly id: string;
}

/** Every reference to an entity in a piece of Cedar's JSON; rather one too many, since any record may be taken for one. */
export function referencesIn(json: unknown, found: EntityUid[] = []): readonly EntityUid[] {
  if (typeof json !== "object" || json === null) return found;
  const { type, id } = json as Readonly<Record<string, unknown>>;
  if (typeof type === "string" && typeof id === "string") found.push({ type, id });
  for (const inner of Object.values(json)) referencesIn(inner, found);
  return found;
}

/** Where the text of a message may go on with something that the call brought. */
const BROUGHT = /["'{[\d\n]/;
const MISSING = /does not have the attribute `([^`]+)`|to have an attribute `([^`]+)`/;

/**
 * The message of an error that a call caused. Cedar quotes values in it, and a reason stands in the log, where
 * arguments are redacted: what is quoted stays only if it is the author's own text.
 *
 * @param authored policies and schema
 */
export function discreet(message: string, authored: string): string {
  const [, one, other] = MISSING.exec(message) ?? [];
  const missing = one ?? other;
  if (missing !== undefined && authored.includes(missing)) return `there is no attribute \`${missing}\``;
  const [first, last] = [message.indexOf("`"), message.lastIndexOf("`")];
  const brought = message.search(BROUGHT);
  if (first < 0 || (brought >= 0 && brought < first)) return untilBrought(message);
  const quoted = message.slice(first + 1, last);
  return `${message.slice(0, first)}\`${quoted !== "" && authored.includes(quoted) ? quoted : "…"}\`${untilBrought(message.slice(last + 1))}`;
}

function untilBrought(text: string): string {
  const end = text.search(BROUGHT);
  return end < 0 ? text : `${text.slice(0, end)}…`;
}

/** Errors in one line. `source` is the text that they are about. */
export function problemsOf(errors: readonly Cedar.DetailedError[], source?: string): string {
  return [...new Set(errors.map((error) => problemOf(error, source)))].join("; ");
}

/** The error with its place and what Cedar advises. Cedar counts bytes of UTF-8; lines and columns count from 1. */
export function problemOf({ message, help, sourceLocations }: Cedar.DetailedError, source?: string): string {
  const [first] = sourceLocations ?? [];
  const hints = [first?.label, help].filter((hint) => hint);
  const text = hints.length > 0 ? `${message} (${hints.join("; ")})` : message;
  if (source === undefined || first === undefined) return text;
  const before = Buffer.from(source).subarray(0, first.start).toString().split("\n");
  return `line ${before.length}, column ${(before.at(-1) as string).length + 1}: ${text}`;
}
