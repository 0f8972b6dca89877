import { isDeepStrictEqual } from "node:util";
import { readYaml, type YamlFile } from "../yaml.ts";
import type { Finding, Fix } from "./finding.ts";

interface Edit {
  readonly fix: Fix;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A text on the way, and what it must be read as. */
interface Draft {
  readonly text: string;
  readonly value: Record<string, unknown>;
  readonly fixed: number;
}

/**
 * The text with every mendable finding mended, and how many were. Comments and order stay. What cannot be mended in the
 * text without saying something else is left to the author.
 */
export function applyFixes(file: YamlFile, findings: readonly Finding[]): { readonly text: string; readonly fixed: number } {
  let last = Infinity;
  // From the end, so that no edit moves what another one is about.
  const edits = findings.flatMap(({ fix }) => (fix ? (editFor(file, fix) ?? []) : [])).sort((a, b) => b.start - a.start).filter(({ start, end }) => end <= last && ((last = start), true));
  const { text, fixed } = mend({ text: file.text, value: file.value as Draft["value"], fixed: 0 }, edits);
  return { text, fixed };
}

/** Makes all edits; where the result does not say what it should, as many as do no harm. */
function mend(draft: Draft, edits: readonly Edit[]): Draft {
  if (edits.length === 0) return draft;
  const mended = edits.reduce<Draft>(({ text, value, fixed }, edit) => ({ text: text.slice(0, edit.start) + edit.text + text.slice(edit.end), value: changed(value, edit.fix), fixed: fixed + 1 }), draft);
  if (says(mended)) return mended;
  if (edits.length === 1) return draft;
  const middle = edits.length >> 1;
  return mend(mend(draft, edits.slice(0, middle)), edits.slice(middle));
}

function says({ text, value }: Draft): boolean {
  try {
    return isDeepStrictEqual(readYaml(text, "").value, value);
  } catch {
    return false;
  }
}

/** What the file says once a finding is mended. */
function changed(value: Draft["value"], fix: Fix): Draft["value"] {
  if (fix.kind === "add-line") return { ...value, ...(readYaml(fix.line, "").value as object) };
  const [key, index] = fix.path as [string, number];
  return { ...value, [key]: (value[key] as readonly unknown[]).toSpliced(index, 1) };
}

function editFor({ text, range }: YamlFile, fix: Fix): Edit | undefined {
  if (fix.kind === "remove-item") {
    const item = range(fix.path);
    return item && removal(text, item.start, fix);
  }
  const [key, value] = [range([], fix.after), range([fix.after])];
  if (!key || !value) return undefined;
  // A block scalar ends behind its last line.
  const end = text.indexOf("\n", Math.max(key.start, value.end - 1)) + 1;
  const indent = text.slice(text.lastIndexOf("\n", key.start) + 1, key.start);
  return end === 0 ? undefined : { fix, start: end, end, text: `${/^ *$/.test(indent) ? indent : ""}${fix.line}\n` };
}

/** Only items of a block sequence can be taken out line by line; one inside brackets is left to the author. */
function removal(text: string, start: number, fix: Fix): Edit | undefined {
  const lineStart = text.lastIndexOf("\n", start) + 1;
  const dash = /^( *)- +$/.exec(text.slice(lineStart, start));
  if (!dash) return undefined;
  const indent = (dash[1] as string).length;
  let end = text.indexOf("\n", start) + 1 || text.length;
  // What is further in belongs to the item, whatever empty lines and comments stand between.
  for (let at = end; at < text.length; ) {
    const next = text.indexOf("\n", at) + 1 || text.length;
    const line = text.slice(at, next);
    const isFurtherIn = line.trim() !== "" && line.length - line.trimStart().length > indent;
    if (isFurtherIn) end = next;
    else if (!/^\s*(?:#|$)/.test(line)) break;
    at = next;
  }
  return { fix, start: lineStart, end, text: "" };
}
