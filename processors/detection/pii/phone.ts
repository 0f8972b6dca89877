import type { MatchContext } from "../detector.ts";
import { headPasses, standsAlone } from "./identifier.ts";
import { labelled } from "./label.ts";
import { inNumberingPlan } from "./packages.ts";

/** What people call a telephone number. Words that mean more than that (call, contact, number) stand only in phrases. */
export const PHONE_WORDS: readonly string[] = [
  "phone", "phone number", "phone no", "telephone", "telephone number", "tel", "mobile", "mobile number", "cell", "cell phone", "cellphone", "fax", "landline", "whatsapp",
  "sms", "contact number", "call me", "call us", "call back", "callback", "call me at", "reach me", "reached at", "text me",
  "telefon", "telefonnummer", "telefonu", "telefonszám", "telefonní číslo", "telefonen", "telefonnummeret", "cep telefonu", "handy", "handynummer", "mobil", "mobilnummer", "mobiltelefon", "rufnummer", "festnetz", "téléphone", "portable", "numéro de téléphone", "teléfono", "móvil", "celular",
  "cellulare", "telefono", "telefone", "telemóvel", "telefoon", "telefoonnummer", "mobiel", "puhelin", "puhelinnumero", "puh", "matkapuhelin", "komórka", "komorkowy", "mobilní", "numer telefonu", "broj telefona",
  "τηλέφωνο", "κινητό", "телефон", "телефона", "телефону", "моб", "тел", "电话", "手机", "電話", "携帯", "전화", "휴대폰", "โทรศัพท์", "เบอร์โทร", "هاتف", "جوال", "טלפון", "נייד", "फ़ोन", "मोबाइल", "điện thoại", "sđt", "telepon", "nomor hp",
];

const isLabelled = labelled(PHONE_WORDS);
/** Grouped as North Americans do, with the area code in brackets or dashes or dots throughout: digits in a row and spaces alone are too common. RE2. */
export const NANP: string = String.raw`(?:\+?1[ .-]?)?(?:\([2-9]\d\d\) ?|\b[2-9]\d\d[.-])[2-9]\d\d[.-]\d{4}`;
/** With the country, in any grouping. RE2. */
export const INTERNATIONAL: string = String.raw`\(?\+\d{1,3}\)?(?:[ .\-/]{0,2}\(?\d{1,9}\)?){1,7}`;
/** Any grouping of digits in which people write their numbers. RE2. */
export const NATIONAL: string = String.raw`(?:\b|\()\d{1,5}(?:\)[ .\-/]{0,2}|[ .\-/]{1,2}\(?)\d{1,9}\)?(?:[ .\-/]{1,2}\(?\d{1,9}\)?){0,5}|\b\d{6,15}`;
/** What is dialled after the answer. RE2. */
export const EXTENSION: string = String.raw`(?:\s?(?:x|ext\.?)\s?\d{1,6})?\b`;

/** What else is numbered in groups of three and four. */
const CODE = /\b(?:ref|reference|sku|part|item|serial|model|id|code|order|invoice|ticket|case|tracking|batch|lot|isbn|account|acct|policy|claim|member|p\/n|s\/n)\b[\s#:=."'no-]{0,8}$/i;
/** A date: the first thing that digits with separators usually are. */
const DATE = /^(?:(?:19|20)\d\d[-./ ](?:0?[1-9]|1[0-2])[-./ ](?:0?[1-9]|[12]\d|3[01])|(?:0?[1-9]|[12]\d|3[01])[-./ ](?:0?[1-9]|1[0-2])[-./ ](?:19|20)\d\d)(?!\d)/;
/** National numbers have at least 6 digits; E.164 allows 15 in all. */
const LENGTHS = [6, 15] as const;

/** A number that says itself what it is: its country has such a number. With a label it need not be one that is in use. */
export function isPhone(value: string, context: MatchContext): boolean {
  if (!standsFree(value, context)) return false;
  if (/^\(?\+/.test(value)) return headPasses(value, (text) => inNumberingPlan(text)) || isNamedPhone(value, context);
  return !CODE.test(context.before) && headPasses(value, (text) => inNumberingPlan(text, "US"));
}

/** A number in any form where a label names it. */
export function isNamedPhone(value: string, context: MatchContext): boolean {
  const digits = value.replace(/\s?(?:x|ext\.?)\s?\d+$/i, "").replace(/\D/g, "");
  return digits.length >= LENGTHS[0] && digits.length <= LENGTHS[1] && !DATE.test(value) && standsFree(value, context) && isLabelled(value, context);
}

function standsFree(value: string, context: MatchContext): boolean {
  return !/[\p{L}\d_+]$/u.test(context.before) && standsAlone(value, context);
}
