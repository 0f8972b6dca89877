import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { recordSpan } from "../../exporters/audit/span.ts";
import * as names from "../../names.ts";
import { ROOT } from "../support/run.ts";

interface Pipeline {
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
  readonly exporters: readonly string[];
}
type Section = Readonly<Record<string, any>>;
interface Collector {
  readonly receivers: Section;
  readonly processors: Section;
  readonly exporters: Section;
  readonly extensions: Section;
  readonly service: { readonly extensions: readonly string[]; readonly pipelines: Readonly<Record<string, Pipeline>> };
}

const TEXT = readFileSync(join(ROOT, "dashboards/collector/collector.yaml"), "utf8");
const CONFIGURATION = parse(TEXT) as Collector;
const { pipelines } = CONFIGURATION.service;
/** Names as of 0.159. The old ones are aliases that warn at the start, or gone. */
const CURRENT = ["otlp", "memory_limiter", "filter", "redaction", "tail_sampling", "otlp_http", "prometheus", "file_storage"];

for (const kind of ["receivers", "processors", "exporters"] as const) {
  test(`the collector's ${kind} are those that its pipelines use`, () => {
    const used = new Set(Object.values(pipelines).flatMap((pipeline) => pipeline[kind]));
    assert.deepEqual([...used].sort(), Object.keys(CONFIGURATION[kind]).sort());
  });
}

test("the collector's extensions are enabled, and storage is one of them", () => {
  assert.deepEqual(Object.keys(CONFIGURATION.extensions), CONFIGURATION.service.extensions);
  assert.ok(CONFIGURATION.service.extensions.includes(CONFIGURATION.exporters["otlp_http/audit"].sending_queue.storage));
});

test("components go by their current names", () => {
  const { receivers, processors, exporters, extensions } = CONFIGURATION;
  for (const id of Object.keys({ ...receivers, ...processors, ...exporters, ...extensions })) {
    assert.ok(CURRENT.includes(id.split("/")[0] as string), id);
    // `otlp` is a receiver; the exporter of that name is now otlp_grpc.
    assert.ok(id !== "otlp" || !(id in exporters), "exporter otlp");
  }
});

test("audit spans are filtered out of the rest and nothing else: not sampled, not changed", () => {
  assert.deepEqual(pipelines["traces/audit"]?.processors, ["memory_limiter", "filter/audit_only"]);
  assert.equal(CONFIGURATION.exporters["otlp_http/audit"].retry_on_failure.max_elapsed_time, "0s");
});

/** Two audit spans as the exporter makes them, short and in parts, and two others. */
const record = { t: "policy", i: 7, log: "l", prev: "p", ts: "1", policy: "demo@1", digest: "d", mode: "enforce" } as any;
const resource = { attributes: {} } as any;
const SPANS = {
  "a short audit record": [recordSpan(JSON.stringify(record), record, resource), true],
  "an audit record in parts": [recordSpan(JSON.stringify({ ...record, args: "x".repeat(5_000) }), record, resource), true],
  "a tool span": [{ attributes: { [names.DECISION]: "deny", [names.AUDIT_LOG]: "l" }, instrumentationScope: { name: "spangate" } }, false],
  "a span of the application that uses our name": [{ attributes: { [names.AUDIT_RECORD]: "forged" }, instrumentationScope: { name: "app" } }, false],
} as const;
for (const [what, [{ attributes, instrumentationScope }, audit]] of Object.entries(SPANS)) {
  test(`the collector sends ${what} ${audit ? "to the audit backend only" : "with the traces only"}`, () => {
    assert.equal(drops("filter/audit_only", attributes, instrumentationScope.name), !audit);
    assert.equal(drops("filter/no_audit", attributes, instrumentationScope.name), audit);
  });
}

test("every attribute in the configuration is one that spangate writes", () => {
  const known = new Set<string>([...Object.values(names), `${names.AUDIT_RECORD}.0`]);
  const used = new Set(TEXT.split("\n").map((line) => line.replace(/#.*/, "")).join("\n").match(/\b(?:spangate|gen_ai|security_rule)\.[\w.]+/g));
  assert.ok(used.size >= 4);
  for (const name of used) assert.ok(known.has(name), name);
});

test("sampling keeps every call that was not simply allowed", () => {
  const policy = CONFIGURATION.processors["tail_sampling"].policies.find(({ type }: { type: string }) => type === "string_attribute");
  assert.equal(policy.string_attribute.key, names.DECISION);
  assert.deepEqual(policy.string_attribute.values, ["deny", "defer", "approve"]);
});

test("the second redaction masks secrets by name and by form, and none of our own attributes", () => {
  const { blocked_key_patterns, blocked_values } = CONFIGURATION.processors["redaction/belt"];
  const key = matcher(blocked_key_patterns);
  for (const name of [...Object.values(names), "gen_ai.usage.input_tokens", "gen_ai.request.max_tokens", "http.route"]) assert.ok(!key(name), name);
  for (const name of ["password", "http.request.header.authorization", "x-api-key", "db.Secret", "user.access_token"]) assert.ok(key(name), name);
  const value = matcher(blocked_values);
  for (const text of [`AKIA${"A".repeat(16)}`, `ghp_${"a".repeat(36)}`, `eyJ${"a".repeat(10)}.${"b".repeat(10)}.${"c".repeat(10)}`]) assert.ok(value(text), text);
});

/** Evaluates the few OTTL operators that the conditions use. */
function drops(filter: string, attributes: Readonly<Record<string, unknown>>, scope: string): boolean {
  return CONFIGURATION.processors[filter].trace_conditions.some((condition: string) => {
    const script = condition.replaceAll("scope.name", "scope").replaceAll("span.attributes", "attributes").replaceAll(" and ", " && ").replaceAll(" or ", " || ")
      .replaceAll(" == nil", " === undefined").replaceAll(" != nil", " !== undefined");
    return new Function("scope", "attributes", `return ${script}`)(scope, attributes) as boolean;
  });
}

function matcher(patterns: readonly string[]): (text: string) => boolean {
  const expressions = patterns.map((pattern) => new RegExp(pattern.replace(/^\(\?i\)/, ""), pattern.startsWith("(?i)") ? "i" : ""));
  return (text) => expressions.some((expression) => expression.test(text));
}
