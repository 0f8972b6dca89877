import type { Finding, Scan } from "../detection/finding.ts";
import type { Incomplete } from "../detection/limits.ts";

/** A stretch of one text that findings are about: several where they overlap. */
export interface Region {
  readonly start: number;
  readonly end: number;
  /** The surest first. */
  readonly findings: readonly Finding[];
  readonly original: string;
}

/** What is known of one text. */
export interface Reading {
  /** In order; none overlaps another. */
  readonly regions: readonly Region[];
  readonly incomplete: readonly Incomplete[];
}

/** Looks at one text. A promise where a model has to be asked. */
export type Look = (text: string) => Scan | Promise<Scan>;

/** Places count from `offset`. */
export async function read(text: string, look: Look, offset = 0): Promise<Reading> {
  const { findings, incomplete } = await look(text);
  const parts = findings.flatMap((finding) => finding.places.map(({ start, end }) => ({ start, end, finding })));
  const regions = united(parts).map(({ start, end, items }) => ({
    start: start + offset, end: end + offset, original: text.slice(start, end),
    findings: [...new Set(items.map(({ finding }) => finding))].sort((a, b) => b.score - a.score),
  }));
  return { regions, incomplete };
}

/** Puts together what overlaps. */
export function united<T extends { readonly start: number; readonly end: number }>(parts: readonly T[]): { readonly start: number; readonly end: number; readonly items: readonly T[] }[] {
  const whole: { start: number; end: number; items: T[] }[] = [];
  for (const part of parts.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const last = whole.at(-1);
    if (last && part.start < last.end) {
      last.end = Math.max(last.end, part.end);
      last.items.push(part);
    } else whole.push({ start: part.start, end: part.end, items: [part] });
  }
  return whole;
}
