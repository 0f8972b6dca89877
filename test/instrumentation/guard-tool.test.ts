import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { SpanProcessor } from "@opentelemetry/sdk-trace";
import { SpangateError } from "../../errors.ts";
import { readRecords as readPlaced } from "../../exporters/audit/reader.ts";
import { verifyDirectory } from "../../exporters/audit/verify/directory.ts";
import { Runtime } from "../../instrumentation/runtime.ts";
import { enforce, guardTool, guardToolSync } from "../../instrumentation/tool.ts";
import { GateProcessor, type Filtered, type Opinion } from "../../processors/index.ts";
import { readRecords, temporaryFolder } from "../support/run.ts";

const directory = temporaryFolder();
process.env["SPANGATE_AUDIT_DIR"] = directory;

const ALLOW_ALL = { spangate: 1, name: "t", default: "allow" };

function isDenial(error: unknown): boolean {
  return error instanceof SpangateError && error.code === "SG_DENIED" && error.message.startsWith("Tool call denied by policy: ");
}

class Late extends GateProcessor {
  override readonly name = "late";
  readonly #opinion: Promise<Opinion | undefined>;

  constructor(opinion: Promise<Opinion | undefined>) {
    super();
    this.#opinion = opinion;
  }

  override judge(): Promise<Opinion | undefined> {
    return this.#opinion;
  }
}

before(() => enforce(ALLOW_ALL));

describe("guardTool", () => {
  test("rejects a denied call with a coded error, and the tool does not run", async () => {
    enforce({ spangate: 1, name: "t" });
    let ran = false;
    await assert.rejects(guardTool("wipe", () => (ran = true))({}), isDenial);
    assert.equal(ran, false);
  });

  test("writes an outcome down whatever the error that was thrown says that its name is", async () => {
    enforce(ALLOW_ALL);
    for (const [name, error] of [["long", Object.assign(new Error("x"), { name: "n".repeat(3_000_000) })], ["number", Object.assign(new Error("x"), { name: 7 })]] as const) {
      await assert.rejects(guardTool(`named-${name}`, () => { throw error; })({}), (thrown) => thrown === error);
      const outcome = readRecords(directory).find((record) => record.t === "outcome" && record.tool === `named-${name}`) as { error?: unknown; status?: string } | undefined;
      assert.equal(outcome?.status, "error", name);
      assert.ok(typeof outcome.error === "string" && outcome.error.length < 1_000, name);
    }
  });

  test("passes this, the other arguments, the result and the tool's own error through", async () => {
    enforce(ALLOW_ALL);
    const receiver = { base: 1, add: guardTool("add", function (this: { base: number }, { n }: { n: number }, more: number) { return this.base + n + more; }) };
    assert.equal(await receiver.add({ n: 2 }, 3), 6);
    class Own extends Error {}
    await assert.rejects(guardTool("fail", () => { throw new Own("mine"); })({}), Own);
  });

  test("redacts arguments, results and the text of errors; the class of an error is kept", async () => {
    enforce({ ...ALLOW_ALL, redact: {} });
    assert.deepEqual(await guardTool("echo", (args: object) => ({ ...args, card: "4111 1111 1111 1111" }))({ to: "ann@example.org" }), { to: "[REDACTED:email]", card: "[REDACTED:credit_card]" });
    await assert.rejects(guardTool("fail", () => { throw new TypeError("no such user ann@example.org"); })({}), (error: Error) =>
      error instanceof TypeError && error.message === "no such user [REDACTED:email]" && !error.stack?.includes("ann@"));
  });

  test("a result that a filter refuses is withheld, and recorded as that", async () => {
    class Refuse extends GateProcessor {
      override readonly name = "refuse";
      override filter(): Filtered {
        throw new Error("too large");
      }
    }
    enforce(ALLOW_ALL, { processors: [new Refuse()] });
    await assert.rejects(guardTool("big", () => "secret")({}), (error: Error) => isDenial(error) && /its result was withheld: too large/.test(error.message));
    const last = readRecords(directory).at(-1);
    assert.ok(last && "status" in last && last.status === "withheld");
  });

  test("redacts what comes out of a thenable that is no promise, and what is thrown that is no error", async () => {
    enforce({ ...ALLOW_ALL, redact: {} });
    // oxlint-disable-next-line unicorn/no-thenable -- that is what is tested
    const thenable = guardTool("then", () => ({ then: (resolve: (text: string) => void) => resolve("ann@example.org") }) as unknown as string);
    assert.equal(await thenable({}), "[REDACTED:email]");
    // oxlint-disable-next-line no-throw-literal -- that is what is tested
    await assert.rejects(guardTool("throw", () => { throw "no ann@example.org"; })({}), (thrown) => thrown === "no [REDACTED:email]");
  });

  test("a value of a generator that a filter refuses is withheld, and the tool is stopped", async () => {
    let stopped = false;
    async function* produce(): AsyncGenerator<number> {
      try {
        for (let n = 0; ; n++) yield n;
      } finally {
        stopped = true;
      }
    }
    class NoTwo extends GateProcessor {
      override readonly name = "no-two";
      override filter(_: unknown, result: unknown): undefined {
        if (result === 2) throw new Error("two");
      }
    }
    enforce(ALLOW_ALL, { processors: [new NoTwo()] });
    const seen: number[] = [];
    await assert.rejects(async () => { for await (const n of await guardTool("count", produce)({})) seen.push(n); }, /its result was withheld: two/);
    assert.deepEqual([seen, stopped], [[0, 1], true]);
    const last = readRecords(directory).at(-1);
    assert.ok(last && "status" in last && last.status === "withheld");
  });

  test("one admission is one run", async () => {
    enforce(ALLOW_ALL);
    const passage = await (Runtime.current as Runtime).guard.admit({ framework: "test", tool: "x", arguments: {} });
    let runs = 0;
    const first = passage.run(async () => ++runs);
    assert.throws(() => passage.run(() => ++runs), isDenial);
    assert.equal(await first, 1);
  });

  test("a generator stays one, each value passes the filters, and stopping early stops the tool", async () => {
    enforce({ ...ALLOW_ALL, redact: { in: ["results"] } });
    let cleaned = false;
    async function* produce(): AsyncGenerator<string> {
      try {
        for (const text of ["a ", "ann@example.org", " c"]) yield text;
      } finally {
        cleaned = true;
      }
    }
    const seen: string[] = [];
    for await (const text of await guardTool("stream", produce)({})) {
      seen.push(text);
      if (seen.length === 2) break;
    }
    assert.deepEqual(seen, ["a ", "[REDACTED:email]"]);
    assert.equal(cleaned, true);
    const late: string[] = [];
    for await (const text of await guardTool("late", async () => produce())({})) late.push(text);
    assert.deepEqual(late, ["a ", "[REDACTED:email]", " c"]);
  });
});

