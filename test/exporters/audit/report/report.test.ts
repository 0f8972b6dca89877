import assert from "node:assert/strict";
import type { KeyObject } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { complianceReport } from "../../../../exporters/audit/report/compliance.ts";
import { gatherFacts } from "../../../../exporters/audit/report/facts.ts";
import { FORMATS, MAPPINGS } from "../../../../exporters/audit/report/mappings.ts";
import { compliancePage } from "../../../../exporters/audit/report/page.ts";
import { parsePeriod } from "../../../../exporters/audit/report/period.ts";
import { addHold } from "../../../../exporters/audit/upkeep/holds.ts";
import { verifyDirectory } from "../../../../exporters/audit/verify/directory.ts";
import { parsePublicKey } from "../../../../exporters/audit/verify/trust.ts";
import { VERSION } from "../../../../names.ts";
import type { Processing } from "../../../../policies/index.ts";
import { ROOT, temporaryFolder } from "../../../support/run.ts";
import { KEY, QUARTER, writeFixedLog } from "./fixed.ts";

const GOLDEN = join(ROOT, "test/exporters/audit/report/golden");
const PROCESSING: readonly Processing[] = [
  { id: "refunds", tools: ["refund*"], purpose: "paying customers back", controller: "Shop GmbH, Berlin", subjects: ["customers"], data_categories: ["bank details"], recipients: ["the bank"], recipient_country: "US", safeguards: "standard contractual clauses", erasure: "after 10 years", security: "encryption at rest" },
  { id: "support", tools: ["get_order"], purpose: "answering customers", subjects: [], data_categories: [], recipients: [] },
];

const directory = temporaryFolder();
writeFixedLog(directory, QUARTER);
addHold(directory, { name: "case-7", who: "legal", why: "a claim", since: "2026-11-05T00:00:00.000Z" });
const period = parsePeriod("2026-Q4");

function made(format: (typeof FORMATS)[number]) {
  return complianceReport({ format, period, facts: gatherFacts(directory, period), verified: verifyDirectory(directory), processing: PROCESSING, organisation: "Shop GmbH", now: Date.UTC(2027, 0, 2) });
}

describe("a period", () => {
  const cases = [["2026", "2026-01-01", "2027-01-01"], ["2026-Q1", "2026-01-01", "2026-04-01"], ["2026-Q4", "2026-10-01", "2027-01-01"], ["2026-11", "2026-11-01", "2026-12-01"], ["2026-12", "2026-12-01", "2027-01-01"], ["2028-02", "2028-02-01", "2028-03-01"]] as const;
  for (const [text, from, to] of cases) test(`${text} is ${from} to ${to}`, () => assert.deepEqual(parsePeriod(text), { name: text, from: Date.parse(from), to: Date.parse(to) }));
  for (const text of ["", "26", "2026-Q5", "2026-13", "2026-1", "2026-00", "2026-11-01", " 2026"]) test(`${JSON.stringify(text)} is none`, () => assert.equal(parsePeriod(text), undefined));
});

describe("facts", () => {
  test("are those of the period, and nothing before or after it", () => {
    const { decisions, outcomes, unfinished, opens, ungated, events } = gatherFacts(directory, period);
    assert.deepEqual([decisions.total, decisions.ran, outcomes.total, opens, ungated], [4, 3, 2, 1, ["other@1"]]);
    assert.deepEqual(decisions.effects, { allow: 2, approve: 1, deny: 1 });
    assert.deepEqual(decisions.purposes, { refunds: 2, support: 1 });
    assert.deepEqual([decisions.callers, decisions.agents, decisions.sessions, decisions.representedPersons], [2, 1, 2, 1]);
    assert.equal(decisions.rules["before-the-period"], undefined);
    assert.equal(unfinished, 1, "send_mail has no outcome");
    for (const [kind, list] of Object.entries(events)) assert.equal(list.length, ["keys", "refused", "recoveries"].includes(kind) ? 0 : 1, kind);
    assert.equal(events.erasures[0]?.at, "2026-11-01T00:00:00.000Z");
  });
  test("without a period are all that there are", () => assert.equal(gatherFacts(directory, undefined).decisions.total, 5));
  test("hold nobody's arguments, and no name but of who acted on the log", () => assert.doesNotMatch(JSON.stringify(gatherFacts(directory, undefined)), /"ann"|"bob"|cccccccc/));
});

for (const format of FORMATS) {
  describe(format, () => {
    test("is the same for the same log, byte for byte", () => {
      const report = made(format);
      for (const [ending, text] of [["json", `${JSON.stringify(report, null, 2)}\n`], ["html", compliancePage(report)]] as const) {
        const file = join(GOLDEN, `${format}.${ending}`);
        const found = text.replaceAll(VERSION, "VERSION");
        // To make them anew, delete them, run this, and read what has changed.
        if (!existsSync(file)) writeFileSync(file, found);
        assert.equal(found, readFileSync(file, "utf8"));
      }
    });
    test("claims nothing: mapped to, never compliant", () => {
      const text = JSON.stringify(made(format)) + compliancePage(made(format));
      assert.doesNotMatch(text, /complian(t|ce with)|conform(s|ity)|certif|in accordance|meets the/i);
      assert.match(text, /mapped to/);
      assert.match(text, /What is not proven/);
    });
    test("needs nothing from elsewhere and runs nothing", () => {
      const page = compliancePage(made(format));
      assert.doesNotMatch(page, /<script|<link|<img|<iframe|@import|url\(|src=|href=|\son\w+="/i);
      assert.match(page, /Content-Security-Policy/);
      assert.match(page, /@media print/);
      assert.ok(page.includes("the customer called &#60;b&#62;twice&#60;/b&#62;") && !page.includes("<b>twice"));
    });
    test("has a row for each provision, made of counts", () => {
      const { mapping, verification, processing } = made(format);
      assert.equal(mapping.length, MAPPINGS[format].rows.length);
      for (const { records } of mapping) assert.match(records, /\d|none/);
      assert.equal(verification.outcome, "proven");
      assert.deepEqual(processing?.map(({ id, calls }) => [id, calls]), [["refunds", 2], ["support", 1]]);
    });
  });
}

test("drafts are called drafts", () => {
  const text = JSON.stringify(made("eu-ai-act"));
  assert.match(text, /ISO\/IEC 24970 .*final-draft stage in mid 2026.*prEN 18229-1 .*in enquiry since 2026.*drafts, and neither is harmonised/);
  assert.match(text, /2 December 2027.*2 August 2028/);
  assert.match(text, /its Official Journal reference was not checked/);
});

test("a log that was changed is reported as what it is", () => {
  const changed = temporaryFolder();
  writeFixedLog(changed, QUARTER);
  const file = join(changed, "00112233445566778899aabbccddeeff/00000001-0.log");
  writeFileSync(file, readFileSync(file, "utf8").replace('"effect":"deny"', '"effect":"dena"'));
  const [facts, verified] = [gatherFacts(changed, period), verifyDirectory(changed, { keys: [parsePublicKey(KEY) as KeyObject] })];
  assert.match(facts.logs[0]?.problem ?? "", /damaged at \d+: the chain ends there/);
  assert.notEqual(verified.outcome, "proven");
  const page = compliancePage(complianceReport({ format: "soc2", period, facts, verified, now: 0 }));
  assert.ok(page.includes(`class="${verified.outcome}">${verified.outcome}<`));
  assert.match(page, /is counted only up to where it is damaged/);
  assert.match(page, /<h3>Problems<\/h3>/);
});
