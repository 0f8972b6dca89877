/**
 * One audit record is one line of ASCII JSON with a fixed order of keys; the bytes of the line are what is
 * hashed. The frame is `v i prev t ts mono log`, then the body of the type.
 *
 * @module
 */
import { sha256 } from "../../sha256.ts";

/** Version of the record format. */
const FORMAT = 1;

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
  readonly on_behalf_of?: string | undefined;
  readonly tenant?: string | undefined;
  readonly session?: string | undefined;
  /** Where the process runs. */
  readonly environment?: string | undefined;
  readonly mode: string;
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
  /** Detector → values taken out of the arguments. */
  readonly redacted?: Readonly<Record<string, number>> | undefined;
  /** The arguments as JSON text, redacted; `cut` is the full length where it was too long to be kept. */
  readonly args: string;
  readonly cut?: number | undefined;
}

export interface OutcomeBody {
  /** Index of the decision. */
  readonly ref: number;
  readonly trace: string;
  readonly span: string;
  readonly tool: string;
  /** `withheld`: it ran, and its result was kept back. `not_run`: the framework never called it. */
  readonly status: "ok" | "error" | "withheld" | "not_run";
  /** How long the tool ran, in milliseconds. */
  readonly ms: number;
  /** Class of the error. */
  readonly error?: string | undefined;
  /** What was noticed in the result. */
  readonly flags?: readonly string[] | undefined;
  readonly redacted?: Readonly<Record<string, number>> | undefined;
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

export interface OpenBody {
  readonly pid: number;
  readonly thread: number;
  readonly node: string;
  readonly spangate: string;
  readonly service?: string | undefined;
  readonly mode: string;
  readonly policy: string;
  readonly digest: string;
  /** Whether the previous session of this log ended with a `close`. */
  readonly clean: boolean;
}

/** A new policy took effect. */
export interface PolicyBody {
  readonly policy: string;
  readonly digest: string;
  readonly mode: string;
}

/** Bytes after the last whole line, which a crash left, were moved to `file`. */
export interface RecoverBody {
  readonly offset: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly file: string;
}

export interface CloseBody {
  readonly decisions: number;
}

export interface RecordBodies {
  open: OpenBody;
  decision: DecisionBody;
  outcome: OutcomeBody;
  effect: EffectBody;
  policy: PolicyBody;
  recover: RecoverBody;
  close: CloseBody;
}

export type RecordType = keyof RecordBodies;

/** What every record starts with. */
export interface Frame {
  readonly v: number;
  /** Index in its log, from 0 without a gap. */
  readonly i: number;
  /** Leaf hash of the record before it. */
  readonly prev: string;
  readonly t: RecordType;
  /** Nanoseconds since the epoch, as text since they pass 2^53. */
  readonly ts: string;
  /** Monotonic nanoseconds of this process. */
  readonly mono: string;
  readonly log: string;
}

export type AuditRecord<T extends RecordType = RecordType> = Frame & RecordBodies[T];

/** RFC 6962 §2.1 leaf hash: SHA-256(0x00 || line without its line feed), base64. */
export function leafHash(line: string): string {
  return sha256(`\0${line}`, "base64");
}

/** What the first record of a log links to: no other log starts the same way. */
export function genesis(log: string): string {
  return sha256(`spangate/v1/genesis\n${log}\n`, "base64");
}

/** The line of a record, without a line feed. */
export function formatRecord<T extends RecordType>(index: number, prev: string, log: string, type: T, body: RecordBodies[T]): string {
  const frame = `{"v":${FORMAT},"i":${index},"prev":"${prev}","t":"${type}","ts":"${Date.now()}000000","mono":"${process.hrtime.bigint()}","log":"${log}"`;
  return `${frame},${ascii(JSON.stringify(body)).slice(1)}`;
}

/** A record, or what is wrong with the line. Strict: a line that we would have written otherwise is not ours. */
export function parseRecord(line: string): AuditRecord | string {
  let value: AuditRecord;
  try {
    value = JSON.parse(line) as AuditRecord;
  } catch {
    return "not JSON";
  }
  if (typeof value !== "object" || value === null || value.v !== FORMAT || !Number.isSafeInteger(value.i) || typeof value.prev !== "string") return "not a record";
  if (ascii(JSON.stringify(value)) !== line) return "not in the form in which records are written";
  return value;
}

/** Everything above `~` as \u escapes, so that no store on the way normalises it. */
function ascii(json: string): string {
  // oxlint-disable-next-line no-control-regex -- DEL is meant
  return /[\x7f-\uffff]/.test(json)
    ? json.replace(/[\x7f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)
    : json;
}
