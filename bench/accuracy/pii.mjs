// Precision and recall of the detectors of personal data on annotated texts, and false alarms on texts without any.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Type of the corpus → the detector that is meant, or several of them. A finding of any other detector at its place is a misreading. */
export const DETECTOR_OF = {
  EMAIL_ADDRESS: "email", PHONE_NUMBER: ["phone", "phone_national"], CREDIT_CARD: "credit_card", CVV: "card_cvv", CARD_EXPIRY: "card_expiry", IBAN: "iban", BIC: "bic",
  IP_ADDRESS: "ip_address", IPV6_ADDRESS: "ipv6_address", MAC_ADDRESS: "mac_address", IMEI: "imei", VIN: "vin", CRYPTO_BTC: "crypto_wallet", CRYPTO_ETH: "crypto_ethereum",
  GPS_COORDINATES: "coordinates", DATE_OF_BIRTH: "date_of_birth", MRZ: "mrz", PASSWORD: "password", USERNAME: "username", URL_CREDENTIALS: "url_credentials", EU_VAT: "eu_vat",
  US_SSN: "us_ssn", US_ITIN: "us_itin", US_EIN: "us_ein", US_PASSPORT: "us_passport", US_DRIVER_LICENSE: "us_driver_license", US_NPI: "us_npi", US_MBI: "us_mbi", US_DEA: "us_dea",
  US_ABA_ROUTING: "us_aba_routing", US_BANK_ACCOUNT: "us_bank_account", CA_SIN: "ca_sin", CA_BN: "ca_bn", CA_BC_PHN: "ca_bc_phn",
  MX_CURP: "mx_curp", MX_RFC: "mx_rfc", MX_CLABE: "mx_clabe", BR_CPF: "br_cpf", BR_CNPJ: "br_cnpj", AR_CUIT: "ar_cuit", CL_RUT: "cl_rut", CO_NIT: "co_nit",
  GB_NINO: "gb_nino", GB_NHS: "gb_nhs", GB_UTR: "gb_utr", GB_POSTCODE: "gb_postcode", IE_PPS: "ie_pps", FR_NIR: "fr_nir", FR_SIREN: "fr_siren", FR_SIRET: "fr_siret",
  BE_NN: "be_nn", NL_BSN: "nl_bsn", DE_IDNR: "de_idnr", DE_SVNR: "de_svnr", DE_PASSPORT: "de_passport", AT_VNR: "at_svnr", CH_AHV: "ch_ahv",
  ES_DNI: "es_dni", ES_NIE: "es_nie", ES_CIF: "es_cif", ES_NSS: "es_nss", PT_NIF: "pt_nif", PT_CC: "pt_cc", IT_CODICE_FISCALE: "it_codice_fiscale", IT_PIVA: "it_piva",
  SE_PERSONNUMMER: "se_personnummer", NO_FODSELSNUMMER: "no_fodselsnummer", DK_CPR: "dk_cpr", FI_HETU: "fi_hetu",
  PL_PESEL: "pl_pesel", PL_NIP: "pl_nip", PL_REGON: "pl_regon", CZ_RC: "cz_rc", RO_CNP: "ro_cnp", HR_OIB: "hr_oib",
  IN_AADHAAR: "in_aadhaar", IN_PAN: "in_pan", IN_GSTIN: "in_gstin", IN_VOTER: "in_voter", CN_RIC: "cn_ric", HK_HKID: "hk_hkid", JP_MY_NUMBER: "jp_my_number", KR_RRN: "kr_rrn",
  SG_NRIC: "sg_nric", TH_ID: "th_id", AU_TFN: "au_tfn", AU_ABN: "au_abn", AU_ACN: "au_acn", AU_MEDICARE: "au_medicare", NZ_IRD: "nz_ird",
  ZA_ID: "za_id", TR_KIMLIK: "tr_kimlik", IL_ID: "il_id",
};

/** Types of the corpus that no rule can find: a recogniser of names is another tier. Counted, and in no total. */
export const OUT_OF_SCOPE = ["PERSON", "STREET_ADDRESS", "ORGANIZATION", "LOCATION"];

/**
 * @param scan {(text: string, locales: readonly string[]) => readonly {detector: string, start: number, end: number}[]}
 *   Findings in a text, with the detectors of those countries active (two letters, lower case). Only those of personal data count.
 * @param corpora {string} The folder that holds `pii/` and `benign/`.
 * @param locales {readonly string[]} All countries at once is the hardest: many numbers are valid in several.
 * @returns Per type: `tp` spans with a finding of its own detector; `fn` spans without; `misread` of those `fn`, how many another
 *   detector found; `fp` findings of its detector that touch no span of its type, `stray` of those `fp`, how many touch no span of
 *   any type. A finding belongs to a span when they overlap; `exact` counts those with the same bounds.
 */
