import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { KEYS } from "../../exporters/audit/bodies.ts";
import { readEnvironment } from "../../instrumentation/environment.ts";
import { ROOT } from "../support/run.ts";
import { startAgent, until } from "./live.ts";

const PAGE = readFileSync(join(ROOT, "docs/vendors.md"), "utf8");
const KEY = "key-of-this-test";

/** Title of a block of variables → what a shell makes of it. */
const SETTINGS = new Map(Array.from(PAGE.matchAll(/^```sh\n# (.+)\n((?:export .+\n)+)```$/gm), ([, title, lines]) => [
  title as string,
  Object.fromEntries((lines as string).trim().split("\n").map((line) => {
    const [, name, value] = /^export (\w+)=(\S+)$/.exec(line) ?? assert.fail(line);
    return [name as string, (value as string).replace(/\$(?:HONEYCOMB|DD)_API_KEY/g, KEY)];
  })),
]));
const blocks = (language: string): string[] => Array.from(PAGE.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, "gm")), ([, text]) => text as string);

interface Request {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: any;
}

/** Runs an agent with these variables, endpoints replaced by a server here, until there was a request to each of the paths. */
async function sentTo(settings: Readonly<Record<string, string>>, paths: readonly string[]): Promise<Request[]> {
  const requests: Request[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    requests.push({ path: request.url as string, headers: request.headers, body: JSON.parse((request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString()) });
    // What Datadog answers.
    response.writeHead(202).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const env = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, value.replace(/^https:\/\/[^/]+/, `http://127.0.0.1:${port}`)]));
  try {
    await using agent = startAgent({ ...env, OTEL_METRIC_EXPORT_INTERVAL: "500" });
    await until(() => `request to each of ${paths.join(", ")}: ${agent.stderr()}`, () => (paths.every((path) => requests.some((request) => request.path === path)) ? true : undefined));
  } finally {
    server.closeAllConnections();
    server.close();
  }
  return requests;
}

const first = (requests: readonly Request[], path: string): Request => requests.find((request) => request.path === path) as Request;
const metricsOf = ({ body }: Request): any[] => body.resourceMetrics.flatMap(({ scopeMetrics }: any) => scopeMetrics.flatMap(({ metrics }: any) => metrics));
const assertDelta = (request: Request): void => {
  const sums = metricsOf(request).filter((metric) => metric.sum ?? metric.histogram);
  assert.ok(sums.some(({ name }) => name === "spangate.calls") && sums.some(({ name }) => name === "spangate.overhead"));
  // opentelemetry-proto, AggregationTemporality: 1 is delta.
  for (const { name, sum, histogram } of sums) assert.equal((sum ?? histogram).aggregationTemporality, 1, name);
};

test("the page has these settings, and spangate takes each value", () => {
  assert.deepEqual([...SETTINGS.keys()], ["Honeycomb, in the US", "Honeycomb, in the EU", "Datadog, metrics only", "Datadog, metrics and spans"]);
  const understood = (title: string): object => {
    const { shipAudit, otlpMetrics, serviceName, deployment } = readEnvironment({ ...SETTINGS.get(title) });
    return { ...shipAudit, otlpMetrics, serviceName, deployment };
  };
  for (const place of ["US", "EU"]) assert.deepEqual(understood(`Honeycomb, in the ${place}`), { traces: true, logs: true, otlpMetrics: true, serviceName: "my-agent", deployment: undefined });
  assert.deepEqual(understood("Datadog, metrics only"), { traces: false, logs: false, otlpMetrics: true, serviceName: "my-agent", deployment: "production" });
  assert.deepEqual(understood("Datadog, metrics and spans"), { traces: true, logs: false, otlpMetrics: true, serviceName: "my-agent", deployment: "production" });
});

test("Honeycomb's settings: evidence as spans and logs, metrics with their dataset, all in JSON with the key", async () => {
  const requests = await sentTo(SETTINGS.get("Honeycomb, in the EU") ?? {}, ["/v1/traces", "/v1/logs", "/v1/metrics"]);
  for (const { path, headers } of requests) {
    assert.deepEqual([headers["content-type"], headers["content-encoding"], headers["x-honeycomb-team"]], ["application/json", "gzip", KEY], path);
    assert.equal(headers["x-honeycomb-dataset"], path === "/v1/metrics" ? "spangate-metrics" : undefined, path);
  }
  assertDelta(first(requests, "/v1/metrics"));
  const spans = first(requests, "/v1/traces").body.resourceSpans.flatMap(({ scopeSpans }: any) => scopeSpans.flatMap((scope: any) => scope.spans));
  // The board tells evidence from calls by name.
  for (const { name } of spans) assert.match(name, /^audit\./);
});

test("Datadog's settings: delta metrics with tags of the resource, spans where they are asked for, never logs", async () => {
  const only = await sentTo(SETTINGS.get("Datadog, metrics only") ?? {}, ["/v1/metrics"]);
  assert.deepEqual([...new Set(only.map(({ path }) => path))], ["/v1/metrics"]);
  const { headers } = first(only, "/v1/metrics");
  assert.deepEqual([headers["content-type"], headers["dd-api-key"]], ["application/json", KEY]);
  assert.deepEqual(JSON.parse(headers["dd-otel-metric-config"] as string), { resource_attributes_as_tags: true });
  assertDelta(first(only, "/v1/metrics"));
  // Without it the tags of two processes were the same, and Datadog keeps one point of the same tags.
  assert.ok(first(only, "/v1/metrics").body.resourceMetrics.every(({ resource }: any) => resource.attributes.some(({ key }: any) => key === "service.instance.id")));

  const both = await sentTo(SETTINGS.get("Datadog, metrics and spans") ?? {}, ["/v1/metrics", "/v1/traces"]);
  assert.deepEqual([...new Set(both.map(({ path }) => path))].toSorted(), ["/v1/metrics", "/v1/traces"]);
  const traces = first(both, "/v1/traces").headers;
  assert.deepEqual([traces["content-type"], traces["dd-api-key"], traces["dd-otel-metric-config"]], ["application/json", KEY, undefined]);
});

test("searches and the index template name keys that records have", () => {
  const known = new Set<string>(["v", "i", "prev", "t", "ts", "mono", "log", ...Object.values(KEYS).flat()]);
  const types = new Set(Object.keys(KEYS));
  const searches = [...blocks("spl"), ...blocks("esql")];
  assert.equal(searches.length, 8);
  for (const search of searches) {
    for (const [, key] of search.matchAll(/\brecord\.(\w+)/g)) assert.ok(known.has(key as string), search);
    for (const [, type] of search.matchAll(/record\.t ?==? ?"?(\w+)/g)) assert.ok(types.has(type as string), search);
    for (const [, list] of search.matchAll(/record\.t IN \(([^)]*)\)/g)) for (const [type] of (list as string).matchAll(/\w+/g)) assert.ok(types.has(type), search);
  }
  const { template: { mappings: { properties } } } = JSON.parse(blocks("json")[0] as string);
  for (const key of Object.keys(properties.record.properties)) assert.ok(known.has(key), key);
  // What ES|QL asks for has to be mapped, since nothing else is.
  for (const [, key] of blocks("esql").join("").matchAll(/\brecord\.(\w+)/g)) assert.ok((key as string) in properties.record.properties, key);
  assert.deepEqual(properties.spangate.properties.audit.properties.rec, { type: "text", index: false });
});
