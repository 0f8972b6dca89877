import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { parseExposition } from "../../../cli/top/exposition.ts";
import { OUTCOMES, type Outcome, type Report, VERDICTS } from "../../../exporters/audit/verify/report.ts";
import { textfileOf } from "../../../exporters/audit/verify/textfile.ts";
import { onPath } from "../../dashboards/on-path.ts";

const report = (outcome: Outcome, ...logs: readonly Partial<Record<(typeof VERDICTS)[number], number>>[]): Report => ({
  ok: outcome === "proven", outcome, keys: "log",
  logs: logs.map((counts) => ({ counts: { proven: 0, unproven: 0, altered: 0, missing: 0, pruned: 0, ...counts } }) as Report["logs"][number]),
});
const PATHS = ["/var/lib/agent/audit", 'a "quoted" one', "back\\slash", "line\nfeed", "\\n", "Übersicht 中 {x=\"y\"} ,"];

describe("the metrics of a verification", () => {
  for (const outcome of OUTCOMES) test(`say ${outcome}, and of the others that it is not they`, () => {
    const samples = parseExposition(textfileOf(report(outcome), "/a", 0)).filter(({ name }) => name === "spangate_verify_result");
    assert.deepEqual(samples.map(({ labels, value }) => [labels["spangate_verify_outcome"], value]).sort(), OUTCOMES.map((one) => [one, one === outcome ? 1 : 0]).sort());
  });
  test("count the records of all logs, by what became of them, and have each state", () => {
    const samples = parseExposition(textfileOf(report("tampered", { proven: 5, altered: 1 }, { proven: 2, pruned: 7 }), "/a", 0)).filter(({ name }) => name === "spangate_verify_records");
    assert.deepEqual(samples.map(({ labels, value }) => [labels["spangate_verify_state"], value]), [["proven", 7], ["unproven", 0], ["altered", 1], ["missing", 0], ["pruned", 7]]);
  });
  test("tell the time in seconds", () => assert.match(textfileOf(report("proven"), "/a", 1_700_000_000_250), /^spangate_verify_time_seconds\{spangate_verify_path="\/a"\} 1700000000\.25\n$/m));
  test("keep any path whole", () => {
    for (const path of PATHS) {
      const samples = parseExposition(textfileOf(report("proven", {}), path, 0));
      assert.equal(samples.length, OUTCOMES.length + VERDICTS.length + 1);
      for (const { labels } of samples) assert.equal(labels["spangate_verify_path"], path);
    }
  });
  test("have help and type before their samples", () => {
    const lines = textfileOf(report("proven"), "/a", 0).split("\n").filter((line) => line.startsWith("#"));
    assert.deepEqual(lines.map((line) => line.split(" ").slice(0, 3).join(" ")), ["result", "records", "time_seconds"].flatMap((name) => [`# HELP spangate_verify_${name}`, `# TYPE spangate_verify_${name}`]));
  });
  test("promtool finds nothing to complain of, whatever the path", (t) => {
    if (!onPath("promtool", t)) return;
    for (const path of PATHS) {
      const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { encoding: "utf8", input: textfileOf(report("proven", { proven: 3 }), path, 1_700_000_000_000) });
      assert.deepEqual([status, stdout, stderr], [0, "", ""], path);
    }
  });
});
