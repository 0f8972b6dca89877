import { invocationOfCase } from "../case.ts";
import type { CompiledPolicy } from "../compile.ts";
import type { Case } from "../schema/world.ts";

export interface CaseResult {
  readonly name: string;
  readonly passed: boolean;
  readonly expected: string;
  readonly found: string;
  readonly reason: string;
}

/** Decides every case of a suite by a policy. */
export function runSuite(policy: CompiledPolicy, cases: readonly Case[]): CaseResult[] {
  return cases.map(({ name, call, expect, rule }, index) => {
    const { ruling } = policy.decide(invocationOfCase(call));
    return {
      name: name ?? `case ${index + 1}: ${call.tool}`,
      passed: ruling.effect === expect && (rule === undefined || rule === ruling.rule),
      expected: rule === undefined ? expect : `${expect} by ${rule}`, found: `${ruling.effect} by ${ruling.rule}`, reason: ruling.reason,
    };
  });
}
