/**
 * What the policy knows of the world that calls act on: tools, targets, risk, other engines, self-tests.
 *
 * @module
 */
import * as z from "zod/mini";
import { doc } from "./doc.ts";
import { EFFECT_CLASSES, type EffectClass, type Risk, RISKS, type Sensitivity, SENSITIVITIES } from "./match.ts";
import { EFFECTS, type Effect } from "./rule.ts";
import { listOf, mode, type Mode, name, patterns, text } from "./units.ts";

/** What an author says of one tool, or a pattern of tools. */
export interface Tool {
  /** Entry of the action registry that a call of it is. */
  readonly action?: string | undefined;
  readonly effect_class?: readonly EffectClass[] | undefined;
  readonly risk?: Risk | undefined;
  /** JSON Schema (2020-12) of the arguments; a call that does not fit is denied. */
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
  /** Type of what it acts on, and the argument that names it. */
  readonly target?: { readonly type?: string | undefined; readonly from?: string | undefined } | undefined;
}

/** What an author says of the things that calls act on. The first entry that matches counts. */
export interface Target {
  readonly type: readonly string[];
  readonly name: readonly string[];
  readonly environment?: string | undefined;
  readonly sensitivity?: Sensitivity | undefined;
}

export interface RiskPolicy {
  /** Risk class of the action → sensitivity of the target → effective risk. */
  readonly matrix: Readonly<Record<Risk, Readonly<Record<Sensitivity, Risk>>>>;
  /** For tools of which no risk class is known. Default high. */
  readonly unknown_action: Risk;
  /** For targets of which no sensitivity is known. Default confidential. */
  readonly unknown_target: Sensitivity;
}

export interface Engine {
  readonly id: string;
  readonly engine: "rego" | "cedar";
  readonly file: string;
  /** Rego. Default `spangate/decision`. */
  readonly entrypoint: string;
  readonly data?: string | undefined;
  /** Cedar. */
  readonly schema?: string | undefined;
  readonly entities?: string | undefined;
  readonly mode?: Mode | undefined;
  readonly overridable: boolean;
}

/** A call and what must become of it. */
export interface Case {
  readonly name?: string | undefined;
  readonly call: CaseCall;
  readonly expect: Effect;
  /** Id of the rule that must decide. */
  readonly rule?: string | undefined;
}

export interface CaseCall {
  readonly tool: string;
  readonly arguments?: unknown;
  readonly framework?: string | undefined;
  readonly server?: string | undefined;
  readonly caller?: string | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly tenant?: string | undefined;
  readonly on_behalf_of?: string | undefined;
  readonly agent?: string | undefined;
  readonly session?: string | undefined;
  readonly environment?: string | undefined;
  readonly taint?: { readonly score: number; readonly labels: readonly string[] } | undefined;
  readonly context?: Readonly<Record<string, string>> | undefined;
  /** RFC 3339. Default now. */
  readonly time?: string | undefined;
}

const tool = z.strictObject({
  action: doc(z.optional(name), "The action of a registry that this tool takes.", { example: "tools: { send: { action: http.post } }", merge: "fixed" }),
  effect_class: doc(z.optional(listOf(z.enum(EFFECT_CLASSES))), "What it does to the world; classes add up.", { example: "tools: { send: { effect_class: [write, network] } }", merge: "union" }),
  risk: doc(z.optional(z.enum(RISKS)), "Its risk class; of several the highest counts.", { example: "tools: { send: { risk: high } }", merge: "stricter", order: RISKS }),
  arguments: doc(z.optional(z.record(z.string(), z.unknown())), "JSON Schema (2020-12) of its arguments.", { example: "tools: { send: { arguments: { type: object, required: [to] } } }", merge: "fixed" }),
  target: doc(z.optional(z.strictObject({ type: z.optional(name), from: z.optional(text(512)) })), "What it acts on: the type, and the argument that names it.", { example: "tools: { send: { target: { type: account, from: iban } } }", merge: "fixed" }),
});
export const tools: z.ZodMiniType<Readonly<Record<string, Tool>>> = z.record(name, tool);

