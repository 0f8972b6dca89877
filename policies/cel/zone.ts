import { parseOffset } from "./time.ts";

/** Milliseconds to add to UTC at a moment. */
export type Zone = (ms: number) => number;

const MINUTE = 60_000;

/**
 * A zone by its IANA name (`Europe/Berlin`) or fixed offset (`+02:00`).
 *
 * @throws Error for a name that this Node does not know
 */
export function compileZone(name: string): Zone {
  const fixed = parseOffset(name);
  if (fixed !== undefined) return () => fixed;
  const format = formatOf(name);
  // Asking for an offset takes microseconds, and clocks change on a whole minute.
  let minute = Number.NaN;
  let offset = 0;
  return (ms) => {
    const at = Math.floor(ms / MINUTE);
    if (at !== minute) [minute, offset] = [at, offsetOf(format, ms)];
    return offset;
  };
}

function formatOf(name: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  } catch (thrown) {
    throw new Error(`unknown time zone "${name}"`, { cause: thrown });
  }
}

/** From the end of `1/31/2026, GMT+01:00` (`GMT` alone is UTC; before 1900 there were seconds). */
function offsetOf(format: Intl.DateTimeFormat, ms: number): number {
  const [, sign, hours, minutes, seconds = "0"] = /GMT(?:([+-])(\d+):(\d+)(?::(\d+))?)?$/.exec(format.format(ms)) ?? [];
  if (sign === undefined) return 0;
  return (sign === "-" ? -1 : 1) * ((Number(hours) * 60 + Number(minutes)) * MINUTE + Number(seconds) * 1_000);
}
