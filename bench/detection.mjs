// node scripts/bootstrap.mjs bench/detection.mjs [--json] [--quick]
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { regexEngine } from "../policies/regex.ts";
import { coresOf } from "../processors/detection/cores.ts";
import { inspectContent } from "../processors/detection/content/index.ts";
import { allDetectors } from "../processors/detection/detectors/all.ts";
import { Scanner } from "../processors/detection/scanner.ts";
import { load, machine } from "./machine.mjs";
import { median } from "./round.mjs";
import { args } from "./subject.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const FULL = { rounds: 15, calls: 2_000, starts: 5, growth: 1_000_000 };
/** Shows that everything works; its figures are noise. */
const QUICK = { rounds: 2, calls: 50, starts: 1, growth: 5_000 };
/** So many first calls stand apart: nothing is compiled by then. */
const COLD = 1_000;
const KILOBYTES_64 = 65_536;

/** What we promised ourselves: microseconds and megabytes. */
const BUDGETS = [
  { id: "args", what: "200 B of arguments", p50: 3, p99: 40 },
  { id: "text-2k", what: "2 KB of text", p50: 12, p99: 100 },
];
const MOST_HOSTILE_MS = 10;
const MOST_MB = 60;
/** Compiled code comes and goes; of a million values not a byte may stay. */
const MOST_GROWTH_MB = 1;

const { values: options } = parseArgs({ options: { json: { type: "boolean", default: false }, quick: { type: "boolean", default: false } } });
const settings = options.quick ? QUICK : FULL;
const detectors = allDetectors();
const scanner = new Scanner(detectors, { locales: [...new Set(detectors.flatMap(({ locale }) => locale ?? []))] });
const engine = regexEngine();

