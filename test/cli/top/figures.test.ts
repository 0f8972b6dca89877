import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { parseExposition } from "../../../cli/top/exposition.ts";
import { type Figures, figures, quantile } from "../../../cli/top/figures.ts";
import { frame } from "../../../cli/top/frame.ts";
import { read, type Reading } from "../../../cli/top/reading.ts";
import { scrapeUrl } from "../../../cli/top/scrape.ts";

const call = (tool: string, decision: string, count: number, mode = "enforce"): string => `spangate_calls_total{gen_ai_tool_name="${tool}",spangate_framework="ai",spangate_decision="${decision}",spangate_enforcement_mode="${mode}"} ${count}`;
const bucket = (le: string, count: number): string => `spangate_overhead_seconds_bucket{spangate_decision="allow",le="${le}"} ${count}`;
const reading = (at: number, ...lines: string[]): Reading => read(parseExposition(lines.join("\n")), at);

describe("figures", () => {
  test("rates are those between two scrapes, totals those since the start", () => {
    const shown = figures([{ url: "a", before: reading(0, call("get", "allow", 10), call("wipe", "deny", 2)), now: reading(2_000, call("get", "allow", 30), call("wipe", "deny", 3)) }]);
    assert.deepEqual(shown.calls, { total: 33, rate: 10.5 });
    assert.deepEqual(shown.denied, { total: 3, rate: 0.5 });
    assert.deepEqual(shown.tools.map(({ tool, calls, denied }) => [tool, calls.rate, denied.rate]), [["get", 10, 0], ["wipe", 0.5, 0.5]]);
    assert.deepEqual(shown.decisions, { allow: { total: 30, rate: 10 }, deny: { total: 3, rate: 0.5 } });
  });
  test("a process that was started again counts from zero, and never backwards", () => {
    assert.deepEqual(figures([{ url: "a", before: reading(0, call("get", "allow", 1_000)), now: reading(1_000, call("get", "allow", 5)) }]).calls, { total: 5, rate: 5 });
  });
  test("the first scrape has no rates", () => assert.deepEqual(figures([{ url: "a", now: reading(0, call("get", "allow", 7)) }]).calls, { total: 7, rate: 0 }));
  test("several endpoints are added up, one that is down is told of", () => {
    const one = { url: "a", before: reading(0, call("get", "allow", 0), "spangate_audit_lag 5", "spangate_enforcing 1"), now: reading(1_000, call("get", "allow", 4), "spangate_audit_lag 5", "spangate_enforcing 1") };
    const two = { url: "b", before: reading(500, call("get", "allow", 0), "spangate_audit_lag 2", "spangate_enforcing 0"), now: reading(2_500, call("get", "allow", 4), "spangate_audit_lag 2", "spangate_enforcing 0", "spangate_audit_failures_total 3") };
    const shown = figures([one, two, { url: "c", problem: "nobody listens there" }]);
    assert.deepEqual(shown.calls, { total: 8, rate: 6 });
    assert.equal(shown.audit.lag, 7);
    assert.equal(shown.audit.lost.total, 3);
    assert.deepEqual(shown.enforcing, { yes: 1, of: 2 });
    assert.deepEqual(shown.endpoints.map(({ problem }) => problem), [undefined, undefined, "nobody listens there"]);
  });
  test("what a policy that observes would deny is no denial", () => {
    const shown = figures([{ url: "a", now: reading(0, call("wipe", "deny", 4, "observe")) }]);
    assert.deepEqual([shown.denied.total, shown.wouldDeny.total, shown.tools[0]?.denied.total], [0, 4, 0]);
  });
  test("where nothing is sent there is no lag", () => assert.equal(figures([{ url: "a", now: reading(0, "spangate_enforcing 1") }]).audit.lag, undefined));
  test("calls that wait are added up by whom they wait for, one that nobody waits for is left out", () => {
    const wait = (source: string, calls: number, age: number): string[] => [`spangate_waiting{spangate_decision_source="${source}"} ${calls}`, `spangate_waiting_age_seconds{spangate_decision_source="${source}"} ${age}`];
    const shown = figures([{ url: "a", now: reading(0, ...wait("approval", 2, 12), ...wait("ner", 0, 0)) }, { url: "b", now: reading(0, ...wait("approval", 1, 20.5)) }]);
    assert.deepEqual(shown.waiting, [{ source: "approval", calls: 3, longest: 20.5 }]);
  });
  test("of each limit the fullest process counts, the fullest limit comes first", () => {
    const limit = (name: string, usage: number): string => `spangate_limit_usage_ratio{spangate_limit_name="${name}",spangate_limit_per="global"} ${usage}`;
    const shown = figures([{ url: "a", now: reading(0, limit("money", 0.2), limit("calm", 0.4), "spangate_store_degraded 1") }, { url: "b", now: reading(0, limit("money", 0.95), "spangate_store_degraded 0") }]);
    assert.deepEqual([shown.limits, shown.withoutStore], [[{ limit: "money", usage: 0.95 }, { limit: "calm", usage: 0.4 }], 1]);
  });
  test("modules that are not gated are counted over processes", () => {
    const module = (name: string, gated: boolean, reason = ""): string => `spangate_coverage{spangate_module="${name}",spangate_module_version="1.0.0",spangate_module_gated="${gated}",spangate_module_reason="${reason}"} 1`;
    const now = (): Reading => reading(0, module("ai", true), module("old", false, "anchor_not_found"));
    assert.deepEqual(figures([{ url: "a", now: now() }, { url: "b", now: now() }]).coverage, { gated: 2, ungated: [{ name: "old", version: "1.0.0", gated: false, reason: "anchor_not_found", processes: 2 }] });
  });
  test("latency is that since the frame before, and of all where there were no calls", () => {
    const before = reading(0, bucket("0.001", 100), bucket("0.01", 100), bucket("+Inf", 100));
    const busy = figures([{ url: "a", before, now: reading(1_000, bucket("0.001", 100), bucket("0.01", 110), bucket("+Inf", 110)) }]).overhead;
    assert.ok(Math.abs((busy.p50 as number) - 0.0055) < 1e-9);
    assert.equal(busy.since, "frame");
    const idle = figures([{ url: "a", before, now: { ...before, at: 1_000 } }]).overhead;
    assert.deepEqual([idle.p50, idle.since], [0.0005, "start"]);
  });
});

