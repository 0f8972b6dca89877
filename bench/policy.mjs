// node scripts/bootstrap.mjs bench/policy.mjs [--json] [--quick]: what deciding by a policy costs, and loading and replacing one.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compileCondition } from "../policies/condition.ts";
import { compileCedar } from "../policies/engines/cedar.ts";
import { compileRego } from "../policies/engines/rego.ts";
import { definePolicy, parsePolicy } from "../policies/load.ts";
import { cleanEnvironment, load, machine } from "./machine.mjs";
import { callsOf, ENGINE_RULES, invocation, KINDS, policyOf, yamlOf } from "./policies.mjs";
import { median, round } from "./round.mjs";
import { measureSwaps } from "./swap.mjs";

const FULL = { rounds: 15, calls: 5_000, warmUp: 20_000, sizes: [10, 100, 1_000, 10_000, 100_000], starts: 5, allocations: 20_000, kept: 1_000_000, swaps: 1_000 };
/** Shows that everything works; its figures are noise. */
const QUICK = { rounds: 2, calls: 50, warmUp: 50, sizes: [10, 100, 10_000], starts: 1, allocations: 500, kept: 2_000, swaps: 20 };

const FOOTNOTES = [
  "decide() of a compiled policy, synchronous, each call timed by itself, the clock included (first line). One round of each case in turn, medians over the rounds of each round's own p50, p99 and mean; the event loop turns every 50 calls outside the timed part. Rules: bench/policies.mjs, four kinds in turn and three that look at every name; 64 tools, spread over the rules, are called in turn.",
  "First sight: a tool name that is not remembered, found by a pattern: 10,000 of them in turn, of which 4,096 at most are remembered at any time.",
  "One rule of each kind on one call, the View of the call included; every case is checked to decide as its rule says before it is measured.",
  "Each in a new process: heapUsed before and after so many decisions with a young generation so large that nothing is collected in between (--min-semi-space-size), per decision; and heapUsed after a collection (--expose-gc) before and after a million decisions of 10,000 names in turn: what stays.",
  "parsePolicy() of YAML, one rule a line. First: in a new process, whose first policy it is, YAML library and schema included. Again: in this process, which has loaded twenty others.",
  "enforce() of the built package with a policy made in code, validated and compiled at each swap, while eight loops call a guarded tool, each once a turn of the event loop (log in memory). Blocked: how long enforce() holds the event loop. Seen: until a call that is made right after it was decided by the new policy, which is the first to need that policy's detectors. Every call is checked to be decided by one of the two policies as a whole.",
  "The rules of test/fixtures/rego/spangate.rego, test/fixtures/cedar/spangate.cedar and ENGINE_RULES of bench/policies.mjs say the same; all are checked to allow and to deny. Ours starts from the invocation, the engines from facts that are ready.",
];

/** What we promised ourselves; microseconds, then milliseconds. */
const BUDGET = { 100: 1, 10_000: 3, cel: 1, load: 500, swap: 50 };

function decides(id, label, decide, calls) {
  let next = 0;
  return { id, label, sync: true, times: [], call: () => decide(calls[next++ % calls.length]) };
}

async function timed(cases, { rounds, calls, warmUp }) {
  for (const one of cases) await round(one, warmUp);
  for (let index = 0; index < rounds; index++) for (const one of cases) one.times.push(await round(one, calls));
  return cases.map(({ id, label, times }) => ({ id, label, ...Object.fromEntries(["p50", "p99", "mean"].map((key) => [key, median(times.map((time) => time[key]))])) }));
}

function bySize({ sizes }) {
  // More than are remembered, so that none is when its turn comes again.
  const unseen = Array.from({ length: 10_000 }, (_, index) => invocation(`crm_1.unseen${index}`));
  return sizes.flatMap((size) => {
    const policy = definePolicy(policyOf(size));
    const calls = callsOf(size);
    if (calls.filter((call) => policy.decide(call).ruling.effect === "allow").length < calls.length / 2) throw new Error(`the policy of ${size} rules does not decide as its rules say`);
    return [
      decides(size, `${size.toLocaleString("en")} rules`, (call) => policy.decide(call), calls),
      decides(`${size}-new`, `${size.toLocaleString("en")} rules, first sight of the tool [2]`, (call) => policy.decide(call), unseen),
    ];
  });
}

