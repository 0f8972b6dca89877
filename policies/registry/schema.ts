/**
 * An action registry: a folder of YAML files, each defining actions, and a `manifest.json` with the SHA-256 of every
 * file. An action says what a call means: what it does, to what, how bad it can be, and whether it can be undone.
 *
 * @module
 */
import * as z from "zod/mini";
import { type ArgumentTest, EFFECT_CLASSES, type EffectClass, matchShape, type Risk, RISKS } from "../schema/match.ts";
import { listOf, name, patterns, reason, text } from "../schema/units.ts";

/** One parameter of an action, as JSON Schema has types. */
export interface Parameter {
  readonly type: "string" | "number" | "integer" | "boolean" | "array" | "object";
  readonly description: string;
  readonly required: boolean;
}

/** Something to make sure of before the action runs. */
export interface Precheck {
  readonly id: string;
  readonly text: string;
  /** A condition in CEL over the invocation, where it can be told from the call itself. */
  readonly when?: string | undefined;
}

/** One way in which a call of an action looks. */
export interface ActionMatch {
  readonly tool: readonly string[];
  readonly server?: readonly string[] | undefined;
  readonly arguments?: Readonly<Record<string, ArgumentTest>> | undefined;
}

export interface ActionDefinition {
  /** `<registry>.<object>.<verb>`. */
  readonly id: string;
  readonly title: string;
  /** How a call of this action is recognised: by any of these. */
  readonly match: readonly ActionMatch[];
  readonly effect_class: readonly EffectClass[];
  /** Risk class. */
  readonly risk: Risk;
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** Type of what it acts on, and the argument that names it. */
  readonly target?: { readonly type: string; readonly from?: string | undefined } | undefined;
  readonly prechecks: readonly Precheck[];
  readonly reversible: boolean;
  /** Id of the action that undoes it, or how a person does. */
  readonly rollback?: string | undefined;
  /** What the tool must be allowed in the system it acts on, in that system's own terms. */
  readonly privileges: readonly string[];
  /** Kinds of credentials that it uses. */
  readonly credentials: readonly string[];
  /** What to keep of the state before, so that it can be undone. */
  readonly state: readonly string[];
}

/** One file of a registry. */
export interface RegistryFile {
  readonly registry: 1;
  readonly name: string;
  readonly version: string;
  readonly actions: readonly ActionDefinition[];
}

/** What vouches for the files of a registry. */
export interface Manifest {
  /** File name → SHA-256, hex. */
  readonly files: Readonly<Record<string, string>>;
}

const parameter = z.strictObject({
  type: z.enum(["string", "number", "integer", "boolean", "array", "object"]),
  description: reason,
  required: z._default(z.boolean(), false),
});

const action = z.strictObject({
  id: z.string().check(z.regex(/^[a-z][a-z0-9_-]*(?:\.[a-z][a-z0-9_-]*){1,4}$/, "an id is lower-case words joined by dots, like kubernetes.pod.delete")),
  title: reason,
  match: listOf<ActionMatch>(z.strictObject({ tool: patterns, server: matchShape.server, arguments: matchShape.arguments })),
  effect_class: listOf(z.enum(EFFECT_CLASSES)),
  risk: z.enum(RISKS),
  parameters: z._default(z.record(name, parameter), {}),
  target: z.optional(z.strictObject({ type: name, from: z.optional(text(512)) })),
  prechecks: z._default(z.array(z.strictObject({ id: name, text: reason, when: z.optional(text(4_096)) })), []),
  reversible: z.boolean(),
  rollback: z.optional(reason),
  privileges: z._default(z.array(reason), []),
  credentials: z._default(z.array(name), []),
  state: z._default(z.array(name), []),
});

export const registryFile: z.ZodMiniType<RegistryFile> = z.strictObject({
  registry: z.literal(1, { error: "must be 1, the version of the registry format" }),
  name,
  version: text(64),
  actions: z.array(action).check(z.minLength(1)),
}) as unknown as z.ZodMiniType<RegistryFile>;

export const manifest: z.ZodMiniType<Manifest> = z.strictObject({
  files: z.record(name, z.string().check(z.regex(/^[0-9a-f]{64}$/, "a SHA-256 in hex"))),
});
