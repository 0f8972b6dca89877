import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SpangateError } from "../../errors.ts";
import type { OutcomeBody } from "../../exporters/audit/bodies.ts";
import { enforce, guardTool } from "../../instrumentation/tool.ts";
import { GateProcessor, type Filtered } from "../../processors/index.ts";
import { readRecords, temporaryFolder } from "../support/run.ts";

const directory = temporaryFolder();
process.env["SPANGATE_AUDIT_DIR"] = directory;

const ALLOW_ALL = { spangate: 1, name: "t", default: "allow" };
const TOKEN = "ghp_q7Rk2Zp9Xw4Lm8Vt3Bn6Hd1Yc5Gs0Jfq7Rk2";
const HALVES = ["the key ", TOKEN.slice(0, 17), TOKEN.slice(17), " is it"];

type Yields = AsyncGenerator<unknown, unknown>;

async function* halves(): AsyncGenerator<string, void> {
  yield* HALVES;
}

function stream(tool: () => Yields): Promise<Yields> {
  return guardTool("stream", tool)({});
}

/** What comes out of a stream until it ends or fails. */
async function collect(values: Promise<Yields>): Promise<{ readonly seen: unknown[]; readonly thrown?: unknown }> {
  const seen: unknown[] = [];
  try {
    for await (const value of await values) seen.push(value);
    return { seen };
  } catch (thrown) {
    return { seen, thrown };
  }
}

function lastOutcome(): OutcomeBody {
  return readRecords(directory).findLast(({ t }) => t === "outcome") as unknown as OutcomeBody;
}

describe("a tool that yields a secret in two halves", () => {
  test("is redacted, counted once, and yields as many values as before", async () => {
    enforce({ ...ALLOW_ALL, redact: { in: ["results"] } });
    assert.deepEqual(await collect(stream(halves)), { seen: ["the key ", "[REDACTED:github_token]", "", " is it"] });
    const { status, redacted } = lastOutcome();
    assert.deepEqual({ status, redacted }, { status: "ok", redacted: { github_token: 1 } });
  });

  test("a token in its place is one that is put back whole", async () => {
    process.env["SPANGATE_REDACTION_KEY"] = Buffer.alloc(32, 7).toString("base64");
    enforce({ ...ALLOW_ALL, redact: { strategy: "tokenize", in: ["results", "arguments"], restore: ["restore"] } });
    const { seen } = await collect(stream(halves));
    assert.equal(await guardTool("restore", ({ text }: { text: string }) => text === HALVES.join(""))({ text: seen.join("") }), true);
  });

  test("is withheld from there on where secrets are blocked, and stopped", async () => {
    enforce({ ...ALLOW_ALL, secrets: {} });
    let stopped = false;
    const { seen, thrown } = await collect(stream(async function* () {
      try {
        yield "It went well, and here comes the thing that you asked for, ";
        yield* HALVES;
        for (;;) yield "and more and more of it, ";
      } finally {
        stopped = true;
      }
    }));
    assert.deepEqual(seen, ["It went well, and here comes the thing that you asked for, ", "the key "]);
    assert.ok(thrown instanceof SpangateError && thrown.code === "SG_DENIED");
    assert.match(thrown.message, /carries a credential \(github_token\)/);
    assert.equal(stopped, true);
    assert.equal(lastOutcome().status, "withheld");
  });

  test("yields what it yields where nothing is looked for in results, or where it is only observed", async () => {
    for (const policy of [{ redact: { in: ["arguments"] } }, { redact: {}, mode: "observe" }, { secrets: { action: "off" } }, {}]) {
      enforce({ ...ALLOW_ALL, ...policy });
      let consumed = 0;
      const { seen } = await collect(stream(async function* () {
        for (const half of HALVES) {
          yield half;
          consumed++;
        }
      }));
      assert.deepEqual([seen, consumed], [HALVES, HALVES.length]);
    }
  });

  test("a processor of the user's own sees each value, whole", async () => {
    const values: unknown[] = [];
    class See extends GateProcessor {
      override readonly name = "see";
      override filter(_: unknown, result: unknown): Filtered | undefined {
        values.push(result);
        return undefined;
      }
    }
    enforce({ ...ALLOW_ALL, redact: { in: ["results"] } }, { processors: [new See()] });
    await collect(stream(async function* () { yield { type: "text-delta", delta: "so" }; yield { n: 1 }; }));
    assert.deepEqual(values, [{ type: "text-delta", delta: "so" }, { n: 1 }, undefined]);
  });
});

describe("what is held back", () => {
  const policy = { ...ALLOW_ALL, redact: { in: ["results"] } };

  test("is let go of while the tool still works, as far as it is prose", async () => {
    enforce(policy);
    const { promise, resolve } = Promise.withResolvers<void>();
    const values = await stream(async function* () {
      yield "We went home ";
      yield "early, and ";
      await promise;
      yield "slept.";
    });
    assert.deepEqual(await values.next(), { done: false, value: "We went home " });
    resolve();
    assert.deepEqual([(await values.next()).value, (await values.next()).value, (await values.next()).done], ["early, and ", "slept.", true]);
  });

  test("comes before the tool's own error, redacted", async () => {
    enforce(policy);
    const { seen, thrown } = await collect(stream(async function* () {
      yield* HALVES;
      throw new TypeError("broken");
    }));
    assert.deepEqual(seen, ["the key ", "[REDACTED:github_token]", "", " is it"]);
    assert.ok(thrown instanceof TypeError);
    assert.equal(lastOutcome().status, "error");
  });

  test("comes before what the tool returns", async () => {
    enforce(policy);
    const values = await stream(async function* () { yield "ann@example.org"; return "ann@example.org"; });
    assert.deepEqual([await values.next(), await values.next()], [{ done: false, value: "[REDACTED:email]" }, { done: true, value: "[REDACTED:email]" }]);
  });

  test("is dropped when the consumer stops early, the tool is stopped and the outcome written", async () => {
    enforce(policy);
    let stopped = false;
    const values = await stream(async function* () {
      try {
        yield "We went home ";
        yield "with ";
        yield TOKEN.slice(0, 17);
        yield TOKEN.slice(17);
      } finally {
        stopped = true;
      }
    });
    for await (const value of values) {
      assert.equal(value, "We went home ");
      break;
    }
    assert.equal(stopped, true);
    const { status, redacted } = lastOutcome();
    assert.deepEqual({ status, redacted }, { status: "ok", redacted: undefined });
  });

  test("when the consumer stops while the rest is handed out, the outcome is written", async () => {
    enforce(policy);
    for await (const value of await stream(halves)) {
      assert.equal(value, "the key ");
      break;
    }
    assert.equal(lastOutcome().status, "ok");
    assert.equal(readRecords(directory).filter(({ t }) => t === "decision").length, readRecords(directory).filter(({ t }) => t === "outcome").length);
  });

  test("is refused when the limit of time is over", async () => {
    enforce({ ...policy, limits: { duration: "30ms" } });
    const { seen, thrown } = await collect(stream(async function* () {
      yield TOKEN.slice(0, 17);
      await new Promise(() => {});
    }));
    assert.deepEqual(seen, []);
    assert.ok(thrown instanceof SpangateError && thrown.code === "SG_DENIED");
  });
});
