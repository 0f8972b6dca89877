import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import { SpangateError } from "../../errors.ts";
import type { DecisionBody, OutcomeBody } from "../../exporters/audit/bodies.ts";
import { enforce, guardTool, guardToolSync } from "../../instrumentation/tool.ts";
import { GateProcessor, type Opinion } from "../../processors/index.ts";
import { readRecords, ROOT, temporaryFolder } from "../support/run.ts";

const directory = temporaryFolder();
process.env["SPANGATE_AUDIT_DIR"] = directory;

const MODEL = join(ROOT, "test/fixtures/ner/word-piece");
/** Long enough for any machine: what is tested is what is found, and not how fast. */
const ner = { model: MODEL, deadline: "60s" };
const BASE = { spangate: 1, name: "t", default: "allow", limits: { deadline: "2m" }, redact: {}, detection: { ner } };
/** No time at all is not to be had, so a text that no model reads in a millisecond. */
const LATE = { ...BASE, detection: { ner: { ...ner, deadline: "1ms" } } };
const LONG = `John ${"and ".repeat(15_000)}`;

function last<T>(type: string): T {
  return readRecords(directory).findLast(({ t }) => t === type) as unknown as T;
}

function isDenied(reason: RegExp): (thrown: unknown) => boolean {
  return (thrown) => thrown instanceof SpangateError && thrown.code === "SG_DENIED" && reason.test(thrown.message);
}

