import type { MatchContext } from "../detector.ts";
import { luhn } from "./checksums.ts";
import { headPasses } from "./identifier.ts";
import { labelled } from "./label.ts";
import { compact, stdnum, validator, type Check } from "./packages.ts";

/** What people call the number of a payment card. */
export const CARD_WORDS: readonly string[] = [
  "card", "card number", "card no", "credit card", "debit card", "cc number", "pan", "visa", "mastercard", "amex", "american express", "maestro", "discover", "payment card",
  "kreditkarte", "kreditkarten", "kreditkartennummer", "kartennummer", "karte", "carte bancaire", "carte de crédit", "numéro de carte", "tarjeta", "tarjeta de crédito", "carta di credito", "carta", "cartão", "cartão de crédito",
  "creditcard", "kaart", "kort", "kortnummer", "kontokort", "karta", "numer karty", "kreditní karta", "bankkártya", "card de credit", "kart numarası", "карта", "номер карты",
  "信用卡", "卡号", "クレジットカード", "カード番号", "신용카드", "카드번호", "บัตรเครดิต", "بطاقة", "כרטיס אשראי", "kartu kredit",
];

/** Issuers whose ranges are narrow enough to stand for themselves (each brand's own publication of its ranges). */
const BRANDS: readonly RegExp[] = [
  /^4\d{15}(?:\d{3})?$/, // Visa; its numbers of 13 digits are withdrawn
  /^(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}$/, // Mastercard
  /^3[47]\d{13}$/, // American Express
  /^3(?:0[0-5]|[689]\d)\d{11}$/, // Diners Club
  /^6(?:011|4[4-9]\d|5\d\d)\d{12}$/, // Discover
  /^35(?:2[89]|[3-8]\d)\d{12}$/, // JCB
  /^62\d{14,17}$/, // UnionPay
];
const isLabelled = labelled(CARD_WORDS);
const isIban13616 = validator("isIBAN");

/** A payment card: of one of these brands and Luhn (ISO/IEC 7812-1), or Luhn alone where a label says that it is one. */
export function isCard(value: string, context: MatchContext): boolean {
  if (/[\w.]$|\d[-/]$/.test(context.before) || /^[.-]?\d|^\w/.test(context.after)) return false;
  return headPasses(value, (text) => {
    const digits = compact(text);
    if (digits.length < 12 || digits.length > 19 || /^(\d)\1*$/.test(digits) || !luhn(digits)) return false;
    return BRANDS.some((brand) => brand.test(digits)) || isLabelled(value, context);
  });
}

/** ISO 13616 with the length of its country. Words that follow in the same writing are let pass. */
export const isIban: Check = (value) => headPasses(value.toUpperCase(), (text) => isIban13616(text.replace(/[\s-]/g, "")));

/** Country prefix of a VAT number to who knows its rule. */
const VAT = {
  AT: stdnum("at/uid"), BE: stdnum("be/vat"), BG: stdnum("bg/vat"), CY: stdnum("cy/vat"), CZ: stdnum("cz/dic"), DE: stdnum("de/vat"), DK: stdnum("dk/cvr"), EE: stdnum("ee/kmkr"),
  EL: stdnum("gr/vat"), ES: stdnum("es/nif"), FI: stdnum("fi/alv"), FR: stdnum("fr/tva"), GB: stdnum("gb/vat"), HR: stdnum("hr/oib"), HU: stdnum("hu/anum"), IE: stdnum("ie/vat"),
  IT: stdnum("it/iva"), LT: stdnum("lt/pvm"), LU: stdnum("lu/tva"), LV: stdnum("lv/pvn"), MT: stdnum("mt/vat"), NL: stdnum("nl/btw"), PL: stdnum("pl/nip"), PT: stdnum("pt/nif"),
  RO: stdnum("ro/cui"), SE: stdnum("se/vat"), SI: stdnum("si/ddv"), SK: stdnum("sk/dph"), XI: stdnum("gb/vat"),
} as const;

/** Directive 2006/112/EC, article 215: the country, then its own number with its own check digits. */
export const isVat: Check = (value) => headPasses(value, (head) => {
  const text = compact(head).toUpperCase();
  const check = VAT[text.slice(0, 2) as keyof typeof VAT] as Check | undefined;
  return check?.(text) === true || check?.(text.slice(2)) === true;
});

/** The month and year to which a card is good: not before this century, at most thirty years ahead. */
export const isExpiry: Check = (value) => {
  const [month, year] = value.split(/\s?[/-]\s?/).map(Number) as [number, number];
  const full = year < 100 ? 2000 + year : year;
  return month >= 1 && month <= 12 && full >= 2000 && full <= new Date().getFullYear() + 30;
};

