/**
 * Sections about people and other systems: flows, approvals, delegation, webhooks.
 *
 * @module
 */
import * as z from "zod/mini";
import { doc } from "./doc.ts";
import { count, duration, listOf, name, patterns, reason } from "./units.ts";

export interface Flow {
  readonly id: string;
  /** What makes a session tainted: results of these tools. */
  readonly from: readonly string[];
  /** Calls that are then judged: these tools. */
  readonly to: readonly string[];
  readonly effect: "deny" | "approve";
  readonly reason?: string | undefined;
  readonly overridable: boolean;
}

export interface Approvals {
  /** Roles that may approve. */
  readonly approvers: readonly string[];
  /** How many people must agree. Default 1. */
  readonly quorum: number;
  /** Milliseconds. Default 15 minutes. */
  readonly timeout: number;
  /** Nobody approves what they asked for. Default true. */
  readonly four_eyes: boolean;
}

export interface Delegation {
  /** Longest chain of agents that call agents. Default 3. */
  readonly max_depth: number;
  /** Whether a delegate has at most the rights of who delegates. Default true. */
  readonly attenuate: boolean;
}

export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly on: readonly string[];
  /** Environment variable that holds the signing secret. */
  readonly secret_env?: string | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  readonly overridable: boolean;
}

const overridable = z._default(z.boolean(), false);

const flow = z.strictObject({
  id: name, from: patterns, to: patterns, effect: z._default(z.enum(["deny", "approve"]), "approve"), reason: z.optional(reason), overridable,
});
export const flows: z.ZodMiniType<readonly Flow[]> = z.array(flow);

export const approvals: z.ZodMiniType<Approvals> = z.strictObject({
  approvers: doc(listOf(name), "Roles that may approve.", { example: "approvers: [shift-lead]", merge: "narrow" }),
  quorum: doc(z._default(count, 1), "How many people must agree.", { example: "quorum: 2" }),
  timeout: doc(z._default(duration, 900_000), "No answer within it is a denial.", { example: "timeout: 15m", merge: "stricter" }),
  four_eyes: doc(z._default(z.boolean(), true), "Nobody approves what they asked for.", { example: "four_eyes: true", merge: "stricter", order: ["false", "true"] }),
});

export const delegation: z.ZodMiniType<Delegation> = z.strictObject({
  max_depth: doc(z._default(count, 3), "Longest chain of agents that call agents.", { example: "max_depth: 2", merge: "stricter" }),
  attenuate: doc(z._default(z.boolean(), true), "A delegate has at most the rights of who delegates.", { example: "attenuate: true", merge: "stricter", order: ["false", "true"] }),
});

const EVENTS = ["deny", "approve", "defer", "modify", "policy", "halt"] as const;
const webhook = z.strictObject({
  id: name,
  url: z.url({ protocol: /^https?$/ }),
  on: z._default(z.array(z.enum(EVENTS)).check(z.minLength(1)), ["deny"]),
  secret_env: z.optional(z.string().check(z.regex(/^[A-Z_][A-Z0-9_]*$/, "the name of an environment variable, like HOOK_SECRET"))),
  timeout: z._default(duration, 5_000),
  overridable,
});
export const webhooks: z.ZodMiniType<readonly Webhook[]> = z.array(webhook);