export const targets: z.ZodMiniType<readonly Target[]> = z.array(z.strictObject({
  type: z._default(patterns, ["*"]),
  name: z._default(patterns, ["*"]),
  environment: z.optional(name),
  sensitivity: z.optional(z.enum(SENSITIVITIES)),
}));

/** NIST SP 800-30 (table I-2) in shape: likelihood by impact, here action by target. */
const MATRIX: RiskPolicy["matrix"] = {
  low: { public: "low", internal: "low", confidential: "low", restricted: "medium" },
  medium: { public: "low", internal: "medium", confidential: "medium", restricted: "high" },
  high: { public: "medium", internal: "high", confidential: "high", restricted: "critical" },
  critical: { public: "high", internal: "critical", confidential: "critical", restricted: "critical" },
};
const leaf = (effective: Risk): z.ZodMiniType<Risk> => doc(z._default(z.enum(RISKS), effective), "Effective risk.", { merge: "stricter", order: RISKS });
const row = (of: Risk): z.ZodMiniType<RiskPolicy["matrix"][Risk]> => {
  const { public: open, internal, confidential, restricted } = MATRIX[of];
  return z.prefault(z.strictObject({ public: leaf(open), internal: leaf(internal), confidential: leaf(confidential), restricted: leaf(restricted) }), {} as never);
};
const matrix = z.prefault(z.strictObject({ low: row("low"), medium: row("medium"), high: row("high"), critical: row("critical") }), {} as never);

export const risk: z.ZodMiniType<RiskPolicy> = z.strictObject({
  matrix: doc(matrix, "Risk class of the action → sensitivity of the target → effective risk. What is left out stays as in the default (in shape as NIST SP 800-30, table I-2).", { example: "matrix: { high: { internal: critical } }" }),
  unknown_action: doc(z._default(z.enum(RISKS), "high"), "Risk class of tools of which none is known.", { example: "unknown_action: critical", merge: "stricter", order: RISKS }),
  unknown_target: doc(z._default(z.enum(SENSITIVITIES), "confidential"), "Sensitivity of targets of which none is known.", { example: "unknown_target: restricted", merge: "stricter", order: SENSITIVITIES }),
});

export const engines: z.ZodMiniType<readonly Engine[]> = z.array(z.strictObject({
  id: name,
  engine: z.enum(["rego", "cedar"]),
  file: text(1_024),
  entrypoint: z._default(name, "spangate/decision"),
  data: z.optional(text(1_024)),
  schema: z.optional(text(1_024)),
  entities: z.optional(text(1_024)),
  mode: z.optional(mode),
  overridable: z._default(z.boolean(), false),
}));

const strings = z.array(z.string());
export const caseCall: z.ZodMiniType<CaseCall> = z.strictObject({
  tool: name,
  arguments: z.optional(z.unknown()),
  framework: z.optional(z.string()),
  server: z.optional(z.string()),
  caller: z.optional(z.string()),
  roles: z.optional(strings),
  tenant: z.optional(z.string()),
  on_behalf_of: z.optional(z.string()),
  agent: z.optional(z.string()),
  session: z.optional(z.string()),
  environment: z.optional(z.string()),
  taint: z.optional(z.strictObject({ score: z.number().check(z.minimum(0), z.maximum(1)), labels: z._default(strings, []) })),
  context: z.optional(z.record(z.string(), z.string())),
  time: z.optional(z.string().check(z.refine((written) => !Number.isNaN(Date.parse(written)), "not a time (RFC 3339)"))),
});

export const testCase: z.ZodMiniType<Case> = z.strictObject({ name: z.optional(name), call: caseCall, expect: z.enum(EFFECTS), rule: z.optional(name) });
export const selfTest: z.ZodMiniType<readonly Case[]> = z.array(testCase);
