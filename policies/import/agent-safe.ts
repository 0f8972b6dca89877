import type { PolicySource } from "../schema/policy.ts";
import type { Suite } from "../suite/schema.ts";
import { readAction, readRule, readTarget, type TheirAction, type TheirRule, type TheirTarget } from "./agent-safe-model.ts";
import { writeRules } from "./agent-safe-rules.ts";
import { readSuite } from "./agent-safe-suite.ts";
import { RISK, TARGET, writeTargets, writeTools } from "./agent-safe-world.ts";
import { listAt, refusal, Section } from "./foreign.ts";
import type { Notes } from "./note.ts";

type File = Readonly<Record<string, unknown>>;

/** Whether a map is one of the files of an Agent-Safe: policies, inventory, tests, or an action. */
export function looksLikeAgentSafe(file: File): boolean {
  return !Object.hasOwn(file, "spangate") && (["rules", "targets", "tests"].some((key) => Array.isArray(file[key])) || isAction(file));
}

function isAction(file: File): boolean {
  return Object.hasOwn(file, "risk_class") && Object.hasOwn(file, "name");
}

/** What the files hold together. */
interface Gathered {
  readonly rules: TheirRule[];
  readonly targets: TheirTarget[];
  readonly actions: TheirAction[];
  readonly tests: (readonly [value: unknown, path: string])[];
  hasInventory: boolean;
}

/**
 * The files of an Agent-Safe as one policy of ours, and its tests as a suite. Checked against agent-safe 0.14.0 (PyPI).
 * An action is taken to be a tool of the same name; the id of its target an argument.
 *
 * @throws Error for what Agent-Safe itself would not load
 */
export function importAgentSafe(files: readonly File[], notes: Notes): { readonly policy: PolicySource; readonly suite: Suite | undefined } {
  const gathered: Gathered = { rules: [], targets: [], actions: [], tests: [], hasInventory: false };
  for (const file of files) gather(file, gathered, notes);
  refuseTwice(gathered.targets.map(({ id }) => id), "targets");
  refuseTwice(gathered.actions.map(({ name }) => name), "actions");
  return { policy: write(gathered, notes), suite: readSuite(gathered.tests, notes) };
}

function gather(file: File, into: Gathered, notes: Notes): void {
  if (isAction(file)) {
    into.actions.push(readAction(file, notes));
    return;
  }
  const section = new Section(file, "", notes);
  const each = (key: string, take: (item: unknown, path: string) => void): boolean => section.read(key, (list, path) => {
    for (const [index, item] of listAt(list, path).entries()) take(item, `${path}.${index}`);
    return true;
  }) ?? false;
  const hasRules = each("rules", (item, path) => into.rules.push(readRule(item, path, notes)));
  const hasTargets = each("targets", (item, path) => into.targets.push(readTarget(item, path, notes)));
  const hasTests = each("tests", (item, path) => into.tests.push([item, path]));
  if (!hasRules && !hasTargets && !hasTests) throw refusal("", "rules, targets, tests, or an action with name and risk_class");
  into.hasInventory ||= hasTargets;
  section.close();
}

function refuseTwice(names: readonly string[], path: string): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw refusal(path, `each once, and ${twice} is there twice`);
}

function write({ rules, targets, actions, hasInventory }: Gathered, notes: Notes): PolicySource {
  const written = writeRules(rules, hasInventory ? targets : undefined, notes);
  if (rules.length === 0) notes.assumed("rules", "there are no rules in these files, so everything is denied; a policy that extends this one may allow");
  else {
    notes.assumed("rules", `an action is a tool of the same name, and the id of its target stands in the argument ${TARGET}`);
    if (rules.some(({ match }) => match.targets?.sensitivities)) notes.assumed("rules", "sensitivities have our names: restricted is confidential, and critical is restricted");
    if (!hasInventory) notes.assumed("rules", "there is no inventory among these files: every target is unknown until `targets` says more");
    if (actions.length === 0) notes.assumed("rules", "there are no actions among these files: every tool is unknown, and so denied, until `tools` says what risk it has");
    if (rules.some(({ decision }) => decision === "require_approval")) notes.assumed("rules", "nobody is named who may approve; until `approvals` says who, calls that need it are denied");
  }
  return {
    spangate: 1,
    name: "agent-safe",
    default: "deny",
    ...(rules.length === 0 && { overridable: ["default"] }),
    ...(rules.length > 0 && { rules: written }),
    tools: { "*": { target: { from: TARGET } }, ...writeTools(actions, notes) },
    ...(targets.length > 0 && { targets: writeTargets(targets, notes) }),
    risk: RISK,
  };
}
