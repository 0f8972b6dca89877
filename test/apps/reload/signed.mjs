// Goes through the steps that it was given: puts files in place, waits until the reload has the outcome that is expected, and
// prints what the tool and the scrape endpoint then say.
import { copyFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { guardTool } from "spangate";

const steps = JSON.parse(process.argv[2]);
const tool = guardTool("wipe", () => "allowed");
const url = `http://127.0.0.1:${process.env.OTEL_EXPORTER_PROMETHEUS_PORT}/metrics`;

const scrape = async () => {
  const text = await fetch(url).then((response) => response.text(), () => "");
  const counts = [...text.matchAll(/^spangate_policy_reloads_total\{.*outcome="(\w+)".*\} (\d+)/gm)].map(([, outcome, count]) => [outcome, Number(count)]);
  return { outcomes: Object.fromEntries(counts), stale: Number(/^spangate_policy_stale(?:\{[^}]*\})? (\d)/m.exec(text)?.[1] ?? NaN) };
};

await tool({}).catch(() => {});
let before = await scrape();
while (Number.isNaN(before.stale)) {
  await setTimeout(20);
  before = await scrape();
}
const told = [];
for (const { files, signal, outcome } of steps) {
  for (const [from, to] of files) copyFileSync(from, to);
  if (signal) process.kill(process.pid, "SIGHUP");
  let now = await scrape();
  while ((now.outcomes[outcome] ?? 0) === (before.outcomes[outcome] ?? 0)) {
    await setTimeout(50);
    now = await scrape();
  }
  told.push({ outcome, stale: now.stale, tool: await tool({}).catch(() => "denied") });
  before = now;
}
console.log(JSON.stringify(told));
