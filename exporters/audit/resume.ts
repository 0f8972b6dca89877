import { join } from "node:path";
import { SpangateError } from "../../errors.ts";
import { sha256 } from "../../sha256.ts";
import type { RecoverBody } from "./bodies.ts";
import type { Disk } from "./disk.ts";
import { HEAD, knownHeads, readHead } from "./head.ts";
import { genesis, parseRecord } from "./record.ts";
import { formatSeal, HEADER, type Line, linesOf, listSegments, parseHeader, parseSeal, readSegment, RECORD, SEAL, type SegmentName, VALUE } from "./segment.ts";
import { openCheckpoint } from "./tree/checkpoint.ts";
import { Frontier } from "./tree/frontier.ts";
import { leafBase64, leafHash, toBase64 } from "./tree/hash.ts";
import { parseNote, UNKNOWN_KEY, type Verifier } from "./tree/note.ts";
import { parseValue } from "./vault.ts";

/** Where a log goes on. */
export interface Resumed {
  readonly frontier: Frontier;
  /** Leaf hash of the last record, base64; the genesis constant for none. */
  readonly leaf: string;
  /** The segment that ends there, to append to unless it is torn; undefined for none. */
  readonly segment: { readonly name: string; readonly offset: number } | undefined;
  /** Number of the newest segment, 0 for none. */
  readonly number: number;
  /** The last checkpoint, and how many records it covers. */
  readonly checkpoint: string | undefined;
  readonly sealed: number;
  readonly clean: boolean;
  /** Bytes that count for nothing, not yet told by a record. */
  readonly dead: readonly RecoverBody[];
}

const NOTHING: Line = { text: "", offset: 0, whole: false };
/** What to do where nobody tampered with anything. */
const REPLACED = "; where the key was replaced, the public key before it belongs into keys/retired.txt of the audit directory";
/** How much of the end of a file is read to find its last two lines. */
const TAIL = 3 * 65_535;

/**
 * Finds where a log ends, so that its chain goes on. What a crash leaves after the last line that goes on
 * stays where it is and counts for nothing: a `recover` record will name it. Damage below what was known to
 * be safe is never repaired.
 *
 * What was known: every head file, and the checkpoints. The writer puts a checkpoint into a segment only after
 * everything up to the one before is on the disk. So of the checkpoints that stand after a damage the first may
 * be what a crash tore; a second one proves that the damage came later.
 *
 * @throws SG_AUDIT_CORRUPT
 */
export function resume(disk: Disk, folder: string, origin: string, verifiers: readonly Verifier[]): Resumed {
  const segments = listSegments(disk, folder);
  const quick = resumeClosed(disk, folder, segments, origin, verifiers);
  if (quick) return quick;
  const last = segments.at(-1);
  if (last && last.form !== "plain") throw corrupt(folder, 0, "the segment that was written last is missing");
  const found: State = last ? new Scan(disk, folder, last, origin, verifiers).run() : { frontier: new Frontier(), leaf: genesis(origin), segment: undefined, checkpoint: undefined, sealed: 0, clean: true, dead: [] };
  checkHeads(disk, folder, found, last ? join(folder, last.file) : folder);
  return { ...found, number: last?.number ?? 0 };
}

type State = Omit<Resumed, "number">;

/** A log that was closed as it should be is not read again: its last checkpoint vouches for the head that was written down. */
function resumeClosed(disk: Disk, folder: string, segments: readonly SegmentName[], origin: string, verifiers: readonly Verifier[]): Resumed | undefined {
  const head = readHead(disk, folder, HEAD);
  const last = segments.at(-1);
  if (!head || last?.file !== head.segment) return undefined;
  const { bytes, size } = disk.readTail(join(folder, last.file), TAIL);
  const lines = [...linesOf(bytes)].filter(({ whole }) => whole);
  const frontier = Frontier.parse(head.size, head.frontier);
  const note = parseSeal(lines.at(-1)?.text ?? "");
  if (size !== head.offset || !frontier || note === undefined) return undefined;
  const checkpoint = openCheckpoint(note, origin, verifiers);
  if (typeof checkpoint === "string" || checkpoint.size !== head.size || checkpoint.root !== frontier.root()) return undefined;
  const record = lines.at(-2)?.text ?? "";
  if (!record.includes('"t":"close"') || leafBase64(record) !== head.leaf) return undefined;
  return { frontier, leaf: head.leaf, segment: { name: last.file, offset: size }, number: last.number, checkpoint: note, sealed: head.size, clean: true, dead: [] };
}

/** Walks one segment as long as every line goes on from the one before. */
class Scan {
  readonly #bytes: Buffer;
  readonly #file: string;
  readonly #segment: SegmentName;
  readonly #origin: string;
  readonly #verifiers: readonly Verifier[];
  #frontier = new Frontier();
  #leaf = "";
  #checkpoint: string | undefined;
  #sealed = 0;
  /** Leaves since the last checkpoint, for one that comes late. */
  #open: string[] = [];
  #sealedFrontier = new Frontier();
  #clean = false;

  constructor(disk: Disk, folder: string, segment: SegmentName, origin: string, verifiers: readonly Verifier[]) {
    this.#bytes = readSegment(disk, folder, segment);
    this.#file = join(folder, segment.file);
    this.#segment = segment;
    this.#origin = origin;
    this.#verifiers = verifiers;
  }

