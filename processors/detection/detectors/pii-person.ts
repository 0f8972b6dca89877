import type { Detector } from "../detector.ts";
import { anyOf, isFieldValue, looksLikePassword, looksLikeUsername, PASSWORD_WORDS, TO_VALUE, USERNAME_WORDS } from "../pii/credentials.ts";
import { isMrz } from "../pii/documents.ts";
import { identifier, named } from "../pii/identifier.ts";
import { labelled } from "../pii/label.ts";
import { isBirthDate, isDocumentNumber, isPlate } from "../pii/person.ts";

const AGE_WORDS = ["age", "aged", "years old", "alter", "âge", "edad", "età", "idade", "leeftijd", "ålder", "alder", "wiek", "věk", "életkor", "vârsta", "возраст", "yaş", "年齢", "年龄", "나이", "อายุ", "العمر", "גיל"];
const isAge = labelled(AGE_WORDS);
/** An age of something that does not live. */
const NO_PERSON = /\b(?:max|min|cache|object|entry|file|s-max)[\s_-]?age["']?\s?[:=]?\s?$/i;
const SAYS_AGE = /\d[\s-]?(?:[yj]|a[nñ])/i;

/** What a person is known by or proves with, where only a label says what it is. */
export const PII_PERSON: readonly Detector[] = [
  identifier({
    id: "date_of_birth",
    words: [
      "date of birth", "dob", "d.o.b", "birth date", "birthdate", "birthday", "born", "born on", "geburtsdatum", "geb.", "geboren", "geburtstag", "date de naissance", "né le", "née le", "né(e) le",
      "fecha de nacimiento", "nacido", "nacida", "data di nascita", "nato il", "nata il", "data de nascimento", "nascido", "nascida", "geboortedatum", "födelsedatum", "född", "fødselsdato", "født",
      "syntymäaika", "syntynyt", "data urodzenia", "datum narození", "narozen", "dátum narodenia", "születési dátum", "születési idő", "született", "data nașterii", "datum rođenja", "datum rojstva",
      "дата рождения", "дата народження", "дата на раждане", "ημερομηνία γέννησης", "doğum tarihi", "生年月日", "出生日期", "出生年月日", "생년월일", "วันเกิด", "ngày sinh", "tanggal lahir", "जन्म तिथि", "تاريخ الميلاد", "תאריך לידה",
    ],
    pattern: String.raw`\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./] ?\d{1,2}[-./] ?(?:\d{4}|\d{2})|\d{1,2}(?:st|nd|rd|th)?\.? (?:of |de )?\p{L}{3,}\.?,?(?: de)? \d{4}|\p{L}{3,}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}|\d{4}\s?[年년]\s?\d{1,2}\s?[月월]\s?\d{1,2}|(?:19|20)\d{6}`,
    digits: 6,
    // For dates with the month as a word, and those of East Asia: they have no run of digits.
    triggers: ["(?i)birth", "(?i)born", "(?i)geb", "(?i)naissance", "(?i)née? le", "(?i)nacid[oa]", "(?i)nacimiento", "(?i)nascit", "(?i)nascid", "(?i)nascimento", "(?i)född", "(?i)født", "年", "년"],
    check: isBirthDate,
    score: 0.5,
    matches: ["date of birth: 1984-03-09", "Geburtsdatum 09.03.1984", "born on 9 March 1984", "DOB 03/09/84", "生年月日 1984年3月9日"],
    misses: ["1984-03-09", "date of birth: 1784-03-09", "dob 13/13/1984", "the release is planned for 2026-02-01"],
  }),
  named({
    id: "age",
    category: "pii",
    words: AGE_WORDS,
    byWords: true,
    triggers: ["(?i)year-old", "(?i)y/o", "(?i)jahre alt", "(?i) ans\\b", "(?i) años", "(?i) anni\\b"],
    pattern: String.raw`(?i)\b(?:1[01]\d|[1-9]?\d)(?:[\s-]years?[\s-]old\b|\s?y/?o\b|\sJahre\salt\b|\sans\b|\saños\b|\sanni\b|\sanos\sde\sidade\b|\sjaar\soud\b)?`,
    validate: (value, context) =>
      !NO_PERSON.test(context.before) && !/[\w.,$€£/-]$/.test(context.before) && !/^(?:[%\w/:-]|[.,]\d|\s?(?:m?s|sec|min|h|hours?|minutes?|seconds?|days?|weeks?|months?|px)\b)/.test(context.after)
      && (SAYS_AGE.test(value) ? !/^\s(?:car|company|house|building|account|bug|file|whisky|wine)\b/.test(context.after) : isAge(value, context)),
    score: 0.1,
    matches: ["aged 42", "\"age\": 42", "a 42-year-old"],
    misses: ["42", "page 42", "aged 4.2", "age: 4200", "cache age 67 s", "max-age=60"],
  }),
  identifier({
    id: "passport",
    words: [
      "passport", "passport number", "passport no", "passport num", "passport id", "travel document", "reisepass", "reisepass-nr", "reisepassnummer", "passnummer", "pass-nr", "passeport", "numéro de passeport", "pasaporte", "passaporto",
      "passaporte", "paspoort", "paspoortnummer", "pass nr", "passnr", "passi", "passin numero", "paszport", "paszportu", "cestovní pas", "útlevél", "pașaport", "путовница", "паспорт", "паспорта", "διαβατήριο", "pasaport", "pasaport no", "pasaport numarası", "护照", "護照", "パスポート", "旅券番号", "여권", "หนังสือเดินทาง", "hộ chiếu", "paspor", "جواز السفر", "דרכון",
    ],
    pattern: String.raw`[A-Z]{0,3}\d{5,9}[A-Z]?|[A-Z][A-Z0-9]{7,9}`,
    digits: 5,
    check: isDocumentNumber,
    score: 0.2,
    matches: ["passport number X1234567", "Reisepass-Nr. C01X00064", "\"passport_no\": \"533380006\""],
    misses: ["X1234567", "passport expired", "passport office 1234"],
  }),
  named({
    id: "mrz",
    category: "pii",
    words: ["mrz", "machine readable zone", "mrz line", "passport", "travel document"],
    triggers: ["<<"],
    pattern: "[A-Z0-9<]{44}|[A-Z0-9<]{36}|[A-Z0-9<]{30}",
    validate: (value, { before, after }) => isMrz(value) && !/[A-Z0-9]$/.test(before) && !/^[A-Z0-9]/.test(after),
    score: 0.9,
    // The specimen of ICAO Doc 9303.
    matches: ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10", "I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6"],
    misses: ["L898902C36UTO7408122F1204158ZE184226B<<<<<10", "A << B", "<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<"],
  }),
  identifier({
    id: "driver_license",
    words: ["driver license", "driver's license", "drivers license", "driving license", "driving licence", "driver's licence", "driver license number", "license number", "dl number", "dl no", "führerschein", "führerscheinnummer", "führerschein-nr", "permis de conduire", "permiso de conducir", "licencia de conducir", "carnet de conducir", "patente di guida", "carta de condução", "carteira de motorista", "cnh", "rijbewijs", "rijbewijsnummer", "körkort", "körkortsnummer", "førerkort", "førerkortnummer", "kørekort", "kørekortnummer", "ajokortti", "ajokortin numero", "prawo jazdy", "řidičský průkaz", "jogosítvány", "permis auto", "водительское удостоверение", "ehliyet", "ehliyet no", "運転免許証", "驾驶证", "운전면허"],
    pattern: String.raw`[A-Z]{0,3}\d{5,13}[A-Z]?|[A-Z0-9]{8,16}`,
    digits: 5,
    check: isDocumentNumber,
    score: 0.2,
    matches: ["driver's license D4021857", "Führerschein B0720482955", "driver_license: 94817203"],
    misses: ["D4021857", "driving licence renewal", "license number 1.2.3"],
  }),
  identifier({
    id: "license_plate",
    words: ["license plate", "licence plate", "number plate", "plate", "plate number", "plate no", "registration number", "vehicle registration", "kennzeichen", "nummernschild", "plaque d'immatriculation", "immatriculation", "matrícula", "placa", "targa", "kenteken", "registreringsnummer", "rekisterinumero", "numer rejestracyjny", "tablice rejestracyjne", "spz", "rendszám", "număr de înmatriculare", "номерной знак", "госномер", "plaka", "車両番号", "车牌", "차량번호"],
    pattern: String.raw`(?-i:[A-Z0-9ÄÖÜ]{1,4}(?:[ ·-][A-Z0-9]{1,4}){0,3}|[A-Z0-9ÄÖÜ]{4,8})`,
    check: isPlate,
    score: 0.2,
    matches: ["license plate 8ABC123", "Kennzeichen B-MW 1234", "plaque d'immatriculation AA-123-BB"],
    misses: ["8ABC123", "license plate is missing", "plate A1"],
  }),
  named({
    id: "username",
    category: "pii",
    words: USERNAME_WORDS,
    byWords: true,
    pattern: String.raw`(?i)${anyOf(USERNAME_WORDS)}${TO_VALUE}([\p{L}\d][\p{L}\d._@+-]+[\p{L}\d_])`,
    group: 1,
    validate: isFieldValue(USERNAME_WORDS, looksLikeUsername),
    needsContext: true,
    score: 0.3,
    matches: ["username: jdoe", "login is jane.doe42", "\"user_name\": \"jd_1984\"", "<username>mkraus</username>"],
    misses: ["jane.doe42", "the username is required", "username: null", "login page"],
  }),
  named({
    id: "password",
    category: "pii",
    words: PASSWORD_WORDS,
    byWords: true,
    pattern: String.raw`(?i)${anyOf(PASSWORD_WORDS)}${TO_VALUE}([^\s"'<>|]{3,63}[^\s"'<>|.,;:)])`,
    group: 1,
    validate: isFieldValue(PASSWORD_WORDS, looksLikePassword),
    needsContext: true,
    score: 0.5,
    matches: ["password: hunter2", "my pwd is Tr0ub4dor&3", "\"passwort\": \"geheim!\"", "<password>correct-horse</password>"],
    misses: ["Tr0ub4dor&3", "password must be changed", "password: ${DB_PASSWORD}", "reset my password please", "password=****"],
  }),
  identifier({
    id: "health_id",
    words: ["medical record number", "medical record", "mrn", "patient id", "patient number", "patientennummer", "numéro de patient", "número de historia clínica", "historia clínica", "numero di cartella clinica", "prontuário", "patiëntnummer", "health record", "health insurance number", "insurance number", "member id", "versichertennummer", "krankenversichertennummer"],
    pattern: String.raw`[A-Z]{0,4}-?\d{5,12}[A-Z]?`,
    digits: 5,
    check: isDocumentNumber,
    score: 0.2,
    matches: ["MRN 00482913", "medical record number: MR-482913", "Versichertennummer A123456780"],
    misses: ["00482913", "MRN 4829", "patient id missing, order 482913"],
  }),
  identifier({
    id: "national_id",
    words: ["national id", "national id number", "national identity number", "national identification number", "identity card number", "identity card", "id card", "id card number", "identity number", "personal id", "citizen id", "ausweisnummer", "carte d'identité", "documento de identidad", "carta d'identità", "documento de identidade", "identiteitskaart", "identiteitsnummer", "legitimation", "henkilökortti", "dowód osobisty", "občanský průkaz", "személyi igazolvány", "carte de identitate", "osobna iskaznica", "osebna izkaznica", "лична карта", "удостоверение личности", "ταυτότητα", "kimlik", "kimlik no", "kimlik numarası", "身份证", "身分證", "신분증", "บัตรประชาชน", "kartu tanda penduduk", "بطاقة الهوية", "رقم الهوية"],
    pattern: String.raw`[A-Z]{0,3}-?\d{6,14}-?[A-Z0-9]?|\d{2,6}(?:[ -]\d{1,7}){1,4}[A-Z]?`,
    digits: 6,
    check: isDocumentNumber,
    score: 0.15,
    matches: ["national id: 840309123", "id card number AB-482913"],
    misses: ["840309123", "national id: 4821", "national identity debate"],
  }),
  identifier({
    id: "tax_id",
    words: ["tax id", "tax id number", "tax number", "tax identification number", "taxpayer id", "taxpayer identification number", "tin", "steuernummer", "steuer-id", "numéro fiscal", "identifiant fiscal", "número de identificación fiscal", "identificación fiscal", "codice fiscale", "número de contribuinte", "contribuinte", "fiscaal nummer", "verotunnus", "numer podatkowy", "daňové číslo", "adószám", "cod fiscal", "porezni broj", "davčna številka", "налоговый номер", "vergi numarası", "税号", "납세번호"],
    pattern: String.raw`[A-Z]{0,3}\d{7,14}[A-Z]?|\d{2,4}(?:[ ./-]\d{2,6}){1,4}`,
    digits: 7,
    check: isDocumentNumber,
    score: 0.15,
    matches: ["tax id: 840309123", "Steuernummer 181/815/08155"],
    misses: ["840309123", "tax id: 4821", "tax number of pages 12"],
  }),
];
