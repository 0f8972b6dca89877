/**
 * What a rule looks at. Everything a rule names must hold; within one key one entry suffices.
 *
 * @module
 */
import * as z from "zod/mini";
import { doc } from "./doc.ts";
import { listOf, name, patterns, text } from "./units.ts";

export const EFFECT_CLASSES = ["read", "write", "execute", "network"] as const;
export type EffectClass = (typeof EFFECT_CLASSES)[number];

/** Risk classes of actions, and effective risks, from least to most. */
export const RISKS = ["low", "medium", "high", "critical"] as const;
export type Risk = (typeof RISKS)[number];

/** How sensitive a target is, from least to most. */
export const SENSITIVITIES = ["public", "internal", "confidential", "restricted"] as const;
export type Sensitivity = (typeof SENSITIVITIES)[number];

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof DAYS)[number];

export type Scalar = string | number | boolean | null;

/** What is asked of one argument. All that is named must hold. */
export interface ArgumentTest {
  readonly equals?: Scalar | undefined;
  readonly in?: readonly Scalar[] | undefined;
  readonly not_in?: readonly Scalar[] | undefined;
  /** Whole text; `*` any characters, `?` one. */
  readonly glob?: readonly string[] | undefined;
  /** RE2 syntax, anywhere in the text. */
  readonly pattern?: string | undefined;
  readonly not_pattern?: string | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** Longest text or list. */
  readonly max_length?: number | undefined;
  readonly exists?: boolean | undefined;
}

export interface CallerMatch {
  readonly id?: readonly string[] | undefined;
  readonly role?: readonly string[] | undefined;
  readonly tenant?: readonly string[] | undefined;
  readonly on_behalf_of?: readonly string[] | undefined;
}

export interface TimeMatch {
  readonly days?: readonly Day[] | undefined;
  /** Minutes since midnight. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** IANA time zone. Default UTC. */
  readonly zone: string;
  /** Milliseconds since the epoch. */
  readonly after?: number | undefined;
  readonly before?: number | undefined;
}

export interface TargetMatch {
  readonly type?: readonly string[] | undefined;
  readonly name?: readonly string[] | undefined;
  readonly environment?: readonly string[] | undefined;
  readonly sensitivity?: readonly Sensitivity[] | undefined;
}

export interface Match {
  readonly tool?: readonly string[] | undefined;
  readonly framework?: readonly string[] | undefined;
  readonly server?: readonly string[] | undefined;
  readonly effect_class?: readonly EffectClass[] | undefined;
  readonly action?: readonly string[] | undefined;
  readonly risk?: readonly Risk[] | undefined;
  readonly caller?: CallerMatch | undefined;
  readonly agent?: readonly string[] | undefined;
  readonly session?: readonly string[] | undefined;
  readonly environment?: readonly string[] | undefined;
  readonly context?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly time?: TimeMatch | undefined;
  readonly target?: TargetMatch | undefined;
  readonly arguments?: Readonly<Record<string, ArgumentTest>> | undefined;
  readonly when?: string | undefined;
}

const scalar = z.union([z.string().check(z.maxLength(4_096)), z.number(), z.boolean(), z.null()]);

const argumentTest = z.strictObject({
  equals: z.optional(scalar),
  in: z.optional(z.array(scalar).check(z.minLength(1))),
  not_in: z.optional(z.array(scalar).check(z.minLength(1))),
  glob: z.optional(patterns),
  pattern: z.optional(text(1_000)),
  not_pattern: z.optional(text(1_000)),
  min: z.optional(z.number()),
  max: z.optional(z.number()),
  max_length: z.optional(z.int().check(z.minimum(0))),
  exists: z.optional(z.boolean()),
});

/** A scalar stands for `equals`, a list for `in`. */
const argument: z.ZodMiniType<ArgumentTest> = z.pipe(
  z.union([scalar, z.array(scalar).check(z.minLength(1)), argumentTest]),
  z.transform((value): ArgumentTest => (Array.isArray(value) ? { in: value as readonly Scalar[] } : typeof value === "object" && value !== null ? (value as ArgumentTest) : { equals: value as Scalar })),
) as z.ZodMiniType<ArgumentTest>;

