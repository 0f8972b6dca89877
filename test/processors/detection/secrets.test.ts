import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { RE2JS } from "re2js";
import { rowsOf, secretsAccuracy } from "../../../bench/accuracy/secrets.mjs";
import { regexEngine } from "../../../policies/regex.ts";
import type { Detector } from "../../../processors/detection/detector.ts";
import { SECRETS_CLOUD } from "../../../processors/detection/detectors/secrets-cloud.ts";
import { SECRETS_CONNECTIONS } from "../../../processors/detection/detectors/secrets-connections.ts";
import { secretsGitleaks } from "../../../processors/detection/detectors/secrets-gitleaks.ts";
import { SECRETS_HEADERS } from "../../../processors/detection/detectors/secrets-headers.ts";
import { SECRETS_KEYS } from "../../../processors/detection/detectors/secrets-keys.ts";
import { SECRETS_KUBERNETES } from "../../../processors/detection/detectors/secrets-kubernetes.ts";
import { SECRETS_PASSWORDS } from "../../../processors/detection/detectors/secrets-passwords.ts";
import { SECRETS_TOKENS } from "../../../processors/detection/detectors/secrets-tokens.ts";
import { entropy } from "../../../processors/detection/secrets/entropy.ts";
import { EXAMPLE_SECRETS } from "../../../processors/detection/secrets/examples.ts";
import { GITLEAKS_DATA } from "../../../processors/detection/secrets/gitleaks-data.ts";
import { detectorOf, type AllowList, type GitleaksRule } from "../../../processors/detection/secrets/gitleaks-rule.ts";
import { isPlaceholder } from "../../../processors/detection/secrets/placeholder.ts";
import { gitleaksData } from "../../../scripts/gitleaks.mjs";
import { convert } from "../../../scripts/gitleaks/convert.mjs";
import { requiredLiterals } from "../../../scripts/gitleaks/literals.mjs";
import { parsePattern } from "../../../scripts/gitleaks/pattern.mjs";
import { parseToml } from "../../../scripts/gitleaks/toml.mjs";

interface Found {
  readonly detector: string;
  readonly start: number;
  readonly end: number;
}

const FIXTURES = new URL("../../fixtures/secrets/", import.meta.url);
/** All published cases and the texts without secrets, where they are at hand: beside the repository. */
const CORPORA = fileURLToPath(new URL("../../../../shared/corpora", import.meta.url));
/** Part of the cases that must be decided rightly: in which a secret is, in which none is. */
const GOAL = { hit: 0.98, miss: 0.97 };
/** What the contract gives a validator of the text around a match. */
const AROUND = 64;

const OWN: readonly Detector[] = [...SECRETS_CLOUD, ...SECRETS_CONNECTIONS, ...SECRETS_HEADERS, ...SECRETS_KEYS, ...SECRETS_KUBERNETES, ...SECRETS_PASSWORDS, ...SECRETS_TOKENS];
const ALL: readonly Detector[] = [...OWN, ...secretsGitleaks()];

const read = (name: string): string => readFileSync(new URL(name, FIXTURES), "utf8");
const data = (): { source: { version: string; checksum: string }; rules: GitleaksRule[]; everywhere: AllowList[]; replaced: Record<string, string | string[]> } => JSON.parse(GITLEAKS_DATA);

/** What the contract says of a detector, and no more: a trigger somewhere, the pattern, the validator. */
function scannerOf(detectors: readonly Detector[], key = ""): (text: string) => Found[] {
  const owners = detectors.flatMap(({ triggers }, index) => triggers.map(() => index));
  const triggered = regexEngine().compileSet(detectors.flatMap(({ triggers }) => triggers));
  const patterns = new Map<Detector, RE2JS>();
  return (text) => [...new Set(triggered(text).map((hit) => owners[hit] as number))].flatMap((index) => {
    const detector = detectors[index] as Detector;
    const { id, pattern, group = 0, validate } = detector;
    if (!patterns.has(detector)) patterns.set(detector, RE2JS.compile(pattern));
    const matcher = (patterns.get(detector) as RE2JS).matcher(text);
    const found: Found[] = [];
    while (matcher.find()) {
      const [start, end] = [matcher.start(group), matcher.end(group)];
      const context = { before: text.slice(Math.max(0, start - AROUND), start), after: text.slice(end, end + AROUND), key };
      if (end > start && (!validate || validate(text.slice(start, end), context))) found.push({ detector: id, start, end });
    }
    return found;
  });
}

