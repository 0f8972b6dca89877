import { booleanAt, integerAt, isMap, listAt, numberAt, refusal, Section, textAt, textsAt } from "./foreign.ts";
import type { Notes } from "./note.ts";

export const SENSITIVITY_NAMES = ["public", "internal", "restricted", "critical"] as const;
const ENVIRONMENTS = ["dev", "staging", "prod"] as const;
const RISK_CLASSES = ["low", "medium", "high", "critical"] as const;
const DECISIONS = ["allow", "deny", "require_approval"] as const;
const PARAMETER_TYPES = ["string", "integer", "number", "boolean", "array"] as const;

export type TheirSensitivity = (typeof SENSITIVITY_NAMES)[number];
export type TheirDecision = (typeof DECISIONS)[number];
export type ParameterType = (typeof PARAMETER_TYPES)[number];

/** Hours from 0 to 23, the last one included; days from 0, Monday. */
export interface HourWindow {
  readonly days: readonly number[] | undefined;
  readonly start: number;
  readonly end: number;
}

/** All that is there must hold. */
export interface TheirMatch {
  /** Patterns of fnmatch. */
  readonly actions: readonly string[];
  readonly targets?: {
    readonly environments?: readonly string[] | undefined; readonly sensitivities?: readonly TheirSensitivity[] | undefined;
    readonly types?: readonly string[] | undefined; readonly labels?: Readonly<Record<string, string>> | undefined;
  } | undefined;
  readonly callers?: {
    readonly ids?: readonly string[] | undefined; readonly roles?: readonly string[] | undefined; readonly groups?: readonly string[] | undefined;
    readonly delegatedFrom?: readonly string[] | undefined; readonly maxDepth?: number | undefined; readonly delegated?: boolean | undefined;
  } | undefined;
  readonly windows?: readonly HourWindow[] | undefined;
  readonly risks?: readonly string[] | undefined;
  readonly ticket?: boolean | undefined;
}

export interface TheirRule {
  readonly path: string;
  readonly name: string;
  readonly priority: number;
  readonly decision: TheirDecision;
  readonly reason: string;
  readonly match: TheirMatch;
}

export interface TheirTarget {
  readonly path: string;
  readonly id: string;
  readonly type: string;
  readonly environment: string;
  readonly sensitivity: TheirSensitivity;
  readonly labels: Readonly<Record<string, string>>;
}

export interface TheirParameter {
  readonly path: string;
  readonly name: string;
  readonly type: ParameterType;
  readonly required: boolean;
  readonly least?: number | undefined;
  readonly most?: number | undefined;
  readonly shortest?: number | undefined;
  readonly longest?: number | undefined;
  /** Python `re`, the whole text. */
  readonly pattern?: string | undefined;
  readonly values?: readonly string[] | undefined;
}

export interface TheirAction {
  readonly name: string;
  readonly risk: (typeof RISK_CLASSES)[number];
  readonly parameters: readonly TheirParameter[];
}

function oneOf<T extends string>(names: readonly T[]): (value: unknown, path: string) => T {
  return (value, path) => names.find((name) => name === value) ?? fail(path, names);
}

function fail(path: string, wanted: readonly string[]): never {
  throw refusal(path, `one of ${wanted.join(", ")}`);
}

function someOf<T extends string>(names: readonly T[]): (value: unknown, path: string) => readonly T[] {
  const read = oneOf(names);
  return (value, path) => listAt(value, path).map((item, index) => read(item, `${path}.${index}`));
}

function textMap(value: unknown, path: string): Readonly<Record<string, string>> {
  if (!isMap(value)) throw refusal(path, "a map");
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, textAt(inner, `${path}.${key}`)]));
}

function required<T>(value: T | undefined, path: string): T {
  if (value === undefined) throw refusal(path, "a value, and there is none");
  return value;
}

/** Reads one rule as Agent-Safe 0.14.0 does (agent_safe/models.py). @throws Error for what it would not load */
export function readRule(value: unknown, path: string, notes: Notes): TheirRule {
  const rule = new Section(value, path, notes);
  const found = {
    path,
    name: required(rule.read("name", textAt), `${path}.name`),
    priority: rule.read("priority", integerAt) ?? 0,
    decision: required(rule.read("decision", oneOf(DECISIONS)), `${path}.decision`),
    reason: required(rule.read("reason", textAt), `${path}.reason`),
    match: readMatch(required(rule.section("match"), `${path}.match`), notes),
  };
  if (rule.has("description")) {
    rule.take("description");
    notes.dropped("rules", "descriptions; the reasons are carried over");
  }
  rule.close();
  return found;
}

