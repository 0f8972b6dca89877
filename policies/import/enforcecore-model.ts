import { booleanAt, integerAt, isMap, listAt, numberAt, refusal, Section, textAt, textsAt } from "./foreign.ts";
import type { Notes } from "./note.ts";

/** A limit of calls in a sliding window. */
export interface Rate {
  readonly path: string;
  readonly max: number;
  /** Seconds. */
  readonly window: number;
}

export interface ContentPattern {
  readonly path: string;
  readonly name: string;
  /** Python `re`, ignoring case, anywhere in a text. Undefined: the built-in rule of that name. */
  readonly pattern?: string | undefined;
}

/** Key of the rules → its path in the file. */
export type Paths = Readonly<Partial<Record<(typeof RULE_KEYS)[number], string>>>;

/** What one file says; a section is undefined where it is missing or not enabled. */
export interface EnforceCore {
  /** Where things stand, for notes. */
  readonly paths: Paths;
  readonly name: string;
  readonly version: string | undefined;
  readonly extends: string | undefined;
  readonly violation: "block" | "log" | "redact";
  /** Undefined: every tool. Names count in any case. */
  readonly allowed: readonly string[] | undefined;
  readonly denied: readonly string[];
  /** Only here is what `allowed` names allowed: keys of a rule. */
  readonly where: Readonly<Record<string, unknown>> | undefined;
  /** No category: the usual ones. */
  readonly pii: { readonly path: string; readonly categories: readonly string[]; readonly strategy: string } | undefined;
  readonly redactOutput: boolean;
  /** Seconds. */
  readonly duration: number | undefined;
  readonly memoryMb: number | undefined;
  readonly costUsd: number | undefined;
  readonly outputBytes: number | undefined;
  readonly network: { readonly path: string; readonly allowed: readonly string[]; readonly denied: readonly string[]; readonly denyOthers: boolean } | undefined;
  /** Empty: all built-in rules. */
  readonly content: readonly ContentPattern[] | undefined;
  readonly rates: { readonly tools: ReadonlyMap<string, Rate>; readonly all: Rate | undefined } | undefined;
}

/** Names of the fields of `rules`, which may also stand at the top. */
const RULE_KEYS = [
  "allowed_tools", "denied_tools", "pii_redaction", "resource_limits", "network", "content_rules", "rate_limits", "sandbox", "sensitivity_labels",
  "max_output_size_bytes", "redact_output",
] as const;
const ALIASES: Readonly<Record<string, string>> = { pii: "pii_redaction", pii_config: "pii_redaction", resources: "resource_limits", network_policy: "network" };
const STRATEGIES: readonly string[] = ["placeholder", "mask", "hash", "remove", "regex", "ner"];
const VIOLATIONS = ["block", "log", "redact"] as const;
const DEFAULT_RATES = { tool: 100, all: 1_000, window: 60 } as const;

/** Whether a map looks like one of the shapes of an EnforceCore policy. */
export function looksLikeEnforceCore(value: Readonly<Record<string, unknown>>): boolean {
  const { rules, tools, pii } = value;
  return isMap(rules) || RULE_KEYS.some((key) => Object.hasOwn(value, key)) || Object.hasOwn(value, "on_violation")
    || (isMap(tools) && ["allowed", "denied"].some((key) => Object.hasOwn(tools, key))) || (isMap(pii) && !Object.hasOwn(value, "spangate"));
}

/**
 * Reads one file as EnforceCore 1.11.1 does (enforcecore/core/policy.py).
 *
 * @throws Error for what it would not load
 */
