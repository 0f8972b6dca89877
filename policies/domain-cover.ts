import { covers, isWild } from "./pattern.ts";

/** Wildcard patterns that stand for addresses, and for nothing else. */
const ADDRESSES = /^[.*?]*\d[\d.*?]*$|^[\da-f.*?]*:[\da-f:.*?]*$/;
/** An address ends in a number (WHATWG URL), or has a colon. */
const ADDRESS = /(?:^|\.)(?:0x[\da-f]*|\d+)$|:/;

/**
 * Whether one domain pattern stands for every host that another stands for. Domains are not as other names: `.example.com`
 * is `example.com` as well, `*.example.com` is not, and patterns for addresses stand for no names. Says no where it is not
 * sure, as for two spellings of one address.
 */
export function coversDomain(general: string, special: string): boolean {
  return coversPlain(plain(general), plain(special));
}

/** A trailing dot changes nothing, nor does case. */
function plain(pattern: string): string {
  const written = pattern.trim().toLowerCase();
  return isAddress(written) ? written : written.replace(/(?<=.)\.+$/, "");
}

function coversPlain(general: string, special: string): boolean {
  if (general === "*" || general === special) return true;
  if (special === "*") return false;
  if (isAddress(general) || isAddress(special)) return isAddress(general) && isAddress(special) && covers(general, special);
  if (special.startsWith(".")) return coversPlain(general, special.slice(1)) && coversPlain(general, `*${special}`);
  if (general.startsWith(".")) return coversPlain(general.slice(1), special) || coversPlain(`*${general}`, special);
  return covers(general, special);
}

function isAddress(pattern: string): boolean {
  return (isWild(pattern) ? ADDRESSES : ADDRESS).test(pattern);
}