function readMatch(match: Section, notes: Notes): TheirMatch {
  const inner = <T>(key: string, read: (section: Section) => T): T | undefined => match.optional(key, (value, path) => {
    const section = new Section(value, path, notes);
    const found = read(section);
    section.close();
    return found;
  });
  const found = {
    actions: match.read("actions", textsAt) ?? ["*"],
    targets: inner("targets", (targets) => ({
      environments: targets.optional("environments", someOf(ENVIRONMENTS)), sensitivities: targets.optional("sensitivities", someOf(SENSITIVITY_NAMES)),
      types: targets.optional("types", textsAt), labels: targets.optional("labels", textMap),
    })),
    callers: inner("callers", (callers) => ({
      ids: callers.optional("agent_ids", textsAt), roles: callers.optional("roles", textsAt), groups: callers.optional("groups", textsAt),
      delegatedFrom: callers.optional("delegated_from", textsAt), maxDepth: callers.optional("max_delegation_depth", integerAt), delegated: callers.optional("require_delegation", booleanAt),
    })),
    windows: match.optional("time_windows", (value, path) => listAt(value, path).map((item, index) => readWindow(new Section(item, `${path}.${index}`, notes)))),
    risks: match.optional("risk_classes", someOf(RISK_CLASSES)),
    ticket: match.optional("require_ticket", booleanAt),
  };
  match.close();
  return found;
}

function readWindow(window: Section): HourWindow {
  const hour = (value: unknown, path: string): number => {
    const found = integerAt(value, path);
    if (found < 0 || found > 23) throw refusal(path, "an hour from 0 to 23");
    return found;
  };
  const days = window.optional("days", (value, path) => listAt(value, path).map((day, index) => integerAt(day, `${path}.${index}`)));
  const found = { days, start: window.read("start_hour", hour) ?? 0, end: window.read("end_hour", hour) ?? 23 };
  window.close();
  return found;
}

/** Reads one entry of the inventory. @throws Error for what Agent-Safe would not load */
export function readTarget(value: unknown, path: string, notes: Notes): TheirTarget {
  const target = new Section(value, path, notes);
  const found = {
    path,
    id: required(target.read("id", textAt), `${path}.id`),
    type: required(target.read("type", textAt), `${path}.type`),
    environment: required(target.read("environment", oneOf(ENVIRONMENTS)), `${path}.environment`),
    sensitivity: required(target.read("sensitivity", oneOf(SENSITIVITY_NAMES)), `${path}.sensitivity`),
    labels: target.read("labels", textMap) ?? {},
  };
  if (target.has("owner")) {
    target.take("owner");
    notes.dropped("targets", "owners");
  }
  target.close();
  return found;
}

/** Reads one action file. @throws Error for what Agent-Safe would not load */
export function readAction(value: unknown, notes: Notes): TheirAction {
  const action = new Section(value, "", notes);
  const name = required(action.read("name", textAt), "name");
  if (!/^[a-z][a-z0-9-]*$/.test(name)) throw refusal("name", "small letters, digits and dashes");
  const risk = required(action.read("risk_class", oneOf(RISK_CLASSES)), `${name}: risk_class`);
  const parameters = action.read("parameters", (list) => listAt(list, `${name}: parameters`).map((item, index) => readParameter(new Section(item, `${name}: parameters.${index}`, notes), notes))) ?? [];
  for (const key of ["version", "description", "tags"]) action.take(key);
  for (const key of ["target_types", "prechecks", "reversible", "rollback_action", "rollback_params", "required_privileges", "credentials", "state_fields"]) {
    if (action.take(key) !== undefined) notes.dropped("actions", `${key}; an action registry of ours (key actions) takes such things`);
  }
  action.close();
  return { name, risk, parameters };
}

function readParameter(parameter: Section, notes: Notes): TheirParameter {
  const { path } = parameter;
  const name = required(parameter.read("name", textAt), `${path}.name`);
  const type = required(parameter.read("type", oneOf(PARAMETER_TYPES)), `${path}.type`);
  const isRequired = parameter.read("required", booleanAt) ?? true;
  const limits = parameter.optional("constraints", (value, at) => {
    const section = new Section(value, at, notes);
    const found = {
      least: section.optional("min_value", numberAt), most: section.optional("max_value", numberAt), shortest: section.optional("min_length", integerAt), longest: section.optional("max_length", integerAt),
      pattern: section.optional("pattern", textAt), values: section.optional("enum", textsAt),
    };
    section.close();
    return found;
  });
  for (const key of ["description", "default"]) parameter.take(key);
  parameter.close();
  return { path, name, type, required: isRequired, ...limits };
}
