import type { Detector } from "../detector.ts";
import { luhn } from "../pii/checksums.ts";
import { isVin } from "../pii/documents.ts";
import { isMailbox } from "../pii/email.ts";
import { identifier, named, WITH_NEIGHBOURS } from "../pii/identifier.ts";
import { labelled } from "../pii/label.ts";
import { ADDRESS_WORDS, isPersonalIpv4, isPersonalIpv6 } from "../pii/network.ts";
import { validator } from "../pii/packages.ts";
import { isPosition } from "../pii/person.ts";
import { EXTENSION, INTERNATIONAL, isNamedPhone, isPhone, NANP, NATIONAL, PHONE_WORDS } from "../pii/phone.ts";
import { isBase58Address, isBech32Address } from "../pii/wallets.ts";

const isMac = validator("isMACAddress");
const MAIL_WORDS = ["email", "e-mail", "mail", "email address", "courriel", "correo", "correo electrónico", "posta elettronica", "メール", "邮箱", "이메일", "почта"];
const POSITION_WORDS = ["coordinates", "gps", "location", "position", "lat", "latitude", "lng", "lon", "long", "longitude", "koordinaten", "coordonnées", "coordenadas", "coordinate"];
const isPlace = labelled(POSITION_WORDS);
const WALLET_WORDS = ["wallet", "bitcoin", "btc", "litecoin", "ltc", "dogecoin", "tron", "ethereum", "eth", "crypto", "usdt", "wallet address", "payout address"];

