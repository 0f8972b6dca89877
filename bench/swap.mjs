// How long replacing a policy takes while calls go on: the built package, in a process of its own.
import { fork } from "node:child_process";
import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { join } from "node:path";
import { cleanEnvironment } from "./machine.mjs";
import { policyOf } from "./policies.mjs";

/** Loops that call the tool at the same time. */
const LOOPS = 8;
/** A large policy takes long to compile, and says enough after fewer swaps. */
const SIZES = [{ rules: 100, share: 1 }, { rules: 10_000, share: 0.05 }];

export async function measureSwaps(folder, { swaps }) {
  const results = [];
  for (const { rules, share } of SIZES) {
    const child = fork(import.meta.filename, [], { env: { ...cleanEnvironment(), BENCH_SWAP: JSON.stringify({ rules, swaps: Math.max(10, swaps * share) }), SPANGATE_AUDIT_DIR: join(folder, `swap-${rules}`) } });
    const [result] = await Promise.race([once(child, "message"), once(child, "exit").then(([code]) => { throw new Error(`the process that swaps ended with ${code}`); })]);
    results.push(result);
    await once(child, "exit");
  }
  return results;
}

/** The two policies differ in whether they allow the tool and in the name that a denial tells. */
function versions(rules) {
  return ["a", "b"].map((name) => ({ ...policyOf(rules), name, audit: { mode: "batch" }, rules: [...policyOf(rules - 1).rules, { id: "called", tool: "called", effect: name === "a" ? "allow" : "deny", reason: "this is b" }] }));
}

async function swapping({ rules, swaps }) {
  const { enforce, guardTool } = await import("spangate");
  const called = guardTool("called", async () => "ran");
  const policies = versions(rules);
  const outcome = () => called({ amount: 1 }).then((value) => (value === "ran" ? 0 : undefined), (thrown) => (/this is b/.test(thrown.message) ? 1 : undefined));
  const over = new AbortController();
  let calls = 0;
  const loop = async () => {
    while (!over.signal.aborted) {
      if ((await outcome()) === undefined) throw new Error("a call was decided by neither policy");
      calls++;
      await turn();
    }
  };
  enforce(policies[0]);
  const loops = Array.from({ length: LOOPS }, loop);
  const [blocked, seen] = [[], []];
  for (let index = 1; index <= swaps; index++) {
    await turn();
    const now = index % 2;
    const from = performance.now();
    enforce(policies[now]);
    blocked.push(performance.now() - from);
    if ((await outcome()) !== now) throw new Error("a call after the swap was decided by the policy before it");
    seen.push(performance.now() - from);
  }
  over.abort();
  await Promise.all(loops);
  const percentile = (times, percent) => times.toSorted((a, b) => a - b)[Math.ceil((percent / 100) * times.length) - 1];
  return { rules, swaps, calls, blockedP50: percentile(blocked, 50), blockedP99: percentile(blocked, 99), seenP50: percentile(seen, 50), seenP99: percentile(seen, 99) };
}

const wanted = process.env["BENCH_SWAP"];
if (wanted) {
  process.send(await swapping(JSON.parse(wanted)));
  process.disconnect();
}
