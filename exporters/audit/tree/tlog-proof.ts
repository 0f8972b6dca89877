/**
 * Offline proofs that a record is in a log, C2SP tlog-proof: `c2sp.org/tlog-proof@v1`, usually in a file
 * that ends in `.tlog-proof`.
 *
 * @module
 */
import { openCheckpoint, type OpenCheckpoint, parseSize } from "./checkpoint.ts";
import { cosignedAt } from "./cosignature.ts";
import { fromBase64, type Hash, parseHash, toBase64 } from "./hash.ts";
import type { Verifier } from "./note.ts";
import { verifyInclusion } from "./proof.ts";

const HEADER = "c2sp.org/tlog-proof@v1";
/** A tree of 2^53 leaves is no deeper. */
const LONGEST_PROOF = 53;

export interface TlogProof {
  /** Bytes beside the proof (one character each), which nothing vouches for. */
  readonly extra?: string | undefined;
  /** Of the record, from 0. */
  readonly index: number;
  /** From the sibling of the leaf up. */
  readonly hashes: readonly Hash[];
  /** The signed note, as it is. */
  readonly checkpoint: string;
}

/** Whom to believe. */
export interface ProofPolicy {
  /** The log that the record must be in. */
  readonly origin: string;
  /** Keys of the log. */
  readonly log: readonly Verifier[];
  readonly witnesses?: readonly Verifier[];
  /** How many of the witnesses must have cosigned, by name, however many keys each has. Default: all. */
  readonly quorum?: number;
}

export interface ProvenRecord {
  readonly index: number;
  readonly checkpoint: OpenCheckpoint;
  /** Name of the witness → when it cosigned, in seconds since the epoch. */
  readonly cosigned: ReadonlyMap<string, number>;
}

export function formatTlogProof({ extra, index, hashes, checkpoint }: TlogProof): string {
  const lines = [HEADER, ...(extra === undefined ? [] : [`extra ${toBase64(extra)}`]), `index ${index}`, ...hashes.map(toBase64)];
  return `${lines.join("\n")}\n\n${checkpoint}`;
}

/** A proof, or what is wrong with its form. Strict: one that `formatTlogProof` would have written otherwise is none. */
export function parseTlogProof(text: string): TlogProof | string {
  const end = text.indexOf("\n\n");
  if (end < 0) return "no empty line before the checkpoint";
  const [header, ...lines] = text.slice(0, end).split("\n");
  if (header !== HEADER) return `the first line is not ${HEADER}`;
  const extra = lines[0]?.startsWith("extra ") ? fromBase64((lines.shift() as string).slice("extra ".length)) : undefined;
  const index = lines[0]?.startsWith("index ") ? parseSize((lines.shift() as string).slice("index ".length)) : undefined;
  if (index === undefined) return "no index";
  if (lines.length > LONGEST_PROOF) return `more than ${LONGEST_PROOF} hashes`;
  const hashes = lines.map(parseHash);
  if (!hashes.every((hash) => hash !== undefined)) return "a line of the proof is no hash";
  const proof = { extra, index, hashes, checkpoint: text.slice(end + 2) };
  return formatTlogProof(proof) === text ? proof : "not in the form in which proofs are written";
}

/** Whether the leaf is in the log, by this proof and these keys alone; or why that is not proven. */
export function verifyTlogProof(text: string, leaf: Hash, { origin, log, witnesses = [], quorum = new Set(witnesses.map(({ name }) => name)).size }: ProofPolicy): ProvenRecord | string {
  const proof = parseTlogProof(text);
  if (typeof proof === "string") return proof;
  const checkpoint = openCheckpoint(proof.checkpoint, origin, [...log, ...witnesses]);
  if (typeof checkpoint === "string") return checkpoint;
  const cosigned = new Map(checkpoint.note.signatures
    .filter(({ name, id }) => witnesses.some((witness) => witness.name === name && witness.id === id))
    .map(({ name, bytes }) => [name, cosignedAt(bytes)] as const));
  if (cosigned.size < quorum) return `cosigned by ${cosigned.size} of the ${quorum} witnesses that it needs`;
  if (!verifyInclusion(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root)) return `not record ${proof.index} of that tree`;
  return { index: proof.index, checkpoint, cosigned };
}