export function piiAccuracy(scan, corpora, locales) {
  const rows = new Map(Object.entries(DETECTOR_OF).map(([type, detectors]) => [type, { type, detectors: [detectors].flat(), tp: 0, fp: 0, fn: 0, exact: 0, misread: 0, stray: 0 }]));
  const typeOf = new Map([...rows.values()].flatMap(({ type, detectors }) => detectors.map((detector) => [detector, type])));
  const outOfScope = {};
  const unmapped = {};
  const errors = [];
  for (const { id, text, spans } of lines(join(corpora, "pii/synthetic.jsonl"))) {
    const findings = scan(text, locales);
    for (const span of spans) {
      const row = rows.get(span.type);
      if (!row) {
        if (!OUT_OF_SCOPE.includes(span.type)) throw new Error(`${span.type} of the corpus is neither mapped nor out of scope`);
        outOfScope[span.type] = (outOfScope[span.type] ?? 0) + 1;
        continue;
      }
      const touching = findings.filter((finding) => overlaps(finding, span));
      const own = touching.find(({ detector }) => row.detectors.includes(detector));
      if (own) row.tp++;
      else row.fn++;
      if (own?.start === span.start && own.end === span.end) row.exact++;
      if (!own && touching.length > 0) row.misread++;
      if (!own) errors.push({ id, kind: touching.length > 0 ? "misread" : "missed", type: span.type, found: touching.map(({ detector }) => detector), text });
    }
    for (const finding of findings) {
      const touched = spans.filter((span) => overlaps(finding, span));
      const own = typeOf.get(finding.detector);
      if (touched.some(({ type }) => type === own)) continue;
      const stray = touched.every(({ type }) => OUT_OF_SCOPE.includes(type));
      const row = own ? rows.get(own) : (unmapped[finding.detector] ??= { detector: finding.detector, fp: 0, stray: 0 });
      row.fp++;
      if (stray) row.stray++;
      errors.push({ id, kind: stray ? "stray" : "wrong type", type: finding.detector, found: touched.map(({ type }) => type), text: text.slice(finding.start, finding.end), around: text });
    }
  }
  const all = [...rows.values()].map(withRates);
  const extra = Object.values(unmapped);
  return { locales: locales.length, rows: all, unmapped: extra, outOfScope, total: total(all, extra), alarms: alarms(scan, corpora, locales), errors };
}

/** Precision over all findings, those of detectors without a type of the corpus included. `found` counts a span whatever it was called. */
function total(rows, extra) {
  const sum = (list, key) => list.reduce((count, row) => count + row[key], 0);
  const [tp, fn, misread] = ["tp", "fn", "misread"].map((key) => sum(rows, key));
  const [fp, stray] = ["fp", "stray"].map((key) => sum(rows, key) + sum(extra, key));
  return { ...withRates({ tp, fp, fn, misread, stray, exact: sum(rows, "exact") }), found: (tp + misread) / (tp + fn), positionPrecision: (tp + fp - stray) / (tp + fp) };
}

function withRates(row) {
  return { ...row, precision: row.tp + row.fp > 0 ? row.tp / (row.tp + row.fp) : undefined, recall: row.tp + row.fn > 0 ? row.tp / (row.tp + row.fn) : undefined };
}

/** Findings in texts that should have none, per file and detector. The airline's records do hold made-up customers. */
function alarms(scan, corpora, locales) {
  const files = ["pii/lookalikes.jsonl", ...readdirSync(join(corpora, "benign")).filter((name) => name.endsWith(".jsonl")).sort().map((name) => `benign/${name}`)];
  return files.map((file) => {
    const texts = lines(join(corpora, file)).map(({ text, args }) => text ?? JSON.stringify(args));
    const detectors = {};
    const examples = [];
    let flagged = 0;
    for (const text of texts) {
      const findings = scan(text, locales);
      if (findings.length > 0) flagged++;
      for (const { detector, start, end } of findings) {
        detectors[detector] = (detectors[detector] ?? 0) + 1;
        examples.push({ detector, value: text.slice(start, end), around: text.slice(Math.max(0, start - 40), end + 20) });
      }
    }
    return { file, texts: texts.length, flagged, detectors, examples };
  });
}

function overlaps(one, other) {
  return one.start < other.end && other.start < one.end;
}

function lines(file) {
  return readFileSync(file, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
}
