import { messageOf, SpangateError } from "../../../errors.ts";
import type { Ner } from "../../../policies/schema/ner.ts";
import { say } from "../../../say.ts";
import type { Finding, Scan } from "../finding.ts";
import { placeOf, type Spot } from "../layer.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { type Replace, rewriteTape } from "../rewrite.ts";
import { Tape } from "../tape.ts";
import { Walk } from "../walk.ts";
import { Client, findLibrary, type Missing } from "./client.ts";
import type { Entity } from "./entities.ts";
import { weightsIn } from "./folder.ts";

const LIBRARY = "@huggingface/transformers";
/** Text of one value that is looked at, in UTF-16 code units; a model reads some ten thousand of them in a second. */
const MOST_TEXT = 65_536;
/** What redaction has put there is no name. */
const PLACEHOLDER = /\[(?:REDACTED|HASH|TOKEN):[\w:-]*\]/g;
const LETTER = /\p{L}/u;

/** The names that were found in one value. */
export interface Found {
  readonly scan: Scan;
  /** Why not all of it was looked at. */
  readonly missing?: Missing | "size";
  /** The value as it was when it was looked at, with names replaced. */
  rewrite(value: unknown, replace: Replace): { readonly value: unknown; readonly scan: Scan };
}

/** Looks for names and places with a model of the user's. */
export class Names {
  readonly #section: Ner;
  readonly #client: Client;

  /**
   * @param library the package that runs the model
   * @throws SpangateError SG_NER_UNAVAILABLE when there is no model in the folder, or the package is not installed
   */
  constructor(section: Ner, library: string = LIBRARY) {
    this.#section = section;
    const { resolve } = process.getBuiltinModule("node:path");
    const folder = resolve(section.model);
    const unavailable = (thrown: unknown): SpangateError => new SpangateError("SG_NER_UNAVAILABLE", { model: section.model, problem: messageOf(thrown) });
    try {
      weightsIn(folder);
      this.#client = new Client({ library: findLibrary(library), folder, deadline: section.deadline, report: (problem) => say(unavailable(problem).line) });
    } catch (thrown) {
      throw unavailable(thrown);
    }
  }

  /** Whether a value has text that could hold a name. */
  mayHold(value: unknown): boolean {
    const tape = read(value);
    for (let entry = 0; entry < tape.length; entry++) {
      if (typeof tape.value[entry] !== "number" && LETTER.test(tape.text.slice(tape.middle[entry], tape.end[entry]))) return true;
    }
    return false;
  }

  /** Never rejects. */
  look(value: unknown): Promise<Found> {
    const tape = read(value);
    // All texts as one, with their keys: what a name stands under says much.
    const text = tape.text.slice(0, MOST_TEXT);
    return this.#client.ask(text).then((reply): Found => {
      if ("missing" in reply) return { scan: { findings: [], incomplete: [] }, missing: reply.missing, rewrite: (same) => ({ value: same, scan: { findings: [], incomplete: [] } }) };
      const [findings, spots] = this.#findings(tape, text, reply.entities);
      const scan: Scan = { findings, incomplete: [] };
      return {
        scan, ...(text.length < tape.text.length && { missing: "size" }),
        rewrite: (same, replace) => ({ value: findings.length > 0 ? rewriteTape(tape, spots, scan, replace) : same, scan }),
      };
    });
  }

  /** Ends the thread of the model when nothing waits for it. */
  retire(): void {
    this.#client.retire();
  }

  #findings(tape: Tape, text: string, entities: readonly Entity[]): [findings: Finding[], spots: Spot[][]] {
    const { threshold, labels } = this.#section;
    const placeholders = Array.from(text.matchAll(PLACEHOLDER), ({ 0: { length }, index }) => ({ start: index, end: index + length }));
    const findings: Finding[] = [];
    const spots: Spot[][] = [];
    for (const { type, start, end, score } of entities) {
      const detector = Object.hasOwn(labels, type) ? labels[type] : undefined;
      if (detector === undefined || score < threshold || placeholders.some((one) => one.start < end && start < one.end)) continue;
      for (const spot of spotsOf(tape, start, end)) {
        findings.push({ detector, category: "pii", score, form: "plain", places: [placeOf(tape, spot)] });
        spots.push([spot]);
      }
    }
    return [findings, spots];
  }
}

function read(value: unknown): Tape {
  const tape = new Tape();
  new Walk(tape, DEFAULT_LIMITS).run(value);
  return tape;
}

/** A stretch of the text of a tape in its lines: in values, and in keys that are no words of a program. */
function spotsOf(tape: Tape, start: number, end: number): Spot[] {
  const spots: Spot[] = [];
  for (let entry = firstAfter(tape, start); entry < tape.length && (tape.start[entry] as number) < end; entry++) {
    const keyEnd = tape.keyEnd(entry);
    const key = { from: Math.max(start, tape.start[entry] as number), to: Math.min(end, keyEnd) };
    if (key.from < key.to && /\s/.test(tape.text.slice(tape.start[entry], keyEnd))) spots.push({ entry, inKey: true, start: key.from, end: key.to });
    const value = { from: Math.max(start, tape.middle[entry] as number), to: Math.min(end, tape.end[entry] as number) };
    if (value.from < value.to) spots.push({ entry, inKey: false, start: value.from, end: value.to });
  }
  return spots;
}

/** The first entry whose line ends behind a place. */
function firstAfter(tape: Tape, place: number): number {
  let [low, high] = [0, tape.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tape.end[middle] as number) <= place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** For what is loaded on first use. */
export function createNames(section: Ner, library?: string): Names {
  return new Names(section, library);
}
