import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import * as re2js from "re2js";
import { piiAccuracy } from "../../../bench/accuracy/pii.mjs";
import { portable } from "../../../policies/regex.ts";
import type { Detector } from "../../../processors/detection/detector.ts";
import { PII } from "../../../processors/detection/detectors/pii.ts";
import { endsWithLabel, labelled, spoken, wordTriggers } from "../../../processors/detection/pii/label.ts";
import { ContractRunner } from "../../support/detect.ts";
import { ROOT } from "../../support/run.ts";

const runner = new ContractRunner();
const byId = new Map(PII.map((detector) => [detector.id, detector]));

describe("the catalogue", () => {
  test("has at least sixty types and twenty countries", () => {
    assert.ok(PII.length >= 60, `${PII.length} types`);
    const countries = new Set(PII.flatMap(({ locale }) => locale ?? []));
    assert.ok(countries.size >= 20, `${countries.size} countries`);
  });

  test("ids are unique and well formed, and all of it is personal data", () => {
    assert.equal(byId.size, PII.length);
    for (const { id, category, locale } of PII) {
      assert.match(id, /^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/);
      assert.equal(category, "pii", id);
      if (locale !== undefined) assert.match(locale, /^[a-z]{2}$/, id);
    }
  });

  test("a detector that can do without a label is sure enough to be heard without one", () => {
    // 0.5 is the least score of a finding unless a policy says otherwise; an age alone is never worth it.
    assert.deepEqual(PII.filter(({ needsContext, score }) => !needsContext && score < 0.5).map(({ id }) => id), ["age"]);
  });

  test("loads no package before there is a value to check", () => {
    const code = `import { createRequire } from "node:module";
      await import("./processors/detection/detectors/pii.ts");
      console.log(Object.keys(createRequire(import.meta.url).cache).filter((path) => /stdnum|validator|libphonenumber/.test(path)).length);`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", code], { cwd: ROOT, encoding: "utf8" });
    assert.equal(stdout.trim(), "0", stderr);
  });
});

describe("every detector", () => {
  for (const detector of PII) {
    test(`${detector.id} finds its examples, and nothing in what only looks alike`, () => {
      assert.ok(detector.matches.length >= 2 && detector.misses.length >= 2, "two of each");
      for (const text of detector.matches) assert.equal(runner.detect(detector, text).length, 1, text);
      for (const text of detector.misses) assert.deepEqual(runner.detect(detector, text), [], text);
    });
  }

  test("finds the same with re2js", () => {
    const other = new ContractRunner(portable(re2js));
    for (const detector of PII) {
      for (const text of [...detector.matches, ...detector.misses]) assert.deepEqual(other.detect(detector, text), runner.detect(detector, text), `${detector.id}: ${text}`);
    }
  });
});

/** Check digits that catch every change of a single digit: Luhn, ISO 7064, Verhoeff, and sums to a prime modulus. `#` is any digit. */
const CATCHES_ONE_DIGIT: readonly (readonly [id: string, label: string, shape: string, checked: number])[] = [
  ["credit_card", "card ", "4###############", 1], ["imei", "IMEI ", "###############", 1], ["sim_card", "ICCID ", "89#################", 1], ["us_npi", "NPI ", "1#########", 1],
  ["us_aba_routing", "ABA ", "02#######", 1], ["ca_sin", "SIN ", "1########", 1], ["ca_bn", "BN ", "#########", 1], ["gb_nhs", "NHS ", "4#########", 1],
  ["fr_siren", "SIREN ", "#########", 1], ["fr_siret", "SIRET ", "##############", 1], ["fr_nir", "NIR ", "1850775########", 2], ["de_idnr", "Steuer-ID ", "8##########", 1],
  ["be_nn", "INSZ ", "850715#####", 2], ["nl_bsn", "BSN ", "1########", 1], ["ch_ahv", "AHV ", "756##########", 1], ["hr_oib", "OIB ", "###########", 1],
  ["es_nss", "NSS ", "28##########", 2], ["in_aadhaar", "Aadhaar ", "4###########", 1], ["au_abn", "ABN ", "51#########", 2], ["au_tfn", "TFN ", "#########", 1],
  ["za_id", "SA ID ", "850715####08#", 1], ["il_id", "Israeli ID ", "#########", 1], ["iban", "IBAN ", "DE89##################", 0],
];