export function readEnforceCore(value: Readonly<Record<string, unknown>>, notes: Notes): EnforceCore {
  const file = new Section(value, "", notes);
  const parent = file.optional("extends", textAt);
  const name = file.read("name", nameAt) ?? unnamed(notes);
  const version = file.read("version", (found, path) => (typeof found === "number" ? String(found) : textAt(found, path)));
  const violation = file.read("on_violation", (found, path) => VIOLATIONS.find((one) => one === found) ?? fail(path, VIOLATIONS)) ?? "block";
  const rules = rulesOf(file, notes);
  const paths = Object.fromEntries(RULE_KEYS.filter((key) => rules.has(key)).map((key) => [key, rules.at(key)]));
  const where = rules.read("tools.context", (found, path) => whereOf(new Section(found, path, notes), notes));
  const allowed = rules.optional("allowed_tools", textsAt);
  const denied = rules.read("denied_tools", textsAt) ?? [];
  const read = {
    paths, name, version, extends: parent, violation, allowed, denied, where,
    pii: sectionOf(rules, "pii_redaction", notes, piiOf),
    redactOutput: rules.read("redact_output", booleanAt) ?? true,
    outputBytes: rules.optional("max_output_size_bytes", integerAt),
    network: sectionOf(rules, "network", notes, networkOf),
    content: sectionOf(rules, "content_rules", notes, contentOf),
    rates: sectionOf(rules, "rate_limits", notes, ratesOf),
    ...resourcesOf(rules, notes),
  };
  sectionOf(rules, "sensitivity_labels", notes, ({ path }) => notes.dropped(path, "labels of fields stand in the application's code, and so does the check"), ["default_clearance", "enforce", "fallback"]);
  rules.drop(["on_violation", "name", "version", "extends"], "EnforceCore ignores it here; it belongs at the top of the file");
  rules.close();
  file.close();
  return read;
}

function unnamed(notes: Notes): string {
  notes.assumed("name", "EnforceCore wants a name, and there is none");
  return "imported";
}

function nameAt(value: unknown, path: string): string {
  const name = textAt(value, path).trim();
  if (name === "") throw refusal(path, "a name");
  return name;
}

function fail(path: string, wanted: readonly string[]): never {
  throw refusal(path, `one of ${wanted.join(", ")}`);
}

/** The rules, wherever they stand: under `rules`, at the top, or in the `tools` and `pii` of the roadmap. */
function rulesOf(file: Section, notes: Notes): Section {
  const rules = file.section("rules") ?? new Section({}, "rules", notes);
  const adopt = (from: Section, key: string, as: string): void => {
    if (rules.has(as)) from.drop([key], `${rules.at(as)} says it, and counts`);
    else if (from.has(key)) {
      const path = from.at(key);
      rules.adopt(as, from.take(key), path);
    }
  };
  for (const key of RULE_KEYS) adopt(file, key, key);
  for (const [alias, key] of Object.entries(ALIASES)) adopt(rules, alias, key);
  const after = rules.section("post_call");
  if (after) {
    notes.assumed(after.path, "EnforceCore ignores it; taken as its architecture document describes it");
    for (const key of ["max_output_size_bytes", "redact_output"]) adopt(after, key, key);
    after.close();
  }
  if (file.has("tools")) {
    const path = file.at("tools");
    const found = file.take("tools");
    const tools = new Section(Array.isArray(found) ? { allowed: found as unknown[] } : found, path, notes);
    notes.assumed(path, "EnforceCore ignores it; taken as its roadmap describes it");
    adopt(tools, "allowed", "allowed_tools");
    adopt(tools, "denied", "denied_tools");
    adopt(tools, "context", "tools.context");
    tools.close();
  }
  if (file.has("pii")) {
    const path = file.at("pii");
    notes.assumed(path, "EnforceCore ignores it; taken as its roadmap describes it");
    const pii = new Section(file.take("pii"), path, notes);
    if (rules.has("pii_redaction")) pii.close(`${rules.at("pii_redaction")} says it, and counts`);
    else {
      const kept = Object.fromEntries(["enabled", "categories", "strategy", "ner_threshold", "ner_fallback_to_regex"].filter((key) => pii.has(key)).map((key) => [key, pii.take(key)]));
      rules.adopt("pii_redaction", { enabled: true, ...kept, ...(pii.has("redact") && { categories: pii.take("redact") }) }, path);
      pii.close();
    }
  }
  return rules;
}

/** The context in which tools are allowed: the environment is known here, anything else must be told with the call. */
function whereOf(context: Section, notes: Notes): Readonly<Record<string, unknown>> {
  const names = (found: unknown, path: string): readonly string[] => (typeof found === "string" ? [found] : textsAt(found, path));
  const environment = context.read("environment", names);
  const others = context.keys.map((key) => {
    notes.approximated(context.at(key), "looked for in the baggage of the call");
    return [key, context.read(key, names)] as const;
  });
  return { ...(environment && { environment }), ...(others.length && { context: Object.fromEntries(others) }) };
}

/**
 * A section with a switch `enabled`. One that is written without the switch does nothing in EnforceCore, though
 * its own examples are written so (`network` in examples/policies/strict.yaml): it is taken as it was meant.
 */
