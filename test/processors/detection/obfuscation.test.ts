import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { putAdded } from "../../../processors/detection/added.ts";
import { readAnnounced } from "../../../processors/detection/announced.ts";
import { base85Readings } from "../../../processors/detection/base85.ts";
import { putTogether } from "../../../processors/detection/broken.ts";
import { Scanner } from "../../../processors/detection/scanner.ts";
import { origin, type Mapped } from "../../../processors/detection/mapped.ts";
import { findSpaced } from "../../../processors/detection/runs.ts";
import { closeUp } from "../../../processors/detection/spaced.ts";
import { allDetectors } from "../../support/all-detectors.ts";

const scanner = new Scanner([...(await allDetectors()).keys()].filter(({ category }) => category === "secret"));
const ids = (value: unknown): string[] => scanner.scan(value).findings.map(({ detector }) => detector);

const BODY = "7Rk2Zp9Xw4Lm8Vt3Bn6Hd1Yc";
const STRIPE = `rk_test_${BODY}`;
const GITHUB = "gho_q7Rk2Zp9Xw4Lm8Vt3Bn6Hd1Yc5Gs0JfQa1We";
const AWS = "AKIA5Q7XWZ4LMR2VT3BN";
const SLACK = "xoxb-583920174655-abQ7rK2zP9xW4lM8vT3b";

const rot13 = (text: string): string => text.replace(/[a-z]/gi, (letter) => String.fromCharCode(letter.charCodeAt(0) + (letter.toLowerCase() < "n" ? 13 : -13)));
const reversed = (text: string): string => [...text].toReversed().join("");
const inFours = (text: string): string[] => text.match(/.{1,4}/g) as string[];

/** The test's own base 85, in any alphabet. */
function base85(text: string, digits: string): string {
  const bytes = Buffer.from(text);
  let out = "";
  for (let at = 0; at < bytes.length; at += 4) {
    const four = Buffer.alloc(4);
    const count = bytes.copy(four, 0, at, at + 4);
    let value = four.readUInt32BE();
    let group = "";
    for (let index = 0; index < 5; index++, value = Math.floor(value / 85)) group = digits[value % 85] + group;
    out += group.slice(0, count + 1);
  }
  return out;
}
const ASCII85 = Array.from({ length: 85 }, (_, value) => String.fromCharCode(33 + value)).join("");
const Z85 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
const RFC1924 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";

const base32 = (text: string): string => {
  const bits = [...Buffer.from(text)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? []).map((five) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[Number.parseInt(five.padEnd(5, "0"), 2)]).join("");
};

