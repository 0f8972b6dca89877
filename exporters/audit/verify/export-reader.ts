/**
 * Messages of an audit log in what an OTLP backend gives back: OTLP-JSON of spans or log records, one document or
 * one a line (the collector's file exporter); traces of Jaeger and Tempo; rows of ClickHouse; lines of VictoriaLogs.
 *
 * @module
 */
import { closeSync, openSync, readSync } from "node:fs";
import { AUDIT_CHECKPOINT, AUDIT_FROM, AUDIT_FRONTIER, AUDIT_INDEX, AUDIT_LEAF, AUDIT_LEAVES, AUDIT_LOG, AUDIT_PART, AUDIT_RECORD, AUDIT_SIZE } from "../../../names.ts";
import { ascii } from "../record.ts";
import { type Hash, parseHash, parseHashes } from "../tree/hash.ts";

/** One record, as a backend has it. */
export interface RecordMessage {
  readonly origin: string;
  readonly index: number;
  /** Leaf hash that was sent with it. */
  readonly leaf: Hash | undefined;
  /** Its bytes, as far as they are there. */
  readonly text: string;
}

/** One checkpoint with what proves the records before it. */
export interface CheckpointMessage {
  readonly origin: string;
  readonly note: string;
  readonly from: number;
  /** The tree of the first `from` records: {@link Frontier.toString}. */
  readonly frontier: string;
  /** Undefined where a value was cut. */
  readonly leaves: readonly Hash[] | undefined;
  /** Of how many messages about the interval it is which, from 1. */
  readonly part: { readonly number: number; readonly of: number };
}

export interface Messages {
  readonly record: (message: RecordMessage) => void;
  readonly checkpoint: (message: CheckpointMessage) => void;
}

type Attributes = ReadonlyMap<string, string>;

/** Where formats keep attributes: OTLP and Tempo, Jaeger, ClickHouse. */
const PLACES = ["attributes", "tags", "SpanAttributes", "LogAttributes"];
const DEEPEST = 16;
/** A document that is no JSON lines is read whole. */
const LARGEST_DOCUMENT = 1024 * 1024 * 1024;
const CHUNK = 1024 * 1024;

/**
 * Reads an export, line by line where every line is a document.
 *
 * @returns how many audit messages there were
 * @throws SyntaxError for what is no JSON, RangeError for a document of more than 1 GiB; what the file system throws
 */
export function readExport(file: string, messages: Messages): number {
  let count = 0;
  let whole = "";
  let isLines: boolean | undefined;
  for (const line of linesOfFile(file)) {
    if (isLines !== false && line.trim() === "") continue;
    if (isLines === false) {
      whole += `${line}\n`;
      if (whole.length > LARGEST_DOCUMENT) throw new RangeError(`${file} is one document of more than ${LARGEST_DOCUMENT} bytes`);
      continue;
    }
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (thrown) {
      // The first line alone tells: a document that is printed over many lines does not end there.
      if (isLines) throw thrown;
      isLines = false;
      whole = `${line}\n`;
      continue;
    }
    isLines = true;
    count += visit(value, messages, 0);
  }
  return isLines === false ? count + visit(JSON.parse(whole), messages, 0) : count;
}

function* linesOfFile(file: string): Generator<string> {
  const fd = openSync(file, "r");
  const decoder = new TextDecoder();
  try {
    const buffer = Buffer.alloc(CHUNK);
    let rest = "";
    for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer)) {
      const lines = (rest + decoder.decode(buffer.subarray(0, read), { stream: true })).split("\n");
      rest = lines.pop() as string;
      yield* lines;
    }
    rest += decoder.decode();
    if (rest !== "") yield rest;
  } finally {
    closeSync(fd);
  }
}

