import { messageOf, SpangateError } from "../errors.ts";
import { invocationOfCase } from "./case.ts";
import type { CompiledPolicy } from "./compile.ts";
import { type Ruling, STRENGTH } from "./ruling.ts";
import { runSuite } from "./suite/run.ts";

/** Most rules that are tried with a call of their own. */
const MAX_PROBES = 1_000;

/**
 * Runs the cases that a policy carries, and tries its rules with calls of their own. A policy that fails is not put
 * in force.
 *
 * @throws SpangateError SG_POLICY_SELF_TEST
 */
export function selfTest(policy: CompiledPolicy): void {
  const tried = new Set<string>();
  for (const { id, tool: [tool] = ["*"] } of policy.rules.slice(0, MAX_PROBES)) {
    // Thousands of rules for one tool are all asked at once.
    if (tried.has(tool as string)) continue;
    tried.add(tool as string);
    const problem = probe(policy, tool as string);
    if (problem !== undefined) throw new SpangateError("SG_POLICY_SELF_TEST", { file: policy.files[0] ?? policy.source.name, case: `rule ${id}`, expected: "a decision", found: problem });
  }
  const failed = runSuite(policy, policy.source.self_test).find(({ passed }) => !passed);
  if (failed) throw new SpangateError("SG_POLICY_SELF_TEST", { file: policy.files[0] ?? policy.source.name, case: failed.name, expected: failed.expected, found: failed.found });
}

/** What is wrong with the decision on a call of this tool without arguments. */
function probe(policy: CompiledPolicy, tool: string): string | undefined {
  try {
    const { effect, rule }: Ruling = policy.decide(invocationOfCase({ tool })).ruling;
    return Object.hasOwn(STRENGTH, effect) && rule ? undefined : `effect ${effect} by rule ${rule}`;
  } catch (thrown) {
    return `an error: ${messageOf(thrown)}`;
  }
}
