import { compact, type Check } from "./packages.ts";

/**
 * Checks of numbers that no package checks, and the two algorithms most of them are made of. Values may carry
 * separators; each says where its rule is published.
 *
 * @module
 */

/** ISO/IEC 7812-1 annex B, over all digits. */
export function luhn(value: string): boolean {
  let sum = 0;
  const digits = compact(value);
  for (let index = digits.length - 1, double = false; index >= 0; index--, double = !double) {
    const digit = digits.charCodeAt(index) - 48;
    sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return sum % 10 === 0;
}

/** The sum of the leading digits times their weights. */
function weighted(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, index) => sum + weight * Number(digits[index]), 0);
}

/** US banks: weights 3, 7, 1 sum to a multiple of ten; the first two digits name a Federal Reserve office (ABA Routing Number Policy). */
export const isAbaRouting: Check = (value) => {
  const office = Number(value.slice(0, 2));
  const issued = office <= 12 || (office >= 21 && office <= 32) || (office >= 61 && office <= 72) || office === 80;
  return issued && value !== "000000000" && weighted(value, [3, 7, 1, 3, 7, 1, 3, 7, 1]) % 10 === 0;
};

/** US prescribers: first, third and fifth digit plus twice the others end in the seventh (DEA). */
export const isDea: Check = (value) => {
  const digits = value.slice(2);
  return weighted(digits, [1, 2, 1, 2, 1, 2]) % 10 === Number(digits[6]);
};

/** US providers: Luhn with the issuer prefix 80840 in front (45 CFR 162.406). */
export const isNpi: Check = (value) => luhn(`80840${value}`);

/** UK patients: modulus 11, weights 10 to 2 (NHS Data Dictionary, NHS NUMBER). */
export const isNhs: Check = (value) => {
  const digits = compact(value);
  if (/^(\d)\1+$/.test(digits)) return false;
  return (11 - (weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11 === Number(digits[9]);
};

/** Australian Medicare: weights 1, 3, 7, 9 over eight digits end in the ninth; the tenth is the issue (Services Australia). */
export const isAuMedicare: Check = (value) => {
  const digits = compact(value);
  return weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === Number(digits[8]);
};

/** Japanese individual number: modulus 11 (Ordinance 85 of 2014 of the Ministry of Internal Affairs, article 5). */
export const isMyNumber: Check = (value) => {
  const digits = compact(value);
  const rest = weighted(digits, [6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
  return (rest <= 1 ? 0 : 11 - rest) === Number(digits[11]);
};

/** Letter that closes a Singapore identity number, by its first letter and the weighted sum modulo 11. */
const NRIC_LETTERS: Readonly<Record<string, readonly [offset: number, letters: string]>> = {
  S: [0, "JZIHGFEDCBA"], T: [4, "JZIHGFEDCBA"], F: [0, "XWUTRQPNMLK"], G: [4, "XWUTRQPNMLK"], M: [3, "XWUTRQPNJLK"],
};

/** Singapore NRIC and FIN; the rule is not published by the state, and the same in every implementation. */
export const isNric: Check = (value) => {
  const text = value.toUpperCase();
  const [offset, letters] = NRIC_LETTERS[text[0] as string] ?? [0, ""];
  return text[8] === letters[(offset + weighted(text.slice(1), [2, 7, 6, 5, 4, 3, 2])) % 11];
};

/** Hungarian social security: weights 3 and 7 end in the ninth digit (Act XX of 1996, annex). */
export const isTaj: Check = (value) => {
  const digits = compact(value);
  return weighted(digits, [3, 7, 3, 7, 3, 7, 3, 7]) % 10 === Number(digits[8]);
};

/** Hungarian tax id of persons: begins with 8, weights 1 to 9 modulo 11 (same annex). */
export const isHungarianTaxId: Check = (value) => value.startsWith("8") && weighted(value, [1, 2, 3, 4, 5, 6, 7, 8, 9]) % 11 === Number(value[9]);

/** Russian insurance number: weights 9 to 1 modulo 101 (Pension Fund resolution 192p of 2006). */
export const isSnils: Check = (value) => {
  const digits = compact(value);
  return (weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2, 1]) % 101) % 100 === Number(digits.slice(9));
};

/** Weights 7, 3, 1 modulo 10 over digits and letters (A is 10), as in identity documents (ICAO 9303-3, 4.9). */
export function documentDigit(text: string): number {
  let sum = 0;
  for (let index = 0; index < text.length; index++) {
    const value = text[index] === "<" ? 0 : Number.parseInt(text[index] as string, 36);
    sum += value * ([7, 3, 1][index % 3] as number);
  }
  return sum % 10;
}

/** Polish identity card: the fourth sign is the check digit of all others. */
export const isPolishIdCard: Check = (value) => {
  const text = compact(value).toUpperCase();
  return documentDigit(text.slice(0, 3) + text.slice(4)) === Number(text[3]);
};

/** Kazakh individual number: weights 1 to 11 modulo 11, a second row where that gives ten. */
export const isIin: Check = (value) => {
  const first = weighted(value, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) % 11;
  const digit = first < 10 ? first : weighted(value, [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]) % 11;
  return hasDate(value, "YYMMDD") && digit === Number(value[11]);
};

/** Iranian national code: modulus 11, weights 10 to 2 (Civil Registration Organization). */
export const isIranianCode: Check = (value) => {
  const digits = compact(value);
  const rest = weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
  return !/^(\d)\1+$/.test(digits) && (rest < 2 ? rest : 11 - rest) === Number(digits[9]);
};

/** Kuwaiti civil number: date of birth after the century, modulus 11 (Public Authority for Civil Information). */
export const isKuwaitiCivil: Check = (value) =>
  hasDate(value.slice(1), "YYMMDD") && 11 - (weighted(value, [2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]) % 11) === Number(value[11]);

/** Brazilian PIS, PASEP and NIS: modulus 11 (Caixa Econômica Federal). */
export const isPis: Check = (value) => {
  const digits = compact(value);
  const rest = 11 - (weighted(digits, [3, 2, 9, 8, 7, 6, 5, 4, 3, 2]) % 11);
  return (rest > 9 ? 0 : rest) === Number(digits[10]) && digits !== "00000000000";
};

/** New Zealand health number: modulus 11 over letters without I and O (HISO 10046). The series that ends in a letter is taken by its form. */
export const isNhi: Check = (value) => {
  const text = value.toUpperCase();
  if (!/\d$/.test(text)) return true;
  const numbers = Array.from(text.slice(0, 6), (char) => (/\d/.test(char) ? Number(char) : "ABCDEFGHJKLMNPQRSTUVWXYZ".indexOf(char) + 1));
  const rest = numbers.reduce((total, number, index) => total + number * (7 - index), 0) % 11;
  return rest !== 0 && (11 - rest) % 10 === Number(text[6]);
};

const DATE_PLACES = { YYMMDD: [2, 4], DDMMYY: [2, 0], YYYYMMDD: [4, 6] } as const;

/** Whether a number begins with the month and day of a date; the year says nothing. */
export function hasDate(digits: string, form: keyof typeof DATE_PLACES): boolean {
  const [month, day] = DATE_PLACES[form].map((place) => Number(digits.slice(place, place + 2))) as [number, number];
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}
