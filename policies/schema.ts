/**
 * The policy language, version 1. Strict: an unknown key is an error, so that a misspelt rule is never a
 * rule that silently does nothing.
 *
 * @module
 */
import { en } from "zod/locales";
import * as z from "zod/mini";

/** `observe`: nothing is blocked, would-be verdicts are recorded. */
export type Mode = "observe" | "enforce";
/**
 * How safe a decision is when its tool runs: in memory, handed to the kernel, or on the disk (fdatasync).
 * With `disk`, outcomes and denials are handed to the kernel and reach the disk with the next decision to run.
 */
export type Durability = "memory" | "os" | "disk";

/** Ids of the built-in detectors, in the order in which their findings win. */
export const DETECTOR_IDS = [
  "private_key", "jwt", "aws_access_key", "github_token", "slack_token", "api_key",
  "email", "iban", "credit_card", "us_ssn",
] as const;

export type DetectorId = (typeof DETECTOR_IDS)[number];

export interface PolicyRule {
  readonly id: string;
  /** Tool names; `*` stands for any characters, `?` for one. */
  readonly tool: readonly string[];
  readonly effect: "allow" | "deny";
  /** Shown to the model with a denial. */
  readonly reason?: string | undefined;
  /** `observe` makes this one rule a shadow: recorded, not applied. */
  readonly mode?: Mode | undefined;
}

export interface RateLimit {
  readonly id: string;
  readonly tool: readonly string[];
  /** What is counted apart: each tool, each caller, or nothing (all calls together). */
  readonly per: "tool" | "caller" | "global";
  readonly max: number;
  /** Length of the sliding window, in milliseconds. */
  readonly window: number;
  readonly mode?: Mode | undefined;
}

/** A validated policy: defaults filled in, durations in milliseconds, tool patterns as lists. */
export interface Policy {
  readonly spangate: 1;
  readonly name: string;
  /** The policy's own version, free text. Default `0`. */
  readonly version: string;
  /** Default `enforce`. */
  readonly mode: Mode;
  /** What happens to a tool that no rule names. Default `deny`. */
  readonly default: "allow" | "deny";
  readonly rules: readonly PolicyRule[];
  readonly limits: {
    readonly rate: readonly RateLimit[];
    /** How long an opinion may be waited for, in milliseconds. Default 30 s. */
    readonly deadline: number;
  };
  readonly redact?: {
    /** Default `all`. */
    readonly detectors: "all" | readonly DetectorId[];
    /** Default both. */
    readonly in: readonly ("arguments" | "results")[];
    /** Default every tool. */
    readonly tool: readonly string[];
  } | undefined;
  readonly audit: {
    /** Default `os`. */
    readonly durability: Durability;
  };
}

/** A policy as an author writes it, in YAML or in code; the docs list the forms of each key. */
export type PolicySource = Readonly<Record<string, unknown>>;

/** Longest accepted name of a rule, policy or tool pattern, in characters. */
const NAME_LENGTH = 256;
/** Longest accepted reason, in characters: it is shown to the model and stored in every record. */
const REASON_LENGTH = 500;

const MILLISECONDS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^([1-9]\d{0,8})(ms|s|m|h|d)$/;

// The small build of zod says only "Invalid input" unless it is given words.
z.config(en());

const text = (longest: number): z.ZodMiniString => z.string().check(z.minLength(1), z.maxLength(longest));
const name = text(NAME_LENGTH);
const mode = z.enum(["observe", "enforce"]);
/** One or more tool names; `*` stands for any characters, `?` for one. */
const tool = z.pipe(z.union([name, z.array(name).check(z.minLength(1))]), z.transform((value) => (Array.isArray(value) ? value : [value])));
/** A whole number and a unit, in milliseconds after parsing. A bare number is an error: nobody can guess its unit. */
const duration = z.pipe(
  z.string({ error: "a duration needs a unit, like 30s (ms, s, m, h, d)" }).check(z.regex(DURATION, "a duration is a whole number and a unit, like 30s (ms, s, m, h, d), and longer than 0")),
  z.transform((written) => {
    const [, count, unit] = DURATION.exec(written) as unknown as [string, string, keyof typeof MILLISECONDS];
    return Number(count) * MILLISECONDS[unit];
  }),
);

const rule = z.strictObject({
  id: name,
  tool,
  effect: z.enum(["allow", "deny"]),
  reason: z.optional(text(REASON_LENGTH)),
  mode: z.optional(mode),
});

const rate = z.strictObject({
  id: name,
  tool: z._default(tool, ["*"]),
  per: z._default(z.enum(["tool", "caller", "global"]), "tool"),
  max: z.int().check(z.positive()),
  window: duration,
  mode: z.optional(mode),
});

const redact = z.strictObject({
  detectors: z._default(z.union([z.literal("all"), z.array(z.enum(DETECTOR_IDS)).check(z.minLength(1))]), "all"),
  in: z._default(z.array(z.enum(["arguments", "results"])).check(z.minLength(1)), ["arguments", "results"]),
  tool: z._default(tool, ["*"]),
});

export const policySchema: z.ZodMiniType<Policy, unknown> = z.strictObject({
  spangate: z.literal(1, { error: "must be 1, the version of the policy language" }),
  name,
  version: z._default(text(64), "0"),
  mode: z._default(mode, "enforce"),
  default: z._default(z.enum(["allow", "deny"]), "deny"),
  rules: z._default(z.array(rule), []),
  limits: z._default(z.strictObject({ rate: z._default(z.array(rate), []), deadline: z._default(duration, 30_000) }), { rate: [], deadline: 30_000 }),
  redact: z.optional(redact),
  audit: z._default(z.strictObject({ durability: z._default(z.enum(["memory", "os", "disk"]), "os") }), { durability: "os" }),
});
