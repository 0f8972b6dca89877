import { say } from "../../say.ts";
import { sha256 } from "../../sha256.ts";
import type { Facts } from "../facts.ts";
import { contextOf } from "./cedar/context.ts";
import { type CedarEntity, compileEntities } from "./cedar/entities.ts";
import { type CedarLibrary, cedarLibrary, discreet, type EntityUid, problemsOf, referencesIn } from "./cedar/library.ts";
import { type CedarPolicies, readPolicies } from "./cedar/policies.ts";
import { type CedarSchema, readSchema } from "./cedar/schema.ts";
import { answer, type EngineAnswer, type Evaluate, failed } from "./engine.ts";
import { type Limits, plain } from "./plain.ts";

/** What `compileCedar` compiles. */
export interface CedarOptions {
  /** Id of the engine in the policy; names the engine in reasons. */
  readonly id: string;
  /** Policies in Cedar's own syntax. */
  readonly policies: string;
  /** A schema, as text in Cedar's syntax or as an object in its JSON format. */
  readonly schema?: string | object | undefined;
  /** Entities in Cedar's JSON format, like which role is in which. */
  readonly entities?: unknown;
}

/** So much takes Cedar up to 0.3 s. */
const LIMITS: Limits = { values: 20_000, characters: 512 * 1024 };
/** Who calls when nobody is named. */
const NOBODY = "anonymous";

/**
 * Compiles Cedar policies. A call is the request
 * `Spangate::Caller::"<caller id, or anonymous>"` (in `Spangate::Role::"<role>"` for each role; attributes `id`,
 * `roles`, `tenant`, `on_behalf_of`), `Spangate::Action::"<tool>"`, `Spangate::Target::"<target name>"` (attributes
 * `name`, `type`, `environment`, `sensitivity`), and the facts as `context` (see `contextOf`).
 *
 * What no policy permits is denied, and a forbid wins. Cedar skips a policy that fails to evaluate, also a forbid;
 * here a forbid that fails is a denial. `@id` names the rule, `@reason` is what the model is told.
 *
 * @throws Error with line and column when policies, schema or entities cannot be read or do not fit each other
 */
export function compileCedar({ id, policies: source, schema: schemaSource, entities = [] }: CedarOptions): Evaluate {
  const cedar = cedarLibrary();
  const schema = schemaSource === undefined ? undefined : readSchema(cedar, schemaSource);
  const policies = readPolicies(cedar, source, schemaSource);
  const reach = compileEntities(cedar, entities, policies.entities, schemaSource);
  for (const warning of policies.warnings) say(`spangate: engine ${id}: ${warning}`);

  // Cedar keeps what it has parsed under a name, for this thread and everybody in it: the same name is the same text.
  const preparsedPolicySetId = `spangate:${sha256(JSON.stringify(policies.texts), "hex")}`;
  accept(cedar.preparsePolicySet(preparsedPolicySetId, { staticPolicies: policies.texts }));
  const validation = schemaSource === undefined ? {} : { preparsedSchemaName: `spangate:${sha256(JSON.stringify(schemaSource), "hex")}`, validateRequest: true };
  if (validation.preparsedSchemaName !== undefined) accept(cedar.preparseSchema(validation.preparsedSchemaName, schemaSource as string));

  const ours = entitiesFor(schema);
  const authored = source + (typeof schemaSource === "object" ? JSON.stringify(schemaSource) : schemaSource ?? "");
  return (facts) => {
    try {
      const call = plain(facts, LIMITS);
      const context = contextOf(call, policies.facts, schema);
      const [caller, target] = ours(facts);
      const action = { type: "Spangate::Action", id: facts.tool };
      // Only a schema can make an entity out of an argument.
      const others = schema ? [action, ...referencesIn(context)] : [action];
      const response = cedar.statefulIsAuthorized({
        principal: caller.uid, action, resource: target.uid, context, entities: reach([caller, target], others),
        preparsedPolicySetId, ...validation,
      } as unknown as Parameters<CedarLibrary["statefulIsAuthorized"]>[0]);
      if (response.type === "failure") return failed(id, `Cedar does not take the call: ${response.errors.map(({ message }) => discreet(message, authored)).join("; ")}`);
      return decide(id, policies, response.response, authored);
    } catch (thrown) {
      return failed(id, thrown);
    }
  };
}

function accept(parsed: ReturnType<CedarLibrary["preparsePolicySet"]>): void {
  if (parsed.type === "failure") throw new Error(problemsOf(parsed.errors));
}

type RequestEntity = CedarEntity & { readonly uid: EntityUid };

/** The caller and the target of a call, with the attributes that the schema declares (without a schema: all). */
function entitiesFor(schema: CedarSchema | undefined): (facts: Facts) => readonly [caller: RequestEntity, target: RequestEntity] {
  const shapes = schema && { Caller: schema.shapeOf("Caller"), Target: schema.shapeOf("Target") };
  const entity = (type: "Caller" | "Target", id: string, attributes: CedarEntity["attrs"], roles: readonly string[]): RequestEntity => ({
    uid: { type: `Spangate::${type}`, id },
    attrs: shapes ? Object.fromEntries(Object.entries(attributes).filter(([name]) => shapes[type].attributes.has(name))) : attributes,
    parents: shapes?.[type].hasRoles === false ? [] : roles.map((role) => ({ type: "Spangate::Role", id: role })),
  });
  return ({ caller, target }) => [
    entity("Caller", caller.id || NOBODY, { id: caller.id, roles: caller.roles, tenant: caller.tenant, on_behalf_of: caller.on_behalf_of }, caller.roles),
    entity("Target", target.name, { name: target.name, type: target.type, environment: target.environment, sensitivity: target.sensitivity }, []),
  ];
}

type Response = Extract<ReturnType<CedarLibrary["statefulIsAuthorized"]>, { readonly type: "success" }>["response"];

function decide(id: string, { byId }: CedarPolicies, { decision, diagnostics }: Response, authored: string): EngineAnswer {
  const position = (policy: string): number => byId.get(policy)?.position ?? -1;
  // Cedar gives both as sets, in any order.
  const errors = diagnostics.errors.toSorted((a, b) => position(a.policyId) - position(b.policyId));
  const broken = errors.find(({ policyId }) => byId.get(policyId)?.effect !== "permit");
  if (broken) return failed(id, `policy ${broken.policyId} forbids, and fails: ${discreet(broken.error.message, authored)}`);

  const [rule] = diagnostics.reason.toSorted((a, b) => position(a) - position(b));
  if (rule !== undefined) {
    const allowed = decision === "allow" && byId.get(rule)?.effect === "permit";
    return answer(allowed ? "allow" : "deny", rule, byId.get(rule)?.reason ?? `${allowed ? "permitted" : "forbidden"} by policy ${rule} of engine ${id}`);
  }
  const hint = errors[0] ? ` (policy ${errors[0].policyId} fails: ${discreet(errors[0].error.message, authored)})` : "";
  return answer("deny", "default", `no policy of engine ${id} permits this call${hint}`);
}
