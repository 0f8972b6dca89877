import type { Clause } from "./agent-safe-clause.ts";
import type { HourWindow } from "./agent-safe-model.ts";

/** As their days count. */
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/**
 * Windows of whole hours in UTC, in the last of which the window is still open. One that goes past midnight counts the
 * small hours to the day on which they lie, while ours counts them to the day on which the window began; so it
 * is a condition where it also names days. Undefined: it is never open; no clause: always.
 */
export function windowClauses(windows: readonly HourWindow[]): readonly (Clause | undefined)[] {
  const open = windows.map(({ days, ...hours }) => ({ ...hours, days: days?.filter((day) => DAYS[day] !== undefined) })).filter(({ days }) => days?.length !== 0);
  if (open.length === 0) return [undefined];
  if (open.some((window) => !window.days && isAllDay(window))) return [];
  const [only] = open as [HourWindow];
  const cel = open.map(condition);
  return [{
    cel: cel.length === 1 ? (cel[0] as string) : `(${cel.join(" || ")})`,
    ...(open.length === 1 && (only.start <= only.end || !only.days) && { keys: { time: keys(only) } }),
  }];
}

function isAllDay({ start, end }: HourWindow): boolean {
  return start === (end + 1) % 24;
}

function keys({ days, start, end }: HourWindow): Readonly<Record<string, unknown>> {
  const clock = (hour: number): string => `${String(hour).padStart(2, "0")}:00`;
  return { ...(days && { days: [...new Set(days)].map((day) => DAYS[day]) }), ...(!isAllDay({ days, start, end }) && { from: clock(start), to: clock(end + 1) }) };
}

function condition({ days, start, end }: HourWindow): string {
  // CEL counts days from Sunday.
  const onDay = days ? `time.getDayOfWeek() in [${[...new Set(days)].map((day) => (day + 1) % 7).join(", ")}]` : undefined;
  if (onDay && isAllDay({ days, start, end })) return onDay;
  const hours = start <= end ? `time.getHours() >= ${start} && time.getHours() <= ${end}` : `(time.getHours() >= ${start} || time.getHours() <= ${end})`;
  return `(${onDay ? `${onDay} && ` : ""}${hours})`;
}
