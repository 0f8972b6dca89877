import { documentDigit } from "./checksums.ts";
import type { Check } from "./packages.ts";

/** Values of the letters of a vehicle number; I, O and Q do not occur (49 CFR 565.15, table III). */
const VIN_VALUES: Readonly<Record<string, number>> = Object.fromEntries(
  [..."ABCDEFGH"].map((char, index) => [char, index + 1])
    .concat([..."JKLMN"].map((char, index) => [char, index + 1]), [["P", 7], ["R", 9]], [..."STUVWXYZ"].map((char, index) => [char, index + 2])),
);
const VIN_WEIGHTS = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

/** Whether the ninth sign is the check digit of the others (49 CFR 565.15). Mandatory in North America and China only. */
export const hasVinDigit: Check = (value) => {
  const text = value.toUpperCase();
  let sum = 0;
  for (let index = 0; index < 17; index++) sum += (VIN_VALUES[text[index] as string] ?? Number(text[index])) * (VIN_WEIGHTS[index] as number);
  return text[8] === (sum % 11 === 10 ? "X" : String(sum % 11));
};

/** A vehicle number: with its check digit where the first sign says that it was built where one is mandatory (ISO 3780). */
export const isVin: Check = (value) => hasVinDigit(value) || !/^[1-5L]/.test(value);

/** What a check digit of a machine readable zone closes, as a range of the line; the digit stands behind it. */
type Zone = readonly (readonly [from: number, to: number])[];
/** Second line of a passport, a visa or a card of two lines: number, birth, expiry (ICAO 9303-4, -6, -7). */
const TWO_LINES: Zone = [[0, 9], [13, 19], [21, 27]];
/** A card of three lines: the number in the first, birth and expiry in the second (ICAO 9303-5). */
const CARD_FIRST: Zone = [[5, 14]];
const CARD_SECOND: Zone = [[0, 6], [8, 14]];

/** A line of a machine readable zone: one with check digits that hold, or one with a name, by its form. */
export const isMrz: Check = (value) => {
  if (value.length !== 30) return /^[PVIAC][A-Z<]{4}[A-Z]/.test(value) ? value.includes("<<") : closes(value, TWO_LINES);
  if (/^[A-Z]+<[A-Z<]*<$/.test(value)) return value.includes("<<");
  return closes(value, /^[IAC]/.test(value) ? CARD_FIRST : CARD_SECOND);
};

function closes(line: string, zone: Zone): boolean {
  return zone.every(([from, to]) => documentDigit(line.slice(from, to)) === Number(line[to]));
}
