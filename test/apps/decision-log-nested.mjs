// A tool that calls another one, long after the entries before it were sent; what it causes to be sent is no request of its own.
import { setTimeout } from "node:timers/promises";
import { guardTool } from "spangate";

const PAUSE = 1_500;
const inner = guardTool("inner", () => "done");
const outer = guardTool("outer", async () => {
  await setTimeout(PAUSE);
  await inner({});
  await setTimeout(PAUSE);
});
await outer({});
