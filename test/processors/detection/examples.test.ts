import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { regexEngine } from "../../../policies/regex.ts";
import { coresOf } from "../../../processors/detection/cores.ts";
import { Scanner } from "../../../processors/detection/scanner.ts";
import { allDetectors, localesOf } from "../../support/all-detectors.ts";

const DETECTORS = await allDetectors();
const ALL = [...DETECTORS.keys()];
/** A detector may score so low that it counts only where somebody asks for it; whether it finds is another question. */
const found = (scanner: Scanner, id: string, text: string): boolean => scanner.scanText(text).findings.some(({ detector }) => detector === id);

test("there are detectors", () => assert.ok(ALL.length > 100));

test("no two detectors have one id", () => {
  const twice = Map.groupBy(ALL, ({ id }) => id).values().filter((same) => same.length > 1).map((same) => same.map((detector) => `${detector.id} in ${DETECTORS.get(detector)}`));
  assert.deepEqual([...twice], []);
});

for (const [file, detectors] of Map.groupBy(ALL, (detector) => DETECTORS.get(detector) as string)) {
  describe(file, () => {
    for (const { id, locale, ...detector } of detectors) {
      test(id, () => {
        const scanner = new Scanner([{ id, ...detector, ...(locale !== undefined && { locale }) }], { locales: locale === undefined ? [] : [locale], threshold: 0 });
        assert.match(id, /^[a-z0-9]+(?:_[a-z0-9]+)*$/);
        assert.ok(detector.score > 0 && detector.score <= 1);
        assert.ok(detector.matches.length > 0 && detector.misses.length > 0, "has examples of both kinds");
        assert.ok(detector.triggers.length > 0 || detector.digits, "is looked for somewhere");
        assert.ok(!detector.needsContext || (detector.context?.length ?? 0) > 0, "names the context that it needs");
        for (const text of detector.matches) assert.ok(found(scanner, id, text), `does not find ${text}`);
        for (const text of detector.misses) assert.ok(!found(scanner, id, text), `finds ${text}`);
        for (const text of detector.matches) assert.ok(found(scanner, id, `\u200b${text}`), `does not find it in folded text: ${text}`);
        // A trigger without text of its own could not be looked for with all others in one pass.
        for (const trigger of detector.triggers) {
          assert.ok(coresOf(trigger).texts.length > 0);
          assert.ok(!regexEngine().compileFinder(trigger).find(Buffer.from(""), 0), `trigger ${trigger} stands everywhere`);
        }
      });
    }
  });
}

describe("with all detectors, an example is found by its own or by a surer one of its category", () => {
  const scanner = new Scanner(ALL, { locales: localesOf(ALL), threshold: 0 });
  for (const [file, detectors] of Map.groupBy(ALL, (detector) => DETECTORS.get(detector) as string)) {
    test(file, () => {
      for (const { category, matches, id } of detectors) {
        for (const text of matches) assert.ok(scanner.scanText(text).findings.some((finding) => finding.category === category), `${id}: nothing in ${text}`);
      }
    });
  }
});
