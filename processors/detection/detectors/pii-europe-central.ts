import type { Detector } from "../detector.ts";
import { documentDigit } from "../pii/checksums.ts";
import { identifier } from "../pii/identifier.ts";
import { compact, stdnum } from "../pii/packages.ts";

const isUid = stdnum("ch/uid");
const isPassport = stdnum("de/passport");

/** Germany, Austria, Switzerland, Liechtenstein. Examples: published specimens, or random digits until the check held. */
export const PII_EUROPE_CENTRAL: readonly Detector[] = [
  identifier({
    id: "de_idnr", locale: "de",
    words: ["steuer-id", "steuer-idnr", "steuerid", "steueridentifikationsnummer", "steuerliche identifikationsnummer", "identifikationsnummer", "idnr", "id-nr", "tax id", "tax identification number"],
    pattern: String.raw`[1-9]\d ?\d{3} ?\d{3} ?\d{3}`,
    digits: 11,
    check: stdnum("de/idnr"),
    score: 0.5,
    matches: ["Steuer-ID 93 831 460 573", "Steueridentifikationsnummer: 43717114710"],
    misses: ["Steuer-ID 93 831 460 570", "93831460573"],
  }),
  identifier({
    id: "de_steuernummer", locale: "de",
    words: ["steuernummer", "steuer-nr", "st.-nr", "stnr", "steuernr", "tax number"],
    pattern: String.raw`\d{2,3} ?/ ?\d{3,4} ?/ ?\d{4,5}|\d{10,11}|[1-9]\d{12}`,
    digits: 10,
    check: stdnum("de/stnr"),
    score: 0.4,
    matches: ["Steuernummer 181/815/08155", "St.-Nr. 21/815/08150"],
    misses: ["181/815/08155", "Steuernummer 181/8155"],
  }),
  identifier({
    id: "de_svnr", locale: "de",
    words: ["sozialversicherungsnummer", "rentenversicherungsnummer", "versicherungsnummer", "sv-nummer", "svnr", "rvnr", "sozialversicherungs-nr", "social security number"],
    pattern: String.raw`\d{2} ?\d{6} ?[A-Z] ?\d{3}`,
    digits: 8,
    check: stdnum("de/svnr"),
    formatted: /^\d\d \d{6} . \d{3}$/,
    score: 0.6,
    matches: ["50 200803 I 551", "Sozialversicherungsnummer 65050753V353"],
    misses: ["50 200803 I 550", "Rentenversicherungsnummer 65050753V350", "65050753V353"],
  }),
  identifier({
    id: "de_personalausweis", locale: "de",
    words: ["personalausweis", "personalausweisnummer", "ausweisnummer", "ausweis-nr", "perso", "personalausweisnummer", "identity card", "id card"],
    // Without the check digit the number is as printed on the card.
    pattern: String.raw`[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{8}\d?|T\d{8}\d?`,
    check: (value) => value.length === 9 || documentDigit(value.slice(0, 9).toUpperCase()) === Number(value[9]),
    score: 0.5,
    matches: ["Personalausweis JMY8183436", "Ausweisnummer: T22000129"],
    misses: ["Personalausweis JMY8183430", "JMY8183436"],
  }),
  identifier({
    id: "de_passport", locale: "de",
    words: ["reisepass", "reisepassnummer", "reisepass-nr", "passnummer", "pass-nr", "passport", "passport number", "passport no"],
    pattern: String.raw`[CFGHJK][CFGHJKLMNPRTVWXYZ0-9]{8}\d?D?`,
    check: (value) => isPassport(value) && /\d/.test(value),
    score: 0.4,
    matches: ["Reisepass CV68940860", "Passnummer: CGH9582319"],
    misses: ["Reisepass CV68940861", "CV68940860"],
  }),
  identifier({
    id: "de_health_insurance", locale: "de",
    words: ["krankenversichertennummer", "versichertennummer", "kvnr", "krankenkasse", "krankenversicherungsnummer", "gesundheitskarte", "health insurance number"],
    // GKV-Spitzenverband: the letter as two digits, weights 1 and 2, sum of digits modulo 10.
    pattern: String.raw`[A-Z]\d{9}`,
    digits: 9,
    check: isKvnr,
    score: 0.5,
    matches: ["Krankenversichertennummer A123456780", "KVNR: B504829102"],
    misses: ["KVNR A123456781", "A123456780"],
  }),
  identifier({
    id: "at_svnr", locale: "at",
    words: ["sozialversicherungsnummer", "versicherungsnummer", "sv-nummer", "sv-nr", "svnr", "vsnr", "vnr", "e-card", "social security number"],
    pattern: String.raw`[1-9]\d{3} ?(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-5])\d{2}`,
    digits: 10,
    check: stdnum("at/vnr"),
    score: 0.5,
    matches: ["SV-Nummer 5466 140251", "Versicherungsnummer: 7784131149"],
    misses: ["SV-Nummer 5466 140250", "5466 140251"],
  }),
  identifier({
    id: "at_steuernummer", locale: "at",
    words: ["steuernummer", "abgabenkontonummer", "st.-nr", "stnr", "tax number"],
    pattern: String.raw`\d{2}[ -]?\d{3}/?\d{4}`,
    digits: 9,
    check: stdnum("at/tin"),
    score: 0.4,
    matches: ["Steuernummer 84-457/8401", "Abgabenkontonummer: 128128527"],
    misses: ["Steuernummer 84-457/8400", "844578401"],
  }),
  identifier({
    id: "ch_ahv", locale: "ch",
    words: ["ahv", "ahv-nr", "ahv-nummer", "ahvn13", "avs", "numéro avs", "n° avs", "numero avs", "sozialversicherungsnummer", "oasi", "oasi number", "social security number"],
    pattern: String.raw`756\.?\d{4}\.?\d{4}\.?\d{2}`,
    digits: 13,
    check: stdnum("ch/ssn"),
    formatted: /^756\..*\..*\./,
    score: 0.7,
    matches: ["756.9977.8164.70", "AHV-Nr. 7563384083494"],
    misses: ["756.9977.8164.71", "AHV-Nr. 7563384083490", "7563384083494"],
  }),
  identifier({
    id: "ch_uid", locale: "ch",
    words: ["uid", "unternehmens-identifikationsnummer", "ide", "numéro ide", "idi", "mwst", "mwst-nr", "tva", "iva", "vat number"],
    pattern: String.raw`CHE[- ]?\d{3}\.?\d{3}\.?\d{3}(?: ?(?:MWST|TVA|IVA))?`,
    digits: 9,
    check: (value) => isUid(value.replace(/ ?(?:mwst|tva|iva)$/i, "")),
    formatted: /^CHE-\d{3}\./i,
    score: 0.6,
    matches: ["CHE-539.692.954", "UID CHE566814852"],
    misses: ["CHE-539.692.950", "UID CHE566814850", "CHE566814852"],
  }),
  identifier({
    id: "li_peid", locale: "li",
    words: ["peid", "personenidentifikationsnummer", "pid", "steuernummer"],
    pattern: String.raw`\d{6,12}`,
    digits: 6,
    check: stdnum("li/peid"),
    score: 0.3,
    matches: ["PEID 234520", "Personenidentifikationsnummer: 615726"],
    misses: ["234520", "PEID 2345"],
  }),
];

function isKvnr(value: string): boolean {
  const letter = String(value.toUpperCase().charCodeAt(0) - 64).padStart(2, "0");
  const digits = compact(`${letter}${value.slice(1)}`);
  let sum = 0;
  for (let index = 0; index < 10; index++) {
    const product = Number(digits[index]) * (index % 2 === 0 ? 1 : 2);
    sum += product > 9 ? product - 9 : product;
  }
  return sum % 10 === Number(digits[10]);
}
