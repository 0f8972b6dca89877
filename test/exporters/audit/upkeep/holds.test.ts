import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { SpangateError } from "../../../../errors.ts";
import { acquire } from "../../../../exporters/audit/lock.ts";
import { addHold, type Hold, mustNotBeHeld, readHolds, releaseHold } from "../../../../exporters/audit/upkeep/holds.ts";
import { temporaryFolder } from "../../../support/run.ts";

const hold = (name: string): Hold => ({ name, who: "ann", why: "a claim of a customer", since: "2026-11-01T00:00:00.000Z" });
const code = (expected: string, says: RegExp) => (thrown: unknown): boolean => thrown instanceof SpangateError && thrown.code === expected && says.test(thrown.line);

test("a hold stands until it is released", () => {
  const directory = temporaryFolder();
  assert.deepEqual(readHolds(directory), []);
  addHold(directory, hold("case-1"));
  addHold(directory, hold("case-2"));
  assert.deepEqual(readHolds(directory), [hold("case-1"), hold("case-2")]);
  assert.throws(() => mustNotBeHeld(directory, "the erasure"), code("SG_AUDIT_HELD", /the erasure is refused: the legal hold case-1 of ann is in force since 2026-11-01.* \(a claim of a customer\)\. .*hold release case-1/));
  assert.deepEqual(releaseHold(directory, "case-1"), hold("case-1"));
  releaseHold(directory, "case-2");
  mustNotBeHeld(directory, "the erasure");
});

test("names are taken once, and only what is there is released", () => {
  const directory = temporaryFolder();
  addHold(directory, hold("case-1"));
  assert.throws(() => addHold(directory, hold("case-1")), code("SG_AUDIT_HOLD", /there is one of this name/));
  assert.throws(() => releaseHold(directory, "case-2"), code("SG_AUDIT_HOLD", /there is none of this name/));
  assert.equal(readHolds(directory).length, 1);
});

test("two people at once do not undo each other's hold", () => {
  const directory = temporaryFolder();
  const other = acquire(join(directory, "holds.lock"));
  assert.throws(() => addHold(directory, hold("case-1")), code("SG_AUDIT_HOLD", /somebody else is changing it.*Try again/));
  other?.close();
  addHold(directory, hold("case-1"));
});

for (const text of ["", "{", "[]", '{"holds":[{}]}', '{"holds":1}']) {
  test(`a file that says ${JSON.stringify(text)} is a hold, and is not written over`, () => {
    const directory = temporaryFolder();
    writeFileSync(join(directory, "holds.json"), text);
    assert.throws(() => mustNotBeHeld(directory, "pruning"), code("SG_AUDIT_HELD", /holds\.json cannot be read/));
    assert.throws(() => addHold(directory, hold("case-1")), code("SG_AUDIT_HOLD", /cannot be read/));
  });
}
