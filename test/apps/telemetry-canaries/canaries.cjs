// Values that must not leave the process: one of each kind for each place in telemetry, so that a leak names where it is.
"use strict";
const { createHash } = require("node:crypto");

const digest = (seed, encoding) => createHash("sha512").update(seed).digest(encoding);
/** So many characters of an alphabet. */
const letters = (seed, alphabet, length) => [...createHash("sha512").update(seed).digest().subarray(0, length)].map((byte) => alphabet[byte % alphabet.length]).join("");
const digits = (seed, length) => letters(seed, "0123456789", length);
const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** The last digit of a card number (Luhn, ISO/IEC 7812-1). */
function luhn(body) {
  const sum = [...body].reverse().reduce((total, digit, index) => total + (index % 2 ? Number(digit) : Number(digit) * 2 > 9 ? Number(digit) * 2 - 9 : Number(digit) * 2), 0);
  return String((10 - (sum % 10)) % 10);
}

/** A German IBAN (ISO 13616: modulo 97). */
function iban(seed) {
  const account = digits(seed, 18);
  const check = 98n - (BigInt(`${account}131400`) % 97n);
  return `DE${String(check).padStart(2, "0")}${account}`;
}

const github = (seed) => `ghp_${letters(seed, ALPHANUMERIC, 36)}`;
const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Kind → a text, the part of it that gives it away, and what it stands for where it is encoded; a label may stay. */
const KINDS = {
  aws_key: (seed) => whole(`AKIA${letters(seed, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)}`),
  github_token: (seed) => whole(github(seed)),
  email: (seed) => whole(`${letters(seed, "abcdefghjkmnpqrstuvwxyz", 12)}@canary-mail.com`),
  card: (seed) => { const body = `4${digits(seed, 14)}`; return whole(body + luhn(body)); },
  private_key: (seed) => { const body = digest(seed, "base64"); return { text: `-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\n${body.slice(0, 64)}\n${body.slice(24)}\n-----END PRIVATE KEY-----`, core: body.slice(26, 60) }; },
  jwt: (seed) => { const payload = base64url({ sub: letters(seed, ALPHANUMERIC, 20), iat: 1_764_000_000 }); return { text: `${base64url({ alg: "HS256", typ: "JWT" })}.${payload}.${digest(seed, "base64url").slice(0, 43)}`, core: payload.slice(10, 40) }; },
  iban: (seed) => whole(iban(seed)),
  url_password: (seed) => { const password = letters(seed, ALPHANUMERIC, 14); return { text: `https://bob:${password}@db.canary-host.com/x`, core: password }; },
  password: (seed) => { const password = `${letters(seed, ALPHANUMERIC, 12)}7q`; return { text: `password=${password}`, core: password, label: "password=" }; },
  database_url: (seed) => { const password = letters(`db${seed}`, ALPHANUMERIC, 14); return { text: `postgres://app:${password}@10.1.2.3:5432/shop`, core: password }; },
  base64: (seed) => { const text = Buffer.from(`token ${github(`b64${seed}`)} end`).toString("base64"); return { text, core: text.slice(8, 40), hidden: github(`b64${seed}`) }; },
  hex: (seed) => { const text = Buffer.from(`${github(`hex${seed}`)}`).toString("hex"); return { text, core: text.slice(8, 60), hidden: github(`hex${seed}`) }; },
  percent: (seed) => { const token = github(`pct${seed}`); const text = [...Buffer.from(token)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""); return { text, core: text.slice(12, 60), hidden: token }; },
  full_width: (seed) => { const mail = `${letters(`fw${seed}`, "abcdefghjkmnpqrstuvwxyz", 12)}@canary-mail.com`; const text = [...mail].map((char) => String.fromCharCode(char.charCodeAt(0) + 0xfee0)).join(""); return { text, core: text.slice(2, 16), hidden: mail }; },
};

function whole(text) {
  return { text, core: text };
}

const ALL = Object.keys(KINDS);
/** What a line of a protocol can hold. */
const ONE_LINE = ALL.filter((kind) => kind !== "private_key" && kind !== "full_width");
const WORDS = ["aws_key", "github_token", "email", "iban"];

/** Signal → place → the kinds that stand there. */
const PLACES = {
  traces: {
    "span-name": ALL, "span-attribute": ALL, "span-key": ALL, "span-list": ALL, "span-map": ALL, "status-message": ALL,
    "event-name": ALL, "event-attribute": ALL, "exception-message": ALL, "link-attribute": ALL, "scope-name": ALL, "trace-state": WORDS,
  },
  http: { "http-url": ONE_LINE, "http-header": ONE_LINE },
  ai: { "ai-system": ALL, "ai-prompt": ALL, "ai-arguments": ALL, "ai-result": ALL, "ai-text": ALL },
  logs: { "log-body": ALL, "log-structure": ALL, "log-attribute": ALL, "log-event": ALL, "log-exception": ALL, "log-scope": ALL },
  metrics: { "metric-counter": ALL, "metric-histogram": ALL, "metric-gauge": ALL, "metric-key": WORDS, "metric-description": ALL, "metric-scope": ALL },
  resource: { "resource-attribute": ONE_LINE, "command-line": ALL },
  baggage: { "baggage-value": ALL, "baggage-key": WORDS },
};

/**
 * `written` is what is planted; `left`, which comes before the value, stays, so that a test sees that the place was
 * exported. In a URL all that is encoded goes as one.
 */
function canary(kind, place) {
  const { text, core, hidden, label = "" } = KINDS[kind](`${kind} ${place}`);
  const number = String(ALL.indexOf(kind)).padStart(2, "0");
  if (place === "http-url") return { kind, place, written: text, name: `canary${number}`, left: `canary${number}=${label}`, core, hidden };
  const mark = `at-${place}-${number} `;
  return { kind, place, written: mark + text, left: mark + label, core, hidden };
}

/** All that is planted in one place. */
function planted(place) {
  const kinds = Object.values(PLACES).find((places) => place in places)[place];
  return kinds.map((kind) => canary(kind, place));
}

module.exports = { PLACES, planted };