  run(): State {
    const lines = linesOf(this.#bytes);
    let end = this.#begin(lines.next().value ?? NOTHING);
    for (const line of lines) {
      if (!line.whole || !this.#goesOn(line)) break;
      end = line.offset + line.text.length + 1;
    }
    const rest = this.#bytes.subarray(end);
    if (rest.length > 0) this.#mustBeTorn(end);
    const dead = rest.length > 0 ? [{ segment: this.#segment.name, offset: end, bytes: rest.length, sha256: sha256(rest, "hex"), reason: "torn" }] : [];
    return { frontier: this.#frontier, leaf: this.#leaf, segment: { name: this.#segment.file, offset: end }, checkpoint: this.#checkpoint, sealed: this.#sealed, clean: this.#clean, dead };
  }

  /** A segment gets its name when its header is on the disk, so that no crash tears one. */
  #begin({ text, whole }: Line): number {
    const header = !whole ? "it is not whole" : text.startsWith(HEADER) ? parseHeader(text) : "there is none";
    if (typeof header === "string") throw corrupt(this.#file, 0, `its header: ${header}`);
    if (header.origin !== this.#origin || header.first !== this.#segment.first) throw corrupt(this.#file, 0, "its header is of another segment");
    const sealed = header.checkpoint === undefined ? 0 : this.#sizeOf(header.checkpoint);
    if (sealed === undefined) throw corrupt(this.#file, 0, "the checkpoint in its header is of no key that is known");
    this.#frontier = Frontier.parse(header.first, header.frontier) as Frontier;
    this.#leaf = header.prev;
    this.#checkpoint = header.checkpoint;
    this.#sealed = sealed;
    // A checkpoint of the segment before cannot come into this one.
    this.#sealedFrontier = this.#frontier.copy();
    return text.length + 1;
  }

  #goesOn({ text, offset }: Line): boolean {
    switch (text[0]) {
      case RECORD: return this.#record(text);
      case SEAL: return this.#seal(text, offset);
      case VALUE: return parseValue(text)?.i === this.#frontier.size - 1;
      default: return false;
    }
  }

  #record(text: string): boolean {
    if (!text.startsWith(`{"v":2,"i":${this.#frontier.size},"prev":"${this.#leaf}","t":"`)) return false;
    // A sector in the middle may be lost, of the last one at least, to which nothing links.
    if (typeof parseRecord(text) === "string") return false;
    const leaf = leafHash(text);
    this.#frontier.append(leaf);
    this.#open.push(leaf);
    this.#leaf = toBase64(leaf);
    this.#clean = text.includes('"t":"close"');
    return true;
  }

  /** No crash makes a whole checkpoint of this log that is wrong. Not to go on from it would drop what it covers, for a key that was forgotten. */
  #seal(text: string, offset: number): boolean {
    const note = parseSeal(text);
    if (note?.startsWith(`${this.#origin}\n`) !== true || typeof parseNote(note) === "string") return false;
    const checkpoint = openCheckpoint(note, this.#origin, this.#verifiers);
    if (typeof checkpoint === "string") throw corrupt(this.#file, offset, `a checkpoint: ${checkpoint}${checkpoint === UNKNOWN_KEY ? REPLACED : ""}`);
    if (checkpoint.size > this.#frontier.size || checkpoint.size < this.#sealedFrontier.size) throw corrupt(this.#file, offset, `a checkpoint of ${checkpoint.size} records, which are not before it`);
    for (const leaf of this.#open.splice(0, checkpoint.size - this.#sealedFrontier.size)) this.#sealedFrontier.append(leaf);
    if (this.#sealedFrontier.root() !== checkpoint.root) throw corrupt(this.#file, offset, "a checkpoint of other records");
    this.#checkpoint = note;
    this.#sealed = checkpoint.size;
    return true;
  }

  #sizeOf(note: string): number | undefined {
    const checkpoint = openCheckpoint(note, this.#origin, this.#verifiers);
    return typeof checkpoint === "string" ? undefined : checkpoint.size;
  }

  #mustBeTorn(end: number): void {
    const later = new Set<number>();
    const rest = this.#bytes.toString("latin1", end);
    // Wherever they stand: the damage may be the line feed before one.
    const start = formatSeal(`${this.#origin}\n`).slice(0, -1);
    for (let at = rest.indexOf(start); at >= 0; at = rest.indexOf(start, at + 1)) {
      const note = parseSeal(rest.slice(at, rest.indexOf('"', at + start.length) + 1));
      const size = note === undefined ? undefined : this.#sizeOf(note);
      if (size !== undefined) later.add(size);
    }
    if (later.size > 1) throw corrupt(this.#file, end, "it is damaged before a checkpoint that was safe");
  }
}

function checkHeads(disk: Disk, folder: string, { frontier, leaf }: Pick<State, "frontier" | "leaf">, file: string): void {
  for (const known of knownHeads(disk, folder)) {
    if (known.size > frontier.size) throw corrupt(file, frontier.size, `${known.size - frontier.size} records that were known to be there are missing`);
    if (known.size === frontier.size && known.leaf !== leaf) throw corrupt(file, frontier.size, "it is not the record that was known to be the last");
  }
}

function corrupt(file: string, place: number, problem: string): SpangateError {
  return new SpangateError("SG_AUDIT_CORRUPT", { file, place, problem });
}
