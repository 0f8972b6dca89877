// The smallest agent: it calls a tool some times, says how each call went, and writes a file for each that ran.
import { appendFileSync } from "node:fs";
import { guardTool } from "spangate";

const pay = guardTool("pay", ({ n }) => {
  appendFileSync(process.env.RAN, `${n}\n`);
  return n;
});
const outcomes = [];
for (let n = 0; n < Number(process.env.CALLS); n++) {
  await pay({ n }).then(() => outcomes.push("ran"), (error) => outcomes.push(error.code ?? String(error)));
  await new Promise((resolve) => setTimeout(resolve, Number(process.env.PAUSE ?? 0)));
}
console.log(JSON.stringify(outcomes));
