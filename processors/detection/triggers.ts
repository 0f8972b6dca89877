import type { Finder, RegexEngine } from "../../policies/regex.ts";
import { Automaton, TextTree } from "./automaton.ts";
import { coresOf } from "./cores.ts";
import type { Detector } from "./detector.ts";
import { findSpaced } from "./runs.ts";
import { HIDDEN, SIGNS, type Sign, type Signals } from "./signs.ts";

/** Bytes around the core of a trigger in which the rest of it must stand. */
const AROUND = 128;
/** So often in one text the rest of triggers is looked at; from then on their cores are enough, and the limit of work decides. */
const MOST_LOOKS = 2_048;

/** One pattern, and who asked for it. */
export interface Trigger {
  /** Indices of detectors. */
  readonly detectors: readonly number[];
  /** What it announces may be split over two texts: a value of its own form, not a word that speaks for one. */
  readonly splits: boolean;
}

interface Compiled extends Trigger {
  /** The forms of a trigger that is nothing but text in this case. */
  readonly exact: (() => readonly Buffer[]) | undefined;
  /** Set where more than a core has to match. */
  readonly finder: (() => Finder) | undefined;
}

/**
 * All triggers of all detectors as one automaton over the texts that must stand in them; what else belongs to a
 * trigger is looked at where such a text stands.
 */
export class Triggers {
  readonly list: readonly Trigger[];
  readonly #compiled: readonly Compiled[];
  /** Of ASCII, and of the others, which are looked for only where there is something else. */
  readonly #automata: readonly [ascii: Automaton, other: Automaton];
  readonly #raw: number[] = [];

  /** @throws TypeError for a trigger without text of its own */
  constructor(detectors: readonly Detector[], engine: RegexEngine) {
    const users = new Map<string, number[]>();
    for (const [index, { triggers }] of detectors.entries()) {
      for (const pattern of new Set(triggers)) {
        const known = users.get(pattern);
        if (known) known.push(index);
        else users.set(pattern, [index]);
      }
    }
    const [ascii, other] = [new TextTree(HIDDEN), new TextTree()];
    const look = (text: string, value: number): void => (isAscii(text) ? ascii : other).add(text, value);
    this.#compiled = Array.from(users, ([pattern, indices], index) => {
      const cores = coresOf(pattern);
      for (const text of cores.texts) look(text, index);
      let finder: Finder | undefined;
      let exact: readonly Buffer[] | undefined;
      return {
        detectors: indices, splits: indices.some((user) => !(detectors[user] as Detector).needsContext),
        exact: cores.exact && (() => (exact ??= (cores.exact as readonly string[]).map((text) => Buffer.from(text)))),
        finder: cores.exact || cores.whole ? undefined : () => (finder ??= engine.compileFinder(pattern)),
      };
    });
    this.list = this.#compiled;
    for (const [index, { text }] of SIGNS.entries()) look(text, users.size + index);
    this.#automata = [new Automaton(ascii), new Automaton(other)];
  }

  /** Looks through UTF-8; of signs only those in the first `size` bytes count. */
  find(bytes: Buffer, size: number, ascii: boolean, into: Signals): void {
    this.#find(this.#automata[0], bytes, size, into);
    if (!ascii) {
      this.#find(this.#automata[1], bytes, size, into);
      sortPairs(into.triggers);
    }
    into.spaced = findSpaced(bytes, size);
  }

  #find(automaton: Automaton, bytes: Buffer, size: number, into: Signals): void {
    const raw = this.#raw;
    raw.length = 0;
    automaton.find(bytes, bytes.length, raw);
    let looks = MOST_LOOKS;
    for (let index = 0; index < raw.length; index += 2) {
      const [value, end] = [raw[index] as number, raw[index + 1] as number];
      const compiled = this.#compiled[value];
      if (!compiled) {
        const { flag, confirms } = SIGNS[value - this.#compiled.length] as Sign;
        if (end <= size && !into[flag] && (!confirms || confirms(bytes, end, size))) into[flag] = true;
      } else if ((compiled.finder && looks-- <= 0) || holds(compiled, bytes, end)) into.triggers.push(value, end);
    }
  }
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text);
}

/** Puts pairs of trigger and end into the order of their ends. */
function sortPairs(pairs: number[]): void {
  const order = Array.from({ length: pairs.length / 2 }, (_, pair) => pair).sort((a, b) => (pairs[2 * a + 1] as number) - (pairs[2 * b + 1] as number));
  const sorted = order.flatMap((pair) => [pairs[2 * pair] as number, pairs[2 * pair + 1] as number]);
  for (let index = 0; index < sorted.length; index++) pairs[index] = sorted[index] as number;
}

function holds({ exact, finder }: Compiled, bytes: Buffer, end: number): boolean {
  if (exact) return exact().some((text) => text.length <= end && bytes.compare(text, 0, text.length, end - text.length, end) === 0);
  return !finder || finder().findEnd(bytes.subarray(Math.max(0, end - AROUND), end + AROUND), 0) >= 0;
}
