import { compileArgumentSchema } from "./argument-schema.ts";
import type { Source } from "./compose.ts";
import { Decider } from "./decide.ts";
import { digestOf } from "./digest.ts";
import type { Evaluate } from "./engines/engine.ts";
import type { Invocation } from "./invocation.ts";
import { type CompiledLimit, compileLimits } from "./limit.ts";
import { MatchError } from "./match.ts";
import { compilePatterns, type Matcher } from "./pattern.ts";
import { ActionRegistry } from "./registry/registry.ts";
import type { ActionDefinition } from "./registry/schema.ts";
import { type CompiledRule, compileRule } from "./rule.ts";
import type { Decision } from "./ruling.ts";
import { type Layer, NOT_ENFORCED, type Policy } from "./schema/policy.ts";
import type { Engine } from "./schema/world.ts";
import { ToolIndex } from "./tool-index.ts";
import { World } from "./view.ts";

/** A policy made ready for the hot path. Immutable. */
export interface CompiledPolicy {
  readonly source: Policy;
  /** SHA-256 over the composed policy and the contents of everything that it names, hex: see `digestOf`. */
  readonly digest: string;
  /** The files it was made from, the policy's own first. */
  readonly files: readonly string[];
  /** What it was composed of, parents before children, the policy itself last. */
  readonly sources: readonly Source[];
  /** Sections that it has and that nothing acts on yet. */
  readonly notEnforced: readonly string[];
  /** Every rule and engine, in the order in which they are looked at. */
  readonly rules: readonly CompiledRule[];
  readonly world: World;
  decide(invocation: Invocation): Decision;
  readonly decider: Decider;
  /** Rates, then budgets. */
  readonly limits: readonly CompiledLimit[];
  readonly redacts: Matcher;
  readonly engineClock: EngineClock;
}

/** Whoever wants to know how long the engines of a policy take. */
export interface EngineClock {
  /** Told of each evaluation, in milliseconds. */
  told?: ((engine: string, milliseconds: number) => void) | undefined;
}

/** What a policy is compiled with, beside its own text. */
export interface Parts {
  readonly actions: readonly ActionDefinition[];
  /** Engine id → its evaluation and the layer it stands in. */
  readonly engines: ReadonlyMap<string, { readonly evaluate: Evaluate; readonly layer: number }>;
  readonly files: readonly string[];
  readonly sources: readonly Source[];
  /** Contents of engines and registries, for the digest. */
  readonly contents: readonly (string | Uint8Array)[];
}

/** Something in a policy that cannot be compiled; the path is that of the composed policy. */
export class CompileError extends Error {
  readonly path: readonly PropertyKey[];

  constructor(path: readonly PropertyKey[], message: string, cause?: unknown) {
    super(message, { cause });
    this.path = path;
  }
}

/** @throws CompileError */
export function compilePolicy(source: Policy, parts: Parts): CompiledPolicy {
  const registry = attempt(["actions"], () => new ActionRegistry(parts.actions));
  const world = new World(source, registry);
  // Denials by schema come first: they stand in the first layer, and nothing overrules them.
  const engineClock: EngineClock = {};
  const rules = [...schemaRules(source), ...engineRules(source, parts, engineClock), ...source.rules.map((rule, index) => compileWrittenRule(rule, index, source.layers))]
    .sort((a, b) => a.layer - b.layer);
  for (const [pattern, { action }] of Object.entries(source.tools)) {
    if (action !== undefined && !registry.get(action)) throw new CompileError(["tools", pattern, "action"], `there is no action ${action} in the registries that this policy names`);
  }
  const decider = new Decider(new ToolIndex(rules), source.layers, world);
  let digest: string | undefined;
  return {
    source, world, rules, decider, engineClock,
    files: parts.files,
    sources: parts.sources,
    notEnforced: NOT_ENFORCED.filter((path) => isSaid(source, path.split("."))),
    // On first use: most processes that preload spangate never need it, nor the crypto module.
    get digest() {
      return (digest ??= digestOf(source, parts));
    },
    decide: (invocation) => decider.decide(invocation),
    limits: compileLimits(source.limits),
    redacts: source.redact ? compilePatterns(source.redact.tool) : () => false,
  };
}

function compileWrittenRule(rule: Policy["rules"][number], index: number, layers: readonly Layer[]): CompiledRule {
  try {
    return compileRule(rule, layers[rule.layer] as Layer);
  } catch (thrown) {
    if (!(thrown instanceof MatchError)) throw thrown;
    throw new CompileError(["rules", index, ...thrown.path], `${["rules", index, ...thrown.path].join(".")}: ${thrown.message}`, thrown);
  }
}

/** A schema of arguments is a rule that denies what does not fit. */
function schemaRules({ tools }: Policy): CompiledRule[] {
  return Object.entries(tools).filter(([, { arguments: schema }]) => schema !== undefined).map(([pattern, { arguments: schema }]) => {
    const check = attempt(["tools", pattern, "arguments"], () => compileArgumentSchema(schema as Record<string, unknown>));
    const id = `arguments:${pattern}`;
    return {
      id, tool: [pattern], layer: 0, priority: 0, overridable: false, isShadow: false, checks: [], matched: undefined, changes: undefined,
      judge({ invocation }) {
        const problem = check(invocation.arguments);
        return problem === undefined ? undefined : { effect: "deny", rule: id, reason: `the arguments do not fit the schema: ${problem}` };
      },
    };
  });
}

function engineRules({ engines }: Policy, parts: Parts, clock: EngineClock): CompiledRule[] {
  return engines.map((engine: Engine) => {
    const part = parts.engines.get(engine.id);
    if (!part) throw new CompileError(["engines"], `the engine ${engine.id} was not loaded`);
    return {
      id: engine.id, tool: undefined, layer: part.layer, priority: 0, overridable: engine.overridable, isShadow: engine.mode === "observe", checks: [], matched: undefined, changes: undefined,
      judge({ facts }) {
        const started = performance.now();
        const { effect, rule, reason } = part.evaluate(facts);
        clock.told?.(engine.id, performance.now() - started);
        return effect === "none" ? undefined : { effect, rule: `${engine.id}:${rule}`, reason };
      },
    };
  });
}

function isSaid(source: Policy, path: readonly string[]): boolean {
  const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], source);
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
}

function attempt<T>(path: readonly PropertyKey[], compile: () => T): T {
  try {
    return compile();
  } catch (thrown) {
    throw new CompileError(path, `${path.join(".")}: ${thrown instanceof Error ? thrown.message : String(thrown)}`, thrown);
  }
}