/** Technique → texts in which a secret stands that way. */
const FOUND: Readonly<Record<string, readonly string[]>> = {
  "in another case": [STRIPE.toUpperCase(), `Pk_Sandbox_${BODY}`, `RK-PROD-${BODY}`],
  "of an issuer that nobody knows": [`qx_live_${BODY}`, `Nimbus-staging-${BODY}, valid until May`, `{"k":"vendo_prod_${BODY}"}`],
  "with little in it": [`sk_prod_${"B".repeat(28)}`, `rk_live_${"QZ".repeat(16)}`],
  "cut short": ["the log says rk_live_7Q2X9K4M and stops", "SGVyZSBpcyBzay1wcm9kLTlYMks0TTdQIQ=="],
  "in parts with spaces": [`rk - test - ${BODY}`, `pk _ live _ ${BODY} is public`, inFours(AWS).join(" "), `key ${inFours(AWS).join(" ")} expired`, `gho _ ${GITHUB.slice(4, 20)} ${GITHUB.slice(20)}`],
  "in parts with no-break spaces": [`rk\u00a0-\u00a0test\u00a0-\u00a0${BODY}`, `sk_\u202fprod_\u202f${BODY}`, inFours(AWS).join("\u2009")],
  "in parts with punctuation": [`rk_..test..${inFours(BODY).join("..")}`, `sk**prod**${inFours(BODY).join("**")}`, `gho_~${inFours(GITHUB.slice(4)).join("~")}`, `xoxb | ${SLACK.slice(5, 17)} |- ${SLACK.slice(18)}`, inFours(AWS).join("+")],
  "letter by letter, with a sign between": [[..."rk_live_7Q2X9K4M"].join("*"), [...`pk-test-${BODY}`].join("."), [...AWS].join("|"), [...GITHUB].join("/"), `see ${[...STRIPE].join("~")} there`],
  "letter by letter, the joint without one": ["r+k+_t+e+s+t+_7+R+k+2+Z+p+9+X+w+4+L+m+8+V+t+3+B"],
  "with bidirectional controls around and in it": [`\u202a${STRIPE}\u202c`, `\u2068rk_test_\u2069${BODY}`, `\u200f${STRIPE}\u200e`],
  "backwards behind an override": [`\u202e${reversed(`rk_test_${BODY}`)}\u202c`, "\u202e7gT4-9Qz-dorp_ks", "\u202dsk_live_ first, then 7gT4"],
  "in pieces that a program adds": [`"gho_" + "${GITHUB.slice(4)}"`, `'rk_' . 'test_' . '${BODY}'`, `"AKIA"+"5Q7XWZ4L"+"MR2VT3BN"`, `'xoxb-' || '583920174655-' || 'abQ7rK2zP9xW4lM8vT3b'`, `"pk_li" & "ve_${BODY}"`, `"gho_" ..\n  "${GITHUB.slice(4)}"`, "`rk_`\n+ `test_7Rk2Zp9Xw4Lm8Vt3Bn6Hd1Yc`"],
  "in pieces that a program adds, escaped": [`"r"+"\\u006b_\\u0074est_"+"${BODY}"`, `'\\x41\\x4bIA' + '5Q7XWZ4LMR2VT3BN'`],
  "in ROT13, which is said": [`ROT13: ${rot13(STRIPE)}`, `decode with rot-13 ${rot13(GITHUB)}`, `${rot13(AWS)} (rot 13)`],
  "in base 85, which is said": [`Base85: ${base85(`key ${STRIPE}`, ASCII85)}`, `ascii85 "${base85(GITHUB, ASCII85)}"`, `z85(${base85(GITHUB, Z85)})`, `base-85: ${base85(SLACK, RFC1924)}.`],
  "in base 85 between its marks": [`<~${base85(GITHUB, ASCII85)}~>`, `note <~${inFours(base85(`it is ${STRIPE}`, ASCII85)).join("\n")}~> end`],
  "backwards, which is said": [`reversed: ${reversed(GITHUB)}`, `read this backwards ${reversed(STRIPE)}`, `reverse("${reversed(AWS)}")`],
  "in lines with labels": [
    `T1: rk_te\nT2: st_7Rk2Zp9X\nT3: w4Lm8Vt3\nT4: Bn6Hd1Yc`, `line 1: gho_\nline 2: ${GITHUB.slice(4, 20)}\nline 3: ${GITHUB.slice(20)}`, `[1] AKIA5Q7X\n[2] WZ4LMR2V\n[3] T3BN`,
    `1) xoxb-583920174655\n2) -abQ7rK2zP9xW4lM8vT3b`, `- sk_\n- prod_\n- ${BODY}`, `user: pk_live\nassistant: _${BODY}`, `> gho_${GITHUB.slice(4, 12)}\r\n> ${GITHUB.slice(12)}\r\n`,
  ],
  "in lines with something else between them": [`A: note this: rk_\nB: what else?\nA: test_\nB: go on\nA: ${BODY}`, `1. the key starts AKIA5Q7X\n2. it is a nice day\n3. WZ4LMR2VT3BN`, `one: gho_${GITHUB.slice(4, 12)}\ntwo: ok\nthree: ${GITHUB.slice(12)}`],
  "in base32": [base32(`key ${STRIPE}`), `code=${base32(GITHUB)}====`],
  "packed with gzip, in base64": [gzipSync(`the key is ${STRIPE}`).toString("base64"), `blob: ${gzipSync(`${"some log line\n".repeat(200)}${GITHUB}`).toString("base64url")}`],
  "in an image's data": [`data:image/gif;base64,R0lGODlhAQABAAAA...${Buffer.from(`the key is ${STRIPE}`).toString("base64")}`],
};

