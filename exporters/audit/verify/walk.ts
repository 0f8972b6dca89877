import { sha256 } from "../../../sha256.ts";
import type { RecordType } from "../bodies.ts";
import { type AuditRecord, MAX_RECORD, parseRecord } from "../record.ts";
import { type Header, parseHeader, parseSeal } from "../segment.ts";
import { fromBase64, toBase64 } from "../tree/hash.ts";
import { parseValue } from "../vault.ts";
import type { State } from "./state.ts";
import { StrictScanner } from "./strict.ts";
import type { Values } from "./values.ts";

const LINE_FEED = 10;
const [HEADER, RECORD, SEAL, VALUE] = [33, 123, 35, 126];
/** Types of which more is needed than that they are in their place. */
const READ: ReadonlySet<RecordType> = new Set<RecordType>(["open", "key", "heartbeat", "recover", "prune", "erase"]);

/** A segment in memory. */
export interface Segment {
  readonly name: string;
  /** Its file, as problems name it. */
  readonly file: string;
  readonly first: number;
  readonly bytes: Buffer;
  /** First index that counts in the segment after it; Infinity for the last. */
  readonly end: number;
}

/** Where a segment does not go on. */
export interface Stop {
  /** Byte and line (from 1) of the line that does not. */
  readonly offset: number;
  readonly line: number;
  readonly problem: string;
  /** The records from here on stand in the next segment. */
  readonly beyond?: boolean;
  /** Bytes without a line feed. */
  readonly half?: boolean;
}

/** What a walk may ask of whoever walks. */
export interface Company {
  readonly log: string;
  readonly values: Values | undefined;
  /** Called after each record; whatever a head outside of the log says of this place is compared there. */
  readonly passed: () => void;
  readonly step: (records: number) => void;
}

const scanner = new StrictScanner();

/**
 * Follows a segment, line by line, as long as each goes on from the one before and each checkpoint fits: a log that
 * nobody touched is verified by this alone. `state` is left as it is before the line that does not go on.
 *
 * @param begun whether the header was checked already
 */
export function walk(state: State, { bytes, end }: Segment, from: { readonly offset: number; readonly line: number }, { log, values, passed, step }: Company): Stop | undefined {
  const id = Buffer.from(log, "latin1");
  let { offset: start, line } = from;
  let first = state.size;
  let last: { start: number; end: number } | undefined;
  let time = { from: 0, to: 0 };
  // Whether no value may come: there was one, or a checkpoint stands between.
  let hasValue = false;
  const stop = (problem: string, more?: Partial<Stop>): Stop => ({ offset: start, line, problem, ...more });
  const finish = (found: Stop | undefined): Stop | undefined => {
    state.await(first, state.size);
    if (last) state.time = bytes.toString("latin1", time.from, time.to);
    return found;
  };
  for (; start < bytes.length; line++) {
    const stopAt = bytes.indexOf(LINE_FEED, start);
    if (stopAt < 0) return finish(stop("the line has no end", { half: true }));
    switch (bytes[start]) {
      case RECORD: {
        const text = `{"v":2,"i":${state.size},"prev":"${state.leaf}","t":"`;
        if (bytes.toString("latin1", start, start + text.length) !== text) return finish(stop("it does not go on from the record before"));
        if (stopAt - start > MAX_RECORD) return finish(stop("it is too long for a record"));
        const isScanned = scanner.scan(bytes, start + text.length, stopAt, id);
        let record: AuditRecord | undefined;
        if (!isScanned || READ.has(scanner.type)) {
          const parsed = parseRecord(bytes.toString("latin1", start, stopAt));
          if (typeof parsed === "string") return finish(stop(parsed));
          if (parsed.log !== log) return finish(stop(`it is of the log ${parsed.log}`));
          record = parsed;
        }
        if (state.size >= end) return finish(stop("it stands in the next segment", { beyond: true }));
        const leaf = leafOf(bytes, start, stopAt);
        note(state, record ?? scanner);
        state.append(leaf, toBase64(leaf));
        last = { start, end: stopAt };
        if (record) {
          // Its time is somewhere else in the line than where the scanner would have found it.
          const at = bytes.indexOf('"ts":"', start) + '"ts":"'.length;
          time = { from: at, to: at + String(record.ts).length };
        } else time = { from: scanner.tsFrom, to: scanner.tsTo };
        hasValue = false;
        passed();
        break;
      }
      case VALUE: {
        if (!last || hasValue) return finish(stop("a value without a record"));
        hasValue = true;
        const { start: recordStart, end: recordEnd } = last;
        const record = (): AuditRecord => parseRecord(bytes.toString("latin1", recordStart, recordEnd)) as AuditRecord;
        const text = bytes.toString("latin1", start, stopAt);
        // Its form in any case: who went on from a crash went by it.
        const problem = values ? values.check(text, state.size - 1, state.leaf, record) : parseValue(text)?.i === state.size - 1 ? undefined : "not a value of the record before it";
        if (problem) return finish(stop(problem));
        break;
      }
      case SEAL: {
        if (last) state.time = bytes.toString("latin1", time.from, time.to);
        state.await(first, state.size);
        first = state.size;
        hasValue = true;
        const problem = seal(state, bytes.toString("latin1", start, stopAt));
        if (problem) return finish(stop(problem));
        step(state.size);
        break;
      }
      default:
        return finish(stop(bytes[start] === HEADER ? "a header in the middle of a segment" : "not a line of a log"));
    }
    start = stopAt + 1;
  }
  return finish(undefined);
}

