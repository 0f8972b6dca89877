/** Texts of one piece of a stream that are followed, and levels of nesting at which they are looked for. */
const MOST_TEXTS = 8;
const DEEPEST = 4;
/** Of what came before in a text so much is kept, in UTF-16 code units. */
const KEPT = 512;
/** Of a new piece so much is looked at together with it: an injection that begins in the one and goes on in the other. */
const AHEAD = 4_096;

/**
 * The texts of a stream, put together: a phrase may begin in one piece and end in the next. A text is followed by where it
 * stands in the pieces, as `delta.content`. For a result that comes in one piece nothing is done.
 */
export class Pieces {
  /** The piece before, until it is known that there is another one. */
  #before: { readonly piece: unknown } | undefined;
  readonly #ends = new Map<string, string>();

  /** The new piece with the ends of what came before it; empty for the first one. */
  next(piece: unknown): readonly string[] {
    const before = this.#before;
    this.#before = { piece };
    if (!before) return [];
    for (const [path, text] of textsOf(before.piece)) {
      if (this.#ends.size < MOST_TEXTS || this.#ends.has(path)) this.#ends.set(path, ((this.#ends.get(path) ?? "") + text).slice(-KEPT));
    }
    return textsOf(piece).flatMap(([path, text]) => {
      const end = this.#ends.get(path);
      return end ? [end + text.slice(0, AHEAD)] : [];
    });
  }
}

function textsOf(piece: unknown): [path: string, text: string][] {
  const texts: [string, string][] = [];
  const walk = (value: unknown, path: string, depth: number): void => {
    if (texts.length === MOST_TEXTS) return;
    if (typeof value === "string") texts.push([path, value]);
    else if (typeof value === "object" && value !== null && depth < DEEPEST) for (const [key, inner] of Object.entries(value)) walk(inner, `${path}.${key}`, depth + 1);
  };
  try {
    walk(piece, "", 0);
  } catch {
    // A getter that throws; the scanner says that it could not be read.
  }
  return texts;
}
