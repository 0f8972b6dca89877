/** An action of the registry, as conditions see it; empty strings where no action is known for the tool. */
export interface ActionFacts {
  readonly id: string;
  /** Risk class: `low`, `medium`, `high`, `critical`. */
  readonly risk: string;
  readonly effect_class: readonly string[];
  readonly reversible: boolean;
}

/** What a call is aimed at; empty strings where nothing is known. */
export interface TargetFacts {
  readonly type: string;
  readonly name: string;
  readonly environment: string;
  /** `public`, `internal`, `confidential`, `restricted`. */
  readonly sensitivity: string;
}

/**
 * One invocation as conditions (CEL) and other engines (Rego, Cedar) see it: every key is always there, an empty
 * string or list where nothing is known, so that a condition only fails on what is missing in `arguments`.
 */
export interface Facts {
  readonly tool: string;
  readonly arguments: unknown;
  readonly framework: string;
  readonly server: string;
  readonly agent: string;
  readonly session: string;
  readonly caller: { readonly id: string; readonly roles: readonly string[]; readonly tenant: string; readonly on_behalf_of: string };
  readonly environment: string;
  readonly context: Readonly<Record<string, string>>;
  /** What the results of this session have carried so far: the surest injection, 0 to 1, and its kinds. */
  readonly session_taint: { readonly score: number; readonly labels: readonly string[] };
  /** When the call was made. */
  readonly time: Date;
  readonly action: ActionFacts;
  readonly target: TargetFacts;
  /** Effective risk: risk class of the action by sensitivity of the target. */
  readonly risk: string;
}
