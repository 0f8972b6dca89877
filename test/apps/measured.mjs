// An application with a meter provider of its own: a processor that waits for a person, an engine, and MCP on both sides.
import { metrics } from "@opentelemetry/api";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { enforce, flush, guardTool } from "spangate";
import { GateProcessor } from "spangate/processors";
import { askAsClient, askAsStranger } from "./office.mjs";

class Reader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}
const reader = new Reader();
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
const collected = async () => {
  const { resourceMetrics } = await reader.collect();
  return Object.fromEntries(resourceMetrics.scopeMetrics.flatMap(({ metrics: all }) => all)
    .map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints.map(({ attributes, value }) => ({ attributes, value: value.count ?? value, sum: value.sum }))]));
};

/** Answers `pay` when it is told to, and `vanish` never. */
const asked = Promise.withResolvers();
const answer = Promise.withResolvers();
class Approval extends GateProcessor {
  name = "approval";

  judge({ tool }) {
    if (tool === "vanish") return new Promise(() => {});
    if (tool !== "pay") return undefined;
    asked.resolve();
    return answer.promise;
  }
}
enforce(process.env.SPANGATE_POLICY, { processors: [new Approval()] });

const pay = guardTool("pay", () => "paid");
const vanish = guardTool("vanish", () => "gone");
const paying = pay({});
await asked.promise;
// Metrics wait a second for the application's meter provider unless they are asked for.
await flush();
const waiting = await collected();
answer.resolve(undefined);
await paying;
const refused = await vanish({}).catch(({ code }) => code);

await askAsClient();
await askAsStranger();

await flush();
console.log(JSON.stringify({ waiting, after: await collected(), refused }));
