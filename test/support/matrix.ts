import assert from "node:assert/strict";
import type { DecisionBody, OutcomeBody } from "../../exporters/audit/bodies.ts";
import type { AuditRecord } from "../../exporters/audit/record.ts";
import type { RunResult } from "./run.ts";

/** What the audit log has to say of one call. */
export interface Evidence {
  readonly decision?: Partial<DecisionBody>;
  /** `none`: the call was refused, and nothing came after the decision. */
  readonly outcome: Partial<OutcomeBody> | "none";
}

/** The ways in which Node loads an application. */
export const KINDS = ["ESM", "CJS"] as const;
export type Kind = (typeof KINDS)[number];

/** The file of a test application, by its folder and the way it is loaded. */
export function appFile(folder: string, kind: Kind, name = "app"): string {
  return `test/apps/${folder}/${name}.${kind === "ESM" ? "mjs" : "cjs"}`;
}

/**
 * Asserts that the log of a run has exactly one decision like `which`, that it says what is expected, and
 * that its outcome came after it.
 */
export function assertEvidence(run: RunResult, which: Partial<DecisionBody>, expected: Evidence): AuditRecord<"decision"> {
  const records = run.records();
  const decisions = records.filter((record): record is AuditRecord<"decision"> => record.t === "decision" && includes(record, which));
  assert.equal(decisions.length, 1, `one decision like ${JSON.stringify(which)}`);
  const [decision] = decisions as [AuditRecord<"decision">];
  assert.partialDeepStrictEqual(decision, { ...expected.decision, runs: expected.outcome !== "none" });
  const outcomes = records.filter((record) => record.t === "outcome" && (record as AuditRecord<"outcome">).ref === decision.i);
  if (expected.outcome === "none") assert.deepEqual(outcomes, []);
  else {
    assert.equal(outcomes.length, 1, "one outcome");
    assert.partialDeepStrictEqual(outcomes[0], expected.outcome);
    assert.ok((outcomes[0] as AuditRecord).i > decision.i, "the decision comes first");
  }
  return decision;
}

function includes(record: AuditRecord, which: Partial<DecisionBody>): boolean {
  return Object.entries(which).every(([key, value]) => record[key as keyof AuditRecord] === value);
}
