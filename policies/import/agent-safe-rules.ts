import { areDisjoint, type Clause, type Translation } from "./agent-safe-clause.ts";
import { translate } from "./agent-safe-match.ts";
import type { TheirRule, TheirTarget } from "./agent-safe-model.ts";
import { MAX_CONDITION } from "./cel.ts";
import { isMap } from "./foreign.ts";
import { unusedId } from "./id.ts";
import type { Notes } from "./note.ts";

/** Actions that the registry does not know are denied. */
const UNKNOWN_ACTIONS = { id: "unknown-actions", when: 'action.risk == ""', effect: "deny", reason: "unknown action: nobody says what risk it has" };

type WrittenRule = Readonly<Record<string, unknown>>;

const LONGEST_REASON = 500;
/** Priorities of our language. */
const [LEAST, MOST] = [-1_000, 1_000];

interface Ranked {
  readonly rule: TheirRule;
  readonly id: string;
  readonly match: Translation;
}

/**
 * Theirs: the first rule that matches decides, by priority and then by place. Ours: what denies comes first. So a rule
 * that denies is kept off the calls that a rule before it decides otherwise. What cannot be said exactly allows
 * less, denies more, and does not ask for an approval where nobody knows whether it should, but denies.
 */
export function writeRules(rules: readonly TheirRule[], inventory: readonly TheirTarget[] | undefined, notes: Notes): readonly WrittenRule[] {
  const ids = new Set<string>([UNKNOWN_ACTIONS.id]);
  const ranked = rules.toSorted((a, b) => b.priority - a.priority).map((rule): Ranked => ({ rule, id: unusedId(rule.name || "rule", ids), match: translate(rule.match, inventory) }));
  const priority = priorities(ranked, notes);
  const written = ranked.flatMap((one, index) => {
    const { rule: { decision, path, match }, match: { exact, narrow, wide, missing } } = one;
    const effect = decision === "allow" ? "allow" : decision === "require_approval" && exact ? "approve" : "deny";
    for (const what of missing) notes.approximated(path, `${what}; ${effect === "allow" ? "allows less" : "denies more"}`);
    if (match.callers?.groups) notes.assumed(path, "groups are looked for among the roles of the caller, as group:<name>");
    if (match.callers?.delegated !== undefined || match.callers?.delegatedFrom) notes.assumed(path, "a caller who is delegated has `on_behalf_of`");
    if (match.ticket !== undefined) notes.assumed(path, "the change ticket is looked for in the baggage of the call, as ticket_id");
    const clauses = effect === "allow" ? narrow : wide;
    if (!clauses) {
      notes.dropped(path, exact ? "matches no call" : "nothing is left of it");
      return [];
    }
    const spared = effect === "deny" ? exclusions(clauses, ranked.slice(0, index)) : [];
    if (!spared) {
      notes.dropped(path, "never reached: a rule before it matches every call that this one does");
      return [];
    }
    return [write(one, effect, clauses, spared, priority(index), notes)];
  });
  return [UNKNOWN_ACTIONS, ...written];
}

/** Conditions for the calls that rules before this one decide; undefined when that is all of them. */
function exclusions(own: readonly Clause[], before: readonly Ranked[]): readonly string[] | undefined {
  const said = new Set(own.map(({ cel }) => cel));
  const conditions: string[] = [];
  for (const { rule, match: { narrow } } of before) {
    if (rule.decision === "deny" || !narrow || areDisjoint(own, narrow)) continue;
    const more = narrow.filter(({ cel }) => !said.has(cel)).map(({ cel }) => cel);
    if (more.length === 0) return undefined;
    const [only = ""] = more;
    conditions.push(more.length === 1 && /^[\w.]+ == "[^"]*"$/.test(only) ? only.replace(" == ", " != ") : `!(${more.join(" && ")})`);
  }
  return [...new Set(conditions)];
}

function write({ rule: { path, reason }, id }: Ranked, effect: string, clauses: readonly Clause[], spared: readonly string[], priority: number, notes: Notes): WrittenRule {
  const keys: Record<string, unknown> = {};
  const conditions = clauses.filter((clause) => !(clause.keys && merge(keys, clause.keys))).map(({ cel }) => cel);
  let when = [...conditions, ...spared].join(" && ");
  if (when.length > MAX_CONDITION && spared.length) {
    notes.approximated(path, "denies also what rules before it allow or send to an approval: the condition that spares those is too long");
    when = conditions.join(" && ");
  }
  const said = when ? { ...keys, when } : keys;
  return {
    id, ...(Object.keys(said).length ? said : { tool: "*" }), effect,
    ...(reason && { reason: reason.slice(0, LONGEST_REASON) }), ...(effect !== "deny" && priority !== 0 && { priority }),
  };
}

/** Puts keys into a rule; false where one of them is taken, and then nothing is put. */
function merge(into: Record<string, unknown>, keys: Readonly<Record<string, unknown>>): boolean {
  const [key, value] = Object.entries(keys)[0] as [string, unknown];
  const there = into[key];
  if (there === undefined) {
    into[key] = value;
    return true;
  }
  if (!isMap(there) || !isMap(value) || Object.keys(value).some((inner) => Object.hasOwn(there, inner))) return false;
  into[key] = { ...there, ...value };
  return true;
}

/** Theirs as they are, where that gives the same order: of equally high ones the strictest decides here, the first there. */
function priorities(ranked: readonly Ranked[], notes: Notes): (index: number) => number {
  const isKept = ranked.every(({ rule: { priority, decision } }, index) => {
    const isLooser = decision === "allow" && ranked.slice(index + 1).some(({ rule }) => rule.priority === priority && rule.decision === "require_approval");
    return priority >= LEAST && priority <= MOST && !isLooser;
  });
  if (isKept) return (index) => (ranked[index] as Ranked).rule.priority;
  if (ranked.length > MOST - LEAST) notes.approximated("rules", "of more than 2000 rules the last ones have the same priority, and the strictest of them decides");
  return (index) => Math.max(LEAST, MOST - index);
}
