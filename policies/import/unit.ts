/** Units that policies write, largest first. */
const DURATIONS: readonly (readonly [unit: string, milliseconds: number])[] = [["d", 86_400_000], ["h", 3_600_000], ["m", 60_000], ["s", 1_000], ["ms", 1]];
const SIZES: readonly (readonly [unit: string, bytes: number])[] = [["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 2 ** 10], ["B", 1]];
/** Largest count before a unit. */
const MOST = 999_999_999;

/** Milliseconds as a duration, in the largest unit that is exact; `round` where none is. */
export function writeDuration(milliseconds: number, round: "up" | "down"): string {
  return write(DURATIONS, round === "up" ? Math.ceil(milliseconds) : Math.floor(milliseconds), round);
}

/** Bytes as a size, rounded down. */
export function writeSize(bytes: number): string {
  return write(SIZES, Math.floor(bytes), "down");
}

function write(units: typeof SIZES, amount: number, round: "up" | "down"): string {
  const least = Math.max(1, amount);
  const [unit, value] = units.find(([, size]) => least % size === 0 && least / size <= MOST) ?? units.findLast(([, size]) => least / size <= MOST) ?? (units[0] as (typeof units)[number]);
  return `${Math.min(MOST, round === "up" ? Math.ceil(least / value) : Math.floor(least / value))}${unit}`;
}
