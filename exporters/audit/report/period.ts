/** A stretch of time in UTC: from its beginning up to, and without, its end. */
export interface Period {
  /** As it was written: `2026`, `2026-Q4`, `2026-11`. */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
}

/** A year, a quarter or a month; undefined for anything else. */
export function parsePeriod(text: string): Period | undefined {
  const [, year, quarter, month] = /^(\d{4})(?:-(?:Q([1-4])|(0[1-9]|1[0-2])))?$/.exec(text) ?? [];
  if (year === undefined) return undefined;
  const first = quarter !== undefined ? (Number(quarter) - 1) * 3 : month !== undefined ? Number(month) - 1 : 0;
  const months = quarter !== undefined ? 3 : month !== undefined ? 1 : 12;
  return { name: text, from: Date.UTC(Number(year), first), to: Date.UTC(Number(year), first + months) };
}
