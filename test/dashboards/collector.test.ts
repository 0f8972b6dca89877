import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { recordSpan } from "../../exporters/audit/ship/span.ts";
import { leafHash } from "../../exporters/audit/tree/hash.ts";
import * as names from "../../names.ts";
import { ROOT } from "../support/run.ts";

// What the files of dashboards/collector say, without a collector: test/stack/collector*.test.ts runs them.

interface Pipeline {
  readonly receivers: readonly string[];
  readonly processors: readonly string[];
  readonly exporters: readonly string[];
}
type Section = Readonly<Record<string, any>>;
interface Configuration {
  readonly receivers?: Section;
  readonly processors?: Section;
  readonly exporters?: Section;
  readonly connectors?: Section;
  readonly extensions?: Section;
  readonly service: { readonly extensions?: readonly string[]; readonly pipelines: Readonly<Record<string, Pipeline>> };
}
interface Manifest {
  readonly dist: { readonly version: string };
  readonly [kind: string]: any;
}

const FOLDER = join(ROOT, "dashboards/collector");
const read = (name: string): string => readFileSync(join(FOLDER, `${name}.yaml`), "utf8");
const BASE = parse(read("collector")) as Required<Configuration>;
const OVERLAYS = readdirSync(FOLDER).map((file) => file.replace(".yaml", "")).filter((name) => name !== "collector" && !name.startsWith("builder"));
/** Component → Go module, where one is not called after the other. */
const MODULES: Readonly<Record<string, string>> = { otlp_http: "otlphttp", health_check: "healthcheck", file_storage: "filestorage", span_metrics: "spanmetrics", tail_sampling: "tailsampling", memory_limiter: "memorylimiter" };
const KINDS = ["receivers", "processors", "exporters", "connectors", "extensions"] as const;

/** As the collector merges files: maps key by key, lists and values as a whole. */
function merged(name: string): Required<Configuration> {
  const both = (below: any, above: any): any => (isMap(below) && isMap(above) ? Object.fromEntries([...new Set([...Object.keys(below), ...Object.keys(above)])].map((key) => [key, key in above ? both(below[key], above[key]) : below[key]])) : above);
  return both(BASE, parse(read(name)));
}

function isMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

for (const name of ["collector", ...OVERLAYS]) {
  const configuration = merged(name);
  const pipelines = Object.values(configuration.service.pipelines);

  test(`${name}: pipelines name what is declared, and extensions are enabled`, () => {
    const ends = { receivers: ["receivers", "connectors"], processors: ["processors"], exporters: ["exporters", "connectors"] } as const;
    for (const [kind, sections] of Object.entries(ends)) {
      const declared = sections.flatMap((section) => Object.keys(configuration[section] ?? {}));
      for (const pipeline of pipelines) assert.deepEqual(pipeline[kind as keyof Pipeline].filter((id) => !declared.includes(id)), []);
    }
    assert.deepEqual(Object.keys(configuration.extensions).sort(), [...(configuration.service.extensions ?? [])].sort());
  });

  test(`${name}: evidence is filtered out of the rest and nothing else: not sampled, not changed, not batched`, () => {
    for (const signal of ["traces", "logs"]) {
      const { processors, exporters } = configuration.service.pipelines[`${signal}/audit`] as Pipeline;
      assert.deepEqual(processors, ["memory_limiter", "filter/audit_only"]);
      const [exporter] = exporters as [string];
      const { sending_queue: queue, retry_on_failure: retry } = configuration.exporters[exporter];
      // Confirmed by the backend, by what the queue waits for, or by a disk.
      const confirmed = exporter === "file/audit" || !queue.enabled && !queue.wait_for_result && !("storage" in queue) && retry.enabled === false || queue.wait_for_result === true || queue.storage === "file_storage/audit";
      assert.ok(confirmed, `${exporter} is confirmed before anything holds it`);
    }
  });

  test(`${name}: what is observed is redacted, cut, and without evidence; what it counts is not sampled`, () => {
    const { "traces/observe": traces, "logs/observe": logs, "traces/spans": spans } = configuration.service.pipelines as Record<string, Pipeline>;
    assert.deepEqual(traces?.processors, ["memory_limiter", "filter/no_audit", "redaction/belt", "transform/size", "tail_sampling"]);
    assert.deepEqual(logs?.processors, ["memory_limiter", "filter/no_audit", "redaction/belt", "transform/size"]);
    assert.deepEqual(spans?.processors, ["memory_limiter", "filter/no_audit"]);
  });

  test(`${name}: the header names the pipelines that it changes and the variables that it needs`, () => {
    const [header] = read(name).split("\n\n") as [string];
    const text = read(name).split("\n").filter((line) => !line.startsWith("#")).join("\n");
    for (const variable of new Set(Array.from(text.matchAll(/\$\{env:([A-Z_]+)\}/g), ([, found]) => found as string))) {
      if (variable !== "AUDIT_OTLP_ENDPOINT" && variable !== "TRACES_OTLP_ENDPOINT" || name === "collector") assert.ok(header.includes(variable) || read(name).split("\n").some((line) => line.startsWith("#") && line.includes(variable)), variable);
    }
    if (name === "collector") return;
    const changed = Object.keys((parse(read(name)) as Configuration).service?.pipelines ?? {});
    const said = /^# Pipelines changed: (.*?)\. /m.exec(read(name))?.[1];
    assert.equal(said, changed.length ? changed.join(", ") : "none");
  });
}