/** Ways to reach a person, and the machines, vehicles and places that stand for one: the same in every country. */
export const PII_UNIVERSAL: readonly Detector[] = [
  named({
    id: "email",
    category: "pii",
    words: MAIL_WORDS,
    triggers: ["@"],
    // RFC 5321 allows more before the @; signs that more often belong to what surrounds an address are left out.
    pattern: String.raw`[\p{L}\p{N}_][\p{L}\p{N}_.%+'&-]*@(?:[\p{L}\p{N}][\p{L}\p{N}-]*\.)+(?:xn--[a-z0-9-]+|\p{L}{2,24})`,
    validate: isMailbox,
    score: 0.9,
    matches: ["jane.doe+tag@mail.example.org", "jörg@bücher.example", "mailto:o'neill_7@sub.example.co.uk"],
    misses: ["jane@", "@example.org", "user@localhost", "icon@2x.png", "git@git.example.org:team/app.git", "https://app:secret@db.example.org/x"],
  }),
  named({
    id: "phone",
    category: "pii",
    words: PHONE_WORDS,
    triggers: ["\\+\\d", "\\(\\+?\\d\\d", "(?i)tel:"],
    digits: [10, WITH_NEIGHBOURS],
    pattern: `(?:${INTERNATIONAL}|${NANP})${EXTENSION}`,
    validate: isPhone,
    score: 0.6,
    // Valid numbers of each plan with made-up subscriber digits.
    matches: ["+49 30 901820", "+442079460958", "(212) 555-0147", "212-555-0147", "mobile: +1 212.555.0147 x22"],
    misses: ["+1 000 555 0147", "212 555 0147", "2125550147", "C++11", "part no. 212-555-0147", "1+442079460958"],
  }),
  named({
    id: "phone_national",
    category: "pii",
    words: PHONE_WORDS,
    digits: [6, WITH_NEIGHBOURS],
    pattern: `(?:${NATIONAL})${EXTENSION}`,
    validate: isNamedPhone,
    needsContext: true,
    score: 0.4,
    matches: ["Telefon 030 90182034", "mobile: 07700 900123", "tel. 06 12 34 56 78", "(0131) 496 0592 is my phone"],
    misses: ["030 90182034", "458.35 0317.98", "phone 2024-05-01", "2024-05-01 12:30", "phone for order 030 90182034"],
  }),
  named({
    id: "ip_address",
    category: "pii",
    words: ADDRESS_WORDS,
    digits: [5, WITH_NEIGHBOURS],
    pattern: String.raw`(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`,
    validate: isPersonalIpv4,
    score: 0.6,
    matches: ["client 203.0.113.77 connected", "78.46.11.240", "ip: 10.1.2.3"],
    misses: ["10.1.2.3", "127.0.0.1", "255.255.255.0", "version 14.19.9.250", "7.0.6.7", "1.2.3.4.5", "21.1.6.300", "0.0.0.0", "239.1.2.3"],
  }),
  named({
    id: "ipv6_address",
    category: "pii",
    words: ADDRESS_WORDS,
    // A group of three or four, or of none: groups of two are times of day.
    triggers: [":[0-9A-Fa-f]{3,4}:", "[0-9A-Fa-f]::"],
    pattern: String.raw`\b(?:(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}\b|(?:[0-9A-Fa-f]{1,4}:){1,6}(?::[0-9A-Fa-f]{1,4}){1,6}\b|(?:[0-9A-Fa-f]{1,4}:){1,7}:)`,
    validate: isPersonalIpv6,
    score: 0.7,
    matches: ["2001:db8:85a3:8d3:1319:8a2e:370:7348", "2001:db8::1", "ip fd12:3456:789a::1"],
    misses: ["::1", "fade::cafe", "std::vector", "12:34:56", "2001:db8:zz::1", "fe80::1"],
  }),
  named({
    id: "mac_address",
    category: "pii",
    words: ["mac", "mac address", "device", "hardware address", "physical address", "ethernet", "wifi", "bluetooth", "mac-adresse", "adresse mac"],
    triggers: ["[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}:", "[0-9A-Fa-f]{2}-[0-9A-Fa-f]{2}-[0-9A-Fa-f]{2}-", "[0-9A-Fa-f]{4}\\.[0-9A-Fa-f]{4}\\."],
    pattern: String.raw`\b(?:[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{4}(?:\.[0-9A-Fa-f]{4}){2})\b`,
    // All ones and all zeros are no device; digits alone with dashes or dots are more often a date or an octal address.
    validate: (value, { before, after }) => isMac(value) && !/^(?:[\d.-]+|[0:]+|[f.:-]+)$/i.test(value) && !/(?:^|\W)(?:[\da-f]{2}|[\da-f]{4})[:.-]$/i.test(before) && !/^[:.-]\w/.test(after),
    score: 0.6,
    matches: ["38:FB:5E:6D:D8:91", "26-3a-86-0d-b7-41", "MAC 0019.e3a4.7c21"],
    misses: ["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "38:FB:5E:6D:D8", "38:FB:5E:6D:D8:91:22", "12-34-56"],
  }),
  identifier({
    id: "imei",
    words: ["imei", "imei number", "device id", "handset", "geräte-id"],
    pattern: String.raw`\d{15}|\d{2}-\d{6}-\d{6}-\d`,
    digits: 15,
    check: luhn,
    formatted: /^\d{2}-\d{6}-\d{6}-\d$/,
    score: 0.5,
    // Published examples.
    matches: ["IMEI 356938035643809", "49-015420-323751-8"],
    misses: ["IMEI 356938035643808", "356938035643809", "49-015420-323751-7"],
  }),
  identifier({
    id: "sim_card",
    words: ["iccid", "sim", "sim card", "sim number", "sim-karte", "carte sim", "tarjeta sim"],
    pattern: String.raw`89\d{17,18}|89\d{2}(?: \d{4}){3} \d{3,4}`,
    digits: 19,
    check: luhn,
    score: 0.5,
    matches: ["ICCID 8949832516204919269", "SIM: 8949 4569 2150 7179 915"],
    misses: ["ICCID 8949832516204919260", "8949832516204919269"],
  }),
  identifier({
    id: "vin",
    words: ["vin", "vin number", "vehicle identification number", "vehicle id", "chassis", "chassis number", "fahrgestellnummer", "fin", "numéro de châssis", "bastidor", "telaio", "車台番号"],
    pattern: String.raw`[A-HJ-NPR-Z0-9]{13}\d{4}`,
    check: isVin,
    score: 0.5,
    // Published examples; the second was built in Europe and has no check digit.
    matches: ["VIN 5GZCZ43D13S812715", "vehicle identification number: WVWZZZ1JZXW000017", "chassis 1M8GDM9AXKP042788"],
    misses: ["VIN 5GZCZ43D23S812715", "5GZCZ43D13S812715", "VIN 1M8GDM9AOKP042788"],
  }),
  named({
    id: "coordinates",
    category: "pii",
    words: POSITION_WORDS,
    triggers: ["\\.\\d{5}"],
    // Five decimals are a metre; with fewer it is a town. Without a label two such numbers are part of any vector.
    pattern: String.raw`[-+]?\b\d{1,3}\.\d{5,10}°?[NS]?\s?[,;]\s?[-+]?\d{1,3}\.\d{5,10}\b`,
    validate: (value, context) => isPosition(value) && !/[\w.]$|\d,\s?$/.test(context.before) && !/^\.?\d|^,\s?[-+]?\d/.test(context.after) && isPlace(value, context),
    needsContext: true,
    score: 0.3,
    matches: ["coordinates: 52.520008, 13.404954", "gps -33.868820,151.209290"],
    misses: ["52.520008, 13.404954", "gps 52.52, 13.40", "gps 152.520008, 13.404954", "latitude: 40.712776", "position [0.990401, -0.613890, 0.027580]"],
  }),
  named({
    id: "crypto_wallet",
    category: "pii",
    words: WALLET_WORDS,
    byWords: true,
    triggers: ["bc1", "tb1", "ltc1", "BC1"],
    pattern: String.raw`\b(?:(?:bc|tb|ltc)1[02-9ac-hj-np-z]{11,71}|BC1[02-9AC-HJ-NP-Z]{11,71}|[13LMDAT9][1-9A-HJ-NP-Za-km-z]{25,34})\b`,
    validate: (value) => (/^(?:bc|tb|ltc)1/i.test(value) ? isBech32Address(value) : isBase58Address(value)),
    score: 0.8,
    // Published: BIP 173, the first block, the wiki of Bitcoin.
    matches: ["bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "BTC 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "wallet: 3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"],
    misses: ["bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "BTC 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "bc1 is a prefix"],
  }),
  named({
    id: "crypto_ethereum",
    category: "pii",
    words: WALLET_WORDS,
    triggers: ["0x[0-9a-fA-F]{8}"],
    pattern: String.raw`\b0x[0-9a-fA-F]{40}\b`,
    // All zeros is nobody's, and a run of one digit is a mask.
    validate: (value) => !/^0x(?:0{30}|(.)\1+$)/.test(value),
    score: 0.6,
    matches: ["0x52908400098527886E0F7030069857D2E4169EE7", "wallet 0xde709f2102306220921060314715629080e2fb77"],
    misses: ["0x0000000000000000000000000000000000000000", "0x52908400098527886E0F7030069857D2E4169EE", "52908400098527886E0F7030069857D2E4169EE7"],
  }),
  named({
    id: "url_credentials",
    category: "pii",
    words: ["url", "dsn", "connection string", "database", "uri"],
    triggers: ["://"],
    pattern: String.raw`\b[A-Za-z][A-Za-z0-9+.-]{1,19}://[^\s/:@"'<>\\]{0,64}:[^\s/@"'<>\\]{1,128}@[^\s"'<>\\|]{1,200}[^\s"'<>\\|.,;:!?)\]}]`,
    // A reference in place of the password gives nothing away.
    validate: (value) => !/:(?:\$|%7B|\{|\*+@|x+@|<)/i.test(value.slice(value.indexOf("://") + 3)),
    score: 0.9,
    matches: ["postgres://app:s3cr3t@db.example.org:5432/main", "https://jane:pa55word@example.org/x"],
    misses: ["https://example.org:8080/@jane", "postgres://app:${DB_PASSWORD}@db.example.org/main", "ssh://git@example.org/x.git"],
  }),
];

