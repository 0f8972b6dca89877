// node bench/engines.mjs [--json] [--quick]: what a decision of Rego and of Cedar costs, side by side, on the same call.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { compileCedar } from "../policies/engines/cedar.ts";
import { compileRego } from "../policies/engines/rego.ts";
import { cleanEnvironment, load, machine } from "./machine.mjs";
import { median, round } from "./round.mjs";
import { args } from "./subject.mjs";

const FULL = { rounds: 15, calls: 2_000, warmUp: 5_000, starts: 9 };
/** Shows that everything works; its figures are noise. */
const QUICK = { rounds: 2, calls: 50, warmUp: 50, starts: 1 };

const FOOTNOTES = [
  "The rules of test/fixtures/rego/spangate.rego, test/fixtures/cedar/spangate.cedar and typed.cedar: a refund limit, a role, read-only outside production. Every case is checked to allow and to deny before it is measured. One process, one round of each case in turn, medians over the rounds; synchronous, so nothing is awaited.",
  "compileRego and compileCedar: facts to JSON, checks of what cannot be carried, the decision, the answer. 200 bytes: the arguments of bench/subject.mjs and an amount; 10 kB: 110 rows of three texts beside the amount. Cedar is given only the facts that its policies look at. With a schema the arguments are what it declares, an amount and an order.",
  "1,000 entities: a file of roles beside the call; only what the call can reach is given to Cedar.",
  "The libraries alone, on JSON that is ready and with all facts: evaluate() of @open-policy-agent/opa-wasm, statefulIsAuthorized() and isAuthorized() of @cedar-policy/cedar-wasm. The last parses the policies at each call, which compileCedar does not.",
  "In a new process: from calling compileRego or compileCedar to the first answer, the library loaded on the way, and by how much the process is larger after it.",
];

const fixture = (name) => readFileSync(new URL(`../test/fixtures/${name}`, import.meta.url));
const options = {
  rego: { id: "org", wasm: fixture("rego/spangate.wasm"), entrypoint: "spangate/decision" },
  cedar: { id: "org", policies: fixture("cedar/spangate.cedar").toString() },
  typed: { id: "org", policies: fixture("cedar/typed.cedar").toString(), schema: fixture("cedar/typed.cedarschema").toString() },
};

function call(brought, over = {}) {
  return {
    tool: "payments.refund", arguments: { amount: 50, ...brought }, framework: "ai", server: "", agent: "helper", session: "s1",
    caller: { id: "ann", roles: ["support"], tenant: "", on_behalf_of: "" }, environment: "production", context: {}, time: new Date(),
    action: { id: "", risk: "", effect_class: ["write"], reversible: false }, target: { type: "", name: "", environment: "", sensitivity: "" }, risk: "", ...over,
  };
}

const rows = Array.from({ length: 110 }, (_, index) => ({ order: `A-${10_000 + index}`, status: "waiting for the carrier", note: "left at the harbour gate, twice" }));
const roles = Array.from({ length: 1_000 }, (_, index) => ({ uid: { type: "Spangate::Role", id: `team-${index}` }, attrs: {}, parents: [{ type: "Spangate::Role", id: "staff" }] }));

function decides(group, id, label, evaluate, brought) {
  const [allowed, denied] = [call(brought), call({ ...brought, amount: 101 })];
  if (evaluate(allowed).effect !== "allow" || evaluate(denied).effect !== "deny") throw new Error(`${label} does not decide as its policy says`);
  return { group, id, label, sync: true, call: () => evaluate(allowed) };
}

function libraries() {
  const require = createRequire(import.meta.url);
  const policy = require("@open-policy-agent/opa-wasm").loadPolicySync(options.rego.wasm);
  const cedar = require("@cedar-policy/cedar-wasm/nodejs");
  const input = JSON.parse(JSON.stringify(call(args)));
  const request = {
    principal: { type: "Spangate::Caller", id: "ann" }, action: { type: "Spangate::Action", id: "payments.refund" }, resource: { type: "Spangate::Target", id: "" }, context: input,
    entities: [{ uid: { type: "Spangate::Caller", id: "ann" }, attrs: {}, parents: [{ type: "Spangate::Role", id: "support" }] }],
  };
  const policies = { staticPolicies: options.cedar.policies };
  cedar.preparsePolicySet("bench", policies);
  const allows = (answer) => { if (answer.response?.decision !== "allow") throw new Error("Cedar does not decide as its policy says"); };
  return [
    { group: "alone", id: "opa-wasm", label: "opa-wasm: evaluate", sync: true, call: () => policy.evaluate(input, options.rego.entrypoint) },
    { group: "alone", id: "cedar-stateful", label: "cedar-wasm: statefulIsAuthorized", sync: true, call: () => allows(cedar.statefulIsAuthorized({ ...request, preparsedPolicySetId: "bench" })) },
    { group: "alone", id: "cedar", label: "cedar-wasm: isAuthorized", sync: true, call: () => allows(cedar.isAuthorized({ ...request, policies })) },
  ];
}