const scan = scannerOf(ALL);

describe("the rules of gitleaks", () => {
  test("are what the generator makes of the committed release", () => {
    const { source } = data();
    assert.equal(gitleaksData(read("gitleaks.toml"), source.version, source.checksum), readFileSync(new URL("../../../processors/detection/secrets/gitleaks-data.ts", import.meta.url), "utf8"));
  });

  test("are, with ours, at least 200, each id once, and carry their licence", () => {
    assert.ok(ALL.length >= 200, String(ALL.length));
    assert.equal(new Set(ALL.map(({ id }) => id)).size, ALL.length);
    for (const { id } of ALL) assert.match(id, /^[a-z0-9]+(?:_[a-z0-9]+)*$/);
    assert.match(readFileSync(new URL("../../../processors/detection/secrets/gitleaks.LICENSE", import.meta.url), "utf8"), /^MIT License[\s\S]+Zachary Rice/);
  });

  test("are all there, or replaced by a detector that is", () => {
    const { rules, replaced } = data();
    const upstream = (parseToml(read("gitleaks.toml"))["rules"] as { id: string; regex?: string }[]).filter(({ regex }) => regex !== undefined);
    assert.equal(upstream.length, 221);
    for (const { id } of upstream) assert.ok(id in replaced || rules.some(({ rule }) => rule === id), id);
    for (const id of Object.values(replaced).flat()) assert.ok(OWN.some((detector) => detector.id === id), id);
  });

  test("keep the ids that policies name", () => {
    for (const id of ["private_key", "jwt", "aws_access_key", "github_token", "slack_token", "api_key"]) assert.ok(OWN.some((detector) => detector.id === id), id);
  });

  test("are parsed once", () => {
    assert.equal(secretsGitleaks(), secretsGitleaks());
  });
});

describe("the generator", () => {
  const rule = (changes: object) => convert({ id: "some-rule", keywords: ["x"], regex: "some_[a-z]{4}", ...changes });

  test("refuses a TOML file that it would misread", () => {
    for (const text of ["a = 1979-05-27", 'a = """x"""', "a", "a = [1 2]", "a = 'x"]) assert.throws(() => parseToml(text), SyntaxError, text);
  });

  test("refuses a pattern that it would misread", () => {
    for (const pattern of ["a(?=b)", "\\pL", "(a", "a)", "[a"]) assert.throws(() => parsePattern(pattern), SyntaxError, pattern);
  });

  const LITERALS: readonly (readonly [pattern: string, literals: string])[] = [
    ["\\b((?:sk|rk)_(?:test|live)_[a-z]{9})", "sk_test_ sk_live_ rk_test_ rk_live_"],
    ["[a-z0-9]{14}\\.atlasv1\\.[a-z]{60}", ".atlasv1."],
    ["(?i)[\\w.-]{0,50}?(?:adafruit)(?:[ \\t]{0,20})=([a-z]{32})", "adafruit"],
    ["(?:abcdef|[0-9]{3}ghijkl)x?", "abcdef ghijkl"],
    ["(?:needed)?other", "neededother other"],
    ["[Oo]kta[0-9]", "Okta okta"],
  ];
  for (const [pattern, literals] of LITERALS) {
    test(`knows what ${pattern} cannot do without`, () => {
      assert.deepEqual(new Set(requiredLiterals(parsePattern(pattern).node)?.texts), new Set(literals.split(" ")));
    });
  }

  test("refuses to look for what stands in every text", () => {
    assert.throws(() => rule({ regex: "ey[a-z]{20}" }), /too short to look for/);
    assert.throws(() => rule({ regex: "[a-z]{20}" }), /no literal to look for/);
  });

  test("refuses to guess which group is the secret", () => {
    assert.throws(() => rule({ regex: "(some_[a-z]{4})-(other)" }), /which of its groups/);
    assert.deepEqual(rule({ regex: "(some_[a-z]{4})-(other)", secretGroup: 2 }).map(({ pattern, group }: GitleaksRule) => [pattern, group]), [["(?:some_[a-z]{4})-(other)", 1]]);
  });

  test("makes two of a rule with two forms", () => {
    assert.deepEqual(rule({ regex: "one_(abc)|\\btwo_(def)" }).map(({ id, pattern }: GitleaksRule) => [id, pattern]), [["some_rule", "one_(abc)"], ["some_rule_2", "\\btwo_(def)"]]);
  });

  test("leaves out allow lists that ask for a path, which no tool call has", () => {
    const [{ allow }] = rule({ allowlists: [{ condition: "AND", paths: ["x"], regexes: ["a"] }, { paths: ["x"], regexes: ["b"] }] });
    assert.deepEqual(allow, [{ in: "secret", patterns: ["b"] }]);
  });
});

