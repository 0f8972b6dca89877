import { isDeepStrictEqual } from "node:util";
import { covers, overlaps } from "../pattern.ts";
import type { LayeredRule } from "../schema/policy.ts";
import { matchShape } from "../schema/match.ts";

const CONDITIONS = Object.keys(matchShape).filter((key) => key !== "tool") as (keyof LayeredRule)[];

/** What may be impossible to judge, and is then taken differently by rules that allow and by all others. */
const JUDGED = ["effect_class", "arguments", "target", "when"] as const;

export const permits = ({ effect }: LayeredRule): boolean => effect === "allow" || effect === "modify";

/** Whether a rule asks nothing beside the name of the tool. */
export function isUnconditional(rule: LayeredRule): boolean {
  return CONDITIONS.every((key) => rule[key] === undefined);
}

/** Whether a rule matches the same calls whatever its effect is. */
export function isCertain(rule: LayeredRule): boolean {
  return JUDGED.every((key) => rule[key] === undefined);
}

export function toolsOf({ tool = ["*"] }: LayeredRule): readonly string[] {
  return tool;
}

/** Whether `rule` matches every call that `other` matches. */
export function hides(rule: LayeredRule, other: LayeredRule): boolean {
  return toolsOf(other).every((special) => toolsOf(rule).some((general) => covers(general, special)))
    && CONDITIONS.every((key) => rule[key] === undefined || isDeepStrictEqual(rule[key], other[key]));
}

/** Whether both may match the same call, as far as that can be told: their tools overlap, and no condition keeps them apart. */
export function meets(rule: LayeredRule, other: LayeredRule): boolean {
  return (isUnconditional(rule) || isUnconditional(other) || CONDITIONS.every((key) => isDeepStrictEqual(rule[key], other[key])))
    && toolsOf(rule).some((one) => toolsOf(other).some((two) => overlaps(one, two)));
}
