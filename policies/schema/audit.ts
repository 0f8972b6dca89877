/**
 * The section `audit`: what the log of decisions promises, keeps and tells.
 *
 * @module
 */
import * as z from "zod/mini";
import { doc } from "./doc.ts";
import { RETENTION_FLOORS, type RetentionProfile } from "./retention.ts";
import { duration, listOf, name, patterns, size, text } from "./units.ts";

/** What happens when a record cannot be made safe, in the words of Kubernetes' audit back ends. */
export type AuditMode = "batch" | "blocking" | "strict";
export const AUDIT_MODES = ["batch", "blocking", "strict"] as const;

/** When a record counts as written: handed to the kernel, or on the disk (fdatasync) under a signed checkpoint. */
export type Durability = "os" | "disk";
export const DURABILITIES = ["os", "disk"] as const;

/** Which values are kept, encrypted, beside their commitments. */
export type KeptValues = "original" | "redacted" | "none";
const KEPT_VALUES = ["original", "redacted", "none"] as const;

/** One processing activity, with what GDPR article 30(1) asks to be recorded of it. */
export interface Processing {
  readonly id: string;
  /** Tools whose calls belong to it. */
  readonly tools: readonly string[];
  readonly purpose: string;
  readonly controller?: string | undefined;
  /** Categories of data subjects, of personal data and of recipients. */
  readonly subjects: readonly string[];
  readonly data_categories: readonly string[];
  readonly recipients: readonly string[];
  /** ISO 3166-1 alpha-2: where who receives the data is. */
  readonly recipient_country?: string | undefined;
  /** What protects a transfer to a third country. */
  readonly safeguards?: string | undefined;
  /** When the data is to be erased. */
  readonly erasure?: string | undefined;
  /** Technical and organisational measures. */
  readonly security?: string | undefined;
}

export interface Audit {
  readonly mode: AuditMode;
  readonly durability: Durability;
  readonly values: KeptValues;
  /** Bytes and milliseconds after which a segment ends. */
  readonly rotate: { readonly size: number; readonly age: number };
  readonly compress: "none" | "gzip" | "zstd";
  readonly retention: {
    /** Milliseconds; undefined keeps everything. */
    readonly age?: number | undefined;
    /** Bytes of a log. */
    readonly size?: number | undefined;
    readonly profile?: RetentionProfile | undefined;
  };
  /** Whether the segment that is written to gets the append-only flag of the file system, where that is permitted. */
  readonly append_only: boolean;
  /** Milliseconds between two heartbeats. */
  readonly heartbeat: number;
  readonly processing: readonly Processing[];
}

const rotate = z.strictObject({
  size: doc(z._default(size, 16 * 1024 * 1024), "Bytes.", { example: "rotate: { size: 64MiB }" }),
  age: doc(z._default(duration, 86_400_000), "Time.", { example: "rotate: { age: 1h }" }),
});

const retention = z.strictObject({
  age: doc(z.optional(duration), "Segments that ended longer ago are pruned.", { example: "retention: { age: 400d }", absent: "everything is kept" }),
  size: doc(z.optional(size), "The oldest segments of a log are pruned while it is larger.", { example: "retention: { size: 10GiB }", absent: "no bound" }),
  profile: doc(z.optional(z.enum(Object.keys(RETENTION_FLOORS) as RetentionProfile[])), "A floor that `age` may not go below and that `size` gives way to: `eu-ai-act`, 184 days (articles 19(1) and 26(6)).", { example: "retention: { age: 400d, profile: eu-ai-act }" }),
}).check(z.refine(({ age, profile }) => profile === undefined || age === undefined || age >= RETENTION_FLOORS[profile], "age is below the floor of the profile: eu-ai-act keeps at least 184d"));

const strings = listOf(text(256));
const processing = z.strictObject({
  id: name,
  tools: patterns,
  purpose: text(500),
  controller: z.optional(text(500)),
  subjects: z._default(strings, []),
  data_categories: z._default(strings, []),
  recipients: z._default(strings, []),
  recipient_country: z.optional(z.string().check(z.regex(/^[A-Z]{2}$/, "an ISO 3166-1 alpha-2 code, like DE"))),
  safeguards: z.optional(text(1_000)),
  erasure: z.optional(text(500)),
  security: z.optional(text(1_000)),
  overridable: z._default(z.boolean(), false),
});

export const audit: z.ZodMiniType<Audit> = z.strictObject({
  mode: doc(z._default(z.enum(AUDIT_MODES), "strict"), "`strict`: a call whose decision cannot be made safe is denied. `blocking`: it is waited for, and goes on with an alarm when it fails. `batch`: nothing is waited for; what there is no room for is counted in a `gap` record.", { example: "mode: strict", merge: "stricter", order: AUDIT_MODES }),
  durability: doc(z._default(z.enum(DURABILITIES), "os"), "When a decision counts as written: `os` (the kernel has it: it survives the process) or `disk` (fdatasync, under a signed checkpoint: it survives the machine; outcomes and denials reach the disk with the next decision to run, at most a second later).", { example: "durability: disk", merge: "stricter", order: DURABILITIES }),
  values: doc(z._default(z.enum(KEPT_VALUES), "redacted"), "Arguments and results stand in the log as salted commitments only. What is kept of them, encrypted, beside it: `original`, `redacted` (without what a detector knows) or `none`.", { example: "values: original", merge: "stricter", order: KEPT_VALUES }),
  rotate: doc(z.prefault(rotate, {}), "When a segment of the log ends and the next begins.", { example: "rotate: { size: 64MiB, age: 1h }" }),
  compress: doc(z._default(z.enum(["none", "gzip", "zstd"]), "gzip"), "What ended segments are compressed with.", { example: "compress: zstd" }),
  retention: doc(z.prefault(retention, {}), "When ended segments are pruned: their records go, their leaf hashes stay, and a `prune` record says so. Never under a legal hold.", { example: "retention: { age: 400d, profile: eu-ai-act }" }),
  append_only: doc(z._default(z.boolean(), false), "Sets the append-only flag (`chattr +a`) on the segment that is written to, where the process may (CAP_LINUX_IMMUTABLE) and the file system has it; where not, one line says so. No protection against root. The folder can then be deleted only after `chattr -R -a`.", { example: "append_only: true" }),
  heartbeat: doc(z._default(duration, 60_000), "How often the state of enforcement is recorded.", { example: "heartbeat: 30s" }),
  processing: doc(z._default(z.array(processing), []), "Processing activities (GDPR article 30(1)). Decisions on their tools name purpose, data categories and the recipient's country.", { example: "processing: [{ id: refunds, tools: \"refund_*\", purpose: paying back customers, data_categories: [bank details], recipient_country: DE }]", merge: "by-id" }),
});
