import { resolve } from "node:path";
import { SpangateError } from "../errors.ts";
import { CompileError, type CompiledPolicy, compilePolicy, type Parts } from "./compile.ts";
import { compose, type Composed, type Source } from "./compose.ts";
import { digestOf } from "./digest.ts";
import { compileCedar } from "./engines/cedar.ts";
import type { Evaluate } from "./engines/engine.ts";
import { compileRego } from "./engines/rego.ts";
import type { ActionDefinition } from "./registry/schema.ts";
import { type Policy, policyFile } from "./schema/policy.ts";
import type { PolicyRule } from "./schema/rule.ts";
import type { Mode } from "./schema/units.ts";
import type { Engine } from "./schema/world.ts";
import { selfTest } from "./self-test.ts";
import { type Place, validate } from "./validate.ts";
import { refuseWidening } from "./widening.ts";

/** Most files that one policy may be composed of. */
const MAX_SOURCES = 64;

/** A file as it was read. */
export interface Read {
  readonly file: string;
  readonly value: unknown;
  readonly place: Place;
}

/** The files of an engine, read. */
export interface EngineFiles {
  readonly policy: Uint8Array;
  readonly data: string | undefined;
  readonly schema: string | undefined;
  readonly entities: string | undefined;
  readonly files: readonly string[];
}

/** Where a policy's other files come from; the only one that reads them is load.ts. */
export interface Gathered {
  policy(name: string, from: string): Read;
  registry(name: string, from: string): { readonly actions: readonly ActionDefinition[]; readonly content: string; readonly files: readonly string[] };
  engine(engine: Engine, from: string): EngineFiles;
}

/** A policy that was read and put together, and of which nothing has run yet. */
export type Assembled = Pick<CompiledPolicy, "source" | "digest" | "files">;

/** Throws for a policy that must not go on: before its engines are compiled and its tests are run, since those are its author's. */
export type Accept = (policy: Assembled) => void;

/** Whether a name in `extends` or `actions` is a path; else it is the name of something that we ship. */
export function isFile(name: string): boolean {
  return /^(?:\.{0,2}[/\\]|[A-Za-z]:[/\\])|\.ya?ml$/.test(name);
}

/**
 * Puts a policy together with everything that it names, checks it and compiles it.
 *
 * @param mode overrides the mode that the file names
 * @param accept looks at what was read before any of it is run
 * @throws SpangateError
 */
export function assemble(read: Read, mode: Mode | undefined, files: Gathered, accept?: Accept): CompiledPolicy {
  const sources = gather(read, files);
  const composed = compose(sources);
  refuseWidening(sources, composed);
  const place = placeIn(sources, composed);
  const parsed = validate(policyFile, composed.value, place);
  const { extends: _extends, default: _default, overridable: _overridable, ...body } = parsed;
  const policy = {
    ...body, ...(mode && { mode }), layers: composed.layers,
    rules: (parsed["rules"] as PolicyRule[]).map((rule, index) => ({ ...rule, layer: composed.origins.get("rules")?.[index]?.source ?? 0 })),
  } as unknown as Policy;
  try {
    const gathered = gatherParts(policy, sources, composed, files);
    accept?.({ source: policy, digest: digestOf(policy, gathered), files: gathered.files });
    const compiled = compilePolicy(policy, partsOf(policy, gathered));
    selfTest(compiled);
    return compiled;
  } catch (thrown) {
    if (thrown instanceof CompileError) throw new SpangateError("SG_POLICY_INVALID", { place: place(thrown.path), problem: thrown.message }, { cause: thrown });
    throw thrown;
  }
}

