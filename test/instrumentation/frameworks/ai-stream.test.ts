import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { assertEvidence } from "../../support/matrix.ts";
import { runApp, type RunResult } from "../../support/run.ts";

const POLICY = "{ spangate: 1, name: t, default: allow, redact: { in: [results] } }";
const FOUND = "[REDACTED:github_token]";

type Report = Record<string, { readonly shown: readonly unknown[]; readonly read: unknown }>;

describe("ai 7: what a tool yields piece by piece", () => {
  let bare: Report;
  let gated: Report;
  let run: RunResult;
  before(async () => {
    const [without, with_] = await Promise.all([runApp("test/apps/ai7/halves.mjs", { nodeArgs: [] }), runApp("test/apps/ai7/halves.mjs", { policy: POLICY })]);
    run = with_;
    [bare, gated] = [without.json<Report>(), with_.json<Report>()];
  });

  test("keeps its number of values, and the last one is the result", () => {
    for (const [name, { shown, read }] of Object.entries(gated)) {
      assert.equal(shown.length, bare[name]?.shown.length, name);
      assert.deepEqual(read, shown.at(-1), name);
    }
  });

  test("a secret in two halves is seen by nobody", () => {
    assert.deepEqual(gated["halves"]?.shown, [`the key ${FOUND}`, " is it"]);
    assertEvidence(run, { call: "halves" }, { decision: { effect: "allow" }, outcome: { status: "ok", redacted: { github_token: 1 } } });
  });

  test("a preview shows nothing of a secret that is not all there yet", () => {
    const { shown = [] } = gated["previews"] ?? {};
    assert.equal(shown.at(-1), `the key ${FOUND}`);
    // The prefix of such a token is no secret.
    for (const preview of shown as string[]) assert.ok(["the key g", "the key gh", "the key ghp", `the key ${FOUND}`].includes(preview), preview);
  });

  test("a value that stands for itself loses nothing to its neighbour", () => {
    assert.deepEqual(gated["statuses"]?.shown, ["Looking up [REDACTED:email]", "Found 3 orders"]);
  });

  test("messages that grow are redacted in every preview", () => {
    const message = (text: string): object => ({ id: "m", role: "assistant", parts: [{ type: "text", text }] });
    assert.deepEqual(gated["messages"]?.shown, [message("the "), message(`the key ${FOUND}`), message(`the key ${FOUND}`)]);
  });
});
