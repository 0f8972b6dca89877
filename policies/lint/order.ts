import type { LayeredRule } from "../schema/policy.ts";
import type { Finding, Linted } from "./finding.ts";
import { hides, isCertain, meets, permits } from "./hiding.ts";

/** Rules that never decide, that are there twice, or that another one contradicts. */
export function lintOrder({ policy, source, own }: Linted): Finding[] {
  const counted = policy.source.rules.filter(({ mode }) => mode !== "observe");
  const found: Finding[] = [];
  for (const { rule, index } of own) {
    if (rule.mode === "observe") continue;
    const place = source.place(["rules", index]);
    const over = counted.find((other) => other !== rule && overrules(other, rule));
    if (over) {
      found.push({ rule: "unreachable", level: "error", place, message: `rule ${rule.id} never decides: ${over.id} ${over.effect === "deny" ? "denies" : "decides"} every call that it matches`, fix: { kind: "remove-item", path: ["rules", index] } });
      continue;
    }
    const twin = counted.find((other) => other !== rule && repeats(other, rule, counted));
    if (twin) found.push({ rule: "redundant", level: "warning", place, message: `rule ${rule.id} says nothing that ${twin.id} does not say`, fix: { kind: "remove-item", path: ["rules", index] } });
    const tie = own.find((other) => other.index < index && ties(other.rule, rule));
    if (tie) found.push({ rule: "tie", level: "error", place, message: `rules ${tie.rule.id} (${tie.rule.effect}) and ${rule.id} (${rule.effect}) meet with the same priority; the stricter wins, so give one of them another priority` });
  }
  return found;
}

/** Whether `rule` decides nothing because of `other`. */
function overrules(other: LayeredRule, rule: LayeredRule): boolean {
  if (rule.effect === "deny" || !hides(other, rule)) return false;
  // What cannot be judged is passed over by a rule that allows, and by no other.
  if (permits(other) && other.effect !== rule.effect && rule.effect !== "allow" && !isCertain(other)) return false;
  if (other.effect === "deny") return other.layer === rule.layer || !other.overridable;
  return other.layer === rule.layer && other.priority > rule.priority;
}

/** Of two that say the same the later one is too many. */
function repeats(other: LayeredRule, rule: LayeredRule, all: readonly LayeredRule[]): boolean {
  if (other.effect !== rule.effect || other.layer !== rule.layer || rule.effect === "modify" || other.overridable !== rule.overridable || !hides(other, rule)) return false;
  if (rule.effect !== "deny" && other.priority !== rule.priority) return false;
  return !hides(rule, other) || all.indexOf(other) < all.indexOf(rule);
}

function ties(one: LayeredRule, other: LayeredRule): boolean {
  if (one.mode === "observe" || one.priority !== other.priority || one.effect === other.effect) return false;
  // A denial stands against all; and what changes arguments goes with what allows.
  if (one.effect === "deny" || other.effect === "deny" || (permits(one) && permits(other))) return false;
  return meets(one, other);
}
