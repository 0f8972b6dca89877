import { type Look, read, type Reading } from "./region.ts";
import { Settling } from "./settling.ts";

/** Values of a stream of which each shows all of a text so far: previews. */
export class Growing {
  readonly #look: Look;
  readonly settling: Settling;
  #text = "";
  #reading: Reading | undefined;
  /** The next value was another text. */
  over = false;
  /** How often a value was longer than the one before it. */
  grown = 0;

  constructor(look: Look, eager: boolean) {
    this.#look = look;
    this.settling = new Settling(eager);
  }

  get length(): number {
    return this.#text.length;
  }

  /** Takes the next value. Returns how much of it was shown before; undefined when it is another text. */
  grow(text: string): number | undefined {
    const shown = this.#text.length;
    if (!text.startsWith(this.#text)) return undefined;
    if (text.length > shown) {
      if (shown > 0) this.grown++;
      this.settling.grow(text.slice(shown));
      this.#reading = undefined;
      this.#text = text;
    }
    return shown;
  }

  async read(): Promise<Reading> {
    return (this.#reading ??= await read(this.#text, this.#look));
  }
}
