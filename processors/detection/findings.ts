import type { Detector } from "./detector.ts";
import type { Form } from "./finding.ts";
import type { Spot } from "./layer.ts";

/** A finding before its paths are known. */
export interface Found {
  readonly detector: number;
  readonly score: number;
  readonly form: Form;
  readonly spots: readonly Spot[];
}

/**
 * One finding where several of a category are about the same text: of the surest detector, else of the one that found
 * more, else of the first; it covers what any of them covers. Findings of different categories stand beside each other.
 * In the order of the value.
 */
export function merge(found: readonly Found[], detectors: readonly Detector[]): readonly Found[] {
  if (found.length < 2) return found;
  const whole = found.filter(({ form }) => form !== "split").sort((a, b) => compare(a, b) || b.score - a.score);
  const merged: Found[] = [];
  /** Category → the last finding of it. */
  const last = new Map<string, number>();
  for (const next of whole) {
    const { category } = detectors[next.detector] as Detector;
    const index = last.get(category);
    const before = index === undefined ? undefined : merged[index];
    if (before && index !== undefined && overlap(before.spots[0] as Spot, next.spots[0] as Spot)) merged[index] = unite(before, next);
    else last.set(category, merged.push(next) - 1);
  }
  // What is found in one place needs no second explanation that joins it to its neighbour.
  for (const next of found.filter(({ form }) => form === "split").sort((a, b) => b.score - a.score || length(a) - length(b))) {
    if (!merged.some(({ spots }) => spots.some((spot) => next.spots.some((other) => overlap(spot, other))))) merged.push(next);
  }
  return merged.sort(compare);
}

export function overlap(a: Spot, b: Spot): boolean {
  return a.entry === b.entry && a.inKey === b.inKey && a.start < b.end && b.start < a.end;
}

function unite(a: Found, b: Found): Found {
  const winner = b.score > a.score || (b.score === a.score && (length(b) > length(a) || (length(b) === length(a) && b.detector < a.detector))) ? b : a;
  const [one, other] = [a.spots[0] as Spot, b.spots[0] as Spot];
  return { ...winner, spots: [{ ...one, start: Math.min(one.start, other.start), end: Math.max(one.end, other.end) }] };
}

function length({ spots }: Found): number {
  return spots.reduce((sum, { start, end }) => sum + end - start, 0);
}

function compare(a: Found, b: Found): number {
  const [one, other] = [a.spots[0] as Spot, b.spots[0] as Spot];
  return one.start - other.start || one.end - other.end;
}
