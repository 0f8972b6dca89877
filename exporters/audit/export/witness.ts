import { join } from "node:path";
import { mkdirSync } from "node:fs";
import { SpangateError } from "../../../errors.ts";
import { type Disk, replaceFile } from "../disk.ts";
import { cosignedAt } from "../tree/cosignature.ts";
import { formatNote, type Note, parseNote } from "../tree/note.ts";
import { consistencyProof } from "../tree/proof.ts";
import { requestCosignatures, type Witness } from "../tree/witness.ts";
import { COSIGNED, cosignedNotes, loadTree, settleLog } from "./tree.ts";

export interface Witnessed {
  readonly log: string;
  readonly origin: string;
  /** Records under the checkpoint that was sent; undefined where there is none yet. */
  readonly size: number | undefined;
  /** Name of the key → when it cosigned, ISO 8601. */
  readonly cosigned: Readonly<Record<string, string>>;
  /** The witnesses that did not, and why. */
  readonly problems: readonly SpangateError[];
}

/**
 * Sends the newest checkpoint of a log to witnesses. The cosignatures go under the note in
 * `<log>/cosigned/<size>.note`, from where proofs and exports take it. Undefined for a folder that is no log.
 *
 * @throws SG_AUDIT_CORRUPT
 */
export async function witnessLog(disk: Disk, folder: string, witnesses: readonly Witness[]): Promise<Witnessed | undefined> {
  settleLog(disk, folder);
  const tree = loadTree(disk, folder);
  if (!tree) return undefined;
  const newest = tree.seals.at(-1);
  if (!newest) return { log: tree.log, origin: tree.origin, size: undefined, cosigned: {}, problems: [] };
  const { note, size } = newest;
  const earlier = cosignedNotes(disk, folder);
  const cosigned: Record<string, string> = {};
  const problems: SpangateError[] = [];
  const present = earlier.find((one) => one.size === size && one.root === newest.root);
  const merged = parseNote(present?.note ?? note) as Note;
  const signatures = [...merged.signatures];
  for (const witness of witnesses) {
    // The size that it cosigned last, as far as we know; it says so when that is wrong.
    const known = earlier.findLast((one) => witness.verifiers.some(({ id, name }) => (parseNote(one.note) as Note).signatures.some((signature) => signature.id === id && signature.name === name)))?.size ?? 0;
    try {
      for (const signature of await requestCosignatures(witness, { checkpoint: note, known, prove: (from) => consistencyProof(tree.source, from, size) })) {
        cosigned[signature.name] = new Date(cosignedAt(signature.bytes) * 1_000).toISOString();
        const at = signatures.findIndex(({ name, id }) => name === signature.name && id === signature.id);
        if (at < 0) signatures.push(signature);
        else signatures[at] = signature;
      }
    } catch (thrown) {
      if (!(thrown instanceof SpangateError)) throw thrown;
      problems.push(thrown);
    }
  }
  if (Object.keys(cosigned).length > 0) {
    mkdirSync(join(folder, COSIGNED), { recursive: true, mode: 0o700 });
    replaceFile(disk, join(folder, COSIGNED, `${size}.note`), formatNote({ text: merged.text, signatures }));
    disk.syncFolder(join(folder, COSIGNED));
  }
  return { log: tree.log, origin: tree.origin, size, cosigned, problems };
}
