// How much of what should be found is found, and what else is: node scripts/bootstrap.mjs bench/detection-accuracy.mjs [--json]
// The corpora are no part of this repository: SPANGATE_CORPORA names their folder, default ../shared/corpora.
import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { eachText } from "../processors/texts.ts";
import { allDetectors, createScanner, inspectContent, roleOf } from "../processors/detection/heavy.ts";
import { measureContent } from "./accuracy/content.mjs";
import { piiAccuracy } from "./accuracy/pii.mjs";
import { secretsAccuracy } from "./accuracy/secrets.mjs";
import { machine } from "./machine.mjs";

const corpora = process.env.SPANGATE_CORPORA ?? fileURLToPath(new URL("../../shared/corpora", import.meta.url));
const { values: options } = parseArgs({ options: { json: { type: "boolean", default: false } } });
if (!existsSync(corpora)) {
  process.stderr.write(`There are no corpora in ${corpora}; set SPANGATE_CORPORA to their folder.\n`);
  process.exit(2);
}

const detectors = allDetectors();
const locales = [...new Set(detectors.flatMap(({ locale }) => locale ?? []))].sort();
const scanners = new Map();

/** Findings of one category in a text, on the text itself. */
function find(category, countries = []) {
  const key = `${category} ${countries.join()}`;
  if (!scanners.has(key)) scanners.set(key, createScanner(detectors.filter((detector) => detector.category === category), { locales: countries }));
  return (text) => scanners.get(key).scan(text).findings.map(({ detector, places: [{ start, end }] }) => ({ detector, start, end }));
}

const pii = piiAccuracy((text, countries) => find("pii", countries)(text), corpora, locales);
const secrets = secretsAccuracy(find("secret"), corpora);
const content = measureContent((text, { role, roots, key, tool }) => inspectContent(text, { role: role ?? roleOf(key, tool), ...(roots && { roots }) }), corpora);
const report = { machine: machine(tmpdir()), detectors: detectors.length, locales: locales.length, pii, secrets, content, firewall: firewall(), calls: calls() };
process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : print(report));

/** All parts together, as a call that carries the text would be blocked with `secrets: {}` and `content: {}`. */
function blocks(value, tool = "tool") {
  const carriesSecret = find("secret")(value).length > 0;
  return carriesSecret || eachText(value, (text, key) => inspectContent(text, { role: roleOf(key, tool) }).some(({ level }) => level === "block"));
}

function firewall() {
  const cases = jsonLines("firewall-50/adversarial.jsonl");
  const wrong = cases.filter(({ text, expect }) => blocks(text) !== (expect === "block"));
  const of = (expect) => cases.filter((one) => (one.expect === "block") === (expect === "block"));
  const right = (expect) => of(expect).filter((one) => !wrong.includes(one)).length;
  return { block: of("block").length, blocked: right("block"), allow: of("allow").length, allowed: right("allow"), wrong: wrong.map(({ id, kind }) => `${id} ${kind ?? ""}`.trim()) };
}

/** Ordinary tool calls that would be blocked. */
function calls() {
  return ["bfcl-multiple", "bfcl-simple", "tau-airline-calls"].map((name) => {
    const all = jsonLines(`benign/${name}.jsonl`);
    return { corpus: `benign/${name}`, calls: all.length, blocked: all.filter(({ tool, args, text }) => blocks(args ?? text, tool)).length };
  });
}

function jsonLines(file) {
  return readFileSync(join(corpora, file), "utf8").trim().split("\n").map((line) => JSON.parse(line));
}

function print({ machine: { date, node }, detectors: count, locales: countries, ...parts }) {
  const percent = (part, all) => (all === 0 ? "-" : `${((100 * part) / all).toFixed(2)} %`);
  const row = (...cells) => `  ${String(cells[0]).padEnd(46)}${cells.slice(1).map((cell) => String(cell).padStart(14)).join("")}`;
  const { totals } = parts.secrets;
  return `${[
    `${count} detectors, ${countries} countries, Node ${node}, ${date}`, "",
    "personal data, every country at once (pii/synthetic)",
    row("", "right", "wrong", "missed"),
    row("all structured types", parts.pii.total.tp, parts.pii.total.fp, parts.pii.total.fn),
    row("precision, recall", percent(parts.pii.total.tp, parts.pii.total.tp + parts.pii.total.fp), "", percent(parts.pii.total.tp, parts.pii.total.tp + parts.pii.total.fn)),
    ...parts.pii.alarms.map(({ file, texts, flagged }) => row(`${file}: texts with a finding`, `${flagged} of ${texts}`)),
    row("names and places, which no rule can find", "", "", Object.values(parts.pii.outOfScope ?? {}).reduce((sum, one) => sum + one, 0)), "",
    "secrets (secrets/gitleaks-fixtures)",
    row("must hit", `${totals.hitFound} of ${totals.hit}`, percent(totals.hitFound, totals.hit)),
    row("must not", `${totals.missClean} of ${totals.miss}`, percent(totals.missClean, totals.miss)),
    ...parts.secrets.falseAlarms.map(({ corpus, texts, flagged }) => row(`${corpus}: texts with a finding`, `${flagged} of ${texts}`)), "",
    "content rules: blocked, and blocked or flagged, by corpus",
    ...parts.content.attacks.map(({ file, role, roots, n, blocked, flagged }) => row(`${file} as ${role}${roots ? ", with roots" : ""}`, n, percent(blocked, n), percent(blocked + flagged, n))),
    ...parts.content.benign.map(({ file, n, blocked, flagged }) => row(file, n, percent(blocked, n), percent(blocked + flagged, n))), "",
    "all parts together",
    row("firewall-50: blocked of what must be", `${parts.firewall.blocked} of ${parts.firewall.block}`), row("firewall-50: allowed of what must be", `${parts.firewall.allowed} of ${parts.firewall.allow}`),
    ...(parts.firewall.wrong.length ? [`  wrong: ${parts.firewall.wrong.join("; ")}`] : []),
    ...parts.calls.map(({ corpus, calls: all, blocked }) => row(`${corpus}: ordinary calls blocked`, `${blocked} of ${all}`, percent(blocked, all))),
  ].join("\n")}\n`;
}