describe("one wrong digit", () => {
  for (const [id, label, shape, checked] of CATCHES_ONE_DIGIT) {
    test(`is refused by ${id}`, () => {
      const { validate } = byId.get(id) as Required<Pick<Detector, "validate">>;
      const holds = (value: string): boolean => validate(value, { before: label, after: "", key: "" });
      const valid = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: shape.length, maxLength: shape.length })
        .map((digits) => [...shape].map((sign, index) => (sign === "#" ? digits[index] : sign)).join(""))
        .map((value) => complete(value, checked, holds))
        .filter((value) => value !== undefined);
      let tried = 0;
      fc.assert(fc.property(valid, fc.nat(), fc.integer({ min: 1, max: 9 }), (value, at, by) => {
        const places = [...value].flatMap((sign, index) => (/\d/.test(sign) ? [index] : []));
        const place = places[at % places.length] as number;
        const wrong = value.slice(0, place) + String((Number(value[place]) + by) % 10) + value.slice(place + 1);
        tried++;
        assert.ok(holds(value), value);
        assert.ok(!holds(wrong), `${value} and ${wrong}`);
      }), { numRuns: 60 });
      assert.ok(tried > 0);
    });
  }
});

/** The value with its last `checked` digits put right, or for an IBAN the two after the country; undefined where no digits are right. */
function complete(value: string, checked: number, holds: (value: string) => boolean): string | undefined {
  const [from, width] = checked > 0 ? [value.length - checked, checked] : [2, 2];
  for (let digits = 0; digits < 10 ** width; digits++) {
    const candidate = value.slice(0, from) + String(digits).padStart(width, "0") + value.slice(from + width);
    if (holds(candidate)) return candidate;
  }
  return undefined;
}

/** What goes through tools every day and looks like something else. */
const LOOKALIKES: readonly string[] = [
  "ts=1729059529", '"timestamp": 1729059529733', "created_at: 2024-10-16T06:18:49.733Z", "due 2024-10-16", "am 16.10.2024", "on 10/16/2024", "backup-20241016.tar.gz", "12:34:56.789",
  "Order 194652018 was shipped", "order #1946520180 cancelled", "Bestellung 19465201804 ist unterwegs", "Order number: 194652018049", "orden 1946520180498", "IN (10482913, 20577483, 304829137)",
  "upgraded to version 14.19.9.25", "assembly 7.0.6.7", "Chrome/129.0.6668.58 Safari/537.36", "spangate@1.20.3", "we moved from 1.2.3.44 to release 1.2.3.45",
  "id 57293f8d-61ee-45d7-a6a2-3246342c4386", "8120447e6c06deda07867d8356ed04ee97acc15186588a1e25c9891e1dbc89f7", "commit da39a3ee5e6b4b0d3255bfef95601890afd80709", '"_id": "507f1f77bcf86cd799439011"',
  "0x5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8", "ZGV0ZWN0b3JzIGFyZSB0ZXN0ZWQgYWdhaW5zdCB0aGlzIHRleHQ", "#5e2758", "arn:aws:iam::123456789012:role/app", "sha256:9f86d081884c7d65",
  "$458.35 and 1,317.98 EUR", "Totals: 458.35 0317.98 94.00 EUR", "Summe 1.234.567 EUR", "(100) 200 - 3000 = 2900", "score 3-1, 4-2", "12/20 passed", "98.75%", "n=1234567", "p99 12.5 ms", "1e-07",
  "[0.99040118, -0.61389025, 0.02758029]", "48.8584, 2.2945", "3.14159265358979", "698x402x77 mm", "1920x1080 @ 60Hz", "21°C, humidity 45%",
  "ISBN 978-3-16-148410-0", "ISBN 0-306-40615-2", "EAN 4006381333931", "ISSN 2049-3630", "doi:10.1038/s41586-020-2649-2", "arXiv:2307.00714", "CAS 7732-18-5", "PMID: 31452104",
  "1Z83CEYQ3DK4J2TL9V", "9400 1000 0000 0000 0000 00", "AWB 020-12345675", "container ABCU1234560", "flight LH4198, gate 12", "booking ZX81QP", "seat 14C", "SKU ABC-1234-XY", "part no. 555-0147",
  "user@2x.png", "git@git.example.org:team/app.git", "@scope/package@1.2.3", "std::vector<int>", "fade::cafe", "at foo (/app/x.js:12:34)", "http://203.0.113.20:8080/status", "listening on :8080",
  "pin the version to 1.2.3", "the pan weighs 1200 grams", "sin(1234) = 0.2", "exp(7/25)", "a plate of food for 4", "the password must be changed", "password policy: min 12 chars", "reset my password please",
  "cache age 67 s", "max-age=3600", "login page", "the username is required", "password: ${DB_PASSWORD}", "SSN missing; see ticket 194652018", "passport office 1234", "national identity debate of 2024",
];

