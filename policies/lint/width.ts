import { covers, isWild } from "../pattern.ts";
import type { Finding, Linted } from "./finding.ts";
import { isUnconditional, permits, toolsOf } from "./hiding.ts";

/** A pattern with fewer fixed characters than this says next to nothing. */
const FIXED = 3;
/** Most actions that a finding names. */
const NAMED = 3;

/** Rules that allow more than an author is likely to mean. */
export function lintWidth({ policy, source, own, actions }: Linted): Finding[] {
  const found: Finding[] = [];
  for (const { rule, index } of own) {
    if (!permits(rule) || !isUnconditional(rule)) continue;
    const place = source.place(["rules", index]);
    const wide = toolsOf(rule).find((pattern) => isWild(pattern) && pattern.replace(/[*?]/g, "").length < FIXED);
    if (wide !== undefined) {
      found.push({ rule: "too-wide", level: "warning", place, message: `rule ${rule.id} allows every tool that ${wide} matches, and asks nothing else` });
      continue;
    }
    const allows = (tool: string): boolean => toolsOf(rule).some((pattern) => covers(pattern, tool));
    const dangers = new Set([
      ...actions.filter(({ risk, effect_class: classes, match }) => (risk === "high" || risk === "critical" || classes.includes("execute")) && match.some(({ tool }) => tool.some(allows))).map(({ id }) => id),
      ...Object.entries(policy.source.tools).filter(([tool, { risk, effect_class: classes }]) => (risk === "high" || risk === "critical" || classes?.includes("execute")) && allows(tool)).map(([tool]) => tool),
    ]);
    if (dangers.size > 0) {
      const names = [...dangers].slice(0, NAMED).join(", ");
      found.push({ rule: "dangerous", level: "warning", place, message: `rule ${rule.id} allows ${names}${dangers.size > NAMED ? ` and ${dangers.size - NAMED} more` : ""}, and asks nothing else; add a caller, arguments, a condition, or approve` });
    }
  }
  return found;
}
