// Uses up a limit across a replacement of the policy.
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { guardTool } from "spangate";

const file = process.env.SPANGATE_POLICY;
const tool = guardTool("x", () => "allowed");
const call = () => tool({}).catch(() => "denied");

const told = [await call(), await call()];
writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), version: "2" }));
process.kill(process.pid, "SIGHUP");
await setTimeout(500);
told.push(await call());
console.log(told.join(" "));