test("no detector fires on what only looks like personal data, with every country active", () => {
  for (const text of LOOKALIKES) assert.deepEqual(runner.detectAll(PII, text).map(({ detector, text }) => `${detector}: ${text}`), [], text);
});

test("digits alone are no evidence, whatever check digits they pass", () => {
  fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 7, maxLength: 13 }), (digits) => {
    assert.deepEqual(runner.detectAll(PII, digits.join("")).map(({ detector }) => detector), []);
  }), { numRuns: 100 });
});

/** Whether "PESEL" or "tax file number" labels the value that stands between the two texts. */
const LABELLING: readonly (readonly [before: string, value: string, after: string, expected: boolean])[] = [
  ["PESEL ", "52122035020", "", true], ["My PESEL number, as you asked, is ", "52122035020", "", true], ['{"pesel": "', "52122035020", '"}', true], ["<pesel>", "52122035020", "</pesel>", true],
  ["customerPesel=", "52122035020", "", true], ["tax_file_number: ", "52122035020", "", true], ["taxFileNumber: ", "52122035020", "", true], ["tax-file-number ", "52122035020", "", true], ["| PESEL | NIP |\n| ", "52122035020", " |", true],
  ["PESELs: 80110141525, ", "52122035020", "", true], ["PESEL 80110141525 and ", "52122035020", "", true],
  ["", "52122035020", " (PESEL)", true], ["", "52122035020", " is my PESEL", true], ["", "52122035020", ' is the "PESEL"', false],
  ["", "52122035020", "", false], ["pesels ", "52122035020", "", true], ["peselomat ", "52122035020", "", false], ["PESEL 1234567, ", "52122035020", "", false], ["PESEL missing for order ", "52122035020", "", false],
  ["I lost my PESEL yesterday. Please send it to ", "52122035020", "", false], ["PESEL\n\n", "52122035020", "", false], ["ACN 80110141525 PESEL? ", "52122035020", "", true], ["", "52122035020", ", PESEL 80110141525", false],
];

