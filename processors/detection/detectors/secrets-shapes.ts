import type { Detector } from "../detector.ts";
import { entropy } from "../secrets/entropy.ts";

/** What a key says of itself behind its issuer: it is for real money, for a test, for one of several installations. */
const KIND = "live|test|prod|production|sandbox|staging";
/** Bits per character of a text that is not words (gitleaks asks 3 of most of its tokens). */
const UNMASKED = 3;
/** A part of a key tells little: so long it must be where the rest speaks for it, in characters. */
const WHOLE = 16;
/** Without a digit, keys are believed from this length on: longer than any name that stands in such a place. */
const LONG = 24;
/** Of a key whose issuer nobody knows so many characters must be digits, which names of things seldom have. */
const LEAST_DIGITS = 4;
/** What stands where a key would: filled with one sign, or said in words. */
const MASK = /^[x*0.-]+$|xxxx|your|example|placeholder|redacted|changeme|secret|dummy|here$/;

/** For examples: text that looks drawn at random, of a wanted length. */
const letters = (length: number): string => "q7Rk2Zp9Xw4Lm8Vt3Bn6Hd1Yc5Gs0Jf".repeat(4).slice(0, length);

/** Keys that are known by how they are built, whoever issued them and however they are written. */
export const SECRETS_SHAPES: readonly Detector[] = [
  {
    // Stripe's form, which many issuers took over: secret, restricted or publishable, then what it is for. In any case, since case is the first thing that is changed to hide one.
    id: "marked_key",
    category: "secret",
    triggers: [`(?i)[-_](?:${KIND})[-_]`],
    pattern: String.raw`(?i)\b[spr]k[-_](?:${KIND})[-_][a-z0-9]{8,200}\b`,
    validate: isMarkedKey,
    score: 0.8,
    matches: [`SK_TEST_${letters(24).toUpperCase()}`, `Rk-Prod-${letters(20)}`, `pk_sandbox_${letters(18)}`, `rk_live_${"Q".repeat(32)}`, "the rest of sk_live_9X2K4M7P was cut off"],
    misses: ["sk_live_xxxxxxxxxxxxxxxxxxxxxxxx", "sk_test_your0secret0key0goes0here", "sk-test-drive", "pk_test_caseNumber1", "sk-live-stream2024", "PK-PROD-20240131", "SK-TEST-SAMPLE01", "risk-test-1a2B3c4D5e6F7g8H", "sk_live_00000000000000000000000000", "sk-test-thequickbrownfoxjumpsoverthelazydog"],
  },
  {
    id: "environment_key",
    category: "secret",
    triggers: [`(?i)[-_](?:${KIND})[-_]`],
    pattern: String.raw`\b[A-Za-z]{2,8}[-_](?i:${KIND})[-_]([A-Za-z0-9]{16,200})(?:[^\w-]|$)`,
    validate: isRandomKey,
    group: 1,
    score: 0.65,
    matches: [`zq-live-${letters(24)}`, `ACME_prod_${letters(32)}, and more`, `key: nova_sandbox_${letters(20)}`],
    misses: [
      "my_test_thisIsAFunctionName2", "db-prod-20240101T120000Z", "api-prod-7d9f8b6c5d7e8f9a0b1c", "app-staging-9F86D081884C7D659A2F", "img-test-deploymentBucketNumber1", `zq-live-${letters(12)}`,
      `unit-test-${"aB1".repeat(2)}-${letters(20)}`, "aws-prod-BackendFunctionRole2024", "qa_test_ThisShouldReturn4And5AndNot67Or8",
    ],
  },
  {
    // An override turns the order of what is read: the key then stands in the text backwards, or with its parts exchanged (CVE-2021-42574).
    id: "reordered_key",
    category: "secret",
    triggers: ["[\u202D\u202E]"],
    pattern: String.raw`(?i)[\x{202d}\x{202e}][^\x{202c}\n]{0,200}?(?:\b[spr]k[-_](?:live|test|prod|sandbox)|(?:evil|tset|dorp|xobdnas)[-_]k[spr])(?:[^A-Za-z0-9]|$)`,
    score: 0.7,
    matches: ["\u202e7gT4-9Qz-tset_kr", "\u202dfor rk_prod_ take 55aa\u202c"],
    misses: ["\u202eexe.xslx\u202c", "\u202e note \u202c sk_live_ is how they begin", "sk_live_ is how they begin"],
  },
];

/** Of a key that names its issuer little more is asked; it may be cut short, or be filled up to look unlike a random text. */
function isMarkedKey(value: string): boolean {
  const [issuer, kind, body] = value.split(/[-_]/) as [string, string, string];
  if (MASK.test(body.toLowerCase())) return false;
  const digit = /\d/.test(body);
  const letter = /[A-Za-z]/.test(body);
  if (body.length >= WHOLE && digit && letter) return true;
  // Words have lower case, and no digits among capitals.
  if (body.length >= WHOLE) return letter && body.length >= LONG && (/^[A-Z]+$/.test(body) || (entropy(body) > UNMASKED && /[a-z][A-Z]/.test(body) && /[A-Z]{2}/.test(body)));
  return issuer === issuer.toLowerCase() && !/^(?:test|sandbox|staging)$/i.test(kind) && digit && /[A-Z]/.test(body) && (!/[a-z]/.test(body) || /\d[A-Za-z]+\d/.test(body));
}

/** Of another one more: digits, capitals and small letters mixed, as neither names, dates nor hashes have them. */
function isRandomKey(body: string): boolean {
  const digits = body.match(/\d/g)?.length ?? 0;
  const words = body.match(/[A-Z][a-z]{3,}/g)?.length ?? 0;
  return digits >= LEAST_DIGITS && /[a-z]/.test(body) && /[A-Z]/.test(body) && words < 2 && !MASK.test(body.toLowerCase()) && entropy(body) > UNMASKED;
}
