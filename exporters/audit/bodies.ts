/**
 * What each type of record says, in the order in which its keys are written. docs/audit-format.md describes
 * the same for readers in other languages.
 *
 * @module
 */

/** A value that the log only commits to: base64 of SHA-256("spangate/commit/v1\0" || salt || bytes), docs/audit-format.md. */
export type Commitment = string;

/** What an invocation was decided to be, written before its tool runs. */
export interface DecisionBody {
  readonly trace: string;
  readonly span: string;
  readonly framework: string;
  /** Name of the MCP server. */
  readonly server?: string | undefined;
  readonly tool: string;
  /** The model's id of the call. */
  readonly call?: string | undefined;
  readonly agent?: string | undefined;
  readonly caller?: string | undefined;
  readonly roles?: readonly string[] | undefined;
  /** Pseudonym of the person or service for whom the caller acts; who it is stands in the vault until it is erased. */
  readonly on_behalf_of?: string | undefined;
  readonly tenant?: string | undefined;
  readonly session?: string | undefined;
  /** Where the process runs. */
  readonly environment?: string | undefined;
  /** The model that asked for the call (`gen_ai.request.model`), where the seam or the baggage names it. */
  readonly model?: string | undefined;
  readonly mode: string;
  /** How safe this decision had to be before its tool ran: `<mode>/<durability>` of the log at that moment. */
  readonly safety: string;
  readonly effect: string;
  /** Whether the tool is about to run (in observe mode it is, whatever the effect). */
  readonly runs: boolean;
  readonly rule: string;
  readonly source: string;
  readonly reason: string;
  /** What an observed rule would have said: `effect:rule`. */
  readonly shadow?: string | undefined;
  /** What was noticed and did not decide: `<what>:<which>`. */
  readonly flags?: readonly string[] | undefined;
  readonly policy: string;
  readonly digest: string;
  /** What the call does, by the policy's account of its tool. */
  readonly effect_class?: readonly string[] | undefined;
  readonly purpose?: string | undefined;
  readonly data_categories?: readonly string[] | undefined;
  /** ISO 3166 code of the country of who receives the data. */
  readonly recipient_country?: string | undefined;
  /** Detector → values taken out of the arguments. */
  readonly redacted?: Readonly<Record<string, number>> | undefined;
  /** The arguments as JSON text, and their length in bytes. */
  readonly args: Commitment;
  readonly args_bytes: number;
  /** Full length, in characters, of arguments of which only the beginning is kept and committed to. */
  readonly cut?: number | undefined;
}

/** What became of a decision to run. */
export interface OutcomeBody {
  /** Index of the decision. */
  readonly ref: number;
  readonly trace: string;
  readonly span: string;
  readonly tool: string;
  /** `withheld`: it ran, and its result was kept back. `not_run`: it never ran. */
  readonly status: "ok" | "error" | "withheld" | "not_run";
  /** How long the tool ran, in milliseconds. */
  readonly ms: number;
  /** Class of the error; `audit_unavailable` where the decision could not be made safe in time. */
  readonly error?: string | undefined;
  /** What was noticed in the result. */
  readonly flags?: readonly string[] | undefined;
  readonly redacted?: Readonly<Record<string, number>> | undefined;
  /** The result as JSON text, as it was handed on. Absent for streams and withheld results. */
  readonly result?: Commitment | undefined;
  readonly result_bytes?: number | undefined;
  readonly cut?: number | undefined;
}

/** Something that a running tool did outside of this process, or wanted to, and that a rule speaks against. */
export interface EffectBody {
  /** Index of the decision; missing where that could not be written. */
  readonly decision?: number | undefined;
  readonly trace: string;
  readonly span: string;
  readonly tool: string;
  readonly kind: "network";
  readonly rule: string;
  /** What it was directed at: a host or an address. */
  readonly target: string;
  /** False where the policy only observes: it was done. */
  readonly refused: boolean;
  /** By work that the tool had left running when its call ended. */
  readonly late?: boolean | undefined;
  /** Further ones of this call are refused or noted as well, and only counted. */
  readonly last?: boolean | undefined;
}

/** A process began to write to this log. */
export interface OpenBody {
  readonly origin: string;
  /** The key that signs, as a C2SP verifier key. */
  readonly key: string;
  readonly pid: number;
  readonly thread: number;
  /** `boot_id` of the machine, where it has one. */
  readonly boot?: string | undefined;
  readonly node: string;
  readonly spangate: string;
  readonly service?: string | undefined;
  readonly mode: string;
  readonly safety: string;
  readonly policy: string;
  readonly digest: string;
  /** Whether the session before ended with `close`; true for a new log. */
  readonly clean: boolean;
  /** Records of the session before that no checkpoint covered. */
  readonly unsealed: number;
  /** A log of the same directory that is damaged and was not gone on with: `<log>: <problem>`. */
  readonly refused?: string | undefined;
}