test("in mode observe the tool gets the very arguments, and a denial is only recorded", async () => {
  enforce({ spangate: 1, name: "t", mode: "observe", redact: {} });
  class Secret { readonly #value = 1; read(): number { return this.#value; } }
  const args = { secret: new Secret(), mail: "ann@example.org" };
  assert.equal(await guardTool("x", (given: typeof args) => given === args && given.secret.read())(args), 1);
});

describe("guardToolSync", () => {
  test("stays synchronous, and throws a denial", () => {
    enforce({ spangate: 1, name: "t", rules: [{ id: "a", tool: "add", effect: "allow" }] });
    assert.equal(guardToolSync("add", ({ n }: { n: number }) => n + 1)({ n: 1 }), 2);
    assert.throws(() => guardToolSync("wipe", () => 1)({}), isDenial);
  });

  test("a verdict that has to be waited for is a denial", () => {
    enforce(ALLOW_ALL, { processors: [new Late(Promise.resolve({ effect: "allow", rule: "late" }))] });
    let ran = false;
    assert.throws(() => guardToolSync("add", () => (ran = true))({}), (error: Error) => isDenial(error) && /synchronous/.test(error.message));
    assert.equal(ran, false);
    const last = readRecords(directory).at(-1);
    assert.ok(last && "effect" in last && last.effect === "deny" && !last.runs);
    enforce({ ...ALLOW_ALL, mode: "observe" }, { processors: [new Late(new Promise(() => {}))] });
    assert.equal(guardToolSync("add", () => 1)({}), 1, "who only observes blocks nothing");
  });
});

describe("an opinion that is waited for", () => {
  test("holds the tool back until it comes", async () => {
    const { promise, resolve } = Promise.withResolvers<Opinion>();
    enforce(ALLOW_ALL, { processors: [new Late(promise)] });
    let ran = false;
    const running = guardTool("pay", () => (ran = true))({});
    await new Promise(setImmediate);
    assert.equal(ran, false);
    resolve({ effect: "allow", rule: "human" });
    await running;
    assert.equal(ran, true);
  });

  const cases: Readonly<Record<string, Promise<Opinion | undefined>>> = {
    "an opinion that does not come in time is a denial": new Promise(() => {}),
    "an opinion that fails is a denial": Promise.reject(new Error("the approval service is down")),
    "a late denial is one": Promise.resolve({ effect: "deny", rule: "human", reason: "no" }),
    "approve, which nobody has answered, does not run": Promise.resolve({ effect: "approve", rule: "human", reason: "ask" }),
  };
  for (const [name, opinion] of Object.entries(cases)) {
    opinion.catch(() => {});
    test(name, async () => {
      enforce({ ...ALLOW_ALL, limits: { deadline: "50ms" } }, { processors: [new Late(opinion)] });
      await assert.rejects(guardTool("pay", () => assert.fail("it ran"))({}), isDenial);
    });
  }
});

test("a call from inside a tool is only the same call at another seam with the same arguments", async () => {
  enforce(ALLOW_ALL);
  const { guard } = Runtime.current as Runtime;
  const decisions = (): number => readRecords(directory).filter(({ t }) => t === "decision").length;
  const through = (framework: string, args: object, inside: () => unknown): Promise<unknown> =>
    guard.call({ framework, tool: "x", arguments: args }, async () => inside(), assert.fail);

  const before = decisions();
  await through("a", { n: 1 }, () => through("b", { n: 1 }, () => 0));
  assert.equal(decisions() - before, 1, "crossed two seams");
  await through("a", { n: 1 }, () => through("b", { n: 2 }, () => 0));
  assert.equal(decisions() - before, 3, "other arguments");
  await through("a", { n: 1 }, () => through("a", { n: 1 }, () => 0));
  assert.equal(decisions() - before, 5, "the same seam again");
  await through("a", { n: 1 }, async () => { await through("b", { n: 1 }, () => 0); await through("b", { n: 1 }, () => 0); });
  assert.equal(decisions() - before, 7, "a second crossing of one seam");
  const { promise: later, resolve: done } = Promise.withResolvers<void>();
  await through("a", { n: 1 }, () => void setImmediate(() => done(through("b", { n: 1 }, () => 0) as Promise<void>)));
  await later;
  assert.equal(decisions() - before, 9, "left running by a call that has ended");
});

test("a processor that extends another copy of our class decides all the same", async () => {
  const foreign = { name: "foreign", judge: () => ({ effect: "deny", rule: "f", reason: "foreign says no" }), onStart() {}, onEnd() {}, forceFlush: async () => {}, shutdown: async () => {} };
  enforce(ALLOW_ALL, { processors: [foreign as unknown as SpanProcessor] });
  await assert.rejects(guardTool("x", () => 1)({}), /foreign says no/);
});

test("a record does not grow with what the model or a caller makes up", async () => {
  enforce({ spangate: 1, name: "t" });
  const long = "\u{1f600}".repeat(100_000);
  await assert.rejects(guardTool(long, () => 1, { caller: long, agent: long, session: long })({ long }), isDenial);
  const last = [...readPlaced(directory)].at(-1);
  assert.ok(last?.record.t === "decision" && last.text.length < 10_000);
  assert.ok(typeof last.value === "object" && last.value.text?.length === 65_536 && last.record.cut === 200_011);
});

test("a reason that quotes arguments is redacted for the model and for the record", async () => {
  class Quote extends GateProcessor {
    override readonly name = "quote";
    override judge(): Opinion {
      throw new Error("cannot pay ann@example.org");
    }
  }
  enforce(ALLOW_ALL, { processors: [new Quote()] });
  await assert.rejects(guardTool("pay", () => 1)({}), (error: Error) => isDenial(error) && !error.message.includes("ann@") && error.message.includes("[REDACTED:email]"));
  assert.doesNotMatch(JSON.stringify(readRecords(directory).at(-1)), /ann@/);
});

test("a policy that is not valid leaves the one in force", async () => {
  enforce({ spangate: 1, name: "t" });
  assert.throws(() => enforce({ spangate: 1, name: "t", defualt: "allow" }), SpangateError);
  await assert.rejects(guardTool("x", () => 1)({}), isDenial);
});

test("everything that happened here is in one intact log", () => {
  Runtime.current?.log().flush();
  const { ok, logs } = verifyDirectory(directory);
  assert.ok(ok);
  assert.equal(logs.length, 1);
});
