import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { SpangateError } from "../../../errors.ts";
import { Client, findLibrary, type Reply } from "../../../processors/detection/ner/client.ts";
import { Names } from "../../../processors/detection/ner/names.ts";
import { ROOT, temporaryFolder } from "../../support/run.ts";

const FIXTURES = join(ROOT, "test/fixtures/ner");
const MODEL = join(FIXTURES, "word-piece");
const FAKE = join(FIXTURES, "fake.cjs");
const SECTION = { model: MODEL, threshold: 0.8, deadline: 30_000, labels: { PER: "person_name", LOC: "place", ORG: "organisation" } };

const names = new Names(SECTION);

async function redacted(value: unknown, from: Names = names): Promise<unknown> {
  return (await from.look(value)).rewrite(value, ({ detector }) => `[${detector}]`).value;
}

describe("names in a value", () => {
  const cases: Readonly<Record<string, readonly [value: unknown, expected: unknown]>> = {
    "are found wherever text stands in it": [{ a: ["John Smith", { b: "in Berlin" }], c: new Map([["k", "Acme Inc"]]) }, { a: ["[person_name]", { b: "in [place]" }], c: new Map([["k", "[organisation]"]]) }],
    "are found in keys that are words of people": [{ "John Smith": 1, berlin: 2 }, { "[person_name]": 1, berlin: 2 }],
    "do not go over from one text to the next": [["New", "York"], ["[place]", "[place]"]],
    "keep what stands around them": ["\u{1f600} Müller, (Jane)", "\u{1f600} [person_name], ([person_name])"],
    "are not found in what redaction has put there": ["[REDACTED:john] John [TOKEN:smith:jane]", "[REDACTED:john] [person_name] [TOKEN:smith:jane]"],
    "are none where there are none": [{ n: 1, s: "met", list: [null, true] }, { n: 1, s: "met", list: [null, true] }],
  };
  for (const [name, [value, expected]] of Object.entries(cases)) test(name, async () => assert.deepEqual(await redacted(value), expected));

  test("come with the place and the score", async () => {
    const { scan } = await names.look({ who: "so John Smith" });
    assert.partialDeepStrictEqual(scan.findings, [{ detector: "person_name", category: "pii", form: "plain", places: [{ path: ["who"], inKey: false, start: 3, end: 13 }] }]);
    assert.ok((scan.findings[0]?.score ?? 0) > 0.99);
  });

  test("what is not changed is the same value", async () => {
    const value = { who: "nobody" };
    assert.equal(await redacted(value), value);
  });

  test("are taken out of the value as it was looked at", async () => {
    const value = { who: "John" };
    const looking = names.look(value);
    value.who = "changed";
    assert.deepEqual((await looking).rewrite(value, () => "x").value, { who: "x" });
  });

  test("count from the threshold on", async () => {
    assert.equal(await redacted("maybe"), "maybe");
    assert.equal(await redacted("maybe", new Names({ ...SECTION, threshold: 0.7 })), "[person_name]");
  });

  test("are what the policy calls them; other labels are ignored", async () => {
    assert.equal(await redacted("John in Berlin", new Names({ ...SECTION, labels: { LOC: "town", constructor: "x" } })), "John in [town]");
  });

  test("what cannot hold a name is not looked at", () => {
    assert.deepEqual([1, "12-34", null, { id: 1 }, { a: "x" }].map((value) => names.mayHold(value)), [false, false, false, false, true]);
  });

  test("more than is looked at is told", async () => {
    const { missing, scan } = await names.look(`John ${"and ".repeat(20_000)}`);
    assert.deepEqual([missing, scan.findings.length], ["size", 1]);
  });
});

test("many values at once get each their own answer", async () => {
  const values = Array.from({ length: 60 }, (_, index) => ({ n: index, text: `${"and ".repeat(index)}John` }));
  assert.deepEqual(await Promise.all(values.map((value) => redacted(value))), values.map(({ n, text }) => ({ n, text: text.replace("John", "[person_name]") })));
});

