import type { Day, TimeMatch } from "./schema/match.ts";

const MINUTE = 60_000;
const MINUTES_PER_DAY = 1_440;
/** As `Date.getUTCDay` counts them. */
const DAYS: readonly Day[] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** A moment on the clock of a time zone. */
interface Clock {
  /** 0 is Sunday. */
  readonly day: number;
  /** Minutes since midnight. */
  readonly minute: number;
}

/** Compiles a window into a test of moments, in milliseconds since the epoch. */
export function compileTimeWindow({ days, from, to, zone, after, before }: TimeMatch): (time: number) => boolean {
  const allowed = days && new Set(days.map((day) => DAYS.indexOf(day)));
  const clock = clockOf(zone);
  const start = from ?? 0;
  const end = to ?? MINUTES_PER_DAY;
  return (time) => {
    if ((after !== undefined && time < after) || (before !== undefined && time >= before)) return false;
    if (!allowed && from === undefined && to === undefined) return true;
    const { day, minute } = clock(time);
    if (start < end) return minute >= start && minute < end && (!allowed || allowed.has(day));
    // Past midnight: the small hours belong to the day on which the window began.
    if (minute >= start) return !allowed || allowed.has(day);
    return minute < end && (!allowed || allowed.has((day + 6) % 7));
  };
}

/** Time zones change their offset at full minutes only, so one look-up serves a minute. */
function clockOf(zone: string): (time: number) => Clock {
  if (zone === "UTC") {
    return (time) => {
      const date = new Date(time);
      return { day: date.getUTCDay(), minute: date.getUTCHours() * 60 + date.getUTCMinutes() };
    };
  }
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: zone, weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  let known = Number.NaN;
  let clock: Clock = { day: 0, minute: 0 };
  return (time) => {
    const minute = Math.floor(time / MINUTE);
    if (minute !== known) {
      const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, value]));
      clock = { day: DAYS.indexOf((parts["weekday"] ?? "").toLowerCase() as Day), minute: Number(parts["hour"]) * 60 + Number(parts["minute"]) };
      known = minute;
    }
    return clock;
  };
}
