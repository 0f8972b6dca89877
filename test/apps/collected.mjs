// A meter provider of the application's own, and what spangate has recorded in it.
import { metrics } from "@opentelemetry/api";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { flush } from "spangate";

class Reader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}
const reader = new Reader();
metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));

/** Instrument → its points; of a histogram how many values there are, and their sum. */
export async function collected() {
  // Metrics wait a second for the application's meter provider unless they are asked for.
  await flush();
  const { resourceMetrics } = await reader.collect();
  return Object.fromEntries(resourceMetrics.scopeMetrics.flatMap(({ metrics: all }) => all)
    .map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints.map(({ attributes, value }) => ({ attributes, value: value.count ?? value, sum: value.sum }))]));
}
