import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Ballot, cast, combine, type Effect, type Opinion, permits } from "../../processors/verdict.ts";

const EFFECTS: readonly Effect[] = ["allow", "modify", "approve", "defer", "deny"];

function ballot(...opinions: Opinion[]): Ballot {
  const empty: Ballot = { opinions: [], waiting: [], flags: [], called: "as called", arguments: "as called" };
  for (const opinion of opinions) cast(empty, "test", opinion);
  return empty;
}

const say = (effect: Effect, more: Partial<Opinion> = {}): Opinion => ({ effect, rule: effect, ...more });

describe("deny > defer > approve > modify > allow", () => {
  for (const [weak, weaker] of EFFECTS.entries()) {
    for (const stronger of EFFECTS.slice(weak)) {
      test(`${weaker} with ${stronger} gives ${stronger}, in any order`, () => {
        for (const both of [[say("allow"), say(weaker), say(stronger)], [say(stronger), say(weaker), say("allow")]]) {
          assert.equal(combine(ballot(...both), "enforce").effect, stronger);
        }
      });
    }
  }
});

describe("nothing runs unless somebody said allow", () => {
  test("silence is a denial", () => assert.equal(combine(ballot(), "enforce").effect, "deny"));
  test("modify alone is a denial", () => assert.equal(combine(ballot(say("modify", { arguments: 1 })), "enforce").effect, "deny"));
  test("an allow that is only observed is none", () => assert.equal(combine(ballot(say("allow", { mode: "observe" })), "enforce").effect, "deny"));
  for (const bad of ["ALLOW", "", "constructor", "__proto__", undefined, 1]) {
    test(`an effect of ${String(bad)} is a denial`, () => {
      const verdict = combine(ballot(say("allow"), { effect: bad as Effect, rule: "x" }), "enforce");
      assert.equal(verdict.effect, "deny");
      assert.equal(verdict.source, "fail_closed");
    });
  }
  test("only allow and modify run", () => {
    assert.deepEqual(EFFECTS.filter((effect) => permits(combine(ballot(say("allow"), say(effect)), "enforce"))), ["allow", "modify"]);
  });
});

test("a later processor sees and may change what an earlier one changed", () => {
  const both = ballot(say("allow"), say("modify", { arguments: "first" }), say("modify", { arguments: "second" }));
  assert.equal(combine(both, "enforce").arguments, "second");
});

test("an observed modify does not change the arguments", () => {
  assert.equal(combine(ballot(say("allow"), say("modify", { arguments: "other", mode: "observe" })), "enforce").arguments, "as called");
});

test("an observed denial is kept beside the verdict, and does not count", () => {
  const verdict = combine(ballot(say("allow"), say("deny", { mode: "observe", rule: "shadow" })), "enforce");
  assert.equal(verdict.effect, "allow");
  assert.equal(verdict.shadow?.rule, "shadow");
});

test("in mode observe the verdict is what enforcing would decide, and the call runs as it was made", () => {
  const verdict = combine(ballot(say("allow"), say("modify", { arguments: "other" }), say("deny", { mode: "observe" })), "observe");
  assert.deepEqual([verdict.effect, verdict.arguments, verdict.shadow?.effect], ["modify", "as called", "deny"]);
});
