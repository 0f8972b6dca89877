/**
 * Values of the same form as the one that is taken out, so that whoever checks the form (a framework's schema, a
 * database) still accepts them. None of them is anybody's: reserved domains (RFC 2606), documentation addresses
 * (RFC 5737, RFC 3849), fictitious numbers (North American Numbering Plan, 555-0100).
 *
 * @module
 */

const FIXED: Readonly<Record<string, string>> = {
  email: "redacted@redacted.invalid",
  url: "https://redacted.invalid/",
  url_credentials: "https://redacted.invalid/",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  mac_address: "00:00:5e:00:53:00",
  phone: "+12025550100",
  date_of_birth: "1900-01-01",
};

/** The value that stands for `original`, which `detector` has found. */
export function lookAlike(detector: string, original: string): string {
  if (detector === "credit_card") return withDigits(original, cardDigits(original.replace(/\D/g, "").length));
  if (detector === "iban") return iban(original);
  return FIXED[detector] ?? original.replace(/\p{Lu}/gu, "X").replace(/\p{L}(?<!X)/gu, "x").replace(/\p{Nd}/gu, "0");
}

/** A 4, zeros, and the check digit of ISO/IEC 7812-1 (Luhn). */
function cardDigits(length: number): string {
  const body = `4${"0".repeat(Math.max(0, length - 2))}`;
  let sum = 0;
  for (let index = body.length - 1, double = true; index >= 0; index--, double = !double) {
    const value = Number(body[index]) * (double ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return `${body}${(10 - (sum % 10)) % 10}`;
}

/** Zeros under the same country, with check digits of ISO 13616. */
function iban(original: string): string {
  const country = original.slice(0, 2).toUpperCase();
  const length = original.replace(/[^A-Za-z0-9]/g, "").length;
  const account = "0".repeat(Math.max(0, length - 4));
  let remainder = 0;
  for (const char of `${account}${country}00`) {
    const value = Number.parseInt(char, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  const plain = `${country}${String(98 - remainder).padStart(2, "0")}${account}`;
  let next = 0;
  return original.replace(/[A-Za-z0-9]/g, () => plain[next++] ?? "0");
}

/** The same separators, other digits. */
function withDigits(original: string, digits: string): string {
  let next = 0;
  return original.replace(/\d/g, () => digits[next++] ?? "0");
}