describe("a model that cannot be had", () => {
  const copied = (change: (folder: string) => void): string => {
    const folder = join(temporaryFolder(), "model");
    cpSync(MODEL, folder, { recursive: true });
    change(folder);
    return folder;
  };
  const refused: Readonly<Record<string, readonly [folder: string, problem: RegExp, library?: string]>> = {
    "no folder": ["/no/such/folder", /there is no such folder/],
    "no tokenizer": [copied((folder) => rmSync(join(folder, "tokenizer.json"))), /it has no tokenizer\.json/],
    "no weights": [copied((folder) => rmSync(join(folder, "onnx"), { recursive: true })), /it has none of onnx\/model_quantized\.onnx/],
    "no package": [MODEL, /the package @no\/such-package is not installed/, "@no/such-package"],
  };
  for (const [name, [model, problem, library]] of Object.entries(refused)) {
    test(`${name}: the policy is refused`, () => {
      assert.throws(() => new Names({ ...SECTION, model }, library), (thrown) => thrown instanceof SpangateError && thrown.code === "SG_NER_UNAVAILABLE" && problem.test(thrown.message));
    });
  }

  const broken: Readonly<Record<string, (folder: string) => void>> = {
    "weights that are none": (folder) => writeFileSync(join(folder, "onnx/model.onnx"), "no model"),
    "a configuration without labels": (folder) => writeFileSync(join(folder, "config.json"), JSON.stringify({ model_type: "bert" })),
    "a tokenizer that is none": (folder) => writeFileSync(join(folder, "tokenizer.json"), "{}"),
  };
  for (const [name, change] of Object.entries(broken)) {
    test(`${name}: told once, and nothing is looked at`, async () => {
      const told: string[] = [];
      const client = new Client({ library: findLibrary("@huggingface/transformers"), folder: copied(change), deadline: 30_000, report: (problem) => told.push(problem) });
      assert.deepEqual([await client.ask("John"), await client.ask("John")], [{ missing: "failed" }, { missing: "failed" }]);
      assert.equal(told.length, 1);
    });
  }
});

describe("a question that is not answered", () => {
  const told: string[] = [];
  const client = (deadline: number): Client => new Client({ library: FAKE, folder: MODEL, deadline, report: (problem) => told.push(problem) });
  const found = (reply: Reply): number => ("entities" in reply ? reply.entities.length : -1);

  test("since the time was over", async () => {
    assert.deepEqual(await client(-1).ask("x"), { missing: "deadline" });
  });

  test("since the model is stuck: those after it are not answered either, and none is waited for", async () => {
    const stuck = client(50);
    assert.equal(found(await stuck.ask("warm")), 1);
    assert.deepEqual(await Promise.all([stuck.ask("hang"), stuck.ask("x")]), [{ missing: "deadline" }, { missing: "deadline" }]);
    stuck.retire();
  });

  test("since there are too many of them", async () => {
    const own = client(30_000);
    const long = "a ".repeat(300_000);
    const replies = await Promise.all([own.ask(long), own.ask(long), own.ask("x")]);
    assert.deepEqual(replies.map((reply) => ("missing" in reply ? reply.missing : "answered")), ["answered", "busy", "answered"]);
    assert.equal(found(await own.ask("x")), 1, "there is room again");
  });

  test("since the model fails: that is told, and the next is answered", async () => {
    told.length = 0;
    const own = client(30_000);
    assert.deepEqual(await own.ask("throw"), { missing: "failed" });
    assert.deepEqual(told, ["the model is out of order"]);
    assert.equal(found(await own.ask("x")), 1);
  });

  test("since its thread has died: the next one starts another, three times", async () => {
    const own = client(30_000);
    for (let time = 0; time < 3; time++) {
      assert.deepEqual(await own.ask("die"), { missing: "failed" });
      if (time < 2) assert.equal(found(await own.ask("x")), 1);
    }
    assert.deepEqual(await own.ask("x"), { missing: "failed" });
  });
});

test("a process with a model ends when it has nothing left to do", () => {
  const code = `
    const { Names } = await import(${JSON.stringify(pathToFileURL(join(ROOT, "processors/detection/ner/names.ts")).href)});
    const { scan } = await new Names(${JSON.stringify(SECTION)}).look("John");
    console.log(scan.findings.length);`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", code], { encoding: "utf8", timeout: 60_000 });
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "1\n", stderr: "" });
});
