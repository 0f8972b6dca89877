import type { CompiledPolicy } from "../compile.ts";
import type { Source } from "../compose.ts";
import type { ActionDefinition } from "../registry/schema.ts";
import { lintArguments } from "./arguments.ts";
import type { Finding, Linted } from "./finding.ts";
import { lintLimits } from "./limits.ts";
import { lintOrder } from "./order.ts";
import { lintStructure } from "./structure.ts";
import { lintWidth } from "./width.ts";

/** Every rule of the linter. */
const RULES: readonly ((linted: Linted) => Finding[])[] = [lintStructure, lintOrder, lintWidth, lintArguments, lintLimits];
const LEVELS = ["error", "warning", "info"];

/**
 * Looks for what is allowed in a policy and probably not meant. Only what stands in its own file is reported, in the
 * context of what it extends.
 *
 * @param actions every known action, so that what is dangerous is known also where the policy names no registry
 */
export function lint(policy: CompiledPolicy, actions: readonly ActionDefinition[]): Finding[] {
  const source = policy.sources.at(-1) as Source;
  const layer = policy.sources.length - 1;
  const written = (source.value["rules"] as readonly { readonly id: string }[] | undefined) ?? [];
  const own = policy.source.rules.filter((rule) => rule.layer === layer).map((rule) => ({ rule, index: written.findIndex(({ id }) => id === rule.id) }));
  return RULES.flatMap((rule) => rule({ policy, source, own, actions })).sort((a, b) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level));
}
