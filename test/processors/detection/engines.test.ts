import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Scanner } from "../../../processors/detection/scanner.ts";
import { allDetectors, localesOf } from "../../support/all-detectors.ts";
import { ENGINES } from "../../support/engines.ts";
import { ROOT } from "../../support/run.ts";

const DETECTORS = [...(await allDetectors()).keys()];
/** The collections that the committed texts were taken from, where they are at hand. */
const CORPORA = join(ROOT, "..", "shared", "corpora");

interface Line {
  readonly from: string;
  readonly value: unknown;
}

const committed = readFileSync(join(ROOT, "test/fixtures/detection/engines.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line) as Line);

/** Everything in a collection that is a text or the arguments of a call. */
function collection(file: string): Line[] {
  return readFileSync(join(CORPORA, file), "utf8").trim().split("\n").map((line) => JSON.parse(line) as { id?: string; text?: string; args?: unknown })
    .map(({ id, text, args, ...rest }) => ({ from: `${file} ${id}`, value: args ?? text ?? rest }));
}

const scanners = ENGINES.map((engine) => new Scanner(DETECTORS, { engine, locales: localesOf(DETECTORS), threshold: 0 }));

function same(lines: readonly Line[]): void {
  assert.ok(lines.length > 0);
  for (const { from, value } of lines) {
    const [first, ...others] = scanners.map((scanner) => scanner.scan(value));
    for (const other of others) assert.deepEqual(other, first, from);
  }
}

describe("both engines find the same", () => {
  test("in the committed texts, of which most have something in them", () => {
    assert.ok(committed.filter(({ value }) => scanners[0]?.scan(value).findings.length).length > committed.length / 2);
    same(committed);
  });
  if (existsSync(CORPORA)) for (const file of globSync("*/*.jsonl", { cwd: CORPORA }).sort()) test(`in ${file}`, () => same(collection(file)));
});