describe("a label", () => {
  const isLabelled = labelled(["pesel", "tax file number"]);
  for (const [before, value, after, expected] of LABELLING) {
    test(`${expected ? "reaches" : "does not reach"} ${JSON.stringify(`${before}${value}${after}`)}`, () => assert.equal(isLabelled(value, { before, after, key: "" }), expected));
  }

  test("may be the key, in any writing", () => {
    for (const key of ["pesel", "PESEL", "customer_pesel", "customerPesel", "tax-file-number", "taxFileNumber"]) assert.ok(isLabelled("1", { before: "", after: "", key }), key);
    for (const key of ["", "id", "peselomat", "tax file"]) assert.ok(!isLabelled("1", { before: "", after: "", key }), key);
  });

  test("is known without its accents, and without the letters that have no plain form", () => {
    for (const text of ["rodné číslo ", "rodne_cislo=", "RODNÉ ČÍSLO: "]) assert.ok(labelled(["rodné číslo"])("1", { before: text, after: "", key: "" }), text);
    for (const text of ["fødselsnummer ", "fodselsnummer: ", "f_dselsnummer="]) assert.ok(labelled(["fødselsnummer"])("1", { before: text, after: "", key: "" }), text);
  });

  test("needs no spaces around it in scripts that have none", () => {
    for (const text of ["我的身份证号是", "身份证："]) assert.ok(labelled(["身份证"])("1", { before: text, after: "", key: "" }), text);
  });

  test("at the end of a text is told from one within it", () => {
    const isName = endsWithLabel(["password"]);
    assert.deepEqual(["password", "db_password", "userPassword", "the password "].map(isName), [true, true, true, true]);
    assert.deepEqual(["password policy", "passwords!", ""].map(isName), [false, false, false]);
  });

  test("is written in every form that a field may be named in", () => {
    assert.deepEqual([...spoken(["Tax ID", "NIF"])].sort(), ["nif", "tax id", "tax-id", "tax_id"]);
  });

  test("that is short does not open a window in every text", () => {
    const triggers = wordTriggers(["age", "exp", "passport", "passport number"]);
    assert.equal(triggers.length, 3);
    const hits = (text: string): number => triggers.filter((trigger) => runner.detect({ id: "x", category: "pii", triggers: [], digits: [1, 64], pattern: trigger, score: 1, matches: [], misses: [] }, `1 ${text}`).length > 0).length;
    assert.equal(hits("the message page expects an example"), 0);
    for (const text of ["age: 4", "user_age", "userAge", "AGE", "exp 3/31", "passport_number", "Passports"]) assert.equal(hits(text), 1, text);
  });
});

test("the accuracy of a scan counts what is found, missed, misread and made up", () => {
  const folder = mkdtempSync(join(tmpdir(), "spangate-test-"));
  try {
    for (const name of ["pii", "benign"]) mkdirSync(join(folder, name));
    const span = (start: number, end: number, type: string): object => ({ start, end, type });
    const write = (file: string, ...texts: object[]): void => writeFileSync(join(folder, file), texts.map((text) => JSON.stringify(text)).join("\n"));
    write("pii/synthetic.jsonl",
      { id: "a", text: "found", spans: [span(0, 5, "EMAIL_ADDRESS")] }, { id: "b", text: "missed", spans: [span(0, 6, "EMAIL_ADDRESS")] },
      { id: "c", text: "misread", spans: [span(0, 7, "US_SSN")] }, { id: "d", text: "made up", spans: [span(0, 4, "PERSON")] });
    write("pii/lookalikes.jsonl", { id: "e", text: "made up" }, { id: "f", text: "nothing" });
    write("benign/calls.jsonl", { id: "g", tool: "t", args: { x: "found" } });
    const scan = (text: string): object[] => (text === "missed" || text === "nothing" ? [] : text === "made up" ? [{ detector: "phone", start: 5, end: 7 }] : [{ detector: "email", start: 0, end: 5 }]);
    const { rows, total, outOfScope, alarms } = piiAccuracy(scan as never, folder, ["us"]);
    const row = (type: string): object => rows.find((one: { type: string }) => one.type === type);
    assert.partialDeepStrictEqual(row("EMAIL_ADDRESS"), { tp: 1, fn: 1, fp: 1, exact: 1, misread: 0, stray: 0, precision: 0.5, recall: 0.5 });
    assert.partialDeepStrictEqual(row("US_SSN"), { tp: 0, fn: 1, fp: 0, misread: 1 });
    assert.partialDeepStrictEqual(row("PHONE_NUMBER"), { fp: 1, stray: 1 });
    assert.partialDeepStrictEqual(total, { tp: 1, fn: 2, fp: 2, stray: 1, misread: 1 });
    assert.deepEqual(outOfScope, { PERSON: 1 });
    assert.deepEqual(alarms.map(({ file, texts, flagged }: { file: string; texts: number; flagged: number }) => [file, texts, flagged]), [["pii/lookalikes.jsonl", 2, 1], ["benign/calls.jsonl", 1, 1]]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