function sectionOf<T>(rules: Section, key: string, notes: Notes, read: (section: Section, notes: Notes) => T, ignored: readonly string[] = []): T | undefined {
  const section = rules.section(key);
  if (!section) return undefined;
  const path = section.path;
  const enabled = section.read("enabled", booleanAt);
  if (enabled === false) {
    section.close("not enabled there, and so not here");
    return undefined;
  }
  if (enabled === undefined) notes.assumed(path, "EnforceCore does not apply it without `enabled: true`; taken as it was meant");
  const found = read(section, notes);
  for (const inner of ignored) section.take(inner);
  section.close();
  return found;
}

function piiOf(section: Section, notes: Notes): EnforceCore["pii"] {
  const strategy = section.read("strategy", (found, path) => STRATEGIES.find((one) => one === found) ?? fail(path, STRATEGIES)) ?? "placeholder";
  if (strategy === "ner") notes.dropped(`${section.path}.strategy`, "names of people and places are not looked for: there is no model for that here");
  section.drop(["ner_threshold", "ner_fallback_to_regex"], "of the model that looks for names");
  return { path: section.path, categories: section.read("categories", textsAt) ?? [], strategy: strategy === "regex" || strategy === "ner" ? "placeholder" : strategy };
}

function networkOf(section: Section): EnforceCore["network"] {
  return {
    path: section.path, allowed: section.read("allowed_domains", textsAt) ?? [], denied: section.read("denied_domains", textsAt) ?? [],
    denyOthers: section.read("deny_all_other", booleanAt) ?? true,
  };
}

function contentOf(section: Section, notes: Notes): EnforceCore["content"] {
  return section.read("block_patterns", (found, path) => listAt(found, path).map((item, index): ContentPattern => {
    const entry = new Section(item, `${path}.${index}`, notes);
    const [name = "", pattern, action] = [entry.read("name", textAt), entry.read("pattern", textAt), entry.read("action", textAt)];
    if (name.trim() === "") throw refusal(`${entry.path}.name`, "a name");
    if (action !== undefined && action !== "block") notes.assumed(`${entry.path}.action`, `EnforceCore blocks whatever the action says, here ${action}; so does this policy`);
    entry.drop(["description", "reason"], "a denial names the argument, not the pattern");
    entry.close();
    return { path: entry.path, name, pattern };
  })) ?? [];
}

function ratesOf(section: Section, notes: Notes): EnforceCore["rates"] {
  const rate = (value: unknown, path: string, most: number): Rate => {
    const entry = new Section(value, path, notes);
    const max = Math.trunc(entry.read("max_calls", numberAt) ?? most);
    const window = entry.read("window_seconds", numberAt) ?? DEFAULT_RATES.window;
    entry.close();
    return { path, max, window };
  };
  const tools = new Map<string, Rate>();
  const perTool = section.read("per_tool", (found, path) => (isMap(found) ? found : fail(path, ["a map"])));
  for (const [tool, value] of Object.entries(perTool ?? {})) tools.set(tool, rate(value, `${section.path}.per_tool.${tool}`, DEFAULT_RATES.tool));
  const all = section.optional("global_limit", (value, path) => rate(value, path, DEFAULT_RATES.all));
  if (!section.has("global")) return { tools, all };
  if (all) section.drop(["global"], `${section.path}.global_limit says it, and counts`);
  else notes.assumed(`${section.path}.global`, "EnforceCore reads `global_limit` and ignores `global`, which its documentation writes; taken as it was meant");
  return { tools, all: all ?? section.optional("global", (value, path) => rate(value, path, DEFAULT_RATES.all)) };
}

/** Limits of `resource_limits` and of the sandbox; the smaller counts. */
function resourcesOf(rules: Section, notes: Notes): Pick<EnforceCore, "duration" | "memoryMb" | "costUsd"> {
  const limits = rules.section("resource_limits");
  const [duration, memoryMb, costUsd] = [limits?.optional("max_call_duration_seconds", numberAt), limits?.optional("max_memory_mb", integerAt), limits?.optional("max_cost_usd", numberAt)];
  limits?.close();
  const sandbox = sectionOf(rules, "sandbox", notes, (section) => {
    notes.dropped(section.path, "tools run in the process of the agent; only the limits of the sandbox are carried over");
    return { memoryMb: section.optional("max_memory_mb", integerAt), duration: section.optional("max_cpu_seconds", numberAt) };
  }, ["strategy", "allowed_env_vars", "working_directory"]);
  return { duration: least(duration, sandbox?.duration), memoryMb: least(memoryMb, sandbox?.memoryMb), costUsd };
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b);
}