/** RFC 6962 leaf hash of a line, without a copy of it: the line feed before it lends its place to the prefix. */
function leafOf(bytes: Buffer, start: number, end: number): string {
  const before = bytes[start - 1] as number;
  bytes[start - 1] = 0;
  const leaf = sha256(bytes.subarray(start - 1, end), "latin1");
  bytes[start - 1] = before;
  return leaf;
}

/** What later records and the report need to know of it. */
export function note(state: State, record: AuditRecord | StrictScanner): void {
  const type = record instanceof StrictScanner ? record.type : record.t;
  // Closing may end a segment as well.
  state.closed = type === "close" || (state.closed && type === "rotate");
  if (record instanceof StrictScanner) {
    if (record.runs) state.started(state.size);
    if (record.ref >= 0) state.running.delete(record.ref);
    return;
  }
  switch (record.t) {
    case "open": state.trust.open(record.key); break;
    case "key": state.trust.announce(state.size, record); break;
    case "heartbeat": state.interval = record.interval; break;
    case "recover": state.recovers.push({ index: state.size, body: record }); break;
    case "prune": state.prunes.push({ index: state.size, body: record }); break;
    case "erase": state.erases.push({ index: state.size, body: record }); break;
    case "decision": if (record.runs) state.started(state.size); break;
    case "outcome": state.running.delete(record.ref); break;
  }
}

/** Checks a checkpoint against the tree. What is wrong with it, or undefined; one of an unknown or revoked key is no proof and nothing wrong. */
export function seal(state: State, line: string): string | undefined {
  const text = parseSeal(line);
  if (text === undefined) return "not in the form in which checkpoints are written";
  const judged = state.trust.judge(text, () => BigInt(state.time), state.isWhole);
  const size = judged.problem === undefined ? judged.checkpoint.size : judged.size;
  if (judged.problem !== undefined && judged.kind === "wrong") return judged.problem;
  if (size !== undefined && size > state.size) return `a checkpoint of ${size} records behind ${state.size}`;
  if (size !== undefined && size <= state.lastSize) return `a checkpoint of ${size} records after one of ${state.lastSize}`;
  state.lastSize = size ?? state.lastSize;
  if (judged.problem !== undefined) {
    state.doubt = judged.problem;
    return undefined;
  }
  const root = state.rootAt(judged.checkpoint.size);
  if (root === undefined) return undefined;
  if (root !== judged.checkpoint.root) return "the checkpoint is not of these records";
  state.roots.set(judged.checkpoint.size, root);
  state.seal(judged.checkpoint.size, text);
  return undefined;
}

/** Whether a header goes on from the state: undefined, or what is wrong with it. */
export function checkHeader(state: State, line: string, segment: Segment, origin: string): Header | string {
  const header = parseHeader(line);
  if (typeof header === "string") return header;
  if (header.origin !== origin) return `it is of ${header.origin}`;
  if (header.first !== segment.first) return `it begins with record ${header.first}, and its name says ${segment.first}`;
  if (header.first !== state.size) return `it begins with record ${header.first}, and ${state.size} is next`;
  if (header.prev !== state.leaf) return "it does not go on from the last record";
  if (state.tree && header.frontier !== state.tree.toString()) return "its tree is not the tree of the records before";
  if (header.checkpoint === undefined) {
    if (!header.rewrites) return state.headersOwe === 0 ? header : "it leaves out the checkpoint before it";
    // The checkpoint before it was written, and the disk failed before it was safe.
    state.headersOwe = 0;
    return header;
  }
  const judged = state.trust.judge(header.checkpoint, () => BigInt(state.time), state.isWhole);
  if (judged.problem !== undefined) return judged.kind === "wrong" ? `its checkpoint: ${judged.problem}` : header;
  const known = state.roots.get(judged.checkpoint.size) ?? state.rootAt(judged.checkpoint.size);
  if (known !== undefined && known !== judged.checkpoint.root) return "its checkpoint is not of the records before";
  if (judged.checkpoint.size > state.size) return "its checkpoint is of more records than there are";
  if (state.tree && known !== undefined && judged.checkpoint.size > state.sealed) state.seal(judged.checkpoint.size, header.checkpoint);
  return header;
}

/** Hash of a base64 leaf that was taken from a line; undefined for no hash. */
export function hashOf(base64: string): string | undefined {
  const bytes = fromBase64(base64);
  return bytes?.length === 32 ? bytes : undefined;
}
