import { type CedarLibrary, type EntityUid, problemOf, problemsOf, referencesIn } from "./library.ts";

/** The limit of the policy language for the id of a rule. */
const RULE_LENGTH = 256;

export interface CedarPolicy {
  readonly effect: "permit" | "forbid";
  /** Its place in the text, from 0. */
  readonly position: number;
  /** Its `@reason`, if it has one. */
  readonly reason: string | undefined;
}

/** The policies of one text, read and checked. */
export interface CedarPolicies {
  /** By id. The id is the policy's `@id`, else `policy` and its position from 0, as Cedar numbers them. */
  readonly byId: ReadonlyMap<string, CedarPolicy>;
  /** The same as Cedar takes them. */
  readonly texts: Readonly<Record<string, string>>;
  /** Names in `context` that the policies look at; undefined where they take it as a whole. */
  readonly facts: ReadonlySet<string> | undefined;
  /** Entities that the policies name. */
  readonly entities: readonly EntityUid[];
  /** What Cedar's validator finds odd. */
  readonly warnings: readonly string[];
}

/**
 * @param schema what the policies are validated against, if anything
 * @throws Error with line and column for what cannot be read or does not fit the schema
 */
export function readPolicies(cedar: CedarLibrary, source: string, schema: string | object | undefined): CedarPolicies {
  const parts = cedar.policySetTextToParts(source);
  if (parts.type === "failure") throw new Error(problemsOf(parts.errors, source));
  if (parts.policy_templates.length > 0) throw new Error("a policy with a slot (?principal, ?resource) is a template, and nothing here fills its slots");
  if (parts.policies.length === 0) throw new Error("there is no policy in it");

  const byId = new Map<string, CedarPolicy>();
  // Without a prototype, or a policy named __proto__ would be lost.
  const texts = Object.create(null) as Record<string, string>;
  const seen: unknown[] = [];
  for (const [position, text] of inOrder(parts.policies)) {
    const answer = cedar.policyToJson(text);
    if (answer.type === "failure") throw new Error(problemsOf(answer.errors, text));
    const { effect, annotations = {} } = answer.json;
    const id = annotations["id"] || `policy${position}`;
    if (id.length > RULE_LENGTH) throw new Error(`the id of policy ${position} is longer than ${RULE_LENGTH} characters`);
    if (byId.has(id)) throw new Error(`the policy id "${id}" is used twice`);
    byId.set(id, { effect, position, reason: annotations["reason"] || undefined });
    texts[id] = text;
    seen.push(answer.json);
  }
  return { byId, texts, facts: factsOf(seen), entities: referencesIn(seen), warnings: schema === undefined ? [] : validate(cedar, source, schema) };
}

/** Cedar returns the policies sorted by the ids it gave them, as text: policy10 stands before policy2. */
function inOrder(texts: readonly string[]): readonly (readonly [position: number, text: string])[] {
  const positions = texts.map((_, index) => index).sort((a, b) => (String(a) < String(b) ? -1 : 1));
  return positions.map((position, index) => [position, texts[index] as string] as const).sort(([a], [b]) => a - b);
}

function validate(cedar: CedarLibrary, source: string, schema: string | object): readonly string[] {
  const answer = cedar.validate({ schema: schema as string, policies: { staticPolicies: source } });
  if (answer.type === "failure") throw new Error(problemsOf(answer.errors, source));
  if (answer.validationErrors.length > 0) throw new Error(problemsOf(answer.validationErrors.map(({ error }) => error), source));
  return [...answer.validationWarnings.map(({ error }) => problemOf(error, source)), ...answer.otherWarnings.map((warning) => problemOf(warning))];
}

/** Which attributes of `context` occur, or undefined when `context` occurs as a value of its own. */
function factsOf(json: unknown): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  const visit = (node: unknown): boolean => {
    if (typeof node !== "object" || node === null) return true;
    if (!Array.isArray(node)) {
      if ((node as { readonly Var?: unknown }).Var === "context") return false;
      const { ".": get, has } = node as { readonly "."?: Access; readonly has?: Access };
      const access = get ?? has;
      if (access?.left?.Var === "context") {
        names.add([access.attr].flat()[0] as string);
        return true;
      }
    }
    return Object.values(node).every(visit);
  };
  return visit(json) ? names : undefined;
}

/** `context.x` and `context has x` (or `context has x.y`, whose names are a list). */
interface Access {
  readonly left?: { readonly Var?: unknown };
  readonly attr?: unknown;
}
