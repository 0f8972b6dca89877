/**
 * A log is a folder of segments, `NNNNNNNN-<first index>.log`, that are only ever appended to. Four kinds of
 * lines stand in them, told apart by their first character; only records are leaves. See docs/audit-format.md.
 *
 * @module
 */
import { join } from "node:path";
import type { Disk } from "./disk.ts";
import { ascii } from "./record.ts";
import { Frontier } from "./tree/frontier.ts";

export const HEADER = "!";
export const RECORD = "{";
export const SEAL = "#";
export const VALUE = "~";

/** The file of a log of version 1: records only. */
export const OLD_RECORDS = "records.jsonl";

const NAME = /^(\d{8}|\d{16})-(\d{1,16})\.log(\.gz|\.zst|\.leaves)?$/;
const LINE_FEED = 10;
/** Most bytes of a segment once it is decompressed: a file of kilobytes can stand for terabytes. As many as Node reads of a plain one. */
const MOST_BYTES = 2 ** 31 - 1;

/** The first line of a segment: where the tree stood when it was begun. */
export interface Header {
  readonly v: 2;
  readonly origin: string;
  /** Index of the first record. */
  readonly first: number;
  /** Leaf hash of the record before it, or the genesis constant. */
  readonly prev: string;
  /** The tree of all records before it: {@link Frontier.toString}. */
  readonly frontier: string;
  /** The last checkpoint before it, as a signed note; absent where there is none yet. */
  readonly checkpoint?: string | undefined;
  /** The segment before it failed: records from `first` on that stand there stand here again. */
  readonly rewrites?: true | undefined;
}

export interface SegmentName {
  /** File name without what compression or pruning adds: `00000001-0.log`. */
  readonly name: string;
  /** File name as it is. */
  readonly file: string;
  readonly number: number;
  readonly first: number;
  readonly form: "plain" | "gzip" | "zstd" | "leaves";
}

export function segmentName(number: number, first: number): string {
  return `${String(number).padStart(8, "0")}-${first}.log`;
}

/** The segments of a log in their order. Where a segment is there in two forms, a crash came between; the plain one counts. */
export function listSegments(disk: Disk, folder: string): SegmentName[] {
  const found = new Map<string, SegmentName>();
  for (const file of disk.list(folder)) {
    const segment = segmentOf(file);
    const other = segment && found.get(segment.name);
    if (segment && (!other || RANK[segment.form] < RANK[other.form])) found.set(segment.name, segment);
  }
  return [...found.values()].sort((a, b) => a.number - b.number);
}

const RANK = { plain: 0, gzip: 1, zstd: 2, leaves: 3 } as const;
const FORMS = { "": "plain", ".gz": "gzip", ".zst": "zstd", ".leaves": "leaves" } as const;

/** What the name of a file says; undefined for one that is no segment. */
export function segmentOf(file: string): SegmentName | undefined {
  const [, number, first, ending = ""] = NAME.exec(file) ?? [];
  if (number === undefined || first === undefined) return undefined;
  return { name: `${number}-${first}.log`, file, number: Number(number), first: Number(first), form: FORMS[ending as keyof typeof FORMS] };
}

/**
 * The logs of an audit directory: folders that hold a segment, or the file of version 1.
 *
 * @param unlisted is told of what cannot be listed, and may be a log all the same; without it that is thrown
 */
export function listLogs(disk: Disk, directory: string, unlisted?: (name: string, problem: unknown) => void): string[] {
  return disk.list(directory).filter((name) => {
    try {
      return disk.exists(join(directory, name, OLD_RECORDS)) || disk.list(join(directory, name)).some((file) => segmentOf(file) !== undefined);
    } catch (thrown) {
      // A file, or gone meanwhile.
      if (["ENOTDIR", "ENOENT"].includes((thrown as NodeJS.ErrnoException).code ?? "")) return false;
      if (!unlisted) throw thrown;
      unlisted(name, thrown);
      return false;
    }
  });
}

/** The bytes of a segment, decompressed. Throws what the disk throws, and for bytes that are not compressed as their name says. */
export function readSegment(disk: Disk, folder: string, segment: SegmentName): Buffer {
  let { file, form } = segment;
  let bytes: Buffer;
  try {
    bytes = disk.read(join(folder, file));
  } catch (thrown) {
    // Since it was listed it may have been compressed.
    const now = listSegments(disk, folder).find(({ name }) => name === segment.name);
    if (!now || now.file === file || now.form === "leaves") throw thrown;
    ({ file, form } = now);
    bytes = disk.read(join(folder, file));
  }
  if (form === "plain" || form === "leaves") return bytes;
  // Loaded only for what is compressed, as in sha256.ts.
  const { gunzipSync, zstdDecompressSync } = process.getBuiltinModule("node:zlib");
  return (form === "gzip" ? gunzipSync : zstdDecompressSync)(bytes, { maxOutputLength: MOST_BYTES });
}

export interface Line {
  /** One character per byte (latin1), without the line feed. */
  readonly text: string;
  /** Bytes before the line. */
  readonly offset: number;
  /** False for bytes after the last line feed. */
  readonly whole: boolean;
}

/** The lines of a segment from an offset. */
export function* linesOf(bytes: Buffer, offset = 0): Generator<Line> {
  let start = offset;
  for (let end = bytes.indexOf(LINE_FEED, start); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
    yield { text: bytes.toString("latin1", start, end), offset: start, whole: true };
    start = end + 1;
  }
  if (start < bytes.length) yield { text: bytes.toString("latin1", start), offset: start, whole: false };
}

export function formatHeader(header: Header): string {
  return HEADER + ascii(JSON.stringify(header));
}

/** A header, or what is wrong with the line; strict as records are. */
export function parseHeader(line: string): Header | string {
  let header: Header;
  try {
    header = JSON.parse(line.slice(1)) as Header;
  } catch {
    return "not JSON";
  }
  if (typeof header !== "object" || header === null || header.v !== 2 || typeof header.origin !== "string" || !Number.isSafeInteger(header.first) || typeof header.prev !== "string" || typeof header.frontier !== "string") return "not a header";
  const { v, origin, first, prev, frontier, checkpoint, rewrites } = header;
  if ((checkpoint !== undefined && typeof checkpoint !== "string") || (rewrites !== undefined && rewrites !== true)) return "not a header";
  if (formatHeader({ v, origin, first, prev, frontier, checkpoint, rewrites }) !== line) return "not in the form in which headers are written";
  return Frontier.parse(first, frontier) ? header : "its frontier is none of a tree of that size";
}

/** The header of a segment in whichever form, or what is wrong with it. */
export function headerOf(bytes: Buffer): Header | string {
  return parseHeader(bytes.toString("latin1", 0, Math.max(0, bytes.indexOf(LINE_FEED))));
}

/** A checkpoint as it stands in a segment: the signed note as a JSON string of ASCII. */
export function formatSeal(note: string): string {
  return SEAL + ascii(JSON.stringify(note));
}

/** The signed note, or undefined for a line that we would have written otherwise. Says nothing of the signature. */
export function parseSeal(line: string): string | undefined {
  try {
    const note = JSON.parse(line.slice(1)) as unknown;
    return typeof note === "string" && formatSeal(note) === line ? note : undefined;
  } catch {
    return undefined;
  }
}
