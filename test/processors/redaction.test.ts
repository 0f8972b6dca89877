import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import fc from "fast-check";
import { definePolicy, type Invocation } from "../../policies/index.ts";
import { Pipeline } from "../../processors/pipeline.ts";
import { readKeys } from "../../processors/redaction/key.ts";
import { lookAlike } from "../../processors/redaction/look-alike.ts";
import { substitute } from "../../processors/redaction/strategy.ts";
import { detokenize, tokenize } from "../../processors/redaction/token.ts";
import { SpangateError } from "../../errors.ts";
import { call } from "../support/call.ts";

const validator = createRequire(import.meta.url)("validator") as Readonly<Record<"isEmail" | "isCreditCard" | "isIBAN", (text: string) => boolean>>;
const KEY = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
process.env["SPANGATE_REDACTION_KEY"] = KEY;
const keys = readKeys(KEY);

const pipelineOf = (redact: object, more: object = {}): Pipeline => new Pipeline(definePolicy({ spangate: 1, name: "p", default: "allow", redact, ...more }));
const filtered = (redact: object, result: unknown, invocation: Invocation = call("t")): unknown => pipelineOf(redact).filter(invocation, result).value;

/** What a call would run with, judged as the span processors do. */
function judged(pipeline: Pipeline, invocation: Invocation): { effect: string; arguments: unknown; reason: string; flags: readonly string[] } {
  for (const processor of pipeline.processors) if ("judge" in processor) processor.onStart({} as never, { getValue: () => invocation } as never);
  return pipeline.verdict(invocation) as never;
}

const CARD = "4111 1111 1111 1111";

describe("strategies", () => {
  const cases: readonly [strategy: string, expected: RegExp][] = [
    ["placeholder", /^paid with \[REDACTED:credit_card\]$/], ["mask", /^paid with \*{4} \*{4} \*{4} 1111$/], ["remove", /^paid with $/],
    ["hash", /^paid with \[HASH:credit_card:[0-9a-f]{16}\]$/], ["tokenize", /^paid with \[TOKEN:credit_card:[\w-]+\]$/],
  ];
  for (const [strategy, expected] of cases) test(strategy, () => assert.match(String(filtered({ strategy }, `paid with ${CARD}`)), expected));

  test("equal values stay equal by hash and token, within a tenant and not beyond", () => {
    for (const strategy of ["hash", "tokenize"]) {
      const [one, two, other] = [{}, {}, { tenant: "acme" }].map((more) => filtered({ strategy }, CARD, call("t", more)));
      assert.equal(one, two);
      assert.notEqual(one, other);
    }
  });
  test("values of the same form on request, of which none is anybody's", () => {
    const redacted = filtered({ preserve_form: true }, { mail: "jane@corp.example", card: CARD, iban: "DE89 3704 0044 0532 0130 00" }) as Record<string, string>;
    assert.ok(validator.isEmail(redacted["mail"] ?? "") && redacted["mail"]?.endsWith(".invalid"));
    assert.ok(validator.isCreditCard(redacted["card"] ?? "") && redacted["card"] !== CARD);
    assert.ok(validator.isIBAN(redacted["iban"] ?? ""));
  });
  test("whatever is taken out, none of it is left by a placeholder of the same form", () => {
    fc.assert(fc.property(fc.stringMatching(/^[A-Z]{2}[0-9]{6}[a-z]{3}$/), (value) => !/[1-9A-WY-Za-wyz]/.test(lookAlike("anything", value))));
  });
  test("masks leave no more than the last four characters", () => {
    const mask = substitute("mask", false, () => keys);
    fc.assert(fc.property(fc.stringMatching(/^[A-Za-z0-9]{1,30}$/), (value) => mask("x", value, "").replaceAll("*", "").length <= (value.length < 9 ? 0 : 4)));
  });
});

describe("tokens", () => {
  test("come back whole, wherever they stand", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), fc.string({ maxLength: 20 }), (value, around) => {
      fc.pre(value.isWellFormed() && !around.includes("["));
      return detokenize(keys, `${around}${tokenize(keys, "email", value, "acme")}${around}`, "acme") === `${around}${value}${around}`;
    }));
  });
  const refused: readonly [name: string, token: string, scope: string][] = [
    ["of another tenant", tokenize(keys, "email", "a@b.example", "acme"), "other"],
    ["of another key", tokenize(readKeys("ff".repeat(32)), "email", "a@b.example", "acme"), "acme"],
    ["with another detector's name", tokenize(keys, "email", "a@b.example", "acme").replace("email", "iban"), "acme"],
    ["that was made up", `[TOKEN:email:${"A".repeat(60)}]`, "acme"],
  ];
  for (const [name, token, scope] of refused) test(`one ${name} is refused`, () => assert.throws(() => detokenize(keys, token, scope), /cannot be put back|not one that can be put back/));

  test("a tool that may have the value back gets it, and no other tool does", () => {
    const pipeline = pipelineOf({ strategy: "tokenize", restore: "send_mail" });
    const seen = pipeline.filter(call("lookup"), { email: "jane@corp.example" }).value as { email: string };
    assert.match(seen.email, /^\[TOKEN:/);
    assert.deepEqual(judged(pipeline, call("send_mail", { arguments: { to: [seen.email], text: `hi ${seen.email}` } })).arguments, { to: ["jane@corp.example"], text: "hi jane@corp.example" });
    assert.deepEqual(judged(pipeline, call("post", { arguments: { text: seen.email } })).arguments, { text: seen.email });
    const stolen = judged(pipeline, call("send_mail", { arguments: { to: seen.email }, tenant: "evil" }));
    assert.deepEqual([stolen.effect, /not one that can be put back/.test(stolen.reason)], ["deny", true]);
  });
  test("without a key the policy is refused, with the remedy", () => {
    delete process.env["SPANGATE_REDACTION_KEY"];
    assert.throws(() => pipelineOf({ strategy: "hash" }), (error) => error instanceof SpangateError && error.code === "SG_REDACTION_KEY" && /openssl rand/.test(error.remedy));
    process.env["SPANGATE_REDACTION_KEY"] = "dG9vIHNob3J0";
    assert.throws(() => pipelineOf({ strategy: "tokenize" }), /it has 9 bytes/);
    process.env["SPANGATE_REDACTION_KEY"] = KEY;
  });
});