describe("a rule is believed only when", () => {
  const base: GitleaksRule = { id: "t", rule: "t", triggers: ["key"], pattern: "key=([a-z0-9]{8})", group: 1, score: 1, matches: [], misses: [] };
  const ab = "ab12cd34";
  const CASES: readonly (readonly [what: string, rule: Partial<GitleaksRule>, everywhere: readonly AllowList[], text: string, found: boolean])[] = [
    ["nothing speaks against it", {}, [], `key=${ab}`, true],
    ["its entropy is over the limit", { entropy: 2.9 }, [], `key=${ab}`, true],
    ["its entropy is not under the limit", { entropy: 2.9 }, [], "key=aaaabbbb", false],
    ["its entropy is not at the limit", { entropy: 3 }, [], `key=${ab}`, false],
    ["no pattern allows the value", { allow: [{ in: "secret", patterns: ["^ab"] }] }, [], `key=${ab}`, false],
    ["a pattern that allows looks at the value only", { allow: [{ in: "secret", patterns: ["^key"] }] }, [], `key=${ab}`, true],
    ["no pattern allows the match", { allow: [{ in: "match", patterns: ["^key=ab"] }] }, [], `my key=${ab}`, false],
    ["a pattern for the match does not look at the line", { allow: [{ in: "match", patterns: ["my"] }] }, [], `my key=${ab}`, true],
    ["no pattern allows the line", { allow: [{ in: "line", patterns: ["^my .* here$"] }] }, [], `x\nmy key=${ab} here\ny`, false],
    ["a pattern for the line does not look at the next one", { allow: [{ in: "line", patterns: ["other"] }] }, [], `other\nkey=${ab}\nother`, true],
    ["no word allows the value", { allow: [{ in: "secret", words: ["2cd"] }] }, [], `key=${ab}`, false],
    ["one of two is enough", { allow: [{ in: "secret", patterns: ["^zz"], words: ["2cd"] }] }, [], `key=${ab}`, false],
    ["both are asked for and one is missing", { allow: [{ in: "secret", all: true, patterns: ["^zz"], words: ["2cd"] }] }, [], `key=${ab}`, true],
    ["both are asked for and there", { allow: [{ in: "secret", all: true, patterns: ["^ab"], words: ["2cd"] }] }, [], `key=${ab}`, false],
    ["nothing that holds everywhere allows it", {}, [{ in: "secret", words: ["2cd"] }], `key=${ab}`, false],
  ];
  for (const [what, rule, everywhere, text, found] of CASES) {
    test(what, () => assert.equal(scannerOf([detectorOf({ ...base, ...rule }, everywhere)])(text).length, Number(found)));
  }

  test("entropy is counted in bits per character", () => {
    assert.deepEqual(["", "aaaa", "abab", "abcdabcd", "01234567"].map(entropy), [0, 0, 1, 2, 3]);
  });
});

