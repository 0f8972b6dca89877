// node bench/conditions.mjs [--json] [--quick]: what one condition of a rule costs, beside the same in JavaScript.
import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { regexEngine } from "../policies/regex.ts";
import { compileCondition } from "../policies/condition.ts";
import { load, machine } from "./machine.mjs";
import { median } from "./round.mjs";

const FULL = { rounds: 25, calls: 20_000 };
/** Shows that everything works; its figures are noise. */
const QUICK = { rounds: 2, calls: 200 };
/** What one condition may take, in nanoseconds. */
const BUDGET = 1_000;

const FACTS = {
  tool: "wire_transfer",
  arguments: {
    amount: 250.5, currency: "EUR", iban: "DE89370400440532013000", path: "/srv/data/../x",
    to: ["ann@example.com", "bob@example.com", "eve@evil.test"], items: [{ price: 3, count: 2 }, { price: 10, count: 1 }, { price: 5.5, count: 4 }],
  },
  framework: "ai", server: "", agent: "desk", session: "s1",
  caller: { id: "u1", roles: ["reader", "clerk"], tenant: "acme", on_behalf_of: "" },
  environment: "production", context: { region: "eu" }, time: new Date("2026-11-25T17:31:30Z"),
  action: { id: "pay", risk: "high", effect_class: ["external"], reversible: false },
  target: { type: "account", name: "x", environment: "production", sensitivity: "restricted" },
  risk: "critical",
};

const CASES = [
  ["arguments.amount > 100", (f) => f.arguments.amount > 100],
  ['arguments.amount > 100.0 && caller.roles.exists(r, r == "clerk")', (f) => f.arguments.amount > 100 && f.caller.roles.some((r) => r === "clerk")],
  ['tool == "wire_transfer" && environment == "production"', (f) => f.tool === "wire_transfer" && f.environment === "production"],
  ['"clerk" in caller.roles', (f) => f.caller.roles.includes("clerk")],
  ['risk in ["high", "critical"]', (f) => ["high", "critical"].includes(f.risk)],
  ['has(arguments.iban) && arguments.iban.startsWith("DE")', (f) => f.arguments.iban !== undefined && f.arguments.iban.startsWith("DE")],
  ['!(arguments.path.contains("..") || arguments.path.endsWith(".key"))', (f) => !(f.arguments.path.includes("..") || f.arguments.path.endsWith(".key"))],
  ['arguments.to.all(t, t.endsWith("@example.com"))', (f) => f.arguments.to.every((t) => t.endsWith("@example.com"))],
  ["arguments.items.exists(i, i.price * i.count > 21.0)", (f) => f.arguments.items.some((i) => i.price * i.count > 21)],
  ['arguments.iban.matches("^DE[0-9]{20}$")', (f) => /^DE[0-9]{20}$/.test(f.arguments.iban)],
  ["time.getHours() >= 8 && time.getHours() < 18", (f) => f.time.getUTCHours() >= 8 && f.time.getUTCHours() < 18],
  ['time.getHours("Europe/Berlin") < 19', (f) => f.time.getUTCHours() + 1 < 19],
  ['time - timestamp("2026-01-01T00:00:00Z") > duration("24h")', (f) => f.time.getTime() - 1_767_225_600_000 > 86_400_000],
  ["size(arguments.to) > 2 && size(arguments.currency) == 3", (f) => f.arguments.to.length > 2 && f.arguments.currency.length === 3],
  ['action.risk == "low" || target.sensitivity == "restricted" ? caller.tenant == "acme" : false', (f) => (f.action.risk === "low" || f.target.sensitivity === "restricted") && f.caller.tenant === "acme"],
  ['arguments.missing == 1 || tool == "wire_transfer"', (f) => f.arguments.missing === 1 || f.tool === "wire_transfer"],
];

const { values: options } = parseArgs({ options: { json: { type: "boolean", default: false }, quick: { type: "boolean", default: false } } });
const settings = { quick: options.quick, ...(options.quick ? QUICK : FULL) };
const where = machine(tmpdir());
const subjects = CASES.map(([source, floor]) => subject(source, floor));
for (let round = 0; round < settings.rounds; round++) for (const { contenders } of subjects) for (const contender of contenders) contender.times.push(time(contender.call));
const results = subjects.map(({ source, contenders: [floor, cel], compile }) => ({ source, floorNs: median(floor.times), celNs: median(cel.times), compileUs: median(compile) }));
process.stdout.write(options.json ? `${JSON.stringify({ machine: { ...where, loadAfter: load() }, settings, regex: regexEngine().name, results }, null, 2)}\n` : print());

/** Both must decide alike before they are timed. */
function subject(source, floor) {
  const condition = compileCondition(source);
  if (condition(FACTS) !== floor(FACTS)) throw new Error(`${source} and its counterpart decide differently`);
  const compile = Array.from({ length: settings.rounds }, () => {
    const from = performance.now();
    compileCondition(source);
    return (performance.now() - from) * 1_000;
  });
  return { source, compile, contenders: [floor, condition].map((call) => ({ call, times: [] })) };
}

/** Nanoseconds per call. */
function time(call) {
  let held = 0;
  const from = performance.now();
  for (let index = 0; index < settings.calls; index++) if (call(FACTS)) held++;
  const nanoseconds = ((performance.now() - from) * 1e6) / settings.calls;
  // Used, so that nothing is optimised away.
  if (held !== 0 && held !== settings.calls) throw new Error("a condition does not decide always alike");
  return nanoseconds;
}

function print() {
  const slowest = results.toSorted((a, b) => b.celNs - a.celNs)[0];
  const row = (label, ...cells) => label.padEnd(94) + cells.map((cell) => cell.padStart(12)).join("");
  return `${[
    `${where.cpu}, ${where.cores} cores, ${where.platform}, Node ${where.node}, patterns on ${regexEngine().name}, ${where.date}`,
    `medians of ${settings.rounds} rounds of ${settings.calls} calls; load average ${where.load[0]} at the start, ${load()[0]} at the end${settings.quick ? "; QUICK: not for comparison" : ""}`,
    "", row("condition, per call", "JavaScript", "CEL ns", "compile µs"),
    ...results.map(({ source, floorNs, celNs, compileUs }) => row(source, floorNs.toFixed(0), celNs.toFixed(0), compileUs.toFixed(0))),
    "", `budget: ${slowest.celNs <= BUDGET ? "met    " : "NOT met"}  slowest condition: ${slowest.celNs.toFixed(0)} ns, at most ${BUDGET} ns (${slowest.source})`,
  ].join("\n")}\n`;
}
