/**
 * Checkpoints, C2SP tlog-checkpoint v1.0.0: the signed head of a log.
 *
 * @module
 */
import { type Hash, parseHash, toBase64 } from "./hash.ts";
import { type Note, openNote, type Signer, signNote, type Verifier } from "./note.ts";

export interface Checkpoint {
  /** Which log: the first line, and the name of the log's key. */
  readonly origin: string;
  /** Number of leaves. */
  readonly size: number;
  readonly root: Hash;
}

/** A checkpoint whose signatures were verified. */
export interface OpenCheckpoint extends Checkpoint {
  /** Its text and the signatures that are right. */
  readonly note: Note;
}

/** The text that is signed. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(root)}\n`;
}

/**
 * A checkpoint, or what is wrong with the text. Strict: extension lines are refused, since nobody who audits a
 * log can tell what they should say ("NOT RECOMMENDED"), and so is a size beyond 2^53 - 1.
 */
export function parseCheckpoint(text: string): Checkpoint | string {
  const [origin = "", digits = "", encoded = "", ...rest] = text.split("\n");
  if (rest.length !== 1 || rest[0] !== "") return "a checkpoint has three lines: origin, size, root";
  if (!isOrigin(origin)) return "not an origin";
  const size = parseSize(digits);
  if (size === undefined) return "not a size";
  const root = parseHash(encoded);
  if (root === undefined) return "not a root";
  return { origin, size, root };
}

/** The signed note. Throws a TypeError for what is no checkpoint: a signature cannot be taken back. */
export function signCheckpoint(checkpoint: Checkpoint, signers: readonly Signer[]): string {
  const text = formatCheckpoint(checkpoint);
  const parsed = parseCheckpoint(text);
  if (typeof parsed === "string") throw new TypeError(parsed);
  return signNote(text, signers);
}

/**
 * The checkpoint of a note, or why it must not be believed. It must be of this origin and signed by a key of
 * that name, whoever else signed: a witness alone does not speak for the log.
 */
export function openCheckpoint(note: string, origin: string, verifiers: readonly Verifier[]): OpenCheckpoint | string {
  const opened = openNote(note, verifiers);
  if (typeof opened === "string") return opened;
  const checkpoint = parseCheckpoint(opened.text);
  if (typeof checkpoint === "string") return checkpoint;
  if (checkpoint.origin !== origin) return `it is of ${checkpoint.origin} and not of ${origin}`;
  return opened.signatures.some(({ name }) => name === origin) ? { ...checkpoint, note: opened } : "not signed by the log itself";
}

/** A number of leaves in decimal, without leading zeroes; undefined for anything else. */
export function parseSize(digits: string): number | undefined {
  return /^(?:0|[1-9][0-9]{0,15})$/.test(digits) && Number.isSafeInteger(Number(digits)) ? Number(digits) : undefined;
}

/** Printable, and short enough for an ML-DSA-44 cosignature (C2SP tlog-cosignature, `log_origin<1..2^8-1>`). */
function isOrigin(origin: string): boolean {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  return origin.isWellFormed() && !/[\x00-\x1f]/.test(origin) && origin !== "" && Buffer.byteLength(origin) < 256;
}
