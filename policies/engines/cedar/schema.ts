import { type CedarLibrary, problemsOf } from "./library.ts";

/** A type of Cedar's JSON schema format. */
export interface CedarType {
  readonly type: string;
  readonly name?: string;
  readonly element?: CedarType;
  readonly attributes?: Readonly<Record<string, CedarType>>;
}

/** What a schema says of the parts of a request. */
export interface CedarSchema {
  /** Record type of an action's `context`, undefined for an action that the schema does not know. */
  contextOf(tool: string): CedarType | undefined;
  /** Names of the attributes of an entity type of namespace `Spangate`, and whether it may be a member of `Spangate::Role`. */
  shapeOf(entity: "Caller" | "Target"): { readonly attributes: ReadonlySet<string>; readonly hasRoles: boolean };
  /** The type behind the name of a common type. */
  resolve(type: CedarType): CedarType;
}

interface Namespace {
  readonly commonTypes?: Readonly<Record<string, CedarType>>;
  readonly entityTypes: Readonly<Record<string, { readonly shape?: CedarType; readonly memberOfTypes?: readonly string[] }>>;
  readonly actions: Readonly<Record<string, { readonly appliesTo?: { readonly context?: CedarType } }>>;
}

const NO_ATTRIBUTES: CedarType = { type: "Record", attributes: {} };

/** @throws Error with line and column; also when it declares no `Spangate::Caller` or `Spangate::Target`, of which every request is */
export function readSchema(cedar: CedarLibrary, schema: string | object): CedarSchema {
  const answer = cedar.schemaToJsonWithResolvedTypes(typeof schema === "string" ? schema : textOf(cedar, schema));
  if (answer.type === "failure") throw new Error(`the schema: ${problemsOf(answer.errors, typeof schema === "string" ? schema : undefined)}`);
  const namespaces = answer.json as unknown as Readonly<Record<string, Namespace>>;
  const ours = namespaces["Spangate"];
  for (const entity of ["Caller", "Target"]) {
    if (!ours?.entityTypes[entity]) throw new Error(`the schema declares no entity type Spangate::${entity}, of which every request has one`);
  }

  function resolve(type: CedarType): CedarType {
    const steps = type.type.split("::");
    const name = steps.pop() as string;
    const common = namespaces[steps.join("::")]?.commonTypes;
    return common && Object.hasOwn(common, name) ? resolve(common[name] as CedarType) : type;
  }

  return {
    resolve,
    contextOf(tool) {
      const actions = ours?.actions;
      return actions && Object.hasOwn(actions, tool) ? resolve(actions[tool]?.appliesTo?.context ?? NO_ATTRIBUTES) : undefined;
    },
    shapeOf(entity) {
      const declared = ours?.entityTypes[entity];
      const { attributes = {} } = resolve(declared?.shape ?? NO_ATTRIBUTES);
      return { attributes: new Set(Object.keys(attributes)), hasRoles: declared?.memberOfTypes?.includes("Spangate::Role") ?? false };
    },
  };
}

function textOf(cedar: CedarLibrary, schema: object): string {
  const answer = cedar.schemaToText(schema as Parameters<CedarLibrary["schemaToText"]>[0]);
  if (answer.type === "failure") throw new Error(`the schema: ${problemsOf(answer.errors)}`);
  return answer.text;
}
