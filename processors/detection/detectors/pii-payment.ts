import type { Detector } from "../detector.ts";
import { identifier, named, WITH_NEIGHBOURS } from "../pii/identifier.ts";
import { validator } from "../pii/packages.ts";
import { CARD_WORDS, isCard, isExpiry, isIban, isVat } from "../pii/payment.ts";

/** Numbers of cards, accounts and payers that are the same in every country. */
export const PII_PAYMENT: readonly Detector[] = [
  named({
    id: "credit_card",
    category: "pii",
    words: CARD_WORDS,
    digits: [12, WITH_NEIGHBOURS],
    // Groups as printed: 4-4-4-4(-3), 4-6-5 (American Express), 4-6-4 (Diners Club); or none.
    pattern: String.raw`\b(?:(?:[3-9]\d{3}|2[2-7]\d\d|1800|2131)(?:[ -]\d{4}){3}(?:[ -]\d{3}\b)?|3\d{3}[ -]\d{6}[ -]\d{4,5}|[1-9]\d{11,18})\b`,
    validate: isCard,
    score: 0.6,
    // Test numbers that the brands publish.
    matches: ["4111 1111 1111 1111", "378282246310005", "5555-5555-5555-4444", "3782 822463 10005", "4111 1111 1111 1111 12/27", "card 5018693709641030"],
    misses: ["4111 1111 1111 1112", "2024 0101 1200 0000", "5018693709641030", "0000 0000 0000 0000", "1729059529733", "x4111111111111111"],
  }),
  identifier({
    id: "card_cvv",
    words: ["cvv", "cvv2", "cvc", "cvc2", "cid", "csc", "security code", "card security code", "card verification", "verification code", "prüfziffer", "kartenprüfnummer", "sicherheitscode", "cryptogramme", "code de sécurité", "código de seguridad", "codice di sicurezza", "código de segurança", "veiligheidscode", "kod cvv", "güvenlik kodu", "セキュリティコード", "安全码"],
    pattern: String.raw`\d{3,4}`,
    score: 0.5,
    matches: ["CVV: 123", "\"cvc\": \"4821\"", "security code on file is 907"],
    misses: ["123", "CVV: 12", "cvv 12345"],
  }),
  identifier({
    id: "card_expiry",
    words: ["exp", "exp date", "expiry", "expiry date", "expiration", "expiration date", "expires", "valid thru", "valid through", "valid until", "good thru", "gültig bis", "ablaufdatum", "date d'expiration", "expire", "caducidad", "vencimiento", "scadenza", "validade", "vervaldatum", "utgångsdatum", "data ważności", "platnost do", "lejárat", "son kullanma", "срок действия", "有効期限", "有效期"],
    pattern: String.raw`(?:0?[1-9]|1[0-2])\s?[/-]\s?(?:20\d\d|\d\d)`,
    check: isExpiry,
    score: 0.4,
    matches: ["expiry: 04/2027", "valid thru 11/28", "exp 3/31"],
    misses: ["04/2027", "exp 13/28", "expires 04/28/2027", "expiry 2027"],
  }),
  identifier({
    id: "card_pin",
    words: ["pin", "pin code", "card pin", "atm pin", "geheimzahl", "code pin", "código pin", "pincode", "pinkode", "pin kodu", "пин-код", "暗証番号"],
    pattern: String.raw`\d{4,6}`,
    score: 0.4,
    matches: ["PIN: 4821", "\"card_pin\": \"048213\""],
    misses: ["4821", "pin 3", "PIN: 12345678"],
  }),
  named({
    id: "iban",
    category: "pii",
    words: ["iban", "account", "account number", "bank", "konto", "kontonummer", "compte", "cuenta", "conto", "conta", "rekening", "konta", "účet", "számla", "счет", "hesap"],
    triggers: ["(?i)iban"],
    digits: [8, WITH_NEIGHBOURS],
    pattern: String.raw`(?i)\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?\b`,
    validate: isIban,
    score: 0.9,
    // Examples of the SWIFT registry.
    matches: ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "fr1420041010050500013m02606", "NO93 8601 1117 947 was used"],
    misses: ["DE88 3704 0044 0532 0130 00", "AB12 3456 7890", "GB82WEST1234569876543"],
  }),
  identifier({
    id: "bic",
    words: ["bic", "bic code", "swift", "swift code", "swift/bic", "bankleitzahl", "code bic", "código swift", "codice swift"],
    pattern: "(?-i:[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)",
    check: validator("isBIC"),
    score: 0.5,
    matches: ["BIC: DEUTDEFF", "swift_code=BOFAUS3NXXX"],
    misses: ["DEUTDEFF", "BIC: DEUTXXFF", "swift transfer"],
  }),
  identifier({
    id: "bank_account",
    words: ["account number", "account no", "bank account", "bank account number", "acct", "acct no", "checking account", "savings account", "kontonummer", "numéro de compte", "número de cuenta", "cuenta bancaria", "numero di conto", "número da conta", "rekeningnummer", "bankkonto", "numer konta", "číslo účtu", "bankszámlaszám", "номер счета", "hesap numarası", "口座番号", "银行账号", "账号", "계좌번호", "เลขที่บัญชี"],
    pattern: String.raw`\d{2,6}(?:[ -]\d{1,8}){1,3}|\d{6,17}`,
    digits: 6,
    score: 0.2,
    matches: ["account number 0532013000", "Kontonummer: 12-345678-9"],
    misses: ["0532013000", "account number 12345", "account status 0532013000 ok"],
  }),
  identifier({
    id: "eu_vat",
    words: ["vat", "vat id", "vat no", "vat number", "vat reg no", "vat registration", "ust-idnr", "ust-id", "umsatzsteuer-identifikationsnummer", "umsatzsteuer-id", "uid", "tva", "numéro de tva", "n° tva", "nif-iva", "partita iva", "p.iva", "iva", "btw", "btw-nummer", "moms", "momsnummer", "momsnr", "alv", "dič", "ič dph", "áfa", "nip", "oib", "ддс", "αφμ"],
    pattern: String.raw`(?:AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK|XI)[ -]?[A-Z0-9](?:[ .-]?[A-Z0-9]){6,12}`,
    digits: 7,
    check: isVat,
    score: 0.6,
    // Random digits until the rule of the country held.
    matches: ["VAT number DE136695976", "USt-IdNr.: ATU13585627", "TVA FR40303265045"],
    misses: ["VAT number DE136695977", "DE136695976", "VAT number XX136695976"],
  }),
];
