/** `block`: an attack by its own form at this sink. `flag`: worth a look or an approval, never enough to refuse a call. */
export type Level = "block" | "flag";

/**
 * What an argument is meant to be. A shell command in a `shell` argument is ordinary, and an attack in a `value`.
 * `value`: nobody knows, so that only findings beyond doubt may block.
 */
export type Role = "value" | "shell" | "sql" | "path" | "url" | "code";

/** The families of rules; also the first part of each rule's name. */
export type ContentKind = "shell" | "sql" | "path" | "url" | "template" | "code" | "ldap" | "xml" | "nosql" | "header" | "formula";

/** What a content rule found in one text. */
export interface ContentFinding {
  /** Id of the rule in the catalogue: `shell.destructive`. */
  readonly rule: string;
  readonly level: Level;
  /** Where, in UTF-16 code units of the text that was inspected; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  /** What it is, for a person; may quote at most a short piece of the text. */
  readonly detail: string;
}

/** One example: a text, and the role in which it is looked at where that is not the rule's own. */
export type Example = string | { readonly text: string; readonly role: Role };

/** One entry of the catalogue. */
export interface ContentRule {
  /** `<kind>.<what>`. */
  readonly id: string;
  readonly title: string;
  readonly level: Level;
  /** The level in other roles than the rule's own, or `off` where it says nothing there. */
  readonly levels?: Partial<Readonly<Record<Role, Level | "off">>>;
  /** CWE number, OWASP entry or other public source of the technique. */
  readonly source: string;
  /** The role in which plain examples are looked at. */
  readonly role: Role;
  readonly matches: readonly Example[];
  readonly misses: readonly Example[];
}