function byKind() {
  return Object.entries(KINDS).map(([label, source]) => {
    const policy = definePolicy({ spangate: 1, name: "k", ...source });
    const call = invocation("x");
    const { effect } = policy.decide(call).ruling;
    if (effect !== (source.rules[0].effect ?? "allow")) throw new Error(`${label} decides ${effect}`);
    return decides(label, label, (one) => policy.decide(one), [call]);
  });
}

function engines() {
  const fixture = (name) => readFileSync(new URL(`../test/fixtures/${name}`, import.meta.url));
  const policy = definePolicy(ENGINE_RULES);
  const [rego, cedar] = [compileRego({ id: "org", wasm: fixture("rego/spangate.wasm"), entrypoint: "spangate/decision" }), compileCedar({ id: "org", policies: fixture("cedar/spangate.cedar").toString() })];
  const calls = [50, 101].map((amount) => invocation("payments.refund", { arguments: { order: "A-1042", amount }, environment: "production" }));
  const facts = calls.map((call) => policy.world.view(call).facts);
  return [["ours", "this policy language", (call) => policy.decide(call).ruling, calls], ["rego", "Rego (opa-wasm)", rego, facts], ["cedar", "Cedar (cedar-wasm)", cedar, facts]].map(([id, label, decide, [allowed, denied]]) => {
    if (decide(allowed).effect !== "allow" || decide(denied).effect !== "deny") throw new Error(`${label} does not decide as its rules say`);
    return decides(id, label, decide, [allowed]);
  });
}

function condition() {
  const holds = compileCondition('arguments.amount <= 100.0 && caller.roles.exists(r, r == "clerk")');
  const { facts } = definePolicy(ENGINE_RULES).world.view(invocation("x"));
  if (!holds(facts)) throw new Error("the condition does not hold");
  return decides("cel", "one condition (CEL) alone: a comparison and a role", holds, [facts]);
}

/** What only a process of its own can tell. */
const ALONE = {
  load(size) {
    const text = yamlOf(size);
    const from = performance.now();
    if (parsePolicy(text, "bench.yaml").source.rules.length !== size) throw new Error("rules are missing");
    return performance.now() - from;
  },
  allocated(count) {
    const [policy, calls] = [definePolicy(policyOf(10_000)), callsOf(10_000)];
    for (let index = 0; index < count; index++) policy.decide(calls[index % calls.length]);
    globalThis.gc();
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < count; index++) policy.decide(calls[index % calls.length]);
    return (process.memoryUsage().heapUsed - before) / count;
  },
  kept(count) {
    const policy = definePolicy(policyOf(10_000));
    const decide = () => { for (let index = 0; index < count; index++) policy.decide(invocation(`crm_1.name${index % 10_000}`)); };
    decide();
    globalThis.gc();
    const before = process.memoryUsage().heapUsed;
    decide();
    globalThis.gc();
    return process.memoryUsage().heapUsed - before;
  },
};

function alone(what, size, ...flags) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, import.meta.filename], { env: { ...cleanEnvironment(), BENCH_ALONE: `${what} ${size}` }, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}

function loading({ sizes, starts }) {
  for (let index = 0; index < starts * 4; index++) parsePolicy(yamlOf(1_000), "bench.yaml");
  return sizes.map((size) => {
    const text = yamlOf(size);
    const again = Array.from({ length: starts }, () => {
      const from = performance.now();
      parsePolicy(text, "bench.yaml");
      return performance.now() - from;
    });
    return { rules: size, megabytes: text.length / 1e6, firstMs: median(Array.from({ length: starts }, () => alone("load", size))), againMs: median(again) };
  });
}