describe("selection", () => {
  const both = { mail: "jane@corp.example", card: CARD };
  const cases: readonly [redact: object, tool: string, expected: object][] = [
    [{ detectors: ["email"] }, "t", { mail: "[REDACTED:email]", card: CARD }],
    [{ detectors: ["credit_*"] }, "t", { mail: both.mail, card: "[REDACTED:credit_card]" }],
    [{ detectors: ["secret"] }, "t", both],
    [{ in: ["arguments"] }, "t", both],
    [{ tool: "other" }, "t", both],
    [{ overrides: [{ detectors: ["email"], strategy: "keep" }] }, "t", { mail: both.mail, card: "[REDACTED:credit_card]" }],
    [{ overrides: [{ detectors: ["pii"], tool: "crm_*", strategy: "remove" }] }, "crm_read", { mail: "", card: "" }],
  ];
  for (const [redact, tool, expected] of cases) test(`${JSON.stringify(redact)} for ${tool}`, () => assert.deepEqual(filtered(redact, both, call(tool)), expected));

  test("a detector that nobody knows is refused, with the nearest", () => {
    for (const redact of [{ detectors: ["emial"] }, { overrides: [{ detectors: ["emial"], strategy: "mask" }] }]) assert.throws(() => pipelineOf(redact), /there is no detector "emial", did you mean "email"\?/);
  });
  test("a detector of the policy's own is used, and one that fails its examples is refused", () => {
    const own = { id: "employee", triggers: ["EMP-"], pattern: "EMP-[0-9]{6}", matches: ["EMP-123456"], misses: ["EMP-1"] };
    const value = new Pipeline(definePolicy({ spangate: 1, name: "p", detection: { detectors: [own] }, redact: { detectors: ["employee"] } })).filter(call("t"), "see EMP-654321").value;
    assert.equal(value, "see [REDACTED:employee]");
    for (const [bad, says] of [[{ ...own, matches: ["EMP-12"] }, /does not find its own example/], [{ ...own, misses: ["EMP-123456"] }, /which it must not/], [{ ...own, pattern: "(?=x)" }, /not RE2/]] as const) {
      assert.throws(() => pipelineOf({}, { detection: { detectors: [bad] } }), (error) => error instanceof SpangateError && error.code === "SG_DETECTOR_INVALID" && says.test(error.message));
    }
  });
});

describe("secrets", () => {
  const key = "AKIAQYLPMN5HHHFPZAM2";
  const verdict = (secrets: object, args: object): { effect: string; flags: readonly string[]; reason: string } => judged(new Pipeline(definePolicy({ spangate: 1, name: "p", default: "allow", secrets })), call("t", { arguments: args }));
  test("a call that carries one is blocked, and the reason does not repeat it", () => {
    const { effect, reason } = verdict({}, { note: `use ${key}` });
    assert.equal(effect, "deny");
    assert.match(reason, /credential \(\w+/);
    assert.doesNotMatch(reason, /AKIA/);
  });
  test("or only flagged, or let be", () => {
    assert.deepEqual([verdict({ action: "flag" }, { note: key }).effect, verdict({ action: "flag" }, { note: key }).flags.length > 0], ["allow", true]);
    assert.deepEqual([verdict({ action: "off" }, { note: key }).flags, verdict({}, { note: "nothing" }).effect], [[], "allow"]);
  });
  test("a result that carries one is withheld", () => {
    const pipeline = new Pipeline(definePolicy({ spangate: 1, name: "p", default: "allow", secrets: {} }));
    assert.throws(() => pipeline.filter(call("t"), { env: key }), /it carries a credential/);
  });
});

describe("what could not be looked at", () => {
  const deep = (levels: number): unknown => Array.from({ length: levels }).reduce((inner) => [inner], "x" as unknown);
  const verdict = (detection: object, args: unknown): { effect: string; flags: readonly string[] } => judged(pipelineOf({}, { detection }), call("t", { arguments: args }));
  test("too deep is blocked unless the policy says otherwise", () => {
    assert.equal(verdict({}, deep(80)).effect, "deny");
    assert.deepEqual([verdict({ incomplete: "flag" }, deep(80)).effect, verdict({ incomplete: "flag" }, deep(80)).flags], ["allow", ["incomplete:too_deep"]]);
    assert.deepEqual(verdict({ incomplete: "off" }, deep(80)).flags, []);
  });
  test("bytes that are no text are flagged unless the policy says otherwise", () => {
    const bytes = { image: Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 1, 2, 3]) };
    assert.deepEqual([verdict({}, bytes).effect, verdict({}, bytes).flags], ["allow", ["incomplete:binary"]]);
    assert.equal(verdict({ unscannable: "block" }, bytes).effect, "deny");
  });
  test("a policy that relies on nothing being looked at is not held up", () => {
    assert.equal(judged(new Pipeline(definePolicy({ spangate: 1, name: "p", default: "allow" })), call("t", { arguments: deep(80) })).effect, "allow");
  });
});