const clock: z.ZodMiniType<number, string> = z.pipe(
  z.string({ error: 'a time of day is written like "09:30"' }).check(z.regex(/^(?:[01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'a time of day is written like "09:30", from "00:00" to "24:00"')),
  z.transform((written) => Number(written.slice(0, 2)) * 60 + Number(written.slice(3))),
);

const moment: z.ZodMiniType<number, string> = z.pipe(
  z.string().check(z.refine((written) => /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2}))?$/.test(written) && !Number.isNaN(Date.parse(written)), "a moment is a date, or a date and time with its zone (RFC 3339), like 2026-12-31T18:00:00Z")),
  z.transform((written) => Date.parse(written)),
);

const zone = z.string().check(z.refine((written) => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: written }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}, "not a time zone of the IANA database, like Europe/Berlin"));

const time = z.strictObject({
  days: z.optional(listOf(z.enum(DAYS))),
  from: z.optional(clock),
  to: z.optional(clock),
  zone: z._default(zone, "UTC"),
  after: z.optional(moment),
  before: z.optional(moment),
});

const caller = z.strictObject({ id: z.optional(patterns), role: z.optional(patterns), tenant: z.optional(patterns), on_behalf_of: z.optional(patterns) });
const target = z.strictObject({
  type: z.optional(patterns), name: z.optional(patterns), environment: z.optional(patterns), sensitivity: z.optional(listOf(z.enum(SENSITIVITIES))),
});

/** The keys of a match, to be spread into whatever carries one. */
export const matchShape: { readonly [K in keyof Match]-?: z.ZodMiniType<Match[K]> } = {
  tool: doc(z.optional(patterns), "Names of tools. `*` stands for any characters, `?` for one.", { example: "tool: [read_*, search]" }),
  framework: doc(z.optional(patterns), "Which seam the call comes through: `ai`, `langchain`, `mcp.client`, `mcp.server`, `guardTool` …", { example: "framework: mcp.*" }),
  server: doc(z.optional(patterns), "Name of the MCP server that offers the tool.", { example: "server: github" }),
  effect_class: doc(z.optional(listOf(z.enum(EFFECT_CLASSES))), "What the tool does, as `tools` or the action registry says: `read`, `write`, `execute`, `network`.", { example: "effect_class: [write, execute]" }),
  action: doc(z.optional(patterns), "Entries of the action registry.", { example: "action: kubernetes.*.delete" }),
  risk: doc(z.optional(listOf(z.enum(RISKS))), "Effective risk: risk class of the action by sensitivity of the target, from the matrix in `risk`.", { example: "risk: [high, critical]" }),
  caller: doc(z.optional(caller), "Who calls: `id`, `role`, `tenant`, `on_behalf_of`, each a pattern or a list.", { example: "caller: { role: [clerk, auditor], tenant: acme }" }),
  agent: doc(z.optional(patterns), "Name of the agent.", { example: "agent: support-*" }),
  session: doc(z.optional(patterns), "Id of the session or conversation.", { example: "session: test-*" }),
  environment: doc(z.optional(patterns), "Where this process runs: `deployment.environment.name` of its resource.", { example: "environment: production" }),
  context: doc(z.optional(z.record(name, patterns)), "W3C baggage of the call: each named entry must match.", { example: 'context: { "feature.beta": "on" }' }),
  time: doc(z.optional(time), "A window: days, time of day (`from` up to but not including `to`, also past midnight), moments.", { example: 'time: { days: [mon, tue, wed, thu, fri], from: "08:00", to: "18:00", zone: Europe/Berlin }' }),
  target: doc(z.optional(target), "What the call is aimed at, as `targets` and the action registry say: `type`, `name`, `environment`, `sensitivity`.", { example: "target: { environment: production, sensitivity: [confidential, restricted] }" }),
  arguments: doc(z.optional(z.record(text(512), argument)), "Tests on arguments by path: keys joined by dots, `*` for every element, or a JSON Pointer (RFC 6901) where it starts with `/`. A value stands for `equals`, a list for `in`. In rules that allow, every selected value must pass and there must be one; in all others one is enough, a value that cannot be compared counts as a match, and one value counts for a list of it (`to: x` for `to.*`), a list for its elements.", { example: "arguments: { amount: { max: 100 }, currency: [EUR, USD], to: { glob: \"*@example.com\" } }" }),
  when: doc(z.optional(text(4_096)), "A condition in CEL over the invocation. One that fails to evaluate counts against the call. It sees the arguments as they came and in no other form: `arguments.to == \"x\"` is simply false of a list, so a denial of a value belongs into `arguments`, or the form into a schema of the tool.", { example: 'when: arguments.amount <= 100.0 && "clerk" in caller.roles' }),
};
