// Uses up a budget, and prints what the metrics say of it: before, and after a policy without it.
import { writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { guardTool } from "spangate";
import { collected } from "./collected.mjs";

const search = guardTool("search", () => "found");
const answers = [];
for (let n = 0; n < 3; n++) answers.push(await search({}).catch(({ message }) => message));
const before = await collected();
writeFileSync(process.env.SPANGATE_POLICY, "spangate: 1\nname: p\ndefault: allow\n");
process.kill(process.pid, "SIGHUP");
await wait(300);
console.log(JSON.stringify({ answers, before, after: await collected() }));
