import { domainToUnicode } from "node:url";

/** Cyrillic and Greek letters that are drawn like a Latin one (subset of Unicode TR39 confusables, whole-script use). */
const LATIN_TWINS: ReadonlySet<string> = new Set("аеорсухіјѕһԁԛԝӏгкмнтвпшьъꙑүοανικρτυχωγϲϳ");

/**
 * Whether a host name wears letters to look like another: a label that mixes Latin with Cyrillic or Greek, or
 * one written wholly in letters that are drawn like Latin ones. (The rules of UTS 39, section 5.1 and 4, without its full tables.)
 *
 * @param host canonical, with `xn--` labels
 */
export function isHomograph(host: string): boolean {
  if (!host.includes("xn--")) return false;
  return domainToUnicode(host).split(".").some((label) => {
    const letters = [...label].filter((char) => /\p{L}/u.test(char));
    const latin = letters.some((char) => /\p{Script=Latin}/u.test(char));
    const other = letters.some((char) => /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u.test(char));
    return other && (latin || letters.every((char) => LATIN_TWINS.has(char)));
  });
}
