import { SpangateError } from "../../../errors.ts";
import type { Disk } from "../disk.ts";
import { type AuditRecord, parseRecord } from "../record.ts";
import { type Checkpoint, parseCheckpoint } from "../tree/checkpoint.ts";
import { verifierOf } from "../tree/cosignature.ts";
import { leafHash } from "../tree/hash.ts";
import { parseVerifierKey } from "../tree/key.ts";
import { parseNote, type Verifier } from "../tree/note.ts";
import { inclusionProof, rootOf } from "../tree/proof.ts";
import { formatTlogProof, parseTlogProof, verifyTlogProof } from "../tree/tlog-proof.ts";
import { bestSeal, loadTree } from "./tree.ts";

/** A proof of one record, and what it proves. */
export interface RecordProof {
  /** C2SP tlog-proof, with the line of the record beside it where its body is there. */
  readonly text: string;
  readonly origin: string;
  readonly index: number;
  /** Records that its checkpoint covers. */
  readonly size: number;
  readonly record: string | undefined;
}

/**
 * Proves a record of a log from what stands in its folder.
 *
 * @param under the checkpoint to prove it under, a signed note; default: the cosigned one, else the newest
 * @throws SG_AUDIT_NOT_PROVEN, SG_AUDIT_CORRUPT
 */
export function proveRecord(disk: Disk, folder: string, index: number, under?: string): RecordProof {
  let record: string | undefined;
  const tree = loadTree(disk, folder, (item) => {
    if (item.kind === "leaf" && item.index === index) record = item.text;
  });
  const place = `${tree?.log ?? folder}:${index}`;
  if (!tree || index >= tree.leaves.length) throw notProven(place, `the log has ${tree?.leaves.length ?? 0} records`, "`spangate audit inspect` shows their indices.");
  const given = under === undefined ? undefined : checkpointIn(under);
  const seal = under === undefined ? bestSeal(disk, tree, index + 1) : given && { note: under, ...given };
  if (!seal) throw notProven(place, "no checkpoint covers it yet", "A process at work seals its log every second; try again.");
  if (seal.size <= index || seal.size > tree.leaves.length || rootOf(tree.source, seal.size) !== seal.root) throw notProven(place, "the checkpoint is not one of this log", "Run `spangate verify` on both directories.");
  const hashes = inclusionProof(tree.source, index, seal.size);
  return { text: formatTlogProof({ extra: record, index, hashes, checkpoint: seal.note }), origin: tree.origin, index, size: seal.size, record };
}

export interface CheckedProof {
  readonly origin: string;
  readonly index: number;
  readonly size: number;
  readonly record: AuditRecord | undefined;
  /** Name of the witness → when it cosigned, ISO 8601. */
  readonly cosigned: Readonly<Record<string, string>>;
  /** The checkpoint, as it is. */
  readonly checkpoint: string;
}

/**
 * Checks a proof by keys alone, without the log.
 *
 * @param line the record; default: the one that came with the proof
 * @returns why nothing is proven, where it is not
 */
export function checkProof(text: string, logKeys: readonly string[], witnessKeys: readonly string[] = [], line?: string): CheckedProof | string {
  const proof = parseTlogProof(text);
  if (typeof proof === "string") return proof;
  const checkpoint = checkpointIn(proof.checkpoint);
  const entry = line ?? proof.extra;
  if (!checkpoint) return "its checkpoint is none";
  if (entry === undefined) return "the record did not come with the proof, and was not given";
  const wrong = [...logKeys, ...witnessKeys].map(verifierOf).find((one) => typeof one === "string");
  if (wrong !== undefined) return `not a verifier key: ${wrong as string}`;
  const log = logKeys.filter((key) => nameOf(key) === checkpoint.origin);
  if (log.length === 0) return `none of the keys is of ${checkpoint.origin}`;
  const proven = verifyTlogProof(text, leafHash(entry), { origin: checkpoint.origin, log: log.map(verifierOf) as Verifier[], witnesses: witnessKeys.map(verifierOf) as Verifier[] });
  if (typeof proven === "string") return proven;
  const record = parseRecord(entry);
  return {
    origin: checkpoint.origin, index: proven.index, size: checkpoint.size, record: typeof record === "string" ? undefined : record, checkpoint: proof.checkpoint,
    cosigned: Object.fromEntries([...proven.cosigned].map(([name, seconds]) => [name, new Date(seconds * 1_000).toISOString()])),
  };
}

/** The checkpoint of a note, whoever signed it. */
export function checkpointIn(note: string): Checkpoint | undefined {
  const parsed = parseNote(note);
  const checkpoint = typeof parsed === "string" ? parsed : parseCheckpoint(parsed.text);
  return typeof checkpoint === "string" ? undefined : checkpoint;
}

function nameOf(key: string): string | undefined {
  const parsed = parseVerifierKey(key);
  return typeof parsed === "string" ? undefined : parsed.name;
}

function notProven(place: string, problem: string, remedy: string): SpangateError {
  return new SpangateError("SG_AUDIT_NOT_PROVEN", { place, problem, remedy });
}
