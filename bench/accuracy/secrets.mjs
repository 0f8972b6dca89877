// How many of the published test cases of the secret rules are decided rightly, and what else is flagged.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GITLEAKS_DATA } from "../../processors/detection/secrets/gitleaks-data.ts";

const FIXTURES = "secrets/gitleaks-fixtures.jsonl";
/** Texts without secrets. */
const BENIGN = [
  "benign/bfcl-multiple.jsonl", "benign/bfcl-questions.jsonl", "benign/bfcl-simple.jsonl", "benign/notinject-one.jsonl", "benign/own-lookalikes.jsonl",
  "benign/tau-airline-calls.jsonl", "benign/tau-airline-results.jsonl", "benign/tau-airline-user-turns.jsonl", "pii/lookalikes.jsonl", "pii/synthetic.jsonl",
];
/** What is a secret among the personal data of pii/synthetic.jsonl. */
const SECRET_TYPES = ["PASSWORD", "URL_CREDENTIALS"];
/** A secret counts as found when findings cover this part of it: upstream counts quotes and names in, some rules cut short. */
const COVERED = 0.75;

/**
 * @param {(text: string) => { detector: string, start: number, end: number }[]} scan with the secret detectors only
 * @param {string} corpora folder
 * @returns rows per upstream rule, and their sum: of `hit` cases `hitFound` were found by any detector and
 *   `hitNamed` by that of the rule; in `missClean` of `miss` cases that of the rule found nothing
 */
export function secretsAccuracy(scan, corpora) {
  const rows = rowsOf(scan, lines(corpora, FIXTURES));
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  return {
    rows,
    totals: Object.fromEntries(["hit", "hitFound", "hitNamed", "miss", "missClean"].map((key) => [key, sum(key)])),
    falseAlarms: BENIGN.map((corpus) => falseAlarms(scan, corpus, lines(corpora, corpus))),
  };
}

/** @returns rows as above, for cases `{ id, rule, text, expect, secret? }`; `wrong` names the cases */
export function rowsOf(scan, cases) {
  const { rules, replaced } = JSON.parse(GITLEAKS_DATA);
  const rows = new Map();
  for (const { id, rule, text, expect, secret } of cases) {
    const own = replaced[rule] ? [replaced[rule]].flat() : rules.filter((entry) => entry.rule === rule).map((entry) => entry.id);
    const row = rows.get(rule) ?? { rule, hit: 0, hitFound: 0, hitNamed: 0, miss: 0, missClean: 0, wrong: [] };
    rows.set(rule, row);
    const findings = scan(text);
    const named = findings.filter(({ detector }) => own.includes(detector));
    row[expect]++;
    if (expect === "hit") {
      const found = covered(text, secret, findings);
      row.hitFound += Number(found);
      row.hitNamed += Number(covered(text, secret, named));
      if (!found) row.wrong.push(id);
    } else if (named.length === 0) row.missClean++;
    else row.wrong.push(id);
  }
  return [...rows.values()];
}

function covered(text, secret, findings) {
  if (secret === undefined) return findings.length > 0;
  const from = text.indexOf(secret);
  let count = 0;
  for (let at = from; at < from + secret.length; at++) count += Number(findings.some(({ start, end }) => start <= at && at < end));
  return count >= COVERED * secret.length;
}

function falseAlarms(scan, corpus, cases) {
  const findings = {};
  let flagged = 0;
  for (const { text, args, spans = [] } of cases) {
    const secrets = spans.filter(({ type }) => SECRET_TYPES.includes(type));
    const found = scan(text ?? JSON.stringify(args)).filter(({ start, end }) => !secrets.some((span) => span.start < end && start < span.end));
    flagged += Number(found.length > 0);
    for (const { detector } of found) findings[detector] = (findings[detector] ?? 0) + 1;
  }
  return { corpus, texts: cases.length, flagged, findings };
}

function lines(corpora, file) {
  return readFileSync(join(corpora, file), "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
}