describe("every detector", () => {
  for (const detector of ALL) {
    const alone = scannerOf([detector]);
    test(`${detector.id} finds its examples, alone and in a sentence, and no near miss`, () => {
      assert.ok(detector.matches.length > 0 && detector.misses.length > 0);
      const anywhere = !detector.pattern.includes("\\A");
      for (const text of detector.matches) for (const shown of anywhere ? [text, `see ${text}; there`, `first\n${text}\nlast`] : [text]) assert.equal(alone(shown).length, 1, shown);
      for (const text of detector.misses) for (const shown of [text, `see ${text} there`]) assert.deepEqual(alone(shown), [], shown);
    });
  }

  test("has triggers that a state machine can bear: no open repetition before a literal, no counted one over a broad class", () => {
    for (const { id, triggers } of ALL) {
      assert.ok(triggers.length > 0, id);
      for (const trigger of triggers) assert.doesNotMatch(trigger, /^(?:\(\?i\))?(?:\[[^\]]*\]|\\w|\.)[*+{]|\{\d+,\}|\{\d{3,}/, `${id}: ${trigger}`);
    }
  });
});

describe("what looks like a secret and is none", () => {
  const LOOKALIKES: Readonly<Record<string, readonly string[]>> = {
    uuid: ["550e8400-e29b-41d4-a716-446655440000", "request_id: 7c9e6679-7425-40de-944b-e07fc1f90ae7", '{"id":"f47ac10b-58cc-4372-a567-0e02b2c3d479"}'],
    "git sha": ["commit 9fceb02d0ae598e95dc970b74767f19372d61af8", "9fceb02..da39a3ee5e6b4b0d3255bfef95601890afd80709 main -> main"],
    digest: ["sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "MD5 (a.txt) = d41d8cd98f00b204e9800998ecf8427e"],
    "subresource integrity": ['<script src="a.js" integrity="sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/uxy9rx7HNQlGYl1kPzQho1wx4JwY8wC"></script>'],
    "lock file": [
      '"integrity": "sha512-v2kDEe57lecTulaDIuNTPy3Ry4gLGJ6Z1O3vE1krgXZNrsQ+LFTGHVxVjcXPs17LhbZVGedAJv8XZ1tvj5FvSg=="',
      "github.com/pkg/errors v0.9.1 h1:FEBLx1zS214owpjy7qsBeixbURkuhQAwrK5UwLGTwt4=", 'checksum = "2d098779718b3d4bf4b6d4cb4bd5f1e1d2b0b4b4c5b5b6d6f6d6e6c6a6b6c6d6"',
    ],
    image: ["data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "data:font/woff2;base64,d09GMgABAAAAAAPkAAoAAAAACAAAAAOWAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
    ulid: ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "order_id=01H8XGJWBWBAQ4Z1F6F3E2D1C0", "cuid clh3am8hi0000qwer1234asdf"],
    "class name": ['class="css-1q2w3e4r sc-bdVaJa MuiButton-root-123 tw-bg-[#1da1f2]"', ".Button_button__x7Y2z{color:red}", "_app_1a2b3_45"],
    "minified code": ['var a=function(t,e){return t.key===e.token?n.auth(r):i};!function(){"use strict";var s=o.access}();', "e.password=t.value,r.apiKey=n.key,this.secret=s"],
    reference: ["password: ${DB_PASSWORD}", "Authorization: Bearer $TOKEN", "api_key={{ secrets.API_KEY }}", "postgres://user:<password>@host/db", "export TOKEN=$(cat /run/secrets/token)"],
    sentence: ["Reset your password: click here", "The token is the smallest unit.", "Basic authentication is required", "the key: value pairs of a secret", "Bearer of good news"],
    number: ["4111111111111111", "1700000000000", "192.168.100.200:8080", "+1 (555) 010-9999"],
    "public key": [`-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCozMxH2Mo\n-----END PUBLIC KEY-----`, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ann@example.org"],
  };
  for (const [what, texts] of Object.entries(LOOKALIKES)) {
    test(what, () => { for (const text of texts) assert.deepEqual(scan(text), [], text); });
  }

  const PLACEHOLDERS: readonly (readonly [value: string, is: boolean])[] = [
    ["${DB_PASSWORD}", true], ["<token>", true], ["****", true], ["xxxxxxxx", true], ["changeme", true], ["Password", true], ["your-api-key", true], ["{{ .Values.x }}", true],
    ["hunter2", false], ["S3cret!pass", false], ["correct-horse-7", false],
  ];
  for (const [value, is] of PLACEHOLDERS) test(`${value} is ${is ? "a" : "no"} placeholder`, () => assert.equal(isPlaceholder(value), is));
});

describe("secrets as tools are given them", () => {
  const letters = "q7Rk2Zp9Xw4Lm8Vt3Bn6Hd1Yc5Gs0Jf".repeat(4);
  const CASES: readonly (readonly [what: string, text: string, detector: string, value: string])[] = [
    ["at the end of the text", `glpat-${letters.slice(0, 20)}`, "gitlab_pat", `glpat-${letters.slice(0, 20)}`],
    ["at the end of a sentence", `Use dop_v1_${"3f1c9a7e5b2d8046".repeat(4)}.`, "digitalocean_pat", `dop_v1_${"3f1c9a7e5b2d8046".repeat(4)}`],
    ["in a query", `https://maps.googleapis.com/maps/api/js?key=AIza${letters.slice(0, 35)}&callback=x`, "gcp_api_key", `AIza${letters.slice(0, 35)}`],
    ["under a key that names the service", `adafruit_io_key: ${"ytqq70et3wmbt88b4rn33zbcbums9l8x"}\n`, "adafruit_api_key", "ytqq70et3wmbt88b4rn33zbcbums9l8x"],
    ["under a key that says what it is", "api_token: Zf3D0LXCM3EIMbgJpUNnkRtOfOueHznB\n", "generic_api_key", "Zf3D0LXCM3EIMbgJpUNnkRtOfOueHznB"],
    ["in JSON that is a text in JSON", '{"body":"{\\"password\\":\\"s3cr3t99\\"}"}', "password_assignment", "s3cr3t99"],
    ["in a command", "mysql -h db -u root -pS3cret99 app", "password_option", "S3cret99"],
    ["only the password of an address", "psql postgres://app:s3cr3t@db/app", "database_url", "s3cr3t"],
    ["a key with written line ends", `{"private_key":"-----BEGIN PRIVATE KEY-----\\nMIIEvQ${letters}\\n-----END PRIVATE KEY-----\\n"}`, "private_key", `-----BEGIN PRIVATE KEY-----\\nMIIEvQ${letters}\\n-----END PRIVATE KEY-----`],
  ];
  for (const [what, text, detector, value] of CASES) {
    test(what, () => {
      const found = scan(text).filter((finding) => finding.detector === detector);
      assert.deepEqual(found.map(({ start, end }) => text.slice(start, end)), [value]);
    });
  }

  const FIELDS: readonly (readonly [key: string, value: string, found: boolean])[] = [
    ["password", "rootpasswd", true], ["db_password", "Tr0ub4dor&3", true], ["userPwd", "correct horse battery", true],
    ["password", "string", false], ["password", "${DB_PASSWORD}", false], ["password", "/run/secrets/db", false], ["password_hint", "the name of my dog", false],
  ];
  for (const [key, value, found] of FIELDS) {
    test(`${value} under the key ${key} is ${found ? "a" : "no"} password, whatever is in it`, () => {
      const text = `${key}: ${value}`;
      const values = scannerOf(SECRETS_PASSWORDS, key)(text).filter(({ detector }) => detector === "password_value").map(({ start, end }) => text.slice(start, end));
      assert.deepEqual(values, found ? [value] : []);
    });
  }

  test("the examples of the vendors are found like any other secret", () => {
    for (const value of EXAMPLE_SECRETS) {
      // A secret without a form of its own needs the name that stands before it.
      const text = `AccountKey=${value}; aws_secret_access_key = ${value}`;
      assert.ok(scan(text).some(({ start, end }) => text.slice(start, end) === value), value);
    }
  });
});

describe("of the published cases", () => {
  const cases = read("cases.jsonl").split("\n").filter(Boolean).map((line) => JSON.parse(line) as { id: string; rule: string; text: string; expect: "hit" | "miss"; secret?: string });

  test("that are committed, the goal is reached", () => {
    const sum = (key: "hit" | "hitFound" | "miss" | "missClean"): number => rowsOf(scan, cases).reduce((total: number, row) => total + row[key], 0);
    assert.ok(sum("hit") > 200 && sum("miss") > 100);
    assert.ok(sum("hitFound") >= GOAL.hit * sum("hit"), `${sum("hitFound")} of ${sum("hit")}`);
    assert.ok(sum("missClean") >= GOAL.miss * sum("miss"), `${sum("missClean")} of ${sum("miss")}`);
  });

  if (existsSync(CORPORA)) {
    test("all, the goal is reached, and texts without secrets stay clean", () => {
      const { totals, falseAlarms } = secretsAccuracy(scan, CORPORA);
      assert.ok(totals.hitFound >= GOAL.hit * totals.hit && totals.missClean >= GOAL.miss * totals.miss, JSON.stringify(totals));
      const [texts, flagged] = [falseAlarms.reduce((sum, row) => sum + row.texts, 0), falseAlarms.reduce((sum, row) => sum + row.flagged, 0)];
      assert.ok(flagged <= 0.001 * texts, `${flagged} of ${texts}`);
    });
  }
});
