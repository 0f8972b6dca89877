import type { Detector } from "../detector.ts";
import { ENDED } from "../secrets/assignment.ts";
import { decodedText } from "../secrets/base64.ts";

/** White space, also as JSON writes it inside a text. */
const SPACE = String.raw`(?:\s|\\[nrt])`;
const NAME = String.raw`[ A-Z0-9_-]{0,60}PRIVATE KEY(?: BLOCK)?`;
/** RFC 7468 and RFC 4880 write five dashes, RFC 4716 (SSH2) four and a space. */
const DASHES = "-{4,5}";
const BEGIN = `${DASHES} ?BEGIN${NAME} ?${DASHES}`;
const END = `${DASHES} ?END${NAME} ?${DASHES}`;
/** `Proc-Type: 4,ENCRYPTED` and the like, before the key. */
const HEADERS = String.raw`(?:${SPACE}*[A-Za-z-]{4,20}: [^\n\\]{1,100})*`;
const BODY = "[A-Za-z0-9+/]";

/** Key material begins like this in base64: DER sequences, OpenSSH's magic, OpenPGP secret key packets. */
const KEY_START = /^(?:M[CDGHI]|b3Bl|l[IQ]|x[cVX])[A-Za-z0-9+/]{2}/;
/** Shorter base64 that does not begin like a key is prose between the markers. */
const LEAST_KEY = 40;

