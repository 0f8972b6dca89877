import { NO, YES } from "./answer.ts";
import type { CompiledPolicy } from "./compile.ts";
import type { Facts } from "./facts.ts";
import type { Invocation } from "./invocation.ts";
import type { CompiledRule } from "./rule.ts";
import type { Ruling } from "./ruling.ts";
import type { View } from "./view.ts";

/** `unsure`: the call could not be judged by it, which counts against the call. */
export type Verdict = "yes" | "no" | "unsure";

export interface ExplainedCheck {
  /** Key of the rule, like `caller.role` or `arguments.amount`. */
  readonly key: string;
  readonly holds: Verdict;
}

/** What one rule had to say. */
export interface ExplainedRule {
  readonly id: string;
  /** Of an engine: what it answered; undefined where it had no say. */
  readonly effect: string | undefined;
  /** The policy file that it stands in, by name. */
  readonly policy: string;
  readonly matched: Verdict;
  readonly decided: boolean;
  readonly shadow: boolean;
  readonly priority: number;
  readonly checks: readonly ExplainedCheck[];
}

/** Something that would have made the decision another. */
export interface Otherwise {
  readonly effect: string;
  /** The rule that would decide then. */
  readonly rule: string;
  /** `without`: if that rule were not there. `if`: if these checks of the rule held. */
  readonly without?: string;
  readonly if?: readonly string[];
}

export interface Explanation {
  readonly effect: string;
  readonly rule: string;
  readonly reason: string;
  readonly shadow: Ruling | undefined;
  /** What the call would run with, where rules change its arguments. */
  readonly arguments?: unknown;
  readonly facts: Omit<Facts, "arguments">;
  /** The rules that name this tool; of the others only the number is told. */
  readonly rules: readonly ExplainedRule[];
  readonly otherRules: number;
  readonly otherwise: readonly Otherwise[];
}

/** A rule that fails on more than this many checks is not what the call was near to. */
const NEAR = 2;

/** Says which rules matched a call, which one decided, and what would have changed it. */
export function explain(policy: CompiledPolicy, invocation: Invocation): Explanation {
  const view = policy.world.view(invocation);
  const decision = policy.decider.decideView(view, (rule) => rule.judge(view));
  const candidates = policy.decider.candidates(invocation.tool);
  const { arguments: _arguments, ...facts } = view.facts;
  const { effect, rule, reason } = decision.ruling;
  return {
    effect, rule, reason, shadow: decision.shadow, ...("arguments" in decision && { arguments: decision.arguments }), facts,
    rules: candidates.map((candidate) => explainRule(policy, candidate, view, rule)),
    otherRules: policy.rules.length - candidates.length,
    otherwise: otherwise(policy, candidates, view, decision.ruling),
  };
}

function explainRule({ source }: CompiledPolicy, candidate: CompiledRule, view: View, decisive: string): ExplainedRule {
  const ruling = candidate.judge(view);
  const checks = candidate.checks.map(({ key, test }): ExplainedCheck => ({ key, holds: verdictOf(test(view)) }));
  const matched = checks.some(({ holds }) => holds === "no") ? "no" : checks.some(({ holds }) => holds === "unsure") ? "unsure" : ruling || candidate.matched ? "yes" : "no";
  return {
    id: candidate.id, effect: ruling?.effect ?? candidate.matched?.effect, policy: source.layers[candidate.layer]?.name ?? source.name, matched,
    decided: ruling !== undefined && ruling.rule === decisive, shadow: candidate.isShadow, priority: candidate.priority, checks,
  };
}

function otherwise({ decider }: CompiledPolicy, candidates: readonly CompiledRule[], view: View, decided: Ruling): Otherwise[] {
  const found: Otherwise[] = [];
  const add = (ruling: Ruling, why: Pick<Otherwise, "without" | "if">): void => {
    if (ruling.effect !== decided.effect) found.push({ effect: ruling.effect, rule: ruling.rule, ...why });
  };
  for (const candidate of candidates) {
    const ruling = candidate.judge(view);
    if (ruling) {
      if (ruling.rule === decided.rule) add(decider.decideView(view, (rule) => (rule === candidate ? undefined : rule.judge(view))).ruling, { without: candidate.id });
      continue;
    }
    const failing = candidate.checks.filter(({ test }) => test(view) !== YES).map(({ key }) => key);
    if (!candidate.matched || candidate.isShadow || failing.length === 0 || failing.length > NEAR) continue;
    const { ruling: then } = decider.decideView(view, (rule) => (rule === candidate ? rule.matched : rule.judge(view)));
    if (then.rule === candidate.id) add(then, { if: failing });
  }
  return found;
}

function verdictOf(answer: number): Verdict {
  return answer === YES ? "yes" : answer === NO ? "no" : "unsure";
}
