// Replaces its policy 1,000 times by SIGHUP while calls go on; every tenth time a bad one is tried before.
import { writeFileSync } from "node:fs";
import { setImmediate, setTimeout } from "node:timers/promises";
import { guardTool } from "spangate";

const SWAPS = 1_000;
const file = process.env.SPANGATE_POLICY;
const policy = (odd) => JSON.stringify({
  spangate: 1, name: "p", version: odd ? "odd" : "even",
  rules: [{ id: "r", tool: "x", effect: odd ? "deny" : "allow" }, { id: "s", tool: "y", effect: odd ? "allow" : "deny" }],
});
const tools = ["x", "y"].map((name) => guardTool(name, () => setImmediate("ran")));
const over = new AbortController();
const load = async (tool) => {
  while (!over.signal.aborted) {
    await tool({}).catch(() => "denied");
    await setImmediate();
  }
};
const loads = tools.flatMap((tool) => [load(tool), load(tool)]);
const put = (text) => {
  writeFileSync(file, text);
  process.kill(process.pid, "SIGHUP");
};
const isAllowed = () => tools[0]({}).then(() => true, () => false);
let rejected = 0;
for (let swap = 1; swap <= SWAPS; swap++) {
  const odd = swap % 2 === 1;
  if (swap % 10 === 0) {
    put("spangate: [half a pol");
    await setTimeout(10);
    rejected++;
  }
  put(policy(odd));
  while ((await isAllowed()) === odd) await setImmediate();
}
over.abort();
await Promise.all(loads);
console.log(JSON.stringify({ swaps: SWAPS, rejected }));
