/**
 * The section about what the process tells of itself: spans, log records, metrics, baggage.
 *
 * @module
 */
import * as z from "zod/mini";
import { doc } from "./doc.ts";
import { name } from "./units.ts";

/** From weakest to strictest. */
export const SCOPES = ["off", "tools", "all"] as const;
export type Scope = (typeof SCOPES)[number];

export interface Telemetry {
  /** What is searched before it leaves the process. Default `all`. */
  readonly redact: Scope;
  /** Ids or categories of detectors, or patterns of them. Default `all`. */
  readonly detectors: "all" | readonly string[];
}

export const telemetry: z.ZodMiniType<Telemetry> = z.strictObject({
  redact: doc(z._default(z.enum(SCOPES), "all"), "What is searched before it leaves the process, whoever made it: `all` (spans, log records, metrics, resources and the baggage of outgoing requests), `tools` (spans of tool calls only) or `off`. Arguments of tool calls and the audit log are searched in any case.", { example: "redact: all", merge: "stricter", order: SCOPES }),
  detectors: doc(z._default(z.union([z.literal("all"), z.array(name).check(z.minLength(1))]) as z.ZodMiniType<"all" | readonly string[]>, "all"), "`all`, or ids of detectors, categories (`pii`, `secret`), or patterns of them.", { example: "detectors: [secret, email, credit_card]", merge: "union" }),
});
