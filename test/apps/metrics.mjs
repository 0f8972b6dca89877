// An application with a meter provider of its own, which prints what spangate recorded in it.
import { writeFileSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { guardTool } from "spangate";
import { collected } from "./collected.mjs";

const file = process.env.SPANGATE_POLICY;
const tools = {
  read: guardTool("read", () => "text", { agent: "clerk" }),
  fail: guardTool("fail", () => { throw new RangeError("no"); }),
  big: guardTool("big", () => "x".repeat(20_000)),
  wipe: guardTool("wipe", () => "wiped"),
};
const callAll = async () => {
  for (const tool of Object.values(tools)) await tool({}).catch(() => {});
};
await callAll();
const before = await collected();

const policy = readFileSync(file, "utf8");
const reload = async (text) => {
  writeFileSync(file, text);
  process.kill(process.pid, "SIGHUP");
  await wait(200);
};
await reload("spangate: 1\nname: broken\nrules: 7\n");
const broken = await collected();
await reload(policy.replace("mode: enforce", "mode: observe"));
await callAll();
const after = await collected();
console.log(JSON.stringify({ before, broken, after }));
