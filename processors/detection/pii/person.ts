import { compact } from "./packages.ts";

/** People older than this are not alive: a date before is no date of birth that needs protection. */
const OLDEST = 125;

/** A date in figures whose year, month and day can be those of a birth; others are taken as they are written. */
export function isBirthDate(value: string): boolean {
  const thisYear = new Date().getFullYear();
  const alive = (year: number): boolean => year > thisYear - OLDEST && year <= thisYear;
  const parts = value.split(/[-./\s年月日년월일]+/).filter(Boolean);
  if (parts.length === 1 && /^\d{8}$/.test(value)) return alive(Number(value.slice(0, 4))) && dayAndMonth(value.slice(4, 6), value.slice(6));
  const year = parts.map((part) => part.replace(/\D/g, "")).find((part) => part.length === 4);
  if (year !== undefined && !alive(Number(year))) return false;
  if (parts.some((part) => /\p{L}/u.test(part))) return year !== undefined;
  const [first, second, third] = parts as [string, string, string];
  return first.length === 4 ? dayAndMonth(second, third) : dayAndMonth(first, second) && /^(?:\d\d|\d{4})$/.test(third);
}

/** In either order: both are in use. */
function dayAndMonth(one: string, other: string): boolean {
  const [low, high] = [Number(one), Number(other)].sort((a, b) => a - b) as [number, number];
  return low >= 1 && low <= 12 && high <= 31;
}

/** A document number: five digits or more, and letters only before, between or after them. */
export function isDocumentNumber(value: string): boolean {
  const text = compact(value);
  return (text.match(/\d/g)?.length ?? 0) >= 5 && !/^(\d)\1+$/.test(text) && !/^(?:19|20)\d{6}$/.test(text);
}

/** A registration plate: letters and digits, in at most four groups. */
export function isPlate(value: string): boolean {
  const text = value.replace(/[\s·-]/g, "");
  return text.length >= 4 && text.length <= 9 && /\p{Lu}/u.test(text) && /\d/.test(text);
}

/** Latitude and longitude within their ranges. */
export function isPosition(value: string): boolean {
  const [latitude, longitude] = value.split(/[,;]/).map((part) => Math.abs(Number.parseFloat(part))) as [number, number];
  return latitude <= 90 && longitude <= 180;
}
