import { closeSync, fstatSync, openSync, readdirSync, readSync, renameSync, writeFileSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const RECORDS = "records.jsonl";
/** Where a log was known to end: written when it is closed and when records have left the process. */
export const HEAD = "head.json";
export const CURSOR = "cursor.json";
export const REJECTED = "rejected.jsonl";
export const LOCK = "lock";

/** A place in a log: how many records, how many bytes, and the leaf hash of the last of them. */
export interface Head {
  readonly size: number;
  readonly offset: number;
  readonly leaf: string;
}

const CHUNK = 256 * 1024;

/** The logs of an audit directory: folders that hold a record file. */
export function listLogs(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort();
}

export interface Line {
  readonly text: string;
  /** Bytes before the line. */
  readonly offset: number;
  /** False for bytes after the last line feed. */
  readonly whole: boolean;
}

/** The lines of a file from an offset, in bounded memory. */
export function* readLines(file: string, offset = 0): Generator<Line> {
  const fd = openSync(file, "r");
  try {
    const buffer = Buffer.alloc(CHUNK);
    let rest = Buffer.alloc(0);
    let at = offset;
    for (let position = offset; ; ) {
      const count = readSync(fd, buffer, 0, CHUNK, position);
      position += count;
      rest = Buffer.concat([rest, buffer.subarray(0, count)]);
      let start = 0;
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, start)) {
        yield { text: rest.toString("latin1", start, end), offset: at + start, whole: true };
        start = end + 1;
      }
      rest = rest.subarray(start);
      at += start;
      if (count === 0) break;
    }
    if (rest.length) yield { text: rest.toString("latin1"), offset: at, whole: false };
  } finally {
    closeSync(fd);
  }
}

/** The last bytes of a file, at most `limit`. */
export function readTail(file: string, limit: number): { bytes: Buffer; offset: number } {
  const fd = openSync(file, "r");
  try {
    const { size } = fstatSync(fd);
    const bytes = Buffer.alloc(Math.min(size, limit));
    readSync(fd, bytes, 0, bytes.length, size - bytes.length);
    return { bytes, offset: size - bytes.length };
  } finally {
    closeSync(fd);
  }
}

export function readHead(log: string, name: string): Head | undefined {
  try {
    return JSON.parse(readFileSync(join(log, name), "utf8")) as Head;
  } catch {
    return undefined;
  }
}

/** Replaces the file as a whole, so that no reader sees half of it. */
export function writeHead(log: string, name: string, head: Head): void {
  const file = join(log, name);
  writeFileSync(`${file}.new`, `${JSON.stringify(head)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
