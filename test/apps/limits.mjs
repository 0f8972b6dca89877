// Uses up a budget, and prints what the metrics say of it: before, and after a policy without it.
import { metrics } from "@opentelemetry/api";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { flush, guardTool } from "spangate";

class Reader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}
const reader = new Reader();
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
const collected = async () => {
  await flush();
  const { resourceMetrics } = await reader.collect();
  return Object.fromEntries(resourceMetrics.scopeMetrics.flatMap(({ metrics: all }) => all)
    .map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints.map(({ attributes, value }) => ({ attributes, value: value.count ?? value }))]));
};

const search = guardTool("search", () => "found");
const answers = [];
for (let n = 0; n < 3; n++) answers.push(await search({}).catch(({ message }) => message));
const before = await collected();
writeFileSync(process.env.SPANGATE_POLICY, "spangate: 1\nname: p\ndefault: allow\n");
process.kill(process.pid, "SIGHUP");
await wait(300);
console.log(JSON.stringify({ answers, before, after: await collected() }));
