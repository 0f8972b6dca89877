import type { Detector } from "../../processors/detection/detector.ts";

/** Ten detectors for tests of the scanner, which does not know what it looks for. Formats are those the issuers publish. */
export const DETECTORS: readonly Detector[] = [
  {
    id: "private_key", category: "secret", score: 1,
    triggers: ["PRIVATE KEY-----"],
    pattern: "-----BEGIN (?:[A-Z]{2,10} ){0,2}PRIVATE KEY-----[A-Za-z0-9+/=\\s]*(?:-----END (?:[A-Z]{2,10} ){0,2}PRIVATE KEY-----)?",
    matches: ["-----BEGIN PRIVATE KEY-----\nMIIBVg==\n-----END PRIVATE KEY-----", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn"],
    misses: ["-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----"],
  },
  {
    id: "jwt", category: "secret", score: 0.9,
    triggers: ["eyJ"],
    pattern: "\\beyJ[A-Za-z0-9_-]{10,}\\.eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{10,}",
    matches: ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.c2lnbmF0dXJlLWhlcmU"],
    misses: ["eyJhbGciOiJIUzI1NiJ9", "a.b.c"],
  },
  {
    id: "aws_access_key", category: "secret", score: 1,
    triggers: ["AKIA", "ASIA"],
    pattern: "\\b(?:AKIA|ASIA)[A-Z2-7]{16}\\b",
    matches: ["AKIAIOSFODNN7EXAMPLE"],
    misses: ["AKIAIOSFODNN7EXAMPL", "AKIAiosfodnn7example"],
  },
  {
    id: "github_token", category: "secret", score: 1,
    triggers: ["gh[pousr]_", "github_pat_"],
    pattern: "\\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{60,})\\b",
    matches: [`ghp_${"a1B2".repeat(9)}`],
    misses: ["ghp_short"],
  },
  {
    id: "slack_token", category: "secret", score: 0.9,
    triggers: ["xox[abeoprs]-"],
    pattern: "\\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
    matches: ["xoxb-123456789012-abcdefABCDEF"],
    misses: ["xoxb-", "foxb-1234567890123"],
  },
  {
    id: "api_key", category: "secret", score: 0.7,
    triggers: ["\\b[spr]k[-_]"],
    pattern: "\\b(?:sk|pk|rk)[-_](?:live|test|proj|ant|or)?[-_]?[A-Za-z0-9_-]{20,}",
    validate: (match) => /\d/.test(match) && /[A-Za-z]{2}/.test(match.slice(3)),
    matches: ["sk-proj-abcDEF123ghiJKL456mnoPQR", "sk_live_4eC39HqLyjWDarjtT1zdp7dc"],
    misses: ["sk-learn-is-a-python-library-name", "risk-assessment-document-2024"],
  },
  {
    id: "email", category: "pii", score: 0.9,
    triggers: ["@"],
    pattern: "[\\p{L}\\p{N}.!#$%&'*+/=?^_`{|}~-]+@(?:[\\p{L}\\p{N}](?:[\\p{L}\\p{N}-]*)\\.)+\\p{L}{2,24}",
    matches: ["jane.doe+tag@mail.example.org", "jörg@bücher.example"],
    misses: ["jane@", "@example.org", "user@localhost"],
  },
  {
    id: "iban", category: "pii", score: 1,
    triggers: [], digits: [8, 32],
    pattern: "\\b[A-Z]{2}\\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,4})?\\b",
    validate: isIban,
    matches: ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432"],
    misses: ["DE88 3704 0044 0532 0130 00", "AB12 3456 7890"],
  },
  {
    id: "credit_card", category: "pii", score: 0.9,
    triggers: [], digits: [12, 19],
    pattern: "\\b[2-6]\\d{3}(?:[ -]?\\d{4}){2}[ -]?\\d{1,7}\\b|\\b3[47]\\d{2}[ -]?\\d{6}[ -]?\\d{5}\\b",
    validate: isCardNumber,
    matches: ["4111 1111 1111 1111", "378282246310005", "5555-5555-5555-4444"],
    misses: ["4111 1111 1111 1112", "2024 0101 1200 0000"],
  },
  {
    id: "us_ssn", category: "pii", score: 0.6,
    triggers: [], digits: [9, 9],
    pattern: "\\b\\d{3}-\\d{2}-\\d{4}\\b",
    // Area, group and serial numbers that the Social Security Administration never assigns.
    validate: (match) => !/^(?:000|666|9)|-00-|-0000$/.test(match),
    context: ["ssn", "social security"],
    matches: ["536-22-1234"],
    misses: ["000-12-3456", "666-12-3456", "123-00-4567", "536-22-12345"],
  },
];

/** ISO 13616: the rearranged digits modulo 97 are 1. */
function isIban(match: string): boolean {
  const text = match.replaceAll(" ", "");
  if (text.length < 15 || text.length > 34) return false;
  let remainder = 0;
  for (const char of text.slice(4) + text.slice(0, 4)) {
    const value = Number.parseInt(char, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}

/** ISO/IEC 7812-1: 12 to 19 digits with a Luhn check digit. */
function isCardNumber(match: string): boolean {
  const digits = match.replace(/[ -]/g, "");
  if (digits.length < 12 || digits.length > 19 || /^(\d)\1*$/.test(digits)) return false;
  let sum = 0;
  for (let index = digits.length - 1, double = false; index >= 0; index--, double = !double) {
    const value = Number(digits[index]) * (double ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}
