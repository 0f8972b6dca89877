import { isOneOf, quote } from "./cel.ts";
import { areDisjoint, type Clause, type Translation } from "./agent-safe-clause.ts";
import { SENSITIVITY_NAMES, type TheirMatch, type TheirSensitivity, type TheirTarget } from "./agent-safe-model.ts";
import { fitsPattern, globCondition, isGlob } from "./agent-safe-glob.ts";
import { oneOrAll } from "./one-or-all.ts";
import { windowClauses } from "./agent-safe-time.ts";
import type { Sensitivity } from "../schema/match.ts";

/** Theirs, from least to most, by ours. */
export const SENSITIVITY: Readonly<Record<TheirSensitivity, Sensitivity>> = { public: "public", internal: "internal", restricted: "confidential", critical: "restricted" };
/** Baggage entry in which a change ticket is expected. */
export const TICKET = "ticket_id";
/** Groups are roles with this in front. */
const GROUP = "group:";

const KNOWN_TARGET: Clause = { cel: 'target.environment != ""', keys: { target: { environment: "?*" } } };
const KNOWN_CALLER: Clause = { cel: 'caller.id != ""', keys: { caller: { id: "?*" } } };
const DELEGATED = { cel: 'caller.on_behalf_of != ""', keys: { caller: { on_behalf_of: "?*" } }, values: { of: "delegated", any: ["yes"] } } as const satisfies Clause;
const DIRECT: Clause = { cel: 'caller.on_behalf_of == ""', values: { of: "delegated", any: ["no"] } };
const HAS_TICKET = `"${TICKET}" in context && context[${quote(TICKET)}] != ""`;

/** @param inventory undefined: not known */
export function translate(match: TheirMatch, inventory: readonly TheirTarget[] | undefined): Translation {
  const parts = [actionsOf(match.actions), ...targetOf(match.targets, inventory), ...callerOf(match.callers), exactly(...restOf(match))];
  const together = (pick: (part: Translation) => Translation["narrow"]): Translation["narrow"] => {
    const all = parts.map(pick);
    const clauses = all.flatMap((some) => some ?? []);
    return all.includes(undefined) || areDisjoint(clauses, clauses) ? undefined : clauses;
  };
  return {
    narrow: together(({ narrow }) => narrow), wide: together(({ wide }) => wide),
    exact: parts.every(({ exact }) => exact), missing: parts.flatMap(({ missing }) => missing),
  };
}

function exactly(...clauses: readonly (Clause | undefined)[]): Translation {
  const known = clauses.includes(undefined) ? undefined : (clauses as readonly Clause[]);
  return { narrow: known, wide: known, exact: true, missing: [] };
}

function roughly(narrow: Translation["narrow"], wide: readonly Clause[], missing: string): Translation {
  return { narrow, wide, exact: false, missing: [missing] };
}

/** A field that has one of some values; undefined where there are none. Patterns of ours have no way to write a `*` itself. */
function among(field: string, key: (values: string | readonly string[]) => Readonly<Record<string, unknown>>, values: readonly string[]): Clause | undefined {
  if (values.length === 0) return undefined;
  return { cel: isOneOf(field, values), values: { of: field, any: values }, ...(values.every(fitsPattern) && { keys: key(oneOrAll(values)) }) };
}

function actionsOf(patterns: readonly string[]): Translation {
  if (patterns.includes("*")) return exactly();
  const exact = patterns.every((pattern) => !isGlob(pattern));
  if (exact) return exactly(among("tool", (tool) => ({ tool }), patterns));
  return exactly({ cel: globCondition("tool", patterns), ...(patterns.every((pattern) => fitsPattern(pattern.replace(/[*?]/g, ""))) && { keys: { tool: oneOrAll(patterns) } }) });
}

function targetOf(targets: TheirMatch["targets"], inventory: readonly TheirTarget[] | undefined): readonly Translation[] {
  if (!targets) return [];
  const { environments, sensitivities, types, labels = {} } = targets;
  const clauses = exactly(
    ...(environments ? [among("target.environment", (environment) => ({ target: { environment } }), environments)] : []),
    ...(sensitivities ? [among("target.sensitivity", (sensitivity) => ({ target: { sensitivity } }), SENSITIVITY_NAMES.filter((name) => sensitivities.includes(name)).map((name) => SENSITIVITY[name]))] : []),
  );
  const wanted = Object.entries(labels);
  if (!types && wanted.length === 0) return [clauses, ...(environments || sensitivities ? [] : [exactly(KNOWN_TARGET)])];
  if (!inventory) return [clauses, roughly(undefined, [KNOWN_TARGET], "types and labels of targets stand in the inventory; import the two together")];
  const ids = inventory.filter((target) => (!types || types.includes(target.type)) && wanted.every(([key, value]) => Object.hasOwn(target.labels, key) && target.labels[key] === value)).map(({ id }) => id);
  return [clauses, exactly(among("target.name", (name) => ({ target: { name } }), ids))];
}

function callerOf(callers: TheirMatch["callers"]): readonly Translation[] {
  if (!callers) return [];
  const { ids, roles, groups, delegatedFrom, maxDepth, delegated } = callers;
  // Who calls as nobody is nobody here, and nobody is named by no rule.
  const named = ids?.filter((id) => id !== "");
  const parts = [exactly(
    ...(named ? [among("caller.id", (id) => ({ caller: { id } }), named)] : []),
    ...(roles ? [role(roles)] : []),
    ...(groups ? [role(groups.map((group) => GROUP + group))] : []),
    ...(named || roles || groups ? [] : [KNOWN_CALLER]),
    ...(delegated === undefined ? [] : [delegated ? DELEGATED : DIRECT]),
  )];
  if (delegatedFrom) {
    const first = among("caller.on_behalf_of", (on_behalf_of) => ({ caller: { on_behalf_of } }), delegatedFrom.filter((id) => id !== ""));
    parts.push(roughly(first && [{ ...first, values: DELEGATED.values }], [DELEGATED], "delegated_from: of a chain of delegation only one end is known here, `on_behalf_of`"));
  }
  if (maxDepth !== undefined) parts.push(maxDepth < 0 ? exactly(undefined) : roughly([DIRECT], [], "max_delegation_depth: how deep a delegation is cannot be asked"));
  return parts;
}

function role(roles: readonly string[]): Clause | undefined {
  if (roles.length === 0) return undefined;
  return { cel: `caller.roles.exists(role, ${isOneOf("role", roles)})`, ...(roles.every(fitsPattern) && { keys: { caller: { role: oneOrAll(roles) } } }) };
}

function restOf({ windows, risks, ticket }: TheirMatch): readonly (Clause | undefined)[] {
  return [
    ...(risks ? [among("risk", (risk) => ({ risk }), risks)] : []),
    ...(windows ? windowClauses(windows) : []),
    ...(ticket === undefined ? [] : [ticket
      ? { cel: HAS_TICKET, keys: { context: { [TICKET]: "?*" } }, values: { of: "ticket", any: ["yes"] } }
      : { cel: `!(${HAS_TICKET})`, values: { of: "ticket", any: ["no"] } }]),
  ];
}
