import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import fc from "fast-check";
import { findLibrary } from "../../../processors/detection/ner/client.ts";
import { Model, TooLate } from "../../../processors/detection/ner/model.ts";
import { ROOT, temporaryFolder } from "../../support/run.ts";

const FIXTURES = join(ROOT, "test/fixtures/ner");
const LIBRARY = findLibrary("@huggingface/transformers");

/** What was found, as text. */
async function names(model: Model, text: string): Promise<string[]> {
  return (await model.find(text, Infinity)).map(({ type, start, end }) => `${type} ${text.slice(start, end)}`);
}

test("the models are what their script makes", () => {
  const folder = temporaryFolder();
  assert.equal(spawnSync(process.execPath, [join(FIXTURES, "make.mjs"), folder]).status, 0);
  const made = globSync("**/*.{json,onnx}", { cwd: folder });
  assert.equal(made.length, 12);
  for (const file of made) assert.deepEqual(readFileSync(join(FIXTURES, file)), readFileSync(join(folder, file)), file);
});

/** Tokenizer → texts and what is found in them. */
const FOUND: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "word-piece": {
    "John Smith met Jane in New York.": ["PER John Smith", "PER Jane", "LOC New York"],
    "(John Smith), in Berlin": ["PER John Smith", "LOC Berlin"],
    "Johnson met Muller": ["PER Johnson", "PER Muller"],
    "\u{1f600} MÜLLER, Mu\u0308ller \u{1f600}": ["PER MÜLLER", "PER Mu\u0308ller"],
    "works at Acme Inc, in 東京": ["ORG Acme Inc", "LOC 東京"],
    "name: John\nname: Smith": ["PER John", "PER Smith"],
    "nobody here": [], "": [], " \n ": [],
  },
  "byte-level": { "John Smith met Müller, in Berlin": ["PER John Smith", "PER Müller", "LOC Berlin"], "\u{1f600} é東京 Johnson": ["PER Johnson"] },
  unigram: { "John Smith met Müller, in 東京": ["PER John Smith", "PER Müller", "LOC 東京"], "ＪＯＨＮ Ｊｏｈｎ": ["PER Ｊｏｈｎ"], "Johnson.": ["PER Johnson"] },
};

for (const [tokenizer, texts] of Object.entries(FOUND)) {
  describe(`a model with a tokenizer of ${tokenizer}`, () => {
    let model: Model;
    before(async () => {
      model = await Model.load(LIBRARY, join(FIXTURES, tokenizer));
    });
    for (const [text, expected] of Object.entries(texts)) {
      test(`finds ${expected.join(", ") || "nothing"} in ${JSON.stringify(text)}`, async () => assert.deepEqual(await names(model, text), expected));
    }
  });
}

describe("a text of more tokens than the model takes", () => {
  let model: Model;
  before(async () => {
    model = await Model.load(LIBRARY, join(FIXTURES, "word-piece"));
  });

  test("is looked at in sequences that overlap: every name is found once and whole, wherever it stands", async () => {
    const words = fc.constantFrom(["and"], ["met"], ["xyz"], ["Jane"], ["Johnson"], ["John", "Smith"], ["New", "York"], ["(", "Berlin", ")"]);
    await fc.assert(fc.asyncProperty(fc.array(words, { maxLength: 80 }), async (parts) => {
      const text = parts.map((part) => part.join(" ")).join(" ");
      const known: Readonly<Record<string, string>> = { Jane: "PER Jane", Johnson: "PER Johnson", John: "PER John Smith", New: "LOC New York", "(": "LOC Berlin" };
      assert.deepEqual(await names(model, text), parts.flatMap(([first]) => known[first as string] ?? []));
    }), { numRuns: 100 });
  });

  test("that has no blank is looked at as well", async () => {
    assert.deepEqual(await names(model, `${"x".repeat(1_000)} John`), ["PER John"]);
    assert.deepEqual(await names(model, "東京".repeat(30)), Array<string>(30).fill("LOC 東京"));
  });

  test("is not looked at to the end when the time is over", async () => {
    await assert.rejects(model.find("John", Date.now() - 1), TooLate);
  });
});

test("a score is that of the model: the mean of its words", async () => {
  const model = await Model.load(LIBRARY, join(FIXTURES, "word-piece"));
  const [sure, unsure, mixed] = await Promise.all(["John", "Maybe", "Maybe Smith"].map(async (text) => (await model.find(text, Infinity))[0]?.score ?? 0)) as [number, number, number];
  const softmax = (logit: number): number => Math.exp(logit) / (Math.exp(logit) + 6);
  for (const [score, expected] of [[sure, softmax(8)], [unsure, softmax(2.8)], [mixed, (softmax(8) + softmax(2.8)) / 2]] as const) assert.ok(Math.abs(score - expected) < 1e-5, `${score} ${expected}`);
});
