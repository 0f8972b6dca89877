import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { SpangateError } from "../../errors.ts";
import { enforce, guardTool, guardToolSync } from "../../instrumentation/tool.ts";
import { readRecords, temporaryFolder } from "../support/run.ts";

const directory = temporaryFolder();
process.env["SPANGATE_AUDIT_DIR"] = directory;

const limit = (limits: object, more: object = {}): void => enforce({ spangate: 1, name: "t", default: "allow", limits, ...more });
const denied = (says: RegExp) => (error: unknown): boolean => error instanceof SpangateError && error.code === "SG_DENIED" && says.test(error.message);
const statuses = (tool: string): unknown[] => readRecords(directory).filter((record) => record.t === "outcome" && "tool" in record && record.tool === tool).map((record) => "status" in record && record.status);

describe("limits of size", () => {
  test("larger arguments never reach the tool", async () => {
    limit({ input: "100B" });
    let ran = false;
    await assert.rejects(guardTool("big-in", () => (ran = true))({ text: "x".repeat(101) }), denied(/the arguments are larger than 100 bytes/));
    assert.equal(ran, false);
    await guardTool("big-in", () => (ran = true))({ text: "x".repeat(50) });
    assert.equal(ran, true);
  });
  test("ten megabytes are the limit where a policy does not say", async () => {
    limit({});
    await assert.rejects(guardTool("huge", () => 1)({ text: "x".repeat(10_000_000) }), denied(/larger than 10000000 bytes/));
  });
  test("a larger result is withheld", async () => {
    limit({ output: "100B" });
    await assert.rejects(guardTool("big-out", () => "x".repeat(101))({}), denied(/its result was withheld: it is larger than 100 bytes/));
    assert.deepEqual(statuses("big-out"), ["withheld"]);
  });
  test("who only observes withholds nothing", async () => {
    limit({ input: "1B", output: "1B" }, { mode: "observe" });
    assert.equal(await guardTool("seen", () => "result")({ text: "arguments" }), "result");
  });
});

describe("a tool that runs longer than it may", () => {
  const late = denied(/its result was withheld: it took longer than 0\.05 s/);
  test("goes on, and its result is withheld", async () => {
    limit({ duration: "50ms" });
    let finished = false;
    const started = performance.now();
    await assert.rejects(guardTool("late", async () => { await setTimeout(400); finished = true; return "late"; })({}), late);
    assert.ok(performance.now() - started < 390 && !finished);
    await setTimeout(450);
    assert.equal(finished, true);
    assert.deepEqual(statuses("late"), ["withheld"]);
  });
  test("also when it fails in the end, or never does", async () => {
    await assert.rejects(guardTool("late", async () => { await setTimeout(100); throw new Error("too late"); })({}), late);
    await assert.rejects(guardTool("never", () => new Promise(() => {}))({}), late);
  });
  test("a synchronous one is late when it returns", () => {
    assert.throws(() => guardToolSync("busy", () => { for (const end = performance.now() + 80; performance.now() < end;); return 1; })({}), late);
  });
  test("a stream ends where its time is up, and is told to stop", async () => {
    let stopped = false;
    const source = guardTool("stream", async function* () {
      try {
        yield 1;
        await setTimeout(120);
        yield 2;
      } finally {
        stopped = true;
      }
    });
    const seen: number[] = [];
    await assert.rejects(async () => { for await (const value of (await source({})) as AsyncIterable<number>) seen.push(value); }, late);
    assert.deepEqual(seen, [1]);
    await setTimeout(150);
    assert.equal(stopped, true);
  });
  test("one that is in time is not", async () => assert.equal(await guardTool("quick", () => setTimeout(1, "quick"))({}), "quick"));
});
