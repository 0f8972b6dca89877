import type { Token } from "./tokens.ts";

/** What the model takes a token for, and how sure it is: 0 to 1. */
export interface Guess {
  readonly label: string;
  readonly score: number;
}

/** A name in a text. */
export interface Entity {
  /** The label without the letter that says where in a name a token stands: `PER`. */
  readonly type: string;
  readonly start: number;
  readonly end: number;
  /** The mean of its words. */
  readonly score: number;
}

interface Open {
  readonly type: string;
  readonly start: number;
  end: number;
  sum: number;
  words: number;
}

/** `B-PER`, `I-PER`; `PER` alone, and the letters of other schemes, go on like an I. */
const LABEL = /^([BIESLU])-(.+)$/;
const BEGINS = new Set(["B", "S", "U"]);
const OUTSIDE = "O";

/**
 * The names that the guesses make up. The first token of a word speaks for all of it; a name ends with its line.
 *
 * @param guesses one for each token
 */
export function entitiesOf(text: string, tokens: readonly Token[], guesses: readonly Guess[]): Entity[] {
  const entities: Open[] = [];
  let open: Open | undefined;
  for (const [index, { start, end, first }] of tokens.entries()) {
    // A blank may be a token of its own, with nothing of the text.
    if (!first || start === end) {
      if (open) open.end = Math.max(open.end, end);
      continue;
    }
    const { label, score } = guesses[index] as Guess;
    const [, place = "I", type = label] = LABEL.exec(label) ?? [];
    if (type === OUTSIDE) open = undefined;
    else if (open?.type === type && !BEGINS.has(place) && !text.slice(open.end, start).includes("\n")) {
      open.end = end;
      open.sum += score;
      open.words++;
    } else entities.push((open = { type, start, end, sum: score, words: 1 }));
  }
  return entities.map(({ type, start, end, sum, words }) => ({ type, start, end, score: sum / words }));
}

/** What a row of logits says: the label that is most likely, and how likely (softmax). */
export function guess(logits: ArrayLike<number>, row: number, labels: readonly string[]): Guess {
  const from = row * labels.length;
  let best = 0;
  for (let label = 1; label < labels.length; label++) if ((logits[from + label] as number) > (logits[from + best] as number)) best = label;
  let sum = 0;
  for (let label = 0; label < labels.length; label++) sum += Math.exp((logits[from + label] as number) - (logits[from + best] as number));
  return { label: labels[best] as string, score: 1 / sum };
}
