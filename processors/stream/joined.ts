import { type Look, read, type Reading, type Region } from "./region.ts";
import { isBreak, MOST_HELD, Settling, WINDOW } from "./settling.ts";

/** So much of what was let go of is looked at again with what comes: a detector looks 512 bytes back, a word speaks over 64 characters. */
const BEFORE = 1_024;

/** A region belongs to the first value that it reaches into. */
export interface Claim {
  /** Something stands in its place there, so that nothing need stand where it goes on. */
  replaced: boolean;
}

/** The texts of a stream, one behind the other, seen through a window: some of what was let go of, and all that is held back. */
export class Joined {
  readonly settling: Settling;
  readonly #look: Look;
  #text = "";
  /** All places are counted from the beginning of the stream. */
  #offset = 0;
  #reading: Reading | undefined;
  /** By where the region begins. */
  readonly #claims = new Map<number, Claim>();

  constructor(look: Look, eager: boolean) {
    this.#look = look;
    this.settling = new Settling(eager);
  }

  get end(): number {
    return this.#offset + this.#text.length;
  }

  append(text: string): void {
    if (text === "") return;
    this.#text += text;
    this.#reading = undefined;
    this.settling.grow(text);
  }

  /** Up to where the text can be let go of. `forced`: only since no more is held back. */
  async settled(): Promise<{ readonly at: number; readonly forced: boolean }> {
    const { at, forced } = this.settling.settled;
    const { regions } = await this.read();
    const open = regions.find(({ start, end }) => start < at && end > at);
    if (!open) return { at, forced };
    // What is recognised by its beginning goes on until something else comes.
    return this.end - open.start > MOST_HELD + WINDOW ? { at, forced: true } : { at: open.start, forced };
  }

  async read(): Promise<Reading> {
    return (this.#reading ??= await read(this.#text, this.#look, this.#offset));
  }

  claim({ start }: Region): { readonly own: boolean; readonly claim: Claim } {
    const known = this.#claims.get(start);
    if (known) return { own: false, claim: known };
    const claim = { replaced: false };
    this.#claims.set(start, claim);
    return { own: true, claim };
  }

  /** Lets go of the text up to a place. */
  release(to: number): void {
    // What goes on in the next value must be seen whole by then, too.
    const open = this.#reading?.regions.find(({ start, end }) => start < to && end > to);
    let from = Math.min(to - BEFORE, open?.start ?? to);
    if (from - this.#offset < BEFORE) return;
    const limit = Math.max(from - MOST_HELD, this.#offset);
    while (from > limit && !isBreak(this.#text.charCodeAt(from - 1 - this.#offset))) from--;
    this.#text = this.#text.slice(from - this.#offset);
    this.#offset = from;
    this.#reading = undefined;
    for (const start of this.#claims.keys()) if (start < from) this.#claims.delete(start);
  }
}