describe("a secret is found", () => {
  for (const [technique, texts] of Object.entries(FOUND)) test(technique, () => texts.forEach((text) => assert.ok(ids(text).length > 0, text)));
});

/** What has the same signs and no secret in it. */
const CLEAN: Readonly<Record<string, readonly string[]>> = {
  "prose with the letters of a beginning": ["SK - live - from Bratislava on 24 May 2024", "pk is the primary key - test 12345678901234567890", "We live in SK, and test in PK.", "the sk family\nand test item 4 of 20240131", "Asia - live - 2024"],
  "names in parts": ["my-test-suite-for-2024-release-candidate", "app.test.example2024site12.com", "/sk/test/page2024aabb12ccdd34ee", "sk_test_utils_v2_final_20240131", "task_live_reload_server_v12345678", "unit_test_ShouldReturn4Items2Pages33"],
  "installations and what runs in them": ["web-prod-7d9f8b6c5d-x2k4j", "api-staging-20240131T123000Z", "db_prod_replica_00001111222233", "registry/img-test-9f86d081884c7d659a2feaa0c55ad015", "arn:aws:lambda:eu-west-1:1:function:shop-prod-OrderHandler-1A2B3C4D5E6F"],
  "what only says where a key belongs": ["sk_live_xxxxxxxxxxxxxxxxxxxxxxxx", "rk_test_your_key_goes_here_12345", "pk_test_...", "AKIA................", "gho_****"],
  "lists and tables": ["a,b,c,d,e,f,g,h,i,j", "1,2,3,4,5,6,7,8,9,10", "y|n|y|n|y|y|n|n", "4.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1", "x*y*z*w*u*v*t*s", "aa:bb:cc:dd:ee:ff:00:11", "- sk\n- cs\n- pl\n- test 2024", "lang: sk\nmode: live\nbuild: 20240131abcdef12345678"],
  "programs that add": ["`${a}` + `${b}`", "\"id=\" + \"1042\" + \"&n=\" + \"20\"", "'a' || 'b' || 'c'", "msg = \"Total: \" + \"12\" . \" items\""],
  "encodings as a subject": ["rot13 is a letter substitution of 13 places and no encryption at all", "Base85 needs 5 characters for 4 bytes, base64 needs 4 for 3", "the list is reversed: internationalisation4you, localisation2024", "read the sign backwards, then turn left at house number 20240131", "<~not really~>", "x <~ y and y ~> z"],
  "bidirectional text": ["\u202bמפתח הבית נמצא תחת העציץ\u202c", "\u2067التسليم يوم 2024-05-20\u2069", "\u202e(1)\u202c"],
  "capitals and packed data": ["THEQUICKBROWNFOXJUMPSOVERTHELAZYDOG", "ACGTTGCAAGTCGATCGGATCCGATCGTAGCTA", gzipSync("nothing to see here, only a line of a log").toString("base64"), "H4sIAAAAAAAAA", "JBSWY3DPEBLW64TMMQQQ===="],
  "conversations": ["T1: hello\nT2: can you look up order 1042?\nT3: sure", "user: my sk\nassistant: I do not know that word", "1) AKIA is a prefix\n2) of identifiers", "[1] ghp\n[2] is how they begin\n[3] today"],
};

describe("nothing is found in", () => {
  for (const [what, texts] of Object.entries(CLEAN)) test(what, () => texts.forEach((text) => assert.deepEqual(ids(text), [], text)));
});

