import { policyFile, type PolicySource } from "../schema/policy.ts";
import { CHECKING } from "../schema/units.ts";
import { type Suite, suiteFile } from "../suite/schema.ts";
import { importAgentSafe, looksLikeAgentSafe } from "./agent-safe.ts";
import { importEnforceCore } from "./enforcecore.ts";
import { looksLikeEnforceCore } from "./enforcecore-model.ts";
import { isMap } from "./foreign.ts";
import { type Note, Notes } from "./note.ts";

export type { Note } from "./note.ts";
export const FOREIGN_FORMATS = ["enforcecore", "agent-safe"] as const;
export type ForeignFormat = (typeof FOREIGN_FORMATS)[number];

export interface Imported {
  readonly format: ForeignFormat;
  /** One policy file in our language, valid by its schema. */
  readonly policy: PolicySource;
  /** Where the files had tests. */
  readonly suite?: Suite | undefined;
  /** What was not carried over as it stood. Empty: the policy says exactly what the files said. */
  readonly notes: readonly Note[];
}

const LOOKED_FOR = "EnforceCore (rules: with allowed_tools, denied_tools and so on, the same at the top, or tools: and pii:) and Agent-Safe (a list of rules:, tests: or targets:, or an action)";

/**
 * Turns a foreign policy into one of ours that allows nothing which the foreign one denies.
 *
 * @param value what the YAML says; a list where it takes several files: EnforceCore policies that extend each other
 *   (the one that extends nothing first), or policies, inventory, actions and tests of one Agent-Safe
 * @param from the format; found out where it is left out
 * @throws Error that says what was looked for, or what the format's own program would not load
 */
export function importPolicy(value: unknown, from?: ForeignFormat): Imported {
  const files = (Array.isArray(value) ? value : [value]) as readonly unknown[];
  if (files.length === 0 || !files.every(isMap)) throw new Error(`expected a map, as in ${LOOKED_FOR}`);
  const format = from ?? detect(files);
  const notes = new Notes();
  const { policy, suite } = format === "enforcecore" ? { policy: importEnforceCore(files, notes), suite: undefined } : importAgentSafe(files, notes);
  refuse("policy", policyFile.safeParse(policy, CHECKING));
  if (suite) refuse("suite", suiteFile.safeParse(suite, CHECKING));
  return { format, policy, ...(suite && { suite }), notes: notes.all };
}

function detect(files: readonly Readonly<Record<string, unknown>>[]): ForeignFormat {
  if (files.every(looksLikeAgentSafe)) return "agent-safe";
  if (files.every(looksLikeEnforceCore)) return "enforcecore";
  throw new Error(`neither of the formats that can be imported: ${LOOKED_FOR}`);
}

/** Something that the foreign format permits and ours does not, a name of a thousand letters or the like. */
function refuse(what: string, { error }: { readonly error?: { readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] } | undefined }): void {
  const issue = error?.issues[0];
  if (issue) throw new Error(`this cannot be written as a ${what} of ours: ${issue.path.join(".")}: ${issue.message}`);
}
