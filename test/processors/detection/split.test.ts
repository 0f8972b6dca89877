import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Finding } from "../../../processors/detection/finding.ts";
import { Scanner } from "../../../processors/detection/scanner.ts";
import { DETECTORS } from "../../support/detectors.ts";

const TOKEN = "ghp_k3J9xQ2mZ7vLp0RtYw8sNb4cUe6hGd1fAo5i";
const scanner = new Scanner(DETECTORS);
const only = (value: unknown): Finding => {
  const { findings } = scanner.scan(value);
  assert.equal(findings.length, 1, JSON.stringify(findings));
  return findings[0] as Finding;
};

test("a secret in two arguments is found wherever it is cut", () => {
  for (let cut = 1; cut < TOKEN.length; cut++) {
    const { detector, form, places } = only({ first: TOKEN.slice(0, cut), second: TOKEN.slice(cut) });
    assert.deepEqual([detector, form], ["github_token", "split"], `cut at ${cut}`);
    assert.deepEqual(places, [{ path: ["first"], inKey: false, start: 0, end: cut }, { path: ["second"], inKey: false, start: 0, end: TOKEN.length - cut }]);
  }
});

describe("a secret is found when it is", () => {
  const cases: Readonly<Record<string, unknown>> = {
    "in three elements": [TOKEN.slice(0, 10), TOKEN.slice(10, 22), TOKEN.slice(22)],
    "in single characters": [...TOKEN],
    "in single characters among others": { note: "hello", parts: [...TOKEN], more: "world" },
    "in pairs of characters": TOKEN.match(/../g),
    "at the end of one text and the beginning of the next": [`the first part is ${TOKEN.slice(0, 17)}`, `${TOKEN.slice(17)} was the second`],
    "in leaves at different depths": { a: { b: [TOKEN.slice(0, 20)] }, c: TOKEN.slice(20) },
    "between numbers and booleans": [1, TOKEN.slice(0, 20), true, 2, TOKEN.slice(20)],
    "a card in groups": ["4111", "1111", "1111", "1111"],
    "a card in two": { a: "41111111", b: "11111111" },
    "a mail address": ["ann@exam", "ple.org"],
  };
  for (const [name, value] of Object.entries(cases)) {
    test(name, () => {
      const { form, places } = only(value);
      assert.equal(form, "split");
      assert.ok(places.length > 1);
    });
  }
});

test("each part is replaced where it stands", () => {
  const value = { a: `x ${TOKEN.slice(0, 17)}`, b: `${TOKEN.slice(17)} y` };
  assert.deepEqual(scanner.rewrite(value, () => "[gone]").value, { a: "x [gone]", b: "[gone] y" });
});

test("a finding within one text is not explained by its neighbours as well", () => {
  const { form, places } = only({ a: "see", b: "bob@example.org", c: "there" });
  assert.deepEqual([form, places], ["plain", [{ path: ["b"], inKey: false, start: 0, end: 15 }]]);
});

test("texts that have nothing to do with each other are not put together", () => {
  const values: unknown[] = [
    { date: "2024-05-20", time: "15:00", flight: "HAT0212" },
    { zip: "10115", phone: "901820", order: "A-1042" },
    [4111, 1111, 1111, 1112],
    ["ghp_", "is a prefix", "of tokens"],
    { id: "536", from: "22 May", to: "1234" },
  ];
  for (const value of values) assert.deepEqual(scanner.scan(value).findings, [], JSON.stringify(value));
});
