import { parseCheckpoint } from "../tree/checkpoint.ts";
import { openNote, type Verifier } from "../tree/note.ts";

/** Who must have cosigned, and how many of them. */
export interface Witnesses {
  readonly verifiers: readonly Verifier[];
  /** Default: all of them. */
  readonly quorum?: number | undefined;
}

/** How many different witnesses cosigned a note; 0 for what is none, or has a wrong cosignature. */
export function cosignatures(note: string, { verifiers }: Witnesses): number {
  const opened = openNote(note, verifiers);
  return typeof opened === "string" ? 0 : new Set(opened.signatures.map(({ name }) => name)).size;
}

/**
 * Records of the log that enough witnesses have seen, and what is wanting.
 *
 * @param heads notes that were given as known heads: each of them must carry the cosignatures
 * @param own notes of the log itself, of which one may
 */
export function judgeWitnesses(heads: readonly string[], own: readonly string[], witnesses: Witnesses): { readonly size: number; readonly problem: string | undefined } {
  const needed = witnesses.quorum ?? new Set(witnesses.verifiers.map(({ name }) => name)).size;
  const isSeen = (note: string): boolean => cosignatures(note, witnesses) >= needed;
  const sizeOf = (note: string): number => {
    const checkpoint = parseCheckpoint(note.slice(0, note.lastIndexOf("\n\n") + 1));
    return typeof checkpoint === "string" ? 0 : checkpoint.size;
  };
  const size = Math.max(0, ...[...heads, ...own].filter(isSeen).map(sizeOf));
  const bare = heads.find((note) => !isSeen(note));
  const what = `${needed} ${needed === 1 ? "witness" : "witnesses"}`;
  return { size, problem: bare === undefined ? (size > 0 ? undefined : `no checkpoint of it is cosigned by ${what}`) : `the known head of ${sizeOf(bare)} records is not cosigned by ${what}` };
}
