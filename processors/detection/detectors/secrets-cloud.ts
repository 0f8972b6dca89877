import type { Detector } from "../detector.ts";
import { ASSIGNED, ENDED } from "../secrets/assignment.ts";
import { entropy } from "../secrets/entropy.ts";
import { isPlaceholder } from "../secrets/placeholder.ts";

/** Bits per character that random base64 of 40 characters and more has, and words and hexadecimal have not. */
const RANDOM = 4.2;
/** Bits per character of an identifier that is not a filled-in mask like `AKIAXXXXXXXXXXXXXXXX` (gitleaks). */
const UNMASKED = 3;

const isRandom = (value: string): boolean => entropy(value) > RANDOM;
const isUnmasked = (value: string): boolean => entropy(value) > UNMASKED;

/** For examples: text that looks drawn at random, of a wanted length. */
const filler = (length: number): string => "q7Rk2Zp9Xw4Lm8Vt3Bn6Hd1Yc5Gs0Jf+Aa/Ee".repeat(8).slice(0, length);
const letters = (length: number): string => "q7Rk2Zp9Xw4Lm8Vt3Bn6Hd1Yc5Gs0Jf".repeat(8).slice(0, length);

/** Credentials of AWS, Google Cloud and Azure, where gitleaks has none or looks past them. */
export const SECRETS_CLOUD: readonly Detector[] = [
  {
    // AWS, "IAM identifiers", and the prefixes of gitleaks. Unlike its rule this one finds `…EXAMPLE` too.
    id: "aws_access_key",
    category: "secret",
    triggers: ["A3T[A-Z0-9]", "AKIA", "ASIA", "ABIA", "ACCA"],
    pattern: String.raw`\b(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b`,
    validate: isUnmasked,
    score: 0.95,
    matches: ["AKIAIOSFODNN7EXAMPLE", "aws_access_key_id = ASIAY34FZKBOKMUTVV7A"],
    misses: ["AKIAIOSFODNN7EXAMPL", "AKIAiosfodnn7example", "AKIAXXXXXXXXXXXXXXXX", "TODAYINASIAASACKOFRICEFELLOVER"],
  },
  {
    id: "aws_secret_key",
    category: "secret",
    triggers: ["(?i)secret_?-?access_?-?key", "(?i)aws_?-?secret", "(?i)secret access key"],
    pattern: `(?i)(?:secret[ _-]?access[ _-]?key|aws[ _-]?secret(?:[ _-]?key)?)${ASSIGNED}([A-Za-z0-9/+]{40})${ENDED}`,
    group: 1,
    validate: isRandom,
    score: 0.95,
    matches: ["aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", `{"SecretAccessKey":"${filler(40)}"}`],
    misses: [`aws_secret_access_key = ${"a".repeat(40)}`, `aws_secret_access_key = ${filler(20)}`, `secret_access_key: ${"da39a3ee5e6b4b0d3255bfef95601890afd80709"}`],
  },
  {
    // As in credentials.csv and in what people paste: the id, something short, the secret.
    id: "aws_secret_key_beside_id",
    category: "secret",
    triggers: ["AKIA", "ASIA"],
    pattern: String.raw`\b(?:AKIA|ASIA)[A-Z0-9]{16}(?:[^A-Za-z0-9/+]|[^A-Za-z0-9/+][\s\S]{0,60}?[\s"'\x60:=,;])([A-Za-z0-9/+]{40})${ENDED}`,
    group: 1,
    validate: isRandom,
    score: 0.9,
    matches: [`AKIAIOSFODNN7EXAMPLE,${filler(40)}\n`, `AKIAIOSFODNN7EXAMPLE and ${filler(40)}`],
    misses: ["AKIAIOSFODNN7EXAMPLE in commit da39a3ee5e6b4b0d3255bfef95601890afd80709", "AKIAIOSFODNN7EXAMPLE alone"],
  },
  {
    // Session tokens of STS are one structure in base64 and begin alike; the length is not fixed.
    id: "aws_session_token",
    category: "secret",
    triggers: ["IQoJb3JpZ2lu", "FwoGZXIvYXdz", "FQoGZXIvYXdz"],
    pattern: "(?:IQoJb3JpZ2lu|F[wQ]oGZXIvYXdz)[A-Za-z0-9/+=%_-]{60,}",
    validate: isRandom,
    score: 0.95,
    matches: [`AWS_SESSION_TOKEN=IQoJb3JpZ2luX2Vj${filler(200)}`],
    misses: ["IQoJb3JpZ2luX2Vj", `IQoJb3JpZ2lu${"A".repeat(80)}`],
  },
  {
    id: "gcp_oauth_token",
    category: "secret",
    triggers: [String.raw`ya29\.`],
    pattern: String.raw`\bya29\.[A-Za-z0-9_-]{30,}`,
    validate: isUnmasked,
    score: 0.95,
    matches: [`Bearer ya29.a0${letters(60)}`],
    misses: ["ya29.a0short", `ya29.${"x".repeat(60)}`],
  },
  {
    id: "gcp_refresh_token",
    category: "secret",
    triggers: ["1//0[0-9a-z]"],
    pattern: String.raw`\b1//0[0-9a-z][A-Za-z0-9_-]{40,120}`,
    validate: isRandom,
    score: 0.9,
    matches: [`"refresh_token": "1//0g${letters(60)}"`],
    misses: ["http://127.0.0.1//0", `1//0g${"-".repeat(60)}`],
  },
  {
    id: "gcp_oauth_client_secret",
    category: "secret",
    triggers: ["GOCSPX-"],
    pattern: String.raw`\bGOCSPX-[A-Za-z0-9_-]{28}`,
    validate: isUnmasked,
    score: 0.95,
    matches: [`GOCSPX-${letters(28)}`],
    misses: ["GOCSPX-short", `GOCSPX-${"x".repeat(28)}`],
  },
  {
    // The key itself is a private key and found as one; the id names it.
    id: "gcp_service_account_key_id",
    category: "secret",
    triggers: ["private_key_id"],
    pattern: `private_key_id${ASSIGNED}([0-9a-f]{40})${ENDED}`,
    group: 1,
    validate: isUnmasked,
    score: 0.9,
    matches: ['"private_key_id": "3f1c9a7e5b2d8046c7e1f09a5d3b8e6427c1a0f9"'],
    misses: ['"private_key_id": "0000000000000000000000000000000000000000"', '"key_id": "3f1c9a7e5b2d8046c7e1f09a5d3b8e6427c1a0f9"'],
  },
  {
    id: "gcp_hmac_key",
    category: "secret",
    triggers: ["GOOG1"],
    pattern: String.raw`\bGOOG1[A-Z0-9]{19,56}\b`,
    validate: isUnmasked,
    score: 0.9,
    matches: ["GOOG1EQ7K2ZP9XW4LM8VT3BN6HD1YC5GS0JF"],
    misses: ["GOOG1", `GOOG1${"X".repeat(30)}`],
  },
  {
    id: "firebase_server_key",
    category: "secret",
    triggers: [":APA91b"],
    pattern: String.raw`\b[A-Za-z0-9_-]{11,22}:APA91b[A-Za-z0-9_-]{120,180}`,
    score: 0.9,
    matches: [`AAAA${letters(7)}:APA91b${letters(134)}`],
    misses: ["topic:APA91b", "AAAAabcdefg:APA91bshort"],
  },
  {
    // Connection strings of storage and Cosmos DB; the key alone by the name of its variable.
    id: "azure_storage_key",
    category: "secret",
    triggers: ["(?i)account_?-?key", "(?i)storage_?-?key", "(?i)cosmos"],
    pattern: `(?i)(?:account[_-]?key|storage[_-]?key|cosmos[\\w-]{0,20}key)${ASSIGNED}([A-Za-z0-9+/]{86}==)`,
    group: 1,
    validate: isRandom,
    score: 0.95,
    matches: [`DefaultEndpointsProtocol=https;AccountName=a;AccountKey=${filler(86)}==;EndpointSuffix=core.windows.net`, `AZURE_STORAGE_KEY=${filler(86)}==`],
    misses: [`AccountKey=${filler(40)}`, `AccountKey=${"A".repeat(86)}==`],
  },
  {
    // Service Bus, Event Hubs, IoT Hub, Web PubSub.
    id: "azure_shared_access_key",
    category: "secret",
    triggers: ["(?i)accesskey="],
    pattern: String.raw`(?i)(?:shared)?accesskey=([A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{86}==|[A-Za-z0-9]{60,100})${ENDED}`,
    group: 1,
    validate: isRandom,
    score: 0.95,
    matches: [`Endpoint=sb://a.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=${filler(43)}=`],
    misses: ["SharedAccessKey=short", `SharedAccessKeyName=${letters(20)}`],
  },
  {
    id: "azure_sas_signature",
    category: "secret",
    triggers: ["[?&;]sig="],
    pattern: String.raw`[?&;](?:amp;)?sig=([A-Za-z0-9%+/]{40,80}(?:%3[Dd]|=))`,
    group: 1,
    // Azure, "Create a service SAS": version, expiry, permissions and resource stand with it in the same query.
    validate: (value, { before, after }) => isUnmasked(value) && /\b(?:sv|se|sp|sr|st|skn)=/.test(`${before}${after}`),
    score: 0.95,
    matches: [`https://a.blob.core.windows.net/c?sv=2022-11-02&sr=c&sp=rl&se=2025-01-01&sig=${letters(43)}%3D`],
    misses: [`https://example.com/?sig=${letters(43)}%3D`, "?sv=2022-11-02&sig=short"],
  },
  {
    // Keys that Azure marks at a fixed place (Microsoft, security-utilities: SEC101/154 to 200).
    id: "azure_marked_key",
    category: "secret",
    triggers: ["APIM", "ACDb", String.raw`\+A(?:Ba|MC|St|Sb|Eh|Rm|CR)`, "AIoT", "AzFu", "AzSe", "AzCa", "AZDO", "JQQJ9"],
    pattern: String.raw`(?:^|[^A-Za-z0-9+/_-])([A-Za-z0-9+/]{76}(?:APIM|ACDb|\+(?:ABa|AMC|ASt))[A-Za-z0-9+/]{5}[AQgw]==|[A-Za-z0-9+/]{33}(?:AIoT|\+(?:ASb|AEh|ARm))[A-P][A-Za-z0-9+/]{5}=|[A-Za-z0-9_-]{44}AzFu[A-Za-z0-9_-]{5}[AQgw]==|[A-Za-z0-9]{42}AzSe[A-D][A-Za-z0-9]{5}|[A-Za-z0-9+/]{42}\+ACR[A-D][A-Za-z0-9+/]{5}|[A-Za-z0-9]{33}AzCa[A-P][A-Za-z0-9]{5}=|[A-Za-z0-9]{52}JQQJ9[9DH][A-Za-z0-9][A-L][A-Za-z0-9]{16}[A-Za-z][A-Za-z0-9]{7}(?:[A-Za-z0-9]{2}==)?|[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4})${ENDED}`,
    group: 1,
    validate: isRandom,
    score: 0.95,
    matches: [`api-key: ${letters(52)}JQQJ99BH${letters(16)}g${letters(7)}`, `key=${letters(42)}AzSeA1b2c3`],
    misses: [letters(84), "APIM and AzSe are markers", `x-ms-key: ${"A".repeat(52)}JQQJ99BH`],
  },
  {
    id: "azure_function_key",
    category: "secret",
    triggers: [String.raw`azurewebsites\.net/`],
    pattern: String.raw`azurewebsites\.net/[^\s"'<>]{1,200}[?&]code=([A-Za-z0-9_/+%=-]{40,100})`,
    group: 1,
    validate: (value) => isUnmasked(value) && !isPlaceholder(value),
    score: 0.95,
    matches: [`https://a.azurewebsites.net/api/run?code=${letters(54)}==`],
    misses: ["https://a.azurewebsites.net/api/run?code=200", "https://example.com/api/run?code=200"],
  },
];