for (const manifest of ["builder", "builder-vendors"]) {
  test(`${manifest}: one version, and every component of what it is for`, () => {
    const { dist, ...kinds } = parse(read(manifest)) as Manifest;
    for (const { gomod } of Object.values(kinds).flat()) {
      const [module, version] = gomod.split(" ") as [string, string];
      assert.equal(version, module.includes("/confmap/") ? "v1.61.0" : `v${dist.version}`, module);
    }
    const built = new Set(Object.values(kinds).flat().map(({ gomod }: any) => gomod.split(" ")[0].split("/").at(-1) as string));
    const uses = ["collector", ...OVERLAYS.filter((name) => manifest === "builder-vendors" || !["clickhouse", "datadog", "kafka"].includes(name))];
    for (const name of uses) {
      for (const kind of KINDS) {
        for (const type of Object.keys(merged(name)[kind] ?? {}).map((id) => id.split("/")[0] as string)) {
          assert.ok(built.has(`${MODULES[type] ?? type}${type === "file_storage" ? "" : kind.slice(0, -1)}`), `${name}: ${type}`);
        }
      }
    }
  });
}

/** Two audit spans as the exporter makes them, short and in parts, and what only looks like one. */
const record = { t: "policy", i: 7, log: "l", prev: "p", ts: "1", policy: "demo@1", digest: "d", mode: "enforce" } as any;
const resource = { attributes: {} } as any;
const outbound = (of: typeof record): Parameters<typeof recordSpan>[0] => ({ text: JSON.stringify(of), record: of, leaf: leafHash(JSON.stringify(of)) });
const SPANS = {
  "a short audit record": [recordSpan(outbound(record), "o/l", resource), true],
  "an audit record in parts": [recordSpan(outbound({ ...record, reason: "x".repeat(5_000) }), "o/l", resource), true],
  "a tool span": [{ name: "execute_tool audit.log", instrumentationScope: { name: "spangate" } }, false],
  "a span of the application that uses our name": [{ name: "audit.decision", instrumentationScope: { name: "app" } }, false],
} as const;
for (const [what, [{ name, instrumentationScope }, audit]] of Object.entries(SPANS)) {
  test(`the collector sends ${what} ${audit ? "to the audit backend only" : "with the traces only"}`, () => {
    assert.equal(drops("filter/audit_only", name, instrumentationScope.name), !audit);
    assert.equal(drops("filter/no_audit", name, instrumentationScope.name), audit);
  });
}

test("every attribute in the configurations is one that spangate writes", () => {
  const known = new Set<string>([...Object.values(names), ...Object.keys({ ...BASE.connectors["count/audit"].spans, ...BASE.connectors["count/audit"].logs }), BASE.connectors["span_metrics"].namespace]);
  const text = ["collector", ...OVERLAYS].map(read).join("\n");
  const used = new Set(text.split("\n").map((line) => line.replace(/#.*/, "")).join("\n").match(/\b(?:spangate|gen_ai|security_rule)\.[\w.]+/g));
  assert.ok(used.size >= 4);
  for (const name of used) assert.ok(known.has(name), name);
});

test("sampling keeps every call that was not simply allowed", () => {
  const policy = BASE.processors["tail_sampling"].policies.find(({ type }: { type: string }) => type === "string_attribute");
  assert.equal(policy.string_attribute.key, names.DECISION);
  assert.deepEqual(policy.string_attribute.values, ["deny", "defer", "approve"]);
});

test("the second redaction masks secrets by name and by form, and none of our own attributes", () => {
  const { blocked_key_patterns, blocked_values } = BASE.processors["redaction/belt"];
  const key = matcher(blocked_key_patterns);
  for (const name of [...Object.values(names), "gen_ai.usage.input_tokens", "gen_ai.request.max_tokens", "http.route"]) assert.ok(!key(name), name);
  for (const name of ["password", "http.request.header.authorization", "x-api-key", "db.Secret", "user.access_token"]) assert.ok(key(name), name);
  const value = matcher(blocked_values);
  for (const text of [`AKIA${"A".repeat(16)}`, `ghp_${"a".repeat(36)}`, `eyJ${"a".repeat(10)}.${"b".repeat(10)}.${"c".repeat(10)}`]) assert.ok(value(text), text);
});

/** Evaluates the few OTTL operators that the conditions use. */
function drops(filter: string, span: string, scope: string): boolean {
  return BASE.processors[filter].trace_conditions.some((condition: string) => {
    const script = condition.replaceAll("scope.name", "scope").replaceAll("span.name", "span").replaceAll(" and ", " && ").replaceAll(" or ", " || ").replaceAll("not ", "!")
      .replaceAll(/IsMatch\((\w+), ("[^"]+")\)/g, "new RegExp($2).test($1)");
    return new Function("scope", "span", `return ${script}`)(scope, span) as boolean;
  });
}

function matcher(patterns: readonly string[]): (text: string) => boolean {
  const expressions = patterns.map((pattern) => new RegExp(pattern.replace(/^\(\?i\)/, ""), pattern.startsWith("(?i)") ? "i" : ""));
  return (text) => expressions.some((expression) => expression.test(text));
}