const wanted = process.env["BENCH_ALONE"];
if (wanted) {
  const [what, size] = wanted.split(" ");
  process.stdout.write(String(ALONE[what](Number(size))));
} else {
  const { values } = parseArgs({ options: { json: { type: "boolean", default: false }, quick: { type: "boolean", default: false } } });
  const settings = { quick: values.quick, ...(values.quick ? QUICK : FULL) };
  const folder = mkdtempSync(join(tmpdir(), "spangate-bench-"));
  try {
    const where = machine(folder);
    const clock = { id: "clock", label: "nothing: two readings of the clock", sync: true, times: [], call: () => {} };
    const loaded = loading(settings);
    const memory = { allocatedBytes: alone("allocated", settings.allocations, "--expose-gc", "--min-semi-space-size=128", "--max-semi-space-size=128"), keptBytes: alone("kept", settings.kept, "--expose-gc") };
    const sizes = await timed([clock, ...bySize(settings)], settings);
    const kinds = await timed([...byKind(), condition()], settings);
    const beside = await timed(engines(), settings);
    const swaps = await measureSwaps(folder, settings);
    const result = { machine: { ...where, loadAfter: load() }, settings, sizes, kinds, engines: beside, memory, loading: loaded, swaps, footnotes: FOOTNOTES };
    result.budgets = budgets(result);
    process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : print(result));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function budgets({ sizes, kinds, loading: loaded, swaps }) {
  const p50 = (rows, id) => rows.find((row) => row.id === id)?.p50 / 1_000;
  const budget = (id, what, value, limit, unit) => ({ id, what, value, limit, unit, met: value <= limit });
  return [
    budget("decide-100", "p50 of a decision, 100 rules", p50(sizes, 100), BUDGET[100], "µs"),
    budget("decide-10000", "p50 of a decision, 10,000 rules", p50(sizes, 10_000), BUDGET[10_000], "µs"),
    budget("cel", "p50 of one condition", p50(kinds, "cel"), BUDGET.cel, "µs"),
    budget("load-10000", "load and compile 10,000 rules, first of a process", loaded.find(({ rules }) => rules === 10_000).firstMs, BUDGET.load, "ms"),
    ...swaps.map(({ rules, blockedP99, seenP99 }) => budget(`swap-${rules}`, `p99 of a swap under load, ${rules.toLocaleString("en")} rules`, Math.max(blockedP99, seenP99), BUDGET.swap, "ms")),
  ];
}

function print({ machine: where, settings, sizes, kinds, engines: beside, memory, loading: loaded, swaps, budgets: all, footnotes }) {
  const row = (label, ...cells) => label.padEnd(62) + cells.map((cell) => cell.padStart(13)).join("");
  const table = (title, rows) => ["", row(title, "p50 ns", "p99 ns", "mean ns"), ...rows.map(({ label, p50, p99, mean }) => row(`  ${label}`, ...[p50, p99, mean].map((time) => time.toFixed(0))))];
  return `${[
    `${where.cpu}, ${where.cores} cores, ${where.platform}, Node ${where.node}, ${where.date}`,
    `${settings.rounds} rounds of ${settings.calls} calls, ${settings.starts} starts; load average ${where.load.join(" ")} at the start, ${where.loadAfter.join(" ")} at the end${settings.quick ? "; QUICK: not for comparison" : ""}`,
    ...table("a decision [1]", sizes), ...table("by what the rule looks at [1, 3]", kinds), ...table("the same rules in three languages [1, 7]", beside),
    "", row("memory [4]", "bytes"), row("  allocated per decision, 10,000 rules", memory.allocatedBytes.toFixed(0)), row(`  kept after ${settings.kept.toLocaleString("en")} decisions`, memory.keptBytes.toFixed(0)),
    "", row("load and compile [5]", "MB", "first ms", "again ms"), ...loaded.map(({ rules, megabytes, firstMs, againMs }) => row(`  ${rules.toLocaleString("en")} rules`, megabytes.toFixed(2), firstMs.toFixed(1), againMs.toFixed(1))),
    "", row("replacing the policy under load [6]", "swaps", "calls", "blocked p50", "p99 ms", "seen p50", "p99 ms"), ...swaps.map(({ rules, swaps: count, calls, blockedP50, blockedP99, seenP50, seenP99 }) => row(`  ${rules.toLocaleString("en")} rules`, String(count), String(calls), ...[blockedP50, blockedP99, seenP50, seenP99].map((time) => time.toFixed(2)))),
    "", ...all.map(({ what, value, limit, unit, met }) => `budget: ${met ? "met    " : "NOT met"}  ${what}: ${value.toFixed(2)} ${unit}, at most ${limit} ${unit}`),
    "", ...footnotes.map((note, index) => `[${index + 1}] ${note}`),
  ].join("\n")}\n`;
}
