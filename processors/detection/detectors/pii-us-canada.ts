import type { Detector } from "../detector.ts";
import { hasDate, isAbaRouting, isDea, isNpi, luhn } from "../pii/checksums.ts";
import { identifier } from "../pii/identifier.ts";
import { compact, stdnum, type Check } from "../pii/packages.ts";
import { isDocumentNumber } from "../pii/person.ts";

const isSsn = stdnum("us/ssn");
const isBn = stdnum("ca/bn");
const ssn: Check = (value) => isSsn(value) && !/0000$/.test(value);

/** United States and Canada. Examples: published specimens, or random digits until the check held. */
export const PII_US_CANADA: readonly Detector[] = [
  identifier({
    id: "us_ssn", locale: "us",
    words: ["ssn", "social security", "social security number", "social security no", "soc sec", "ss number"],
    pattern: String.raw`\d{3}-\d{2}-\d{4}|\d{3} \d{2} \d{4}|\d{9}`,
    digits: 9,
    // Area, group and serial numbers that the Social Security Administration never assigns.
    check: ssn,
    formatted: /^\d{3}-\d{2}-\d{4}$/,
    score: 0.6,
    matches: ["536-22-1234", "SSN 536221234", "social security number: 536 22 1234"],
    misses: ["000-12-3456", "666-12-3456", "123-00-4567", "536-22-0000", "536-22-12345", "536221234"],
  }),
  identifier({
    id: "us_itin", locale: "us",
    words: ["itin", "individual taxpayer", "individual taxpayer id", "individual taxpayer identification number", "taxpayer id", "tax id"],
    // IRS: the fourth and fifth digits are 50-65, 70-88, 90-92 or 94-99.
    pattern: String.raw`9\d{2}-(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])-\d{4}|9\d{2}(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])\d{4}`,
    digits: 9,
    formatted: /-/,
    score: 0.5,
    matches: ["912-70-1234", "ITIN 912901234"],
    misses: ["912-69-1234", "812-70-1234", "912901234"],
  }),
  identifier({
    id: "us_ein", locale: "us",
    words: ["ein", "employer identification", "employer identification number", "employer id", "federal tax id", "fein", "tax id"],
    pattern: String.raw`\d{2}-?\d{7}`,
    digits: 9,
    check: stdnum("us/ein"),
    score: 0.4,
    matches: ["EIN 12-3456789", "federal tax id: 911144442"],
    misses: ["12-3456789", "EIN 00-3456789"],
  }),
  identifier({
    id: "us_passport", locale: "us",
    words: ["passport", "passport number", "passport no", "us passport", "us passport number", "passport book"],
    pattern: String.raw`[A-Z]\d{8}|\d{9}`,
    digits: 8,
    check: isDocumentNumber,
    score: 0.4,
    matches: ["passport no. A41297603", "US passport 412976035"],
    misses: ["A41297603", "passport A4129760", "412976035"],
  }),
  identifier({
    id: "us_driver_license", locale: "us",
    words: ["driver license", "driver's license", "drivers license", "driver license number", "driver's license number", "dl number", "dl", "license number", "license no", "dmv"],
    // The forms of the fifty states lie between these.
    pattern: String.raw`[A-Z]{1,2}\d{3,14}[A-Z]?|\d{7,12}|[A-Z]\d{3}-\d{3}-\d{2}-\d{3}-\d|[A-Z]{3}[*A-Z]{2}[A-Z0-9]{7}`,
    digits: 5,
    check: isDocumentNumber,
    score: 0.3,
    matches: ["driver license D1234563", "DL number: 482913077"],
    misses: ["D1234563", "driver license renewed", "dl 12"],
  }),
  identifier({
    id: "us_npi", locale: "us",
    words: ["npi", "national provider", "national provider identifier", "provider npi", "provider id"],
    pattern: String.raw`[12]\d{9}`,
    digits: 10,
    check: isNpi,
    score: 0.4,
    matches: ["NPI 1507289142", "national provider identifier: 1120839091"],
    misses: ["NPI 1507289140", "1507289142"],
  }),
  identifier({
    id: "us_mbi", locale: "us",
    words: ["mbi", "medicare", "medicare number", "medicare id", "medicare beneficiary", "medicare beneficiary id", "medicare beneficiary identifier"],
    // CMS: eleven places, each with its own kind of sign; no S, L, O, I, B, Z.
    pattern: String.raw`[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}`,
    score: 0.5,
    formatted: /^.{4}-.{3}-.{4}$/,
    matches: ["MBI 1EG4TE5MK73", "medicare number 1EG4-TE5-MK73"],
    misses: ["MBI 1SG4TE5MK73", "1EG4TE5MK73", "MBI 0EG4TE5MK73"],
  }),
  identifier({
    id: "us_dea", locale: "us",
    words: ["dea", "dea number", "dea no", "dea registration", "prescriber"],
    pattern: String.raw`[ABFGMPR][A-Z9]\d{7}`,
    digits: 7,
    check: isDea,
    score: 0.5,
    matches: ["DEA number MR0350594", "dea: MR3107516"],
    misses: ["DEA number MR0350590", "MR0350594", "DEA number ZZ0350594"],
  }),
  identifier({
    id: "us_aba_routing", locale: "us",
    words: ["aba", "aba routing", "aba number", "routing", "routing number", "routing no", "rtn", "routing transit number", "transit number"],
    pattern: String.raw`\d{9}|\d{4}-\d{4}-\d`,
    digits: 9,
    check: (value) => isAbaRouting(compact(value)),
    score: 0.4,
    matches: ["routing number 123941295", "ABA: 310749912"],
    misses: ["routing number 123941290", "123941295", "ABA 523941295"],
  }),
  identifier({
    id: "us_bank_account", locale: "us",
    words: ["account number", "account no", "bank account", "bank account number", "checking account", "savings account", "checking", "acct", "acct number", "deposit account"],
    pattern: String.raw`\d{6,17}`,
    digits: 6,
    score: 0.3,
    matches: ["checking account 4830291775", "bank account number: 000123456789"],
    misses: ["4830291775", "checking account 12345"],
  }),
  identifier({
    id: "us_alien_number", locale: "us",
    words: ["alien number", "alien registration", "alien registration number", "a-number", "uscis", "uscis number", "green card"],
    pattern: String.raw`A-?\d{8,9}|A\d{3}[ -]\d{3}[ -]\d{3}|\d{3}-\d{3}-\d{3}`,
    digits: 8,
    score: 0.4,
    matches: ["A-number A012345678", "alien registration number A012-345-678"],
    misses: ["A012345678", "alien number A0123"],
  }),
  identifier({
    id: "ca_sin", locale: "ca",
    words: ["sin", "social insurance", "social insurance number", "social insurance no", "nas", "numéro d'assurance sociale", "assurance sociale"],
    pattern: String.raw`\d{3}[ -]?\d{3}[ -]?\d{3}`,
    digits: 9,
    check: stdnum("ca/sin"),
    score: 0.4,
    matches: ["SIN 148 458 359", "numéro d'assurance sociale: 405710179"],
    misses: ["SIN 148 458 350", "148458359", "148-458-359"],
  }),
  identifier({
    id: "ca_bn", locale: "ca",
    words: ["bn", "business number", "business number (bn)", "cra business number", "cra", "gst number", "gst/hst", "numéro d'entreprise", "ne"],
    pattern: String.raw`\d{9}(?: ?R[CMPTZ] ?\d{4})?|\d{5} \d{4}(?: ?R[CMPTZ] ?\d{4})?`,
    digits: 9,
    check: (value) => isBn(value.replace(/ ?R.*$/i, "")),
    score: 0.4,
    matches: ["business number 455712406", "BN 221051782 RT0001"],
    misses: ["business number 455712400", "455712406"],
  }),
  identifier({
    id: "ca_bc_phn", locale: "ca",
    words: ["phn", "personal health number", "bc health number", "bc personal health number", "care card", "health card", "msp number"],
    pattern: String.raw`9\d{3}[ -]?\d{3}[ -]?\d{3}`,
    digits: 10,
    check: stdnum("ca/bc_bhn"),
    score: 0.4,
    matches: ["PHN 9430 098 083", "personal health number 9472419500"],
    misses: ["PHN 9430 098 080", "9430098083"],
  }),
  identifier({
    id: "ca_ontario_health", locale: "ca",
    words: ["ohip", "ohip number", "health card", "health card number", "ontario health", "ontario health card", "carte santé"],
    pattern: String.raw`[1-9]\d{3}[ -]?\d{3}[ -]?\d{3}(?:[ -]?[A-Z]{2})?`,
    digits: 10,
    check: (value) => luhn(value.replace(/\D/g, "")),
    score: 0.4,
    matches: ["OHIP 1947-526-545-AB", "health card number 1424274981"],
    misses: ["OHIP 1947-526-540-AB", "1947526545"],
  }),
  identifier({
    id: "ca_quebec_health", locale: "ca",
    words: ["ramq", "nam", "numéro d'assurance maladie", "assurance maladie", "carte soleil", "health insurance number"],
    // Three letters of the name, one of the first name; month plus 50 for women.
    pattern: String.raw`[A-Z]{4} ?\d{4} ?\d{4}`,
    check: (value) => isRamqDate(compact(value).slice(4)),
    score: 0.5,
    matches: ["RAMQ TREM 8453 1218", "assurance maladie: GAGJ84031217"],
    misses: ["RAMQ TREM 8493 1218", "TREM 8453 1218"],
  }),
  identifier({
    id: "ca_passport", locale: "ca",
    words: ["passport", "passport number", "passport no", "canadian passport", "passeport", "numéro de passeport"],
    pattern: String.raw`[A-Z]{2}\d{6}|[A-Z]\d{6}[A-Z]{2}`,
    digits: 6,
    score: 0.4,
    matches: ["passport number GA302922", "passeport: A123456AA"],
    misses: ["GA302922", "passport GA30292"],
  }),
];

/** The month of women is 50 more. */
function isRamqDate(digits: string): boolean {
  const month = Number(digits.slice(2, 4));
  return hasDate(digits.slice(0, 2) + String(month > 50 ? month - 50 : month).padStart(2, "0") + digits.slice(4, 6), "YYMMDD");
}