describe("names", () => {
  test("are taken out of arguments, with what is found by its form, and both are counted", async () => {
    enforce(BASE);
    assert.deepEqual(await guardTool("echo", async (args: object) => ({ got: JSON.stringify(args) }))({ to: "John Smith", mail: "ann@example.org" }), { got: '{"to":"[REDACTED:person_name]","mail":"[REDACTED:email]"}' });
    const { effect, args, redacted } = last<DecisionBody>("decision");
    assert.deepEqual({ effect, args, redacted }, { effect: "modify", args: '{"to":"[REDACTED:person_name]","mail":"[REDACTED:email]"}', redacted: { email: 1, person_name: 1 } });
  });

  test("are taken out of results, of an asynchronous tool and of a synchronous one", async () => {
    enforce(BASE);
    for (const tool of [guardTool("who", async () => ({ who: "John Smith", n: 1 })), guardTool("who", () => ({ who: "John Smith", n: 1 }))]) {
      assert.deepEqual(await tool({}), { who: "[REDACTED:person_name]", n: 1 });
      assert.deepEqual(last<OutcomeBody>("outcome").redacted, { person_name: 1 });
    }
  });

  test("are taken out of errors; the class of an error is kept", async () => {
    enforce(BASE);
    await assert.rejects(guardTool("fail", async () => { throw new TypeError("no John Smith, no ann@example.org"); })({}), (thrown: Error) =>
      thrown instanceof TypeError && thrown.message === "no [REDACTED:person_name], no [REDACTED:email]" && !thrown.stack?.includes("John"));
  });

  test("are treated as the policy treats what it redacts", async () => {
    enforce({ ...BASE, redact: { detectors: ["person_name"], strategy: "mask", overrides: [{ detectors: ["person_name"], tool: "mail", strategy: "keep" }] } });
    assert.equal(await guardTool("who", async () => "John Smith in Berlin, ann@example.org")({}), "**** *mith in Berlin, ann@example.org");
    assert.equal(await guardTool("mail", async () => "John Smith")({}), "John Smith");
  });

  test("that were put back for a tool stay there", async () => {
    process.env["SPANGATE_REDACTION_KEY"] = Buffer.alloc(32, 7).toString("base64");
    enforce({ ...BASE, redact: { strategy: "tokenize", restore: ["send"] } });
    const token = await guardTool("who", async () => "John Smith")({});
    assert.match(token, /^\[TOKEN:person_name:/);
    let sent;
    await guardTool("send", async ({ to }: { to: string }) => void (sent = to))({ to: token });
    assert.equal(sent, "John Smith");
  });

  test("in arguments that a processor of the user's own has changed are found", async () => {
    class Sign extends GateProcessor {
      override readonly name = "sign";
      override judge(): Opinion {
        return { effect: "modify", rule: "sign", arguments: { by: "Jane", at: "ten" } };
      }
    }
    enforce(BASE, { processors: [new Sign()] });
    assert.deepEqual(await guardTool("echo", async (args: object) => ({ ...args }))({ to: "John" }), { by: "[REDACTED:person_name]", at: "ten" });
  });

  test("stay where they are in mode observe, and the verdict says what would be", async () => {
    enforce({ ...BASE, mode: "observe" });
    assert.equal(await guardTool("echo", async ({ to }: { to: string }) => to)({ to: "John" }), "John");
    assert.deepEqual(last<DecisionBody>("decision").redacted, { person_name: 1 });
  });

  test("are not looked for where nothing is redacted", async () => {
    enforce({ ...BASE, redact: { in: ["results"] } });
    let seen;
    await guardTool("see", async (args: unknown) => void (seen = args))({ to: "John" });
    assert.deepEqual(seen, { to: "John" });
  });
});

describe("names in a stream", () => {
  async function* halves(): AsyncGenerator<string, void> {
    yield* ["We met Jo", "hn Smi", "th in New ", "York, and then we left."];
  }

  test("are found where they go over several values", async () => {
    enforce(BASE);
    const seen: unknown[] = [];
    for await (const value of await guardTool("stream", halves)({})) seen.push(value);
    assert.deepEqual(seen, ["We met [REDACTED:person_name]", "", " in [REDACTED:place]", ", and then we left."]);
    assert.deepEqual(last<OutcomeBody>("outcome").redacted, { person_name: 1, place: 1 });
  });

  test("are found beside the text, and in values without text", async () => {
    enforce(BASE);
    const seen: unknown[] = [];
    for await (const value of await guardTool("stream", async function* () {
      yield { type: "text-delta", id: "1", delta: "John ", by: "Jane" };
      yield { who: "Jane" };
    })({})) seen.push(value);
    assert.deepEqual(seen, [{ type: "text-delta", id: "1", delta: "[REDACTED:person_name] ", by: "[REDACTED:person_name]" }, { who: "[REDACTED:person_name]" }]);
  });

  test("a long one is looked at in strides, and nothing is lost", async () => {
    enforce(BASE);
    const words = Array.from({ length: 2_000 }, (_, index) => (index % 50 === 49 ? "John " : "and "));
    let text = "";
    for await (const value of await guardTool("stream", async function* () { yield* words; })({})) text += value as string;
    assert.equal(text, words.join("").replaceAll("John", "[REDACTED:person_name]"));
  });
});

describe("what was not looked at in time", () => {
  const run = (): Promise<unknown> => guardTool("long", async () => LONG)({});

  test("is refused, in arguments and in results", async () => {
    enforce(LATE);
    await assert.rejects(guardTool("long", async () => assert.fail("it ran"))({ text: LONG }), isDenied(/not everything in the arguments could be looked at: ner:deadline/));
    assert.equal(last<DecisionBody>("decision").rule, "detection.incomplete");
    await assert.rejects(run(), isDenied(/its result was withheld: not everything in it could be looked at: ner:deadline/));
    assert.equal(last<OutcomeBody>("outcome").status, "withheld");
  });

  test("goes on with a flag where the policy says so, with what is found by its form taken out", async () => {
    enforce({ ...LATE, detection: { ...LATE.detection, incomplete: "flag" } });
    const echo = guardTool("long", async ({ text }: { text: string }) => ({ text, mail: "ann@example.org" }));
    assert.deepEqual(await echo({ text: LONG }), { text: LONG, mail: "[REDACTED:email]" });
    assert.deepEqual(last<DecisionBody>("decision").flags, ["incomplete:ner:deadline"]);
    assert.deepEqual(last<OutcomeBody>("outcome").flags, ["incomplete:ner:deadline"]);
  });

  test("goes on without one where the policy says so", async () => {
    enforce({ ...LATE, detection: { ...LATE.detection, incomplete: "off" } });
    assert.equal(await run(), LONG);
    assert.equal(last<OutcomeBody>("outcome").flags, undefined);
  });

  test("of a stream is refused or goes on like any other", async () => {
    const stream = async (): Promise<string> => {
      let text = "";
      for await (const value of await guardTool("long", async function* () { yield LONG; })({})) text += value as string;
      return text;
    };
    enforce(LATE);
    await assert.rejects(stream(), isDenied(/ner:deadline/));
    enforce({ ...LATE, detection: { ...LATE.detection, incomplete: "flag" } });
    assert.equal(await stream(), LONG);
    assert.deepEqual(last<OutcomeBody>("outcome").flags, ["incomplete:ner:deadline"]);
  });
});

describe("a synchronous tool, which cannot wait", () => {
  test("is refused arguments that would have to be looked at, and its result is withheld", () => {
    enforce(BASE);
    assert.throws(() => guardToolSync("who", () => 1)({ to: "John" }), isDenied(/synchronous/));
    assert.throws(() => guardToolSync("who", () => "John")({}), isDenied(/its result was withheld: it would have to be waited for, and this tool is synchronous/));
    assert.equal(guardToolSync("add", () => 3)({ n: 1 }), 3, "where there is no text there is nothing to wait for");
  });

  test("gets its result through with a flag where the policy says so", () => {
    enforce({ ...BASE, detection: { ner, incomplete: "flag" } });
    assert.equal(guardToolSync("who", () => "John")({}), "John");
    assert.deepEqual(last<OutcomeBody>("outcome").flags, ["incomplete:synchronous"]);
  });
});

describe("a policy", () => {
  test("that names a model which is not there is refused, and what was in force stays", async () => {
    enforce(BASE);
    assert.throws(() => enforce({ ...BASE, detection: { ner: { model: "./no/such/model" } } }), (thrown) => thrown instanceof SpangateError && thrown.code === "SG_NER_UNAVAILABLE" && thrown.message.includes("./no/such/model"));
    assert.equal(await guardTool("who", async () => "John")({}), "[REDACTED:person_name]");
  });

  test("names a folder and no model on a hub", () => {
    assert.throws(() => enforce({ ...BASE, detection: { ner: { model: "Xenova/bert-base-NER" } } }), /models are not downloaded/);
  });

  test("that is replaced keeps a model that stays the same, and ends the thread of one that does not", async () => {
    const threads = process.getBuiltinModule("node:worker_threads");
    const { Worker } = threads;
    const ended: Promise<unknown>[] = [];
    threads.Worker = class extends Worker {
      constructor(...args: ConstructorParameters<typeof Worker>) {
        super(...args);
        ended.push(new Promise((resolve) => this.once("exit", resolve)));
      }
    };
    try {
      const look = async (policy: object): Promise<void> => {
        enforce({ ...BASE, ...policy });
        assert.equal(await guardTool("who", async () => "John")({}), "[REDACTED:person_name]");
      };
      await look({ detection: { ner: { ...ner, threshold: 0.5 } } });
      await look({ detection: { ner: { ...ner, threshold: 0.5 } }, name: "other" });
      assert.equal(ended.length, 1);
      await look({ detection: { ner: { ...ner, threshold: 0.6 } } });
      assert.equal(ended.length, 2);
      await ended[0];
    } finally {
      threads.Worker = Worker;
    }
  });
});
