import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parsePolicy } from "../../policies/index.ts";
import { ROOT } from "../support/run.ts";

test("the example of docs/policy.md is a policy", () => {
  const [, yaml] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(`${ROOT}docs/policy.md`, "utf8")) ?? assert.fail("no example");
  const { source } = parsePolicy(yaml as string, "docs/policy.md");
  assert.deepEqual(Object.keys(source).sort(), ["audit", "default", "limits", "mode", "name", "redact", "rules", "spangate", "version"]);
  assert.equal(source.limits.deadline, 10_000);
  assert.equal(source.limits.rate[0]?.window, 60_000);
});
