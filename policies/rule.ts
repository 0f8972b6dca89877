import { type Answer, NO, UNKNOWN } from "./answer.ts";
import { type ApplyChanges, compileChanges } from "./change.ts";
import { answerAll, type Check, compileMatch } from "./match.ts";
import type { Ruling } from "./ruling.ts";
import type { LayeredRule, Layer } from "./schema/policy.ts";
import type { View } from "./view.ts";

/** A rule made ready for the hot path; an engine takes the same form. */
export interface CompiledRule {
  readonly id: string;
  readonly tool: readonly string[] | undefined;
  readonly layer: number;
  readonly priority: number;
  readonly overridable: boolean;
  /** Recorded, not applied. */
  readonly isShadow: boolean;
  /** Empty for an engine, which answers as a whole. */
  readonly checks: readonly Check[];
  /** What it says where it matches; undefined for an engine, which says something else every time. */
  readonly matched: Ruling | undefined;
  readonly changes: ApplyChanges | undefined;
  /** What it says of a call; undefined when it does not match. */
  judge(view: View): Ruling | undefined;
}

export function compileRule(rule: LayeredRule, layer: Layer): CompiledRule {
  const { id, effect } = rule;
  const checks = compileMatch(rule, effect === "allow" || effect === "modify", effect !== "allow");
  const matched = Object.freeze<Ruling>({ effect, rule: id, reason: rule.reason ?? `rule ${id} of policy ${layer.name}` });
  const reason = `${matched.reason} (the call could not be judged by this rule, which counts against it)`;
  const unsure = effect === "allow" ? undefined : Object.freeze<Ruling>({ effect, rule: id, reason, ...(effect === "modify" && { denial: Object.freeze({ effect: "deny", rule: id, reason }) }) });
  return {
    id, tool: rule.tool, layer: rule.layer, priority: rule.priority, overridable: rule.overridable, isShadow: rule.mode === "observe", checks, matched,
    changes: rule.modify && compileChanges(rule.modify),
    judge(view) {
      const answer: Answer = answerAll(checks, view);
      if (answer === NO) return undefined;
      return answer === UNKNOWN ? unsure : matched;
    },
  };
}
