import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { FIELDS } from "../../exporters/decision-log/fields.ts";
import { LOG_DROPPED } from "../../names.ts";
import { ROOT, runApp, temporaryFolder } from "../support/run.ts";

const POLICY = readFileSync(join(ROOT, "test/apps/decision-log.yaml"), "utf8");
/** No detector knows it: nothing but silence keeps it out of a line. */
const SECRET = "heliotrope-cartography";

type Line = Readonly<Record<string, unknown>>;
const linesOf = (text: string): Line[] => text.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Line);

async function runLogged(log: string | undefined, policy = POLICY): Promise<{ result: Awaited<ReturnType<typeof runApp>>; lines: Line[] }> {
  const result = await runApp("test/apps/decision-log.mjs", { policy, args: [SECRET], env: { OTEL_SERVICE_NAME: "desk", ...(log !== undefined && { SPANGATE_LOG: log }) } });
  assert.equal(result.code, 0, result.stderr);
  return { result, lines: linesOf(result.stderr) };
}

test("a line for each decision and each outcome, by level, with the ids of its record and its span, in the form of pino", async () => {
  const { result, lines } = await runLogged("json");
  assert.deepEqual(lines.map(({ event, tool, level, decision, runs, rule, source, shadow, status, error, msg }) => [event, tool, level, decision ?? status, runs ?? error, rule, source, shadow, msg]), [
    ["decision", "read", 30, "allow", true, "rest", "policy", "deny:no-read", "allow read"],
    ["outcome", "read", 30, "ok", undefined, undefined, undefined, undefined, "read ended: ok"],
    ["decision", "fail", 30, "allow", true, "rest", "policy", undefined, "allow fail"],
    ["outcome", "fail", 40, "error", "RangeError", undefined, undefined, undefined, "fail ended: error"],
    ["decision", "leak", 30, "allow", true, "rest", "policy", undefined, "allow leak"],
    ["outcome", "leak", 40, "withheld", undefined, undefined, undefined, undefined, "leak ended: withheld"],
    ["decision", "wipe", 40, "deny", false, "no-wipe", "policy", undefined, "deny wipe"],
    ["decision", "quote", 40, "deny", false, "no-quotes", "talkative", undefined, "deny quote"],
    ["decision", "gossip", 50, "deny", false, "fail-closed", "fail_closed", undefined, "deny gossip"],
  ]);
  const records = result.records();
  const opened = records.find(({ t: type }) => type === "open");
  for (const line of lines) {
    assert.deepEqual([line["name"], line["service"], typeof line["time"], typeof line["pid"], typeof line["hostname"]], ["spangate", "desk", "number", "number", "string"]);
    const record = records[line["audit_i"] as number];
    assert.ok(record?.t === "decision" && record.tool === line["tool"] && record.log === line["audit_log"] && record.trace === line["trace_id"] && record.span === line["span_id"], JSON.stringify(line));
    if (line["event"] === "decision") assert.deepEqual([line["policy"], line["policy_hash"], line["mode"]], ["desk@3", record.digest, "enforce"]);
  }
  assert.ok(opened?.t === "open" && lines.every(({ pid }) => pid === opened.pid));
  assert.deepEqual([lines[0]?.["agent"], lines[0]?.["session"], lines[2]?.["agent"]], ["clerk", "s-1", undefined]);
});

test("no line shows what was in arguments, results, errors or reasons", async () => {
  const { result, lines } = await runLogged("json");
  assert.equal(lines.length, 9);
  assert.ok(!JSON.stringify(lines).includes(SECRET));
  // It is not because nobody knew it: the records quote it in their reasons.
  assert.ok(result.records().some((record) => record.t === "decision" && record.reason.includes(SECRET)));
});

test("docs/operations.md names every key of a line, and beside it what of a log record says the same, and no other", async () => {
  const section = /^## Logs\n(.*?)^## /ms.exec(readFileSync(join(ROOT, "docs/operations.md"), "utf8"))?.[1] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| `")).map((line) => line.split("|").slice(1, 3) as [string, string]);
  const quoted = (cell: string): string[] => Array.from(cell.matchAll(/`([\w.]+)`/g), ([, word]) => word as string);
  const { lines } = await runLogged("json");
  const written = new Set(lines.flatMap(Object.keys));
  // test/exporters/decision-log/ makes this one.
  written.add("dropped");
  assert.deepEqual([...written].sort(), rows.flatMap(([keys]) => quoted(keys)).sort());
  for (const [keys, record] of rows) {
    const fields = quoted(keys).flatMap((key) => FIELDS.find((field) => field.key === key) ?? []);
    const attributes = keys.includes("`dropped`") ? [LOG_DROPPED] : fields.flatMap((field) => field.attributes);
    assert.deepEqual(quoted(record).filter((word) => /\.\w/.test(word)), attributes, keys);
  }
});

test("where the policy only observes, a line says that the tool runs all the same", async () => {
  const { lines } = await runLogged("json", POLICY.replace("mode: enforce", "mode: observe"));
  const wipe = lines.find(({ event, tool }) => event === "decision" && tool === "wipe");
  assert.deepEqual([wipe?.["level"], wipe?.["decision"], wipe?.["runs"], wipe?.["mode"], wipe?.["msg"]], [40, "deny", true, "observe", "deny wipe, which runs: the policy only observes"]);
  assert.ok(lines.some(({ event, tool, status }) => event === "outcome" && tool === "wipe" && status === "ok"));
});

test("json:<path> writes to a file that only its owner may read, and goes on with one that is there", async () => {
  const file = join(temporaryFolder(), "decisions.jsonl");
  for (const count of [9, 18]) {
    const { lines } = await runLogged(`json:${file}`);
    assert.equal(lines.length, 0, "lines on standard error");
    assert.equal(linesOf(readFileSync(file, "utf8")).length, count);
  }
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test("without SPANGATE_LOG there is no line", async () => {
  assert.equal((await runLogged(undefined)).lines.length, 0);
});

test("a file that cannot be written is told of once, and no call suffers from it", async () => {
  const { result } = await runLogged(`json:${join(temporaryFolder(), "missing", "decisions.jsonl")}`);
  assert.equal(result.stderr.match(/the decision log .* cannot be written/g)?.length, 1);
  assert.equal(result.records().filter(({ t: type }) => type === "decision").length, 6);
});