/** Private keys and signed tokens. */
export const SECRETS_KEYS: readonly Detector[] = [
  {
    id: "private_key",
    category: "secret",
    triggers: ["PRIVATE KEY"],
    // Whole; without its end; without its beginning.
    pattern: `${BEGIN}(?:[^-]|-[^-])*${END}`
      + `|${BEGIN}${HEADERS}${SPACE}*${BODY}+={0,2}(?:${SPACE}+${BODY}{40,}={0,2})*(?:${SPACE}+${BODY}{1,76}={0,2})?`
      + `|(?:${BODY}{40,}={0,2}${SPACE}+)+(?:${BODY}{1,76}={0,2}${SPACE}*)?(?:=${BODY}{4}${SPACE}*)?${END}`,
    validate: isKeyMaterial,
    score: 1,
    matches: [
      "-----BEGIN PRIVATE KEY-----\nMIIBVg==\n-----END PRIVATE KEY-----",
      "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn",
      `-----BEGIN RSA PRIVATE KEY-----\\nMIIEpQIBAAKCAQEA\\n${"n6O8liSX4m98LLYt".repeat(4)}\\n-----END RSA PRIVATE KEY-----\\n`,
      `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123456789ABCDEF\n\n${"k3Jx9QmVt2Lw8ZpR".repeat(4)}`,
      `-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\nlQWGBGSVV4YBDAClvRnxezIRy2Yv7SFl\n=8xQN\n-----END PGP PRIVATE KEY BLOCK-----`,
      `---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: "key"\n${"P2T7vqZ1mB5nXc8K".repeat(4)}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----`,
      `${"n6O8liSX4m98LLYt".repeat(4)}\nyxR5MsXFu9PRsrY=\n-----END EC PRIVATE KEY-----`,
    ],
    misses: [
      "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----",
      "-----BEGIN PRIVATE KEY-----\nanything\n-----END PRIVATE KEY-----",
      "-----BEGIN OPENSSH PRIVATE KEY----------END OPENSSH PRIVATE KEY-----",
      "A file that starts with -----BEGIN PRIVATE KEY----- must not be committed.",
    ],
  },
  {
    id: "putty_private_key",
    category: "secret",
    triggers: ["Private-Lines:"],
    pattern: `Private-Lines: ?\\d+${SPACE}+((?:${BODY}{16,}={0,2}${SPACE}*)+)`,
    group: 1,
    score: 1,
    matches: [`PuTTY-User-Key-File-2: ssh-rsa\nPrivate-Lines: 2\n${"AAABAQC7vqZ1mB5n".repeat(4)}\n${"Xc8KP2T7vqZ1mB5n".repeat(2)}\nPrivate-MAC: 9f`],
    misses: ["Public-Lines: 1\nAAAAB3NzaC1yc2EAAAADAQABAAABAQ==", "Private-Lines: see below"],
  },
  {
    id: "jwk_private_key",
    category: "secret",
    triggers: ['"d" ?:', String.raw`\\"d\\" ?:`],
    pattern: String.raw`\\?"d\\?"\s{0,4}:\s{0,4}\\?"([A-Za-z0-9_-]{40,1000})\\?"`,
    group: 1,
    // RFC 7517 puts the members in no order; one of the others stands beside this one.
    validate: (_, { before, after }) => ['"kty', '"crv', '"kid', '"n"', '"e"', '"x"', '"y"', '"p"', '"q"', '"dp"', '"use"', '"alg"'].some((name) => `${before}${after}`.replaceAll("\\", "").includes(name)),
    score: 0.95,
    matches: [`{"kty":"EC","crv":"P-256","d":"${"jpsQnnGQmL-YBIff".repeat(3).slice(0, 43)}","use":"sig"}`],
    misses: [`{"d":"${"jpsQnnGQmL-YBIff".repeat(3)}"}`, '{"kty":"EC","x":"jpsQnnGQmL","d":"short"}'],
  },
  {
    id: "jwt",
    category: "secret",
    triggers: ["eyJ[a-zA-Z0-9]"],
    // RFC 7519: three parts, of which the last is empty where nothing is signed; five where it is encrypted (RFC 7516).
    pattern: String.raw`\b(eyJ[A-Za-z0-9_-]{10,}={0,2}\.[A-Za-z0-9_-]*={0,2}\.[A-Za-z0-9_-]*={0,2}(?:\.[A-Za-z0-9_-]+){0,2})`,
    group: 1,
    validate: hasAlgorithm,
    score: 0.95,
    matches: [
      "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.c2lnbmF0dXJlLWhlcmU",
      "?token=eyJhbGciOiJub25lIn0.eyJzdWIiOiIxMjM0NSJ9.&next=/",
      "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..aXYtaXMtaGVyZQ.Y2lwaGVydGV4dA.dGFn",
    ],
    misses: ["eyJhbGciOiJIUzI1NiJ9", "a.b.c", "eyJmb28iOiJiYXIifQ.eyJzdWIiOiIxMjM0NSJ9.c2lnbmF0dXJlLWhlcmU", "eyJhbGciOiJIUzI1NiJ9 and eyJzdWIiOiIxMjM0NSJ9"],
  },
  {
    id: "password_hash",
    category: "secret",
    triggers: [String.raw`\$(?:2[aby]|[156y]|apr1|argon2[id]{1,2}|pbkdf2-sha\d+)\$`],
    // crypt(3): bcrypt, MD5, SHA-256, SHA-512, yescrypt; the PHC format of Argon2.
    pattern: String.raw`(\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}|\$(?:1|apr1)\$[./A-Za-z0-9]{1,8}\$[./A-Za-z0-9]{22}|\$5\$(?:rounds=\d+\$)?[^\s$:]{1,16}\$[./A-Za-z0-9]{43}|\$6\$(?:rounds=\d+\$)?[^\s$:]{1,16}\$[./A-Za-z0-9]{86}|\$y\$[./A-Za-z0-9]+\$[./A-Za-z0-9]{1,86}\$[./A-Za-z0-9]{43}|\$argon2(?:id|i|d)\$v=\d+\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]{8,}\$[A-Za-z0-9+/]{16,}|\$pbkdf2-sha\d+\$\d+\$[./A-Za-z0-9]{8,}\$[./A-Za-z0-9]{20,})(?::|${ENDED})`,
    group: 1,
    score: 0.95,
    matches: [`root:$6$Zq1kPz8W$${"aB3dE6gH9jK2mN5pQ8sT1v".repeat(4).slice(0, 86)}:19000:0`, `$2b$12$${"aB3dE6gH9jK2mN5pQ8sT1v".repeat(3).slice(0, 53)}`],
    misses: ["$2b$12$short", "costs $6$ or $5$ a piece", `$6$Zq1kPz8W$${"a".repeat(20)}`],
  },
];

function isKeyMaterial(value: string): boolean {
  const inner = value.split(/-{4,}/).filter((part) => !part.includes("PRIVATE KEY")).join("").replaceAll("\\r", "").replaceAll("\\n", "\n").replaceAll("\\t", "");
  const body = inner.split("\n").filter((line) => !line.includes(":")).join("").replace(/\s/g, "");
  return KEY_START.test(body) || body.length >= LEAST_KEY;
}

/** Every JOSE header names its algorithm (RFC 7515, 4.1.1); other base64 that begins with `{"` does not. */
function hasAlgorithm(value: string): boolean {
  try {
    const header: unknown = JSON.parse(decodedText(value.slice(0, value.indexOf("."))) ?? "");
    return typeof header === "object" && header !== null && typeof Reflect.get(header, "alg") === "string";
  } catch {
    return false;
  }
}
