import type { ActionFacts, Facts, TargetFacts } from "./facts.ts";
import type { Invocation } from "./invocation.ts";
import { compilePatterns, type Matcher } from "./pattern.ts";
import { parsePath, type Path, select } from "./path.ts";
import type { ActionRegistry } from "./registry/registry.ts";
import type { ActionDefinition } from "./registry/schema.ts";
import { EFFECT_CLASSES, type EffectClass, type Risk, RISKS, type Sensitivity } from "./schema/match.ts";
import type { Policy } from "./schema/policy.ts";
import type { Tool } from "./schema/world.ts";
import { ToolIndex } from "./tool-index.ts";

interface ToolEntry {
  readonly tool: readonly string[];
  readonly known: Tool;
}

interface Target {
  readonly facts: TargetFacts;
  readonly isClear: boolean;
}

interface TargetEntry {
  readonly type: Matcher;
  readonly name: Matcher;
  readonly environment: string | undefined;
  readonly sensitivity: Sensitivity | undefined;
}

/** What a policy knows of the world, made ready to be asked about calls. */
export class World {
  readonly #policy: Policy;
  readonly #registry: ActionRegistry;
  readonly #tools: ToolIndex<ToolEntry>;
  readonly #targets: readonly TargetEntry[];
  readonly #paths = new Map<string, Path>();

  constructor(policy: Policy, registry: ActionRegistry) {
    this.#policy = policy;
    this.#registry = registry;
    this.#tools = new ToolIndex(Object.entries(policy.tools).map(([pattern, known]) => ({ tool: [pattern], known })));
    this.#targets = policy.targets.map(({ type, name, environment, sensitivity }) => ({ type: compilePatterns(type), name: compilePatterns(name), environment, sensitivity }));
  }

  view(invocation: Invocation): View {
    return new View(invocation, this);
  }

  /** What the author says of a tool: every entry that matches counts. */
  tools(tool: string): readonly ToolEntry[] {
    return this.#tools.of(tool);
  }

  /** The action that the author names for the tool, else the one that the registry recognises. */
  action(invocation: Invocation): ActionDefinition | undefined {
    const named = this.tools(invocation.tool).find(({ known }) => known.action !== undefined)?.known.action;
    return (named === undefined ? undefined : this.#registry.get(named)) ?? this.#registry.find(invocation);
  }

  /** Both together: saying more of a tool never makes it look more harmless. */
  effectClasses(invocation: Invocation, action: ActionDefinition | undefined): readonly EffectClass[] {
    const said = this.tools(invocation.tool).flatMap(({ known }) => known.effect_class ?? []);
    return EFFECT_CLASSES.filter((effectClass) => said.includes(effectClass) || action?.effect_class.includes(effectClass));
  }

  /** The highest that anybody says of the tool; undefined when nobody does. */
  riskClass(invocation: Invocation, action: ActionDefinition | undefined): Risk | undefined {
    const said = this.tools(invocation.tool).flatMap(({ known }) => known.risk ?? []);
    return RISKS.findLast((risk) => said.includes(risk) || action?.risk === risk);
  }

  target(invocation: Invocation, action: ActionDefinition | undefined): Target {
    const said = this.tools(invocation.tool).find(({ known }) => known.target !== undefined)?.known.target;
    const type = said?.type ?? action?.target?.type ?? "";
    const from = said?.from ?? action?.target?.from;
    const named = from === undefined ? undefined : this.#valueAt(invocation.arguments, from);
    const name = nameOf(named);
    const known = this.#targets.find((entry) => entry.type(type) && entry.name(name));
    return { facts: { type, name, environment: known?.environment ?? "", sensitivity: known?.sensitivity ?? "" }, isClear: typeof named !== "object" || named === null };
  }

  effectiveRisk(risk: Risk | undefined, sensitivity: string): Risk {
    const { matrix, unknown_action: unknownAction, unknown_target: unknownTarget } = this.#policy.risk;
    return matrix[risk ?? unknownAction][(sensitivity || unknownTarget) as Sensitivity];
  }

  #valueAt(args: unknown, from: string): unknown {
    let found: unknown;
    let path = this.#paths.get(from);
    if (!path) this.#paths.set(from, (path = parsePath(from)));
    select(args, path, (value) => {
      found = value;
      return true;
    });
    return found;
  }
}

/** How a thing is named that an argument names; empty where it cannot be told. */
function nameOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return value === undefined ? "" : String(value);
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    // It holds itself, or an int that JSON has no form for.
    return "";
  }
}

const NO_ACTION: Omit<ActionFacts, "effect_class"> = Object.freeze({ id: "", risk: "", reversible: false });
const NO_CONTEXT = Object.freeze({});
const UNTAINTED = Object.freeze({ score: 0, labels: Object.freeze([]) });

/** One invocation as the rules see it: what takes work to find out is found out once, and only when a rule asks. */
export class View {
  readonly invocation: Invocation;
  readonly #world: World;
  #action: ActionDefinition | undefined | null = null;
  #target: Target | undefined;
  #effectClasses: readonly EffectClass[] | undefined;
  #risk: Risk | undefined;
  #facts: Facts | undefined;

  constructor(invocation: Invocation, world: World) {
    this.invocation = invocation;
    this.#world = world;
  }

  get action(): ActionDefinition | undefined {
    return this.#action === null ? (this.#action = this.#world.action(this.invocation)) : this.#action;
  }

  get effectClasses(): readonly EffectClass[] {
    return (this.#effectClasses ??= this.#world.effectClasses(this.invocation, this.action));
  }

  get target(): TargetFacts {
    return (this.#target ??= this.#world.target(this.invocation, this.action)).facts;
  }

  /** Whether the argument that names the target holds one name, or none, and no list or map. */
  get isTargetClear(): boolean {
    return (this.#target ??= this.#world.target(this.invocation, this.action)).isClear;
  }

  get risk(): Risk {
    return (this.#risk ??= this.#world.effectiveRisk(this.#world.riskClass(this.invocation, this.action), this.target.sensitivity));
  }

  get facts(): Facts {
    return (this.#facts ??= this.#describe());
  }

  #describe(): Facts {
    const { invocation, action } = this;
    const { id, reversible } = action ?? NO_ACTION;
    return {
      tool: invocation.tool, arguments: invocation.arguments, framework: invocation.framework, server: invocation.server ?? "",
      agent: invocation.agent ?? "", session: invocation.session ?? "",
      caller: { id: invocation.caller ?? "", roles: invocation.roles ?? [], tenant: invocation.tenant ?? "", on_behalf_of: invocation.onBehalfOf ?? "" },
      session_taint: invocation.taint ?? UNTAINTED, environment: invocation.environment ?? "", context: invocation.context ?? NO_CONTEXT, time: new Date(invocation.time),
      action: { id, reversible, risk: this.#world.riskClass(invocation, action) ?? "", effect_class: this.effectClasses },
      target: this.target, risk: this.risk,
    };
  }
}