/** Every object that has attributes of an audit message, at whatever depth. */
function visit(value: unknown, messages: Messages, depth: number): number {
  if (typeof value !== "object" || value === null || depth > DEEPEST) return 0;
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + visit(one, messages, depth + 1), 0);
  const found = PLACES.map((place) => attributesOf((value as Record<string, unknown>)[place])).find((attributes) => attributes?.has(AUDIT_LOG))
    // VictoriaLogs has attributes beside everything else.
    ?? (AUDIT_LOG in value ? attributesOf(value) : undefined);
  if (found) return tell(found, messages);
  return Object.values(value).reduce<number>((sum, one) => sum + visit(one, messages, depth + 1), 0);
}

function attributesOf(value: unknown): Attributes | undefined {
  // Some clients of ClickHouse give a map as text.
  if (typeof value === "string" && value.startsWith("{") && value.includes(AUDIT_LOG)) {
    try {
      return attributesOf(JSON.parse(value));
    } catch {
      return undefined;
    }
  }
  if (typeof value !== "object" || value === null) return undefined;
  const pairs = Array.isArray(value)
    ? value.flatMap((one: unknown): [string, unknown][] => (typeof one === "object" && one !== null && "key" in one && typeof one.key === "string" && "value" in one ? [[one.key, one.value]] : []))
    : Object.entries(value);
  return new Map(pairs.filter(([key]) => key.startsWith("spangate.audit.")).map(([key, one]) => [key, textOf(one)]));
}

/** A value as text, whatever type a backend made of it. */
function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return String(value);
  const [only, ...more] = Object.keys(value);
  if (more.length === 0 && only !== undefined && /^(string|int|double|bool)_?[vV]alue$/.test(only)) return textOf((value as Record<string, unknown>)[only]);
  // A record that was taken for JSON and parsed: keys keep their order.
  return ascii(JSON.stringify(value));
}

function tell(attributes: Attributes, { record, checkpoint }: Messages): number {
  const origin = attributes.get(AUDIT_LOG) as string;
  const note = attributes.get(AUDIT_CHECKPOINT);
  if (note !== undefined) {
    const [number = 1, of = 1] = (attributes.get(AUDIT_PART) ?? "1/1").split("/").map(Number);
    const from = sizeOf(attributes.get(AUDIT_FROM));
    if (from === undefined) return 0;
    checkpoint({ origin, note: repaired(note), from, frontier: attributes.get(AUDIT_FRONTIER) ?? "", leaves: leavesOf(attributes), part: { number, of } });
    return 1;
  }
  const index = sizeOf(attributes.get(AUDIT_INDEX));
  if (index === undefined || attributes.has(AUDIT_SIZE)) return 0;
  const parts = inOrder(attributes, AUDIT_RECORD);
  // Who only names a record is none: the span of a call, and the decision log.
  if (!attributes.has(AUDIT_RECORD) && parts.length === 0 && !attributes.has(AUDIT_LEAF)) return 0;
  record({ origin, index, leaf: parseHash(attributes.get(AUDIT_LEAF) ?? ""), text: attributes.get(AUDIT_RECORD) ?? parts.join("") });
  return 1;
}

/** Values of `<key>.0`, `<key>.1` and so on, up to the first that is not there. */
function inOrder(attributes: Attributes, key: string): string[] {
  const values: string[] = [];
  for (let at = 0; attributes.has(`${key}.${at}`); at++) values.push(attributes.get(`${key}.${at}`) as string);
  return values;
}

function leavesOf(attributes: Attributes): Hash[] | undefined {
  const groups = inOrder(attributes, AUDIT_LEAVES).map(parseHashes);
  return groups.includes(undefined) ? undefined : (groups.flat() as Hash[]);
}

/** Signature lines begin with the only character of a message that is not ASCII. */
function repaired(note: string): string {
  const split = note.lastIndexOf("\n\n");
  return split < 0 ? note : note.slice(0, split + 2) + note.slice(split + 2).replace(/^[^\w\n]+ /gm, "\u2014 ");
}

function sizeOf(text: string | undefined): number | undefined {
  const size = text === undefined || !/^\d{1,16}(\.0+)?$/.test(text) ? NaN : Number(text);
  return Number.isSafeInteger(size) ? size : undefined;
}
