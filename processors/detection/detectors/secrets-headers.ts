import type { Detector } from "../detector.ts";
import { ASSIGNED, ENDED } from "../secrets/assignment.ts";
import { isUserAndPassword } from "../secrets/base64.ts";
import { entropy } from "../secrets/entropy.ts";
import { isPlaceholder } from "../secrets/placeholder.ts";

/** Bits per character that words of a sentence seldom have and tokens nearly always (gitleaks). */
const UNMASKED = 2.75;
/** A token without a digit is believed from this length on. */
const LONG = 24;

const letters = (length: number): string => "q7Rk2Zp9Xw4Lm8Vt3Bn6Hd1Yc5Gs0Jf".repeat(8).slice(0, length);

/** Credentials in HTTP headers and in the files that tools keep them in. */
export const SECRETS_HEADERS: readonly Detector[] = [
  {
    // RFC 6750; `Token` is what Django, GitHub and others say for it.
    id: "bearer_token",
    category: "secret",
    triggers: ["(?i)bearer\\s", "(?i)authorization\\W+(?:api-?)?token\\s"],
    pattern: String.raw`(?i)(?:\bbearer|authorization\W{1,6}(?:api-?)?token)[ \t]+([A-Za-z0-9._~+/=-]{8,})`,
    group: 1,
    validate: isToken,
    score: 0.8,
    matches: [`Authorization: Bearer ${letters(32)}`, `-H "Authorization: Token ${letters(40)}"`],
    misses: ["Authorization: Bearer XXXXXXXXXXXX", "the bearer authentication scheme", "Authorization: Bearer $API_KEY", "Authorization: Bearer <token>"],
  },
  {
    // RFC 7617.
    id: "basic_auth",
    category: "secret",
    triggers: ["(?i)basic\\s+[A-Za-z0-9+/]"],
    pattern: String.raw`(?i)\bbasic[ \t]+([A-Za-z0-9+/]{6,}={0,2})(?:[^A-Za-z0-9+/=.]|$)`,
    group: 1,
    validate: isUserAndPassword,
    score: 0.9,
    matches: ["Authorization: Basic YW5uOnMzY3IzdA==", "basic YXBpOmtleS1hN2MzNDJ3MzNhNWQx"],
    misses: ["Authorization: Basic ...", "a basic understanding of training", "Basic bm90LWEtcGFpcg=="],
  },
  {
    // Schemes without a name, and the headers that carry a key instead.
    id: "authorization_header",
    category: "secret",
    triggers: ["(?i)authorization[\"' ]{0,2}:", "(?i)(?:api-?key|(?:api|auth|access|private|vault|job|deploy)-token|subscription-key)[\"' ]{0,2}:"],
    pattern: String.raw`(?i)(?:authorization|api-?key|(?:api|auth|access|private|vault|job|deploy)-token|subscription-key)\\?["']?[ \t]{0,4}:[ \t]{0,4}\\?["']?([\w=~@.+/-]{8,})${ENDED}`,
    group: 1,
    validate: isToken,
    score: 0.75,
    matches: [`X-API-Key: ${letters(24)}`, `'Authorization:  5eb4223e-5008-46e5-be67-c7b8f2732305'`, `{"Private-Token":"${letters(20)}"}`],
    misses: ["Authorization: required", "X-Api-Key: your-api-key", "authorization: Bearer x", "Authorization: application/json"],
  },
  {
    // curl's manual, "--netrc"; inetutils, "The .netrc file".
    id: "netrc_password",
    category: "secret",
    triggers: ["(?i)login\\s"],
    pattern: String.raw`\b(?:machine\s+\S{1,200}|default)\s+login\s+\S{1,100}\s+password\s+(\S{1,200})`,
    group: 1,
    validate: (value) => !isPlaceholder(value),
    score: 0.95,
    matches: ["machine api.example.org\n  login ann\n  password s3cr3t", "machine x.org login ann password s3cr3t"],
    misses: ["the machine asks for login and password", "machine x.org login ann password ${PASSWORD}"],
  },
  {
    // npm's "npmrc": credentials are bound to a registry.
    id: "npmrc_auth",
    category: "secret",
    triggers: ["_authToken", "_auth\\s?=", "_password\\s?="],
    pattern: String.raw`(?:^|[\s:/])_(?:authToken|auth|password)\s{0,3}=\s{0,3}["']?([A-Za-z0-9+/=_.-]{8,500})`,
    group: 1,
    validate: (value) => !isPlaceholder(value) && entropy(value) > UNMASKED,
    score: 0.9,
    matches: [`//registry.npmjs.org/:_authToken=npm_${letters(36)}`, "_auth = YW5uOnMzY3IzdA=="],
    misses: ["//registry.npmjs.org/:_authToken=${NPM_TOKEN}", "basic_auth = enabled_for_all"],
  },
  {
    // ~/.docker/config.json and the same thing as a Kubernetes secret.
    id: "docker_auth",
    category: "secret",
    triggers: ['"auth\\\\?" ?:'],
    pattern: String.raw`\\?"auth\\?"\s{0,4}:\s{0,4}\\?"([A-Za-z0-9+/]{6,}={0,2})\\?"`,
    group: 1,
    validate: isUserAndPassword,
    score: 0.95,
    matches: ['{"auths":{"ghcr.io":{"auth":"YW5uOnMzY3IzdA=="}}}'],
    misses: ['{"auth":"none"}', '{"auth":"bm90LWEtcGFpcg=="}'],
  },
  {
    id: "kubeconfig_key",
    category: "secret",
    triggers: ["client-key-data"],
    pattern: `client-key-data${ASSIGNED}([A-Za-z0-9+/]{40,}={0,2})`,
    group: 1,
    score: 0.95,
    matches: [`    client-key-data: LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0t${letters(40)}==`],
    misses: ["client-key-data: REDACTED", `client-certificate-data: ${letters(60)}`],
  },
];

/** A scheme is no evidence of a token: prose has "bearer" too. Tokens have digits, or are long. */
function isToken(value: string): boolean {
  return (/\d/.test(value) || value.length >= LONG) && entropy(value) > UNMASKED && !isPlaceholder(value);
}