/** A new policy took effect. */
export interface PolicyBody {
  readonly policy: string;
  readonly digest: string;
  readonly mode: string;
  readonly safety: string;
}

/** A person answered, or did something to the log from the command line. */
export interface HumanBody {
  readonly actor: string;
  readonly action: string;
  /** The record it is about: `<log>:<index>`. */
  readonly subject?: string | undefined;
  readonly reason?: string | undefined;
}

/** From here on another key signs; this record is sealed by the one before it. */
export interface KeyBody {
  readonly key: string;
  readonly previous: string;
  readonly reason: string;
}

/** The state of enforcement, so that silence and "alive, and not enforcing" can be told apart. */
export interface HeartbeatBody {
  readonly mode: string;
  readonly policy: string;
  readonly digest: string;
  /** Modules that are gated, and tool-capable ones that are not. */
  readonly gated: readonly string[];
  readonly ungated: readonly string[];
  readonly decisions: number;
  /** Records that were lost, ever. */
  readonly lost: number;
  /** Seconds until the next one is due. */
  readonly interval: number;
}

/** Records that there was no room to keep. They never had an index. */
export interface GapBody {
  readonly count: number;
  readonly decisions: number;
  readonly reason: string;
  /** When the first and the last were lost, in nanoseconds since the epoch. */
  readonly from: string;
  readonly to: string;
}

/** Bytes of a segment that count for nothing: what a crash or a failing disk left after the last record that goes on. */
export interface RecoverBody {
  readonly segment: string;
  readonly offset: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly reason: string;
}

/** The segment ends here; the next one goes on. */
export interface RotateBody {
  readonly next: string;
  readonly reason: string;
}

/** The bodies of these records were deleted as the policy demands; their leaf hashes stay. */
export interface PruneBody {
  readonly target: string;
  /** First index of all that is gone: the records of earlier prunings may themselves be gone. */
  readonly from: number;
  /** First index that is kept. */
  readonly to: number;
  readonly actor: string;
  readonly reason: string;
}

/** The key of a subject's values was destroyed. */
export interface EraseBody {
  readonly subject: string;
  readonly actor: string;
  readonly basis: string;
}

/** The disk takes no more: until it does, every call is denied. */
export interface HaltBody {
  readonly reason: string;
}

export interface CloseBody {
  readonly decisions: number;
}

/** A member's checkpoint in a log of logs (`spangate audit merge`). */
export interface MemberBody {
  readonly origin: string;
  /** The signed note, as it was found. */
  readonly checkpoint: string;
  readonly state: "new" | "grown" | "unchanged" | "fork" | "rollback" | "unverified";
  readonly detail?: string | undefined;
}

export interface RecordBodies {
  open: OpenBody;
  decision: DecisionBody;
  outcome: OutcomeBody;
  effect: EffectBody;
  human: HumanBody;
  policy: PolicyBody;
  key: KeyBody;
  heartbeat: HeartbeatBody;
  gap: GapBody;
  recover: RecoverBody;
  rotate: RotateBody;
  prune: PruneBody;
  erase: EraseBody;
  halt: HaltBody;
  close: CloseBody;
  member: MemberBody;
}

export type RecordType = keyof RecordBodies;

/** Every key of each type, in the order in which they are written. */
export const KEYS: { readonly [T in RecordType]: readonly (keyof RecordBodies[T] & string)[] } = {
  open: ["origin", "key", "pid", "thread", "boot", "node", "spangate", "service", "mode", "safety", "policy", "digest", "clean", "unsealed", "refused"],
  decision: [
    "trace", "span", "framework", "server", "tool", "call", "agent", "caller", "roles", "on_behalf_of", "tenant", "session", "environment", "model", "mode", "safety", "effect", "runs", "rule", "source", "reason",
    "shadow", "flags", "policy", "digest", "effect_class", "purpose", "data_categories", "recipient_country", "redacted", "args", "args_bytes", "cut",
  ],
  outcome: ["ref", "trace", "span", "tool", "status", "ms", "error", "flags", "redacted", "result", "result_bytes", "cut"],
  effect: ["decision", "trace", "span", "tool", "kind", "rule", "target", "refused", "late", "last"],
  human: ["actor", "action", "subject", "reason"],
  policy: ["policy", "digest", "mode", "safety"],
  key: ["key", "previous", "reason"],
  heartbeat: ["mode", "policy", "digest", "gated", "ungated", "decisions", "lost", "interval"],
  gap: ["count", "decisions", "reason", "from", "to"],
  recover: ["segment", "offset", "bytes", "sha256", "reason"],
  rotate: ["next", "reason"],
  prune: ["target", "from", "to", "actor", "reason"],
  erase: ["subject", "actor", "basis"],
  halt: ["reason"],
  close: ["decisions"],
  member: ["origin", "checkpoint", "state", "detail"],
};