async function measureDecisions({ rounds, calls, warmUp }) {
  const [rego, cedar, typed] = [compileRego(options.rego), compileCedar(options.cedar), compileCedar(options.typed)];
  const cases = [
    decides("engine", "rego", "Rego, 200 bytes of arguments", rego, args),
    decides("engine", "cedar", "Cedar, 200 bytes of arguments", cedar, args),
    decides("engine", "rego-small", "Rego, an amount and an order", rego, { order: "A-1042" }),
    decides("engine", "cedar-small", "Cedar, an amount and an order", cedar, { order: "A-1042" }),
    decides("engine", "cedar-schema", "Cedar with a schema, an amount and an order", typed, { order: "A-1042" }),
    decides("engine", "rego-10k", "Rego, 10 kB of arguments", rego, { rows }),
    decides("engine", "cedar-10k", "Cedar, 10 kB of arguments", cedar, { rows }),
    decides("engine", "cedar-entities", "Cedar, 200 bytes of arguments, 1,000 entities [3]", compileCedar({ ...options.cedar, entities: roles }), args),
    ...libraries(),
  ].map((one) => ({ ...one, times: [] }));
  for (const one of cases) await round(one, warmUp);
  for (let index = 0; index < rounds; index++) for (const one of cases) one.times.push(await round(one, calls));
  return cases.map(({ group, id, label, times }) => ({
    group, id, label, p50: median(times.map(({ p50 }) => p50)), p99: median(times.map(({ p99 }) => p99)), mean: median(times.map(({ mean }) => mean)),
  }));
}

/** In processes of their own: the first answer needs the library. */
function measureLoading({ starts }) {
  return ["rego", "cedar", "typed"].map((name) => {
    const seen = Array.from({ length: starts }, () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [import.meta.filename], { env: { ...cleanEnvironment(), BENCH_FIRST_ANSWER: name }, encoding: "utf8" });
      if (status !== 0) throw new Error(stderr);
      return JSON.parse(stdout);
    });
    return { id: name, ms: median(seen.map(({ ms }) => ms)), mb: median(seen.map(({ mb }) => mb)) };
  });
}

function firstAnswer(name) {
  const [from, before] = [performance.now(), process.memoryUsage.rss()];
  const evaluate = name === "rego" ? compileRego(options.rego) : compileCedar(options[name]);
  if (evaluate(call({ order: "A-1042" })).effect !== "allow") throw new Error(`${name} does not allow`);
  return { ms: performance.now() - from, mb: (process.memoryUsage.rss() - before) / 1e6 };
}

function print({ machine: where, settings, decisions, loading, footnotes }) {
  const row = (label, ...cells) => label.padEnd(60) + cells.map((cell) => cell.padStart(11)).join("");
  const table = (title, group) => ["", row(title, "p50 µs", "p99 µs", "mean µs"), ...decisions.filter((one) => one.group === group).map(({ label, p50, p99, mean }) => row(`  ${label}`, ...[p50, p99, mean].map((time) => (time / 1_000).toFixed(1))))];
  return [
    `${where.date}, ${where.cpu}, ${where.cores} cores, Node ${where.node}, load average ${where.load.join(" ")} at the start, ${where.loadAfter.join(" ")} at the end`,
    `${settings.rounds} rounds of ${settings.calls} calls, ${settings.starts} starts${settings.quick ? "; QUICK: not for comparison" : ""}`,
    ...table("a decision [1, 2]", "engine"), ...table("the library alone [4]", "alone"),
    "", row("the first answer of a process [5]", "ms", "MB"), ...loading.map(({ id, ms, mb }) => row(`  ${id}`, ms.toFixed(1), mb.toFixed(1))),
    "", ...footnotes.map((note, index) => `[${index + 1}] ${note}`), "",
  ].join("\n");
}

const wanted = process.env["BENCH_FIRST_ANSWER"];
if (wanted) process.stdout.write(JSON.stringify(firstAnswer(wanted)));
else {
  const { values } = parseArgs({ options: { json: { type: "boolean", default: false }, quick: { type: "boolean", default: false } } });
  const settings = { quick: values.quick, ...(values.quick ? QUICK : FULL) };
  const where = machine(tmpdir());
  const [loading, decisions] = [measureLoading(settings), await measureDecisions(settings)];
  const result = { machine: { ...where, loadAfter: load() }, settings, decisions, loading, footnotes: FOOTNOTES };
  process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : print(result));
}
