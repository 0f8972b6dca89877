import type { CompiledPolicy } from "../compile.ts";
import type { Source } from "../compose.ts";
import type { ActionDefinition } from "../registry/schema.ts";
import type { LayeredRule } from "../schema/policy.ts";

/** What is looked for; stands in reports and in docs/cli.md. */
export const LINT_RULES = {
  "not-valid": "a policy that cannot be put in force",
  unreachable: "a rule that never decides, since another always does",
  redundant: "a rule that says what another one says already",
  tie: "two rules that meet with one priority and two effects",
  "too-wide": "a rule that allows nearly every tool and asks nothing else",
  dangerous: "a rule that allows a dangerous action and asks nothing else",
  "unknown-argument": "a test on an argument that the tool's schema does not know",
  "missing-default": "a policy that extends nothing and does not say its default",
  "dead-extends": "a parent that is extended already, through another",
  "never-fits": "a budget that does not pay for one call",
  "still-observing": "a rule or limit that is only a shadow",
  "not-enforced": "a section that is checked and that nothing acts on yet",
} as const;

export type LintRule = keyof typeof LINT_RULES;

/** How a finding can be mended in the text without changing any decision. */
export type Fix =
  | { readonly kind: "remove-item"; readonly path: readonly PropertyKey[] }
  | { readonly kind: "add-line"; readonly after: string; readonly line: string };

export interface Finding {
  readonly rule: LintRule;
  readonly level: "error" | "warning" | "info";
  /** `file:line:column`. */
  readonly place: string;
  readonly message: string;
  readonly fix?: Fix;
}

/** What the rules of the linter look at: the policy itself, in the context of what it extends. */
export interface Linted {
  readonly policy: CompiledPolicy;
  /** The policy's own file. */
  readonly source: Source;
  /** The rules written in it, with the index in its list. */
  readonly own: readonly { readonly rule: LayeredRule; readonly index: number }[];
  /** Every action that is known, of whatever registry. */
  readonly actions: readonly ActionDefinition[];
}
