/**
 * Signed notes, C2SP signed-note v1.0.0: a text, an empty line, and one line per signature.
 *
 * @module
 */
import { fromBase64 } from "./hash.ts";
import { isKeyName, keyId, type NamedKey, nodeCrypto, publicOf } from "./key.ts";

/** One line under a note: `— <name> base64(key id || signature)`. */
export interface NoteSignature {
  readonly name: string;
  /** Key id, 8 hexadecimal digits. */
  readonly id: string;
  readonly bytes: Uint8Array;
}

export interface Note {
  /** What is signed, with its last line feed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Knows one key. Name and id together say whether a signature is for it. */
export interface Verifier {
  readonly name: string;
  readonly id: string;
  verify(text: string, signature: Uint8Array): boolean;
}

/** Has one private key, here or elsewhere: an agent, a key service. */
export interface Signer {
  readonly name: string;
  readonly id: string;
  sign(text: string): Uint8Array;
}

/** A verifier must take 16 signatures (signed-note, "Format"); golang.org/x/mod takes 100 and a million bytes. */
const MOST_SIGNATURES = 100;
const LONGEST_NOTE = 1_000_000;

const EM_DASH = "\u2014";

export function formatNote({ text, signatures }: Note): string {
  return `${text}\n${signatures.map(formatSignature).join("")}`;
}

/** The line of a signature, with its line feed. */
export function formatSignature({ name, id, bytes }: NoteSignature): string {
  return `${EM_DASH} ${name} ${Buffer.concat([Buffer.from(id, "hex"), bytes]).toString("base64")}\n`;
}

/** A note, or what is wrong with it. Strict: a note that `formatNote` would have written otherwise is not one. Says nothing of who signed. */
export function parseNote(note: string): Note | string {
  if (note.length > LONGEST_NOTE) return `longer than ${LONGEST_NOTE} characters`;
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (!note.isWellFormed() || /[\x00-\x09\x0b-\x1f]/.test(note)) return "not text: it has control characters or broken surrogates";
  const split = note.lastIndexOf("\n\n");
  if (split < 0) return "no empty line before the signatures";
  const signatures = parseSignatures(note.slice(split + 2));
  if (typeof signatures === "string") return signatures;
  const parsed = { text: note.slice(0, split + 1), signatures };
  return formatNote(parsed) === note ? parsed : "not in the form in which notes are written";
}

/** Lines of signatures, as they stand under a note and in the answer of a witness; at least one. */
export function parseSignatures(lines: string): NoteSignature[] | string {
  if (!lines.endsWith("\n")) return "no line feed at the end";
  const split = lines.slice(0, -1).split("\n");
  if (split.length > MOST_SIGNATURES) return `more than ${MOST_SIGNATURES} signatures`;
  const signatures: NoteSignature[] = [];
  for (const line of split) {
    const [dash, name = "", encoded = "", ...more] = line.split(" ");
    const bytes = Buffer.from(fromBase64(encoded) ?? "", "latin1");
    if (dash !== EM_DASH || !isKeyName(name) || more.length > 0 || bytes.length < 5) return "not a line of a signature";
    signatures.push({ name, id: bytes.toString("hex", 0, 4), bytes: bytes.subarray(4) });
  }
  return signatures;
}

/** The note of a text that ends in a line feed. */
export function signNote(text: string, signers: readonly Signer[]): string {
  return formatNote({ text, signatures: signers.map((signer) => ({ name: signer.name, id: signer.id, bytes: signer.sign(text) })) });
}

/**
 * The note with the signatures that are right, one per verifier; or why it must not be believed. Signatures
 * of unknown keys are passed over; a wrong one of a known key spoils the note; without any right one there is no note.
 */
export function openNote(note: string, verifiers: readonly Verifier[]): Note | string {
  const parsed = parseNote(note);
  if (typeof parsed === "string") return parsed;
  const verified = verifySignatures(parsed.text, parsed.signatures, verifiers);
  return typeof verified === "string" ? verified : { text: parsed.text, signatures: verified };
}

/** The same for signatures that came apart from their text. */
export function verifySignatures(text: string, signatures: readonly NoteSignature[], verifiers: readonly Verifier[]): NoteSignature[] | string {
  const verified = new Map<Verifier, NoteSignature>();
  for (const signature of signatures) {
    const known = verifiers.filter(({ name, id }) => name === signature.name && id === signature.id);
    for (const verifier of known) {
      if (!verifier.verify(text, signature.bytes)) return `the signature of ${signature.name} is wrong`;
      if (!verified.has(verifier)) verified.set(verifier, signature);
    }
  }
  return verified.size > 0 ? [...verified.values()] : UNKNOWN_KEY;
}

/** No signature is of a key that was asked for. */
export const UNKNOWN_KEY = "not signed by a key that is known";

/** Ed25519 (RFC 8032) over the text: signature type 0x01. */
export function ed25519Signer(name: string, privateKey: NamedKey["key"]): Signer {
  return { name, id: keyId(name, "ed25519", publicOf(privateKey)), sign: (text) => nodeCrypto().sign(null, Buffer.from(text), privateKey) };
}

export function ed25519Verifier(name: string, publicKey: NamedKey["key"]): Verifier {
  return { name, id: keyId(name, "ed25519", publicKey), verify: (text, signature) => nodeCrypto().verify(null, Buffer.from(text), publicKey, signature) };
}
