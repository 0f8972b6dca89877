// Calls a tool until a policy that is written meanwhile lets it run.
import { renameSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { guardTool } from "spangate";

const file = process.env.SPANGATE_POLICY;
const tool = guardTool("x", () => "allowed");
const call = () => tool({}).catch(() => "denied");

const first = await call();
writeFileSync(`${file}.new`, JSON.stringify({ spangate: 1, name: "p", version: "2", rules: [{ id: "r", tool: "x", effect: "allow" }] }));
renameSync(`${file}.new`, file);
let last = first;
for (let tries = 0; last === first && tries < 200; tries++) {
  await setTimeout(50);
  last = await call();
}
console.log(`${first}, then ${last}`);
