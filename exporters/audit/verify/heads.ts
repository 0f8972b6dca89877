import { readFileSync } from "node:fs";
import { messageOf } from "../../../errors.ts";
import { type Checkpoint, parseCheckpoint } from "../tree/checkpoint.ts";
import { type Hash, parseHash } from "../tree/hash.ts";
import { parseNote } from "../tree/note.ts";
import { untrusted } from "./trust.ts";

/** A head of a log that was kept elsewhere: where nobody who can write the log can write. */
export interface KnownHead extends Checkpoint {
  /** The signed note, where it was one. */
  readonly note?: string;
}

/** Signed notes stand one after the other; each ends with its lines of signatures. */
const NOTE = /[^\n]+\n\d+\n[A-Za-z0-9+/=]{44}\n\n(?:\u2014 [^\n]+\n)+/g;

/**
 * Heads of a file: signed notes, `origin size root` lines, or JSON of `{origin, size, root}`, of a list of those, or
 * of a report of `spangate verify --json`.
 *
 * @throws SG_AUDIT_TRUST for a file that has none, or one that cannot be read
 */
export function readKnownHeads(file: string): KnownHead[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (thrown) {
    throw untrusted(file, messageOf(thrown));
  }
  const heads = /^\s*[[{]/.test(text) ? headsOfJson(text) : headsOfText(text);
  if (heads.length === 0) throw untrusted(file, "no signed note, no line `origin size root` and no JSON of heads");
  return heads;
}

/** One head of the command line: `origin size root`. */
export function parseHead(text: string): KnownHead | undefined {
  const [origin = "", size = "", root = "", ...more] = text.trim().split(/\s+/);
  const checkpoint = more.length > 0 ? "" : parseCheckpoint(`${origin}\n${size}\n${root}\n`);
  return typeof checkpoint === "string" ? undefined : checkpoint;
}

export function headOfNote(note: string): KnownHead | undefined {
  const parsed = parseNote(note);
  const checkpoint = typeof parsed === "string" ? parsed : parseCheckpoint(parsed.text);
  return typeof checkpoint === "string" ? undefined : { ...checkpoint, note };
}

/** The signed notes of a text, or else its lines `origin size root`. */
export function headsOfText(text: string): KnownHead[] {
  const notes = [...text.matchAll(NOTE)].flatMap(([note]) => headOfNote(note) ?? []);
  return notes.length > 0 ? notes : text.split("\n").flatMap((line) => parseHead(line) ?? []);
}

function headsOfJson(text: string): KnownHead[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return [];
  }
  const found: KnownHead[] = [];
  const visit = (one: unknown): void => {
    if (Array.isArray(one)) one.forEach(visit);
    else if (typeof one === "string") found.push(...headsOfText(one));
    else if (typeof one === "object" && one !== null) {
      const { origin, size, root, checkpoint, logs } = one as Record<string, unknown>;
      const head = typeof origin === "string" && Number.isSafeInteger(size) && typeof root === "string" && parseHash(root) !== undefined ? { origin, size: size as number, root: parseHash(root) as Hash } : undefined;
      if (head) found.push(head);
      visit(checkpoint);
      visit(logs);
    }
  };
  visit(value);
  return found;
}
