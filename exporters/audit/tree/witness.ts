/**
 * Client of witnesses, C2SP tlog-witness: a witness cosigns a checkpoint only when it continues the last one of
 * that log which it cosigned, so that nobody can be shown two histories, or one that was cut.
 *
 * @module
 */
import { messageOf, SpangateError } from "../../../errors.ts";
import { type Checkpoint, parseCheckpoint, parseSize } from "./checkpoint.ts";
import { type Hash, toBase64 } from "./hash.ts";
import { type NoteSignature, parseNote, parseSignatures, type Verifier, verifySignatures } from "./note.ts";

/** How long a witness may take, in milliseconds. */
const PATIENCE = 5_000;
/** Longest answer that is read, in bytes: a dozen ML-DSA-44 signatures. */
const LONGEST_ANSWER = 65_536;
/** A witness that names another size is asked again, and once more when in between somebody else was faster. */
const MOST_ATTEMPTS = 3;

export interface Witness {
  /** Submission prefix, to which `/add-checkpoint` is added. */
  readonly url: string;
  /** Its cosignature keys. */
  readonly verifiers: readonly Verifier[];
  /** In milliseconds, for each attempt. Default: 5,000. */
  readonly timeout?: number;
}

export interface CosigningRequest {
  /** The signed note. */
  readonly checkpoint: string;
  /** Size that this witness cosigned last. Default: 0, and it says so when that is wrong. */
  readonly known?: number;
  /** Consistency proof from a smaller size to this checkpoint. */
  readonly prove: (from: number) => readonly Hash[];
}

/**
 * The cosignatures of one witness, each verified; they go under the note. Throws SG_AUDIT_WITNESS_UNREACHABLE (try
 * again with a later checkpoint), _REFUSED (it does not know this log or its key), _CONFLICT (it saw another history:
 * raise the alarm, unless a later checkpoint of this log was sent to it meanwhile) or _ANSWER (what it sent is no
 * cosignature of this checkpoint).
 */
export async function requestCosignatures(witness: Witness, { checkpoint: note, known = 0, prove }: CosigningRequest): Promise<NoteSignature[]> {
  const { text, checkpoint } = ownCheckpoint(note);
  let from = Math.min(known, checkpoint.size);
  for (let attempt = 1; ; attempt++) {
    const proof = prove(from).map((hash) => `${toBase64(hash)}\n`).join("");
    const { status, body } = await post(witness, `old ${from}\n${proof}\n${note}`);
    if (status === 200) return believe(witness, text, body);
    const size = status === 409 ? parseSize(body.replace(/\n$/, "")) : undefined;
    if (size === undefined || size === from || size > checkpoint.size) throw refusal(witness, checkpoint, status, from, size);
    if (attempt === MOST_ATTEMPTS) throw new SpangateError("SG_AUDIT_WITNESS_UNREACHABLE", { witness: witness.url, problem: `it named another size ${attempt} times` });
    from = size;
  }
}

function ownCheckpoint(note: string): { text: string; checkpoint: Checkpoint } {
  const parsed = parseNote(note);
  const checkpoint = typeof parsed === "string" ? parsed : parseCheckpoint(parsed.text);
  if (typeof parsed === "string" || typeof checkpoint === "string") throw new TypeError(`not a checkpoint: ${checkpoint as string}`);
  return { text: parsed.text, checkpoint };
}

function believe(witness: Witness, text: string, body: string): NoteSignature[] {
  const signatures = parseSignatures(body);
  const verified = typeof signatures === "string" ? signatures : verifySignatures(text, signatures, witness.verifiers);
  if (typeof verified === "string") throw new SpangateError("SG_AUDIT_WITNESS_ANSWER", { witness: witness.url, problem: verified });
  return verified;
}

/** What an answer other than 200 means; C2SP tlog-witness, "add-checkpoint". */
function refusal(witness: Witness, { origin, size }: Checkpoint, status: number, from: number, theirs: number | undefined): SpangateError {
  const details = { witness: witness.url, origin };
  if (theirs !== undefined && theirs > size) return new SpangateError("SG_AUDIT_WITNESS_CONFLICT", { ...details, problem: `it cosigned ${theirs} records, and here are ${size}` });
  if (status === 409 && from === size) return new SpangateError("SG_AUDIT_WITNESS_CONFLICT", { ...details, problem: `its root of the first ${from} records is another` });
  // Whoever stands in between may answer 409 too; that is no reason to cry fork.
  if (status === 409) return new SpangateError("SG_AUDIT_WITNESS_ANSWER", { witness: witness.url, problem: "409 without the size that it cosigned last" });
  if (status === 422) return new SpangateError("SG_AUDIT_WITNESS_CONFLICT", { ...details, problem: `these ${size} records do not continue the ${from} that it cosigned` });
  if (status === 404) return new SpangateError("SG_AUDIT_WITNESS_REFUSED", { ...details, problem: "it does not know this origin (404)" });
  if (status === 403) return new SpangateError("SG_AUDIT_WITNESS_REFUSED", { ...details, problem: "it does not know the key of this log (403)" });
  if (status === 400) return new SpangateError("SG_AUDIT_WITNESS_REFUSED", { ...details, problem: "it does not understand the request (400)" });
  return new SpangateError("SG_AUDIT_WITNESS_UNREACHABLE", { witness: witness.url, problem: `it answers ${status}` });
}

async function post({ url, timeout = PATIENCE }: Witness, request: string): Promise<{ status: number; body: string }> {
  let response: Response;
  let bytes: Buffer | undefined;
  try {
    response = await fetch(`${url.replace(/\/$/, "")}/add-checkpoint`, { method: "POST", body: request, redirect: "error", signal: AbortSignal.timeout(timeout) });
    bytes = await readAnswer(response);
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    throw new SpangateError("SG_AUDIT_WITNESS_UNREACHABLE", { witness: url, problem: messageOf(cause) }, { cause: error });
  }
  if (!bytes) throw new SpangateError("SG_AUDIT_WITNESS_ANSWER", { witness: url, problem: `it is longer than ${LONGEST_ANSWER} bytes` });
  try {
    return { status: response.status, body: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    throw new SpangateError("SG_AUDIT_WITNESS_ANSWER", { witness: url, problem: "it is not UTF-8" });
  }
}

/** Undefined when it is too long; what comes after the limit is never taken into memory. */
async function readAnswer(response: Response): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > LONGEST_ANSWER) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