describe("quantile", () => {
  const cases: readonly [buckets: readonly (readonly [number, number])[], share: number, is: number | undefined][] = [
    [[], 0.5, undefined], [[[1, 0], [Infinity, 0]], 0.5, undefined], [[[1, 10], [Infinity, 10]], 0.5, 0.5], [[[1, 0], [2, 10], [Infinity, 10]], 0.5, 1.5], [[[1, 5], [2, 10], [Infinity, 10]], 0.99, 1.98], [[[1, 5], [Infinity, 10]], 0.99, 1], [[[1, 5], [2, 5], [4, 10], [Infinity, 10]], 0.5, 1],
  ];
  for (const [buckets, share, is] of cases) test(`${share} of ${JSON.stringify(buckets)}`, () => assert.equal(quantile(new Map(buckets), share), is));
});

describe("a frame", () => {
  const many = (count: number): Figures => figures([{
    url: "http://one:9464/metrics", now: reading(0, ...Array.from({ length: count }, (_, at) => call(`a_tool_with_a_name_that_is_rather_long_${at}`, "deny", at + 1)), ...Array.from({ length: count }, (_, at) => `spangate_violations_total{security_rule_name="rule-${at}"} ${at + 1}`)),
  }, { url: "http://two:9464/metrics", problem: "nobody listens there" }]);
  const time = new Date();

  for (const [columns, rows] of [[80, 24], [40, 12], [200, 60], [20, 5], [1, 1]] as const) {
    test(`fits ${columns} by ${rows}`, () => {
      const lines = frame(many(30), { columns, rows, time }).map(stripVTControlCharacters);
      assert.ok(lines.length <= rows);
      assert.deepEqual(lines.filter((line) => line.length > columns), []);
    });
  }
  test("shows tools as well as rules where there is not room for all", () => {
    const lines = frame(many(30), { columns: 80, rows: 34, time }).map(stripVTControlCharacters);
    assert.ok(lines.some((line) => line.startsWith("tool ")) && lines.some((line) => line.startsWith("rule ")));
    assert.equal(lines.length, 33);
  });
  test("says who waits, which limits fill up, and that a store is gone", () => {
    const shown = figures([{
      url: "a", now: reading(0, 'spangate_waiting{spangate_decision_source="approval"} 2', 'spangate_waiting_age_seconds{spangate_decision_source="approval"} 20', 'spangate_limit_usage_ratio{spangate_limit_name="money"} 0.955', "spangate_store_degraded 1"),
    }]);
    const text = frame(shown, { columns: 80, time }).map(stripVTControlCharacters).join("\n");
    assert.match(text, /^waiting +2 for approval, longest 20\.0 s$/m);
    assert.match(text, /^limits +money 96 %$/m);
    assert.match(text, /^ +1 without the store of shared limits$/m);
  });
  test("says what is down", () => assert.match(frame(many(1), { columns: 80, time }).join("\n"), /1 of 2 endpoints[^]*down\S* +http:\/\/two:9464\/metrics: nobody listens there/));
  test("nothing that a model calls a tool reaches the terminal as a command", () => {
    const hostile = figures([{ url: "a", now: reading(0, call("\u001b[2J\u009b2J\u0007\\n\u202eevil", "deny", 1)) }]);
    const text = frame(hostile, { columns: 80, time }).join("\n");
    assert.match(text, /·\[2J·2J···evil/);
    // oxlint-disable-next-line no-control-regex -- that there are none
    assert.doesNotMatch(text, /\u001b\[2J|[\u0007\u009b\u202e]/);
  });
});

describe("an endpoint", () => {
  for (const [given, url] of [["localhost:9464", "http://localhost:9464/metrics"], ["http://a", "http://a/metrics"], ["https://a/b/metrics?x=1", "https://a/b/metrics?x=1"], ["[::1]:9464", "http://[::1]:9464/metrics"]] as const) test(`${given} is ${url}`, () => assert.equal(scrapeUrl(given), url));
  for (const given of ["ftp://a", "http://", "a b", ""]) test(`${JSON.stringify(given)} is none`, () => assert.throws(() => scrapeUrl(given), /neither host:port nor an http URL/));
});