const lines = readFileSync(join(root, "test/fixtures/detection/engines.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line));
const from = (name) => lines.filter((line) => line.from.startsWith(name)).map(({ value }) => value);
const prose = "The parcel left the warehouse in the harbour this morning and should arrive on Tuesday; the driver will call before, and nobody has to sign for it. ";
const russian = "Посылка покинула склад сегодня утром и должна прибыть во вторник; водитель позвонит заранее, подписывать ничего не нужно. ";

/** Values of one kind; where there are several they are taken in turn, so that nothing is warm for one of them only. */
const WORKLOADS = [
  { id: "args", label: "200 B arguments, text", values: distinct((index) => ({ ...args, order: `A-${index}`, note: `${args.note.slice(index % 7)}${index % 7}` })) },
  { id: "args-real", label: "arguments of an airline's tools", values: from("benign/tau-airline-calls") },
  { id: "text-2k", label: "2 KB of text", values: distinct((index) => prose.repeat(15).slice(index, index + 2_048)) },
  { id: "object-2k", label: "2 KB object, 30 leaves", values: distinct((index) => Object.fromEntries(Array.from({ length: 30 }, (_, leaf) => [`field_${leaf}`, prose.slice((index + leaf) % 60, ((index + leaf) % 60) + 55)]))) },
  { id: "results-real", label: "results of an airline's tools, one text each", values: from("benign/tau-airline-results") },
  { id: "cyrillic-2k", label: "2,000 letters of Russian", values: distinct((index) => russian.repeat(20).slice(index, index + 2_000)) },
  { id: "one", label: "200 B arguments, one finding", values: distinct((index) => ({ ...args, note: `${args.note.slice(0, 60)} jane.doe${index}@example.org` })) },
  { id: "five", label: "five findings in 250 B", values: distinct((index) => ({ mail: `jane${index}@example.org`, card: "4111 1111 1111 1111", key: "AKIAIOSFODNN7EXAMPLE", note: "SSN 536-22-1234, call +49 30 901820", order: index })) },
];

const noise = (alphabet, seed, state = seed) => Array.from({ length: KILOBYTES_64 }, () => alphabet[(state = (state * 48_271) % 0x7fffffff) % alphabet.length]).join("");
const base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/** 64 KB each, made anew for every call: what is meant to take long is never the same twice. */
const HOSTILE = {
  digits: (seed) => noise("0123456789", seed),
  "digits and separators": (seed) => noise("0123456789 -./", seed),
  base64: (seed) => noise(base64, seed),
  punctuation: (seed) => noise(" !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", seed),
  "letters of two scripts": (seed) => noise("абвгдеaoeс", seed),
  "marks on marks": () => "a\u0308\u0301".repeat(KILOBYTES_64 / 3),
  "percent signs": (seed) => noise("%25", seed),
  "one trigger": () => "@".repeat(KILOBYTES_64),
  "all examples": (seed) => rotate(detectors.flatMap(({ matches }) => matches).join(" ").repeat(4), seed * 997).slice(0, KILOBYTES_64),
  "card numbers that are none": () => "4111 1111 1111 1112 ".repeat(KILOBYTES_64 / 20),
  "base64 in base64 in base64": (seed) => [1, 2, 3].reduce((text) => Buffer.from(text).toString("base64"), noise(`${base64}   `, seed).slice(0, 27_000)),
};

/** Pieces of which a text is made that keeps the content rules busy: openers without an end, separators, commands, calls, quotes that close. */
const HOSTILE_CONTENT = [
  "a;", "|id", "; id ", "cat /etc/passwd; ", "echo a|base64 -d|sh;", "$(id) ", "eval \"", "<%", "<b>x</b> ", "a b c d ", "a=b&c=d&", "${IFS}", "eval(", "system('id') ", "require('a')", "' or ", "' or '1'='1",
  "SELECT a FROM b WHERE c = 'd' AND e > 1;\n", "http://a.example/?q=1 ", "../", "..%c0%af", "%25", "{{7*7}} ", "<!ENTITY a ", "))(", "\"a\": \"b\", ", "if (a > b) { return c[d]; }\n", "`", "(", "\n",
];
const ROLES = ["value", "shell", "sql", "path", "url", "code"];
const MEGABYTES_10 = 10_000_000;

const cold = measureCold();
const rows = WORKLOADS.map(measure);
const result = { machine: { ...machine(tmpdir()), loadAfter: load() }, settings: { quick: options.quick, ...settings }, detectors: detectors.length, triggers: new Set(detectors.flatMap(({ triggers }) => triggers)).size, engine: engine.name, cold, rows, hostile: measureHostile(), content: [KILOBYTES_64, MEGABYTES_10].map(measureContent), memory: await measureMemory() };
process.stdout.write(options.json ? `${JSON.stringify(result, null, 2)}\n` : print(result));

function distinct(make) {
  return Array.from({ length: 1_000 }, (_, index) => make(index));
}

function rotate(text, by) {
  return text.slice(by % text.length) + text.slice(0, by % text.length);
}

/** The first calls of this process, before anything else was scanned. */
function measureCold() {
  const values = WORKLOADS.flatMap(({ values }) => values.slice(0, COLD / WORKLOADS.length));
  const first = performance.now();
  scanner.scan(values[0]);
  const times = [performance.now() - first];
  for (const value of values.slice(1)) times.push(timed(() => scanner.scan(value)));
  return { calls: times.length, firstMs: times[0], ...percentiles(times.slice(1)) };
}

/** Rounds of single calls; of each percentile the median of the rounds. Beside them the floor: writing the text as UTF-8 and one pass of RE2 over it. */
function measure({ id, label, values }) {
  const texts = values.map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
  const buffer = Buffer.allocUnsafeSlow(65_536);
  const set = engine.compileByteSet(floorPatterns());
  for (const text of texts) set(Buffer.from(text));
  const rounds = Array.from({ length: settings.rounds }, () => {
    const scan = [];
    const floor = [];
    for (let call = 0; call < settings.calls; call++) {
      const index = call % values.length;
      scan.push(timed(() => scanner.scan(values[index])));
      floor.push(timed(() => set(buffer.subarray(0, buffer.write(texts[index])))));
    }
    return { scan: percentiles(scan), floor: percentiles(floor) };
  });
  const of = (kind, name) => median(rounds.map((round) => round[kind][name]));
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / texts.length;
  const findings = values.reduce((sum, value) => sum + scanner.scan(value).findings.length, 0) / values.length;
  return { id, label, bytes, findings, p50: of("scan", "p50"), p90: of("scan", "p90"), p99: of("scan", "p99"), megabytesPerSecond: bytes / of("scan", "p50"), floor50: of("floor", "p50"), floor99: of("floor", "p99") };
}

/** Text of every trigger, as RE2 takes it: what one pass over a ready buffer costs at least. */
function floorPatterns() {
  const texts = new Set(detectors.flatMap(({ triggers }) => triggers).map((trigger) => coresOf(trigger).texts[0]));
  return Array.from(texts, (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
}

function measureHostile() {
  return Object.entries(HOSTILE).map(([label, make]) => {
    const times = [];
    let scan;
    for (let seed = 1; seed <= Math.max(3, settings.rounds); seed++) {
      const text = make(seed);
      const before = process.threadCpuUsage();
      scan = scanner.scan(text);
      const { user, system } = process.threadCpuUsage(before);
      times.push((user + system) / 1e3);
    }
    return { label, firstMs: times[0], p50Ms: median(times), mostMs: Math.max(...times), findings: scan.findings.length, incomplete: scan.incomplete.map(({ kind }) => kind) };
  });
}

/** Of each role the piece that takes longest when a text is made of nothing else. */
function measureContent(size) {
  const repeats = size === KILOBYTES_64 ? Math.max(3, settings.rounds) : 1;
  const pieces = options.quick ? HOSTILE_CONTENT.slice(0, 4) : HOSTILE_CONTENT;
  return ROLES.map((role) => pieces.map((piece) => {
    const text = piece.repeat(Math.ceil(size / piece.length)).slice(0, size);
    let findings;
    const times = Array.from({ length: repeats }, () => {
      const before = process.threadCpuUsage();
      findings = inspectContent(text, { role });
      const { user, system } = process.threadCpuUsage(before);
      return (user + system) / 1e3;
    });
    return { role, size, piece, firstMs: times[0], p50Ms: median(times), mostMs: Math.max(...times), findings: findings.length, complete: !findings.some(({ rule }) => rule === "content.too_complex") };
  }).reduce((slowest, one) => (one.p50Ms > slowest.p50Ms ? one : slowest)));
}

/** Resident size of processes that load the scanner as it is shipped, bundled; and what a million scans add. */
async function measureMemory() {
  const folder = join(root, "node_modules/.cache/spangate-bench");
  mkdirSync(folder, { recursive: true });
  try {
    const outfile = join(folder, "scanner.mjs");
    await build({
      stdin: { contents: entry(), resolveDir: root, loader: "ts" }, outfile, bundle: true, platform: "node", format: "esm", packages: "external", logLevel: "error", minifySyntax: true, minifyWhitespace: true,
    });
    const each = (count) => `for (let index = 0; index < ${count}; index++) scan({ id: index, note: "write to user" + index + "@example.org" });`;
    const load = `import { scan } from ${JSON.stringify(outfile)};`;
    const output = (script, ...flags) => execFileSync(process.execPath, [...flags, "--input-type=module", "-e", script], { encoding: "utf8", cwd: root }).trim();
    const run = (script) => Number(output(script));
    const rss = "console.log(process.memoryUsage().rss / 1e6)";
    const several = (script) => median(Array.from({ length: settings.starts }, () => run(script)));
    const bare = several(rss);
    const loaded = several(`${load} ${each(COLD)} ${rss}`);
    const use = "(gc(), gc(), (({ heapUsed, external, rss }) => [heapUsed + external, rss])(process.memoryUsage()))";
    const [kept, resident] = output(`${load} ${each(settings.growth / 10)} const before = ${use}; ${each(settings.growth)} console.log(${use}.map((after, index) => (after - before[index]) / 1e6).join(" "))`, "--expose-gc").split(" ").map(Number);
    return { bareMb: bare, loadedMb: loaded - bare, scans: settings.growth, keptMb: kept, growthMb: resident };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function entry() {
  return `import { allDetectors } from "./processors/detection/detectors/all.ts";
import { Scanner } from "./processors/detection/scanner.ts";
const detectors = allDetectors();
const scanner = new Scanner(detectors, { locales: [...new Set(detectors.flatMap(({ locale }) => locale ?? []))] });
export const scan = (value) => scanner.scan(value);`;
}

function timed(call) {
  const start = performance.now();
  call();
  return (performance.now() - start) * 1e3;
}

function percentiles(times) {
  const sorted = Float64Array.from(times).sort();
  const at = (part) => sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99) };
}

function print({ machine, settings, detectors, triggers, engine, cold, rows, hostile, content: [content, huge], memory }) {
  const cells = (label, ...values) => label.padEnd(48) + values.map((value) => String(value).padStart(10)).join("");
  const number = (value, digits = 2) => value.toFixed(digits);
  const out = [
    `${detectors} detectors, ${triggers} triggers, all countries, on ${engine}; ${machine.date}`,
    `${machine.cpu}, ${machine.cores} cores, ${machine.platform}, Node ${machine.node}, load average ${machine.load[0]} at the start, ${machine.loadAfter[0]} at the end${settings.quick ? "; QUICK: not for comparison" : ""}`,
    "", cells("scan, µs per call [1]", "bytes", "findings", "p50", "p90", "p99", "MB/s", "floor p50", "floor p99"),
    ...rows.map((row) => cells(`  ${row.label}`, Math.round(row.bytes), number(row.findings, 1), number(row.p50), number(row.p90), number(row.p99), Math.round(row.megabytesPerSecond), number(row.floor50), number(row.floor99))),
    "", cells(`the first ${cold.calls} calls of the process, mixed [2]`, "", "", number(cold.p50), number(cold.p90), number(cold.p99)),
    cells("  the very first, ms", "", "", number(cold.firstMs)),
    "", cells("hostile, 64 KB each, ms of processor [3]", "first", "p50", "most", "findings"),
    ...hostile.map((row) => cells(`  ${row.label}`, number(row.firstMs), number(row.p50Ms), number(row.mostMs), row.findings) + (row.incomplete.length ? `  ${row.incomplete.join(", ")}` : "")),
    "", cells("content rules, the slowest of 30 kinds, ms [3, 5]", "first", "p50", "most", "findings"),
    ...[...content, ...huge].map((row) => cells(`  ${row.size === KILOBYTES_64 ? "64 KB" : "10 MB"} as ${row.role}: ${JSON.stringify(row.piece.slice(0, 20))}`, number(row.firstMs), number(row.p50Ms), number(row.mostMs), row.findings) + (row.complete ? "" : "  too_complex")),
    "", `memory [4]: ${number(memory.loadedMb, 1)} MB over a bare process of ${number(memory.bareMb, 1)} MB after 1,000 scans; ${memory.scans.toLocaleString("en")} scans more: ${number(memory.keptMb, 1)} MB more in use, ${number(memory.growthMb, 1)} MB more resident`, "",
    ...BUDGETS.flatMap(({ id, what, p50, p99 }) => {
      const row = rows.find((candidate) => candidate.id === id);
      return [budget(`p50, ${what}`, row.p50, p50, "µs"), budget(`p99, ${what}`, row.p99, p99, "µs")];
    }),
    budget("hostile 64 KB, the slowest kind at its median", Math.max(...hostile.map(({ p50Ms }) => p50Ms)), MOST_HOSTILE_MS, "ms"),
    budget("content rules, 64 KB, the slowest kind at its median", Math.max(...content.map(({ p50Ms }) => p50Ms)), MOST_HOSTILE_MS, "ms"),
    budget("resident size over a bare process", memory.loadedMb, MOST_MB, "MB"),
    budget(`in use after ${memory.scans.toLocaleString("en")} scans more`, memory.keptMb, MOST_GROWTH_MB, "MB"),
    "", "[1] Each call is timed by itself, the clock included; of each percentile the median of the rounds; 1,000 different values in turn where they are made here. The floor, in the same rounds: the value's JSON written as UTF-8 into a ready buffer and one RE2.Set with one text of each trigger over it.",
    "[2] Nothing is compiled, the automaton of the digit rules is empty; the values of all lines above in turn.",
    "[3] Other text for every call; time of the thread on the processor, since a call is as long as what the scheduler gives to others. too_busy and its kind: what was not looked at for a limit, which policy decides on.",
    "[4] The scanner bundled as it is shipped, with every detector, each in a process of its own. In use: what is left when all garbage is collected; the growth is that. What V8 holds in reserve beside it, most of it for its young generation (--max-semi-space-size), is resident as well.",
    "[5] One piece, repeated. too_complex: looked at as far as the limit of steps goes, which is a finding that blocks unless the policy says otherwise.",
  ];
  return `${out.join("\n")}\n`;
}

function budget(what, value, limit, unit) {
  return `budget: ${value <= limit ? "met    " : "NOT met"}  ${what}: ${value.toFixed(1)} ${unit}, at most ${limit} ${unit}`;
}