test("the places are those of the disguised text", () => {
  const cases: readonly (readonly [text: string, replaced: string])[] = [
    [`at rk - test - ${BODY} end`, "at [gone] end"],
    [`at ${inFours(AWS).join(" ")} end`, "at [gone] end"],
    [`at "gho_" + "${GITHUB.slice(4)}" end`, 'at "[gone]" end'],
    [`rot13 at ${rot13(STRIPE)} end`, "rot13 at [gone] end"],
    [`<~${base85(GITHUB, ASCII85)}~> end`, "[gone] end"],
    [`T1: see AKIA5Q7X\nT2: WZ4LMR2VT3BN\nT3: end`, "T1: see [gone]\nT3: end"],
  ];
  for (const [text, replaced] of cases) assert.equal(scanner.rewrite(text, () => "[gone]").value, replaced);
});

test("a key that stands in one piece is not explained a second way", () => {
  for (const text of [STRIPE, `${AWS} and then`, `${GITHUB}\nT2: next`]) {
    const { findings } = scanner.scan(text);
    assert.deepEqual(findings.map(({ form }) => form), ["plain"], text);
  }
});

const texts = fc.string({ unit: fc.constantFrom("sk", "rk", "-", "_", "live", "test", " ", ".", "..", "*", "\n", "T1: ", "[2] ", "- ", "AKIA", "gho_", "a1", "B2c3", "\"", "'", "+", " + ", "||", "<~", "~>", "rot13", "base85 ", "reversed ", "é", "\u202e", "0"), maxLength: 60 });
const mappedBy: Readonly<Record<string, (text: string, from: number, to: number) => readonly Mapped[]>> = {
  closeUp, putTogether, putAdded,
  readAnnounced: (text, from, to) => readAnnounced(text, from, to).filter((piece) => "from" in piece),
};
for (const [name, make] of Object.entries(mappedBy)) {
  test(`every character of what ${name} makes comes from its part of the text, in order`, () => {
    fc.assert(fc.property(texts, fc.nat(20), fc.nat(20), (text, before, behind) => {
      const [from, to] = [Math.min(before, text.length), Math.max(Math.min(before, text.length), text.length - behind)];
      for (const piece of make(text, from, to)) {
        const [start, end] = origin(piece, 0, piece.text.length);
        assert.ok(piece.text.length === 0 || (start >= from && start < end && end <= to));
        for (let at = 1; at <= piece.text.length; at++) assert.ok((piece.from[at] as number) >= (piece.from[at - 1] as number));
      }
    }));
  });
}

test("base 85 is read in each of its alphabets, whatever the length", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 40 }), fc.constantFrom(ASCII85, Z85, RFC1924), (text, digits) => {
    assert.ok(base85Readings(base85(text, digits)).some((bytes) => bytes.toString() === text));
  }));
});

test("what is no base 85 is not read as such", () => {
  for (const text of ["uuuuu", "a", "abcdefg hijk", "日本語のテキスト"]) assert.deepEqual(base85Readings(text).map((bytes) => bytes.length).filter((length) => length > 4), [], text);
});

test("what unpacks to more than is looked into is said to be so, and the rest is found", () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000, "a")).toString("base64");
  const { findings, incomplete } = scanner.scan({ key: STRIPE, bomb });
  assert.deepEqual([findings.length, incomplete], [1, [{ kind: "too_encoded", path: ["bomb"], count: 1 }]]);
});

test("what is packed and cut off is read as far as it goes", () => {
  const packed = gzipSync(`${STRIPE} ${Array.from({ length: 400 }, (_, index) => index * 7_919).join(" ")}`).toString("base64");
  assert.ok(ids(packed.slice(0, packed.length / 2)).length > 0);
});

test("letters with equal signs between them are noticed at every place of a text", () => {
  for (const sign of " *.|~") for (let before = 0; before < 16; before++) for (const behind of ["", "; and more"]) {
    const bytes = Buffer.from(`${"x".repeat(before)}${before > 0 ? "\n" : ""}${[..."abcdef"].join(sign)}${behind}`);
    assert.ok(findSpaced(bytes, bytes.length), `${sign} at ${before}`);
  }
  for (const text of ["a sentence with words in it", "192.168.100.200", "aXbXcXdXeXf", "x -- y -- z", ""]) assert.ok(!findSpaced(Buffer.from(text), Buffer.byteLength(text)), text);
});
