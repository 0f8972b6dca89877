import type { PolicySource } from "../schema/policy.ts";
import { contentSchema } from "./enforcecore-content.ts";
import { writeNetwork, writeRedaction } from "./enforcecore-data.ts";
import { mergeEnforceCore } from "./enforcecore-merge.ts";
import { type EnforceCore, type Rate, readEnforceCore } from "./enforcecore-model.ts";
import { toolRules, type WrittenRule } from "./enforcecore-tools.ts";
import { unusedId } from "./id.ts";
import type { Notes } from "./note.ts";
import { oneOrAll } from "./one-or-all.ts";
import { writeDuration, writeSize } from "./unit.ts";

/** Longest delay of a timer in Node, in milliseconds. */
const LONGEST_DURATION = 2 ** 31 - 1;
const LONGEST_NAME = 256;
const LONGEST_VERSION = 64;
/** Calls that no limit of theirs would let through. */
const NOTHING = { tool: "*", effect: "deny" };

/**
 * An EnforceCore policy in our language. Checked against enforcecore 1.11.1 (PyPI), which is what `docs/` there
 * describes except where a note says so.
 *
 * @param files a policy, or the chain of those that extend each other, the one that extends nothing first
 * @throws Error for what EnforceCore itself would not load
 */
export function importEnforceCore(files: readonly Readonly<Record<string, unknown>>[], notes: Notes): PolicySource {
  const policies = files.map((file) => readEnforceCore(file, notes));
  for (const [index, policy] of policies.entries()) {
    if (index === 0 && policy.extends !== undefined) throw new Error(`extends: expected ${policy.extends} before this file, since the two are put together`);
    if (index > 0 && policy.extends === undefined) throw new Error(`extends: expected in file ${index + 1}, since it stands after another`);
  }
  return write(policies.reduce(mergeEnforceCore), notes);
}

function write(policy: EnforceCore, notes: Notes): PolicySource {
  const tools = toolRules(policy, notes);
  const rules = [...tools.rules];
  const limits = limitsOf(policy, rules, notes);
  return {
    spangate: 1,
    name: policy.name.slice(0, LONGEST_NAME),
    ...(policy.version && { version: policy.version.slice(0, LONGEST_VERSION) }),
    default: tools.default,
    ...(rules.length && { rules }),
    ...(policy.content && { tools: { "*": { arguments: contentSchema(policy.content, policy.paths.content_rules ?? "content_rules", notes) } } }),
    ...(Object.keys(limits).length && { limits }),
    ...(policy.pii && writeRedaction(policy.pii, policy.redactOutput, notes)),
    ...(policy.network && { network: writeNetwork(policy.network, notes) }),
  };
}

/** Adds a rule where a limit lets nothing through. */
function limitsOf(policy: EnforceCore, rules: WrittenRule[], notes: Notes): Readonly<Record<string, unknown>> {
  const { duration, memoryMb, costUsd, outputBytes, violation, paths: { resource_limits: limits = "resource_limits", max_output_size_bytes: output = "max_output_size_bytes" } } = policy;
  const nothing = (id: string, path: string): void => {
    notes.approximated(path, "nothing is within this limit, so every call is denied");
    rules.push({ id, ...NOTHING, reason: `${path} lets nothing through` });
  };
  if (memoryMb !== undefined && memoryMb < 0) throw new Error(`${limits}.max_memory_mb: expected a number from 0`);
  if (duration !== undefined) {
    if (duration <= 0) nothing("no-time", `${limits}.max_call_duration_seconds`);
    else notes.approximated(`${limits}.max_call_duration_seconds`, "a call that takes longer loses its result; EnforceCore then also refuses every later call");
  }
  if (costUsd !== undefined && costUsd <= 0) nothing("no-money", `${limits}.max_cost_usd`);
  else if (costUsd !== undefined) notes.dropped(`${limits}.max_cost_usd`, "what calls cost is told to EnforceCore by the application; here `limits.budget` says what a call of a tool costs");
  if (outputBytes !== undefined) {
    if (outputBytes <= 0) nothing("no-output", output);
    else notes.approximated(output, violation === "log" ? "a larger result is withheld; EnforceCore only records it with `on_violation: log`" : "measured on the result as JSON, not on Python's str() of it");
  }
  const rate = policy.rates ? ratesOf(policy.rates, policy.allowed ?? [], rules, notes) : [];
  return {
    ...(rate.length && { rate }),
    ...(duration !== undefined && duration > 0 && { duration: writeDuration(Math.min(duration * 1_000, LONGEST_DURATION), "down") }),
    ...(memoryMb !== undefined && memoryMb > 0 && { memory: writeSize(memoryMb * 2 ** 20) }),
    ...(outputBytes !== undefined && outputBytes > 0 && { output: writeSize(outputBytes) }),
  };
}

function ratesOf({ tools, all }: NonNullable<EnforceCore["rates"]>, allowed: readonly string[], rules: WrittenRule[], notes: Notes): readonly unknown[] {
  const written: unknown[] = [];
  const ids = new Set<string>();
  const add = (base: string, tool: readonly string[] | undefined, { path, max, window }: Rate): void => {
    const id = unusedId(base, ids);
    if (max > 0) written.push({ id, ...(tool && { tool: oneOrAll(tool) }), per: "global", max: Math.min(max, Number.MAX_SAFE_INTEGER), window: writeDuration(window * 1_000, "up") });
    else rules.push({ id, ...NOTHING, ...(tool && { tool: oneOrAll(tool) }), reason: `${path} lets nothing through` });
  };
  for (const { names, rate } of inAnyCase(tools, notes)) {
    const spelt = allowed.filter((other) => names.some((name) => name.toLowerCase() === other.toLowerCase()) && !/[*?]/.test(other));
    add(`rate.${names[0]}`, [...new Set([...names, ...spelt])], rate);
  }
  if (all) add("rate", undefined, all);
  return written;
}

/** Names that differ only in case have one window, and the limit that is written last. */
function inAnyCase(tools: ReadonlyMap<string, Rate>, notes: Notes): Iterable<{ readonly names: readonly string[]; readonly rate: Rate }> {
  const found = new Map<string, { readonly names: readonly string[]; readonly rate: Rate }>();
  for (const [name, rate] of tools) {
    const others = found.get(name.toLowerCase());
    if (name === "" || name.length > LONGEST_NAME) notes.dropped(rate.path, "no tool has such a name");
    else found.set(name.toLowerCase(), { names: [...(others?.names ?? []), name], rate });
    if (others) notes.dropped(others.rate.path, `${rate.path} is the same tool, and counts`);
  }
  return found.values();
}