/** Every file that a policy is composed of, parents before children, each once. */
function gather(read: Read, files: Gathered): Source[] {
  const sources: Source[] = [];
  const known = new Map<string, number>();
  const visit = ({ file, value, place }: Read, children: readonly string[]): number => {
    const identity = resolve(file);
    const before = known.get(identity);
    if (before !== undefined) return before;
    // Defaults are filled in when all is put together; here only the form is looked at.
    const { extends: parents = [] } = validate(policyFile, value, place) as { extends?: readonly string[] };
    const ancestors = new Set<number>();
    for (const name of parents) {
      const parent = files.policy(name, file);
      if (resolve(parent.file) === identity || children.includes(resolve(parent.file))) throw new SpangateError("SG_POLICY_CYCLE", { place: place(["extends"]), parent: parent.file });
      const index = visit(parent, [...children, identity]);
      for (const ancestor of (sources[index] as Source).ancestors) ancestors.add(ancestor);
      ancestors.add(index);
    }
    if (sources.length >= MAX_SOURCES) throw new SpangateError("SG_POLICY_INVALID", { place: place(["extends"]), problem: `more than ${MAX_SOURCES} files` });
    sources.push({ file, value: value as Source["value"], ancestors, place });
    known.set(identity, sources.length - 1);
    return sources.length - 1;
  };
  visit(read, []);
  return sources;
}

/** What a policy is compiled with, its engines as they were read. */
interface GatheredParts extends Omit<Parts, "engines"> {
  readonly engines: ReadonlyMap<string, { readonly found: EngineFiles; readonly layer: number }>;
}

function gatherParts(policy: Policy, sources: readonly Source[], composed: Composed, files: Gathered): GatheredParts {
  const registries = new Map<string, ReturnType<Gathered["registry"]>>();
  for (const { file, value } of sources) {
    for (const name of [value["actions"] ?? []].flat() as string[]) {
      const registry = files.registry(name, file);
      registries.set(registry.files[0] as string, registry);
    }
  }
  const engines = new Map<string, { found: EngineFiles; layer: number }>();
  const contents: (string | Uint8Array)[] = [...registries.values()].map(({ content }) => content);
  const read: string[] = [...sources.map(({ file }) => file).reverse(), ...[...registries.values()].flatMap((registry) => registry.files)];
  for (const [index, engine] of policy.engines.entries()) {
    const layer = composed.origins.get("engines")?.[index]?.source ?? 0;
    const found = files.engine(engine, (sources[layer] as Source).file);
    engines.set(engine.id, { found, layer });
    contents.push(found.policy, ...[found.data, found.schema, found.entities].filter((text) => text !== undefined));
    read.push(...found.files);
  }
  return { actions: [...registries.values()].flatMap(({ actions }) => actions), engines, contents, files: read, sources };
}

function partsOf(policy: Policy, gathered: GatheredParts): Parts {
  const engines = policy.engines.map((engine, index) => {
    const { found, layer } = gathered.engines.get(engine.id) as { found: EngineFiles; layer: number };
    return [engine.id, { evaluate: compileEngine(engine, found, ["engines", index]), layer }] as const;
  });
  return { ...gathered, engines: new Map(engines) };
}

function compileEngine(engine: Engine, { policy, data, schema, entities }: EngineFiles, path: readonly PropertyKey[]): Evaluate {
  const { id, entrypoint } = engine;
  try {
    return engine.engine === "rego"
      ? compileRego({ id, entrypoint, wasm: policy, ...(data !== undefined && { data: JSON.parse(data) as unknown }) })
      : compileCedar({
        id, policies: Buffer.from(policy).toString("utf8"), ...(schema !== undefined && { schema }),
        ...(entities !== undefined && { entities: JSON.parse(entities) as unknown }),
      });
  } catch (thrown) {
    throw new CompileError(path, `engine ${id} (${engine.file}): ${thrown instanceof Error ? thrown.message : String(thrown)}`, thrown);
  }
}

/** From a path of the composed policy to the file and line where it was written. */
function placeIn(sources: readonly Source[], { origins }: Composed): Place {
  return (path, key) => {
    for (let length = path.length; length > 0; length--) {
      const origin = origins.get(path.slice(0, length - 1).join("."))?.[path[length - 1] as number];
      if (origin) return (sources[origin.source] as Source).place([...path.slice(0, length - 1), origin.index, ...path.slice(length)], key);
    }
    // The last file that says something there decided it.
    const source = sources.findLast(({ value }) => path.length === 0 || Object.hasOwn(value, path[0] as string)) ?? (sources.at(-1) as Source);
    return source.place(path, key);
  };
}
