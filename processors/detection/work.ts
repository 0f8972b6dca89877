/** Work done on one value, in steps of about a nanosecond, so that the same text costs the same on every machine. */
export class Work {
  #left = 0;

  start(limit: number): void {
    this.#left = limit;
  }

  /** False when the limit has been reached. */
  spend(steps: number): boolean {
    this.#left -= steps;
    return this.#left > 0;
  }

  /** Gives back what was spent on something that was worth it. */
  refund(steps: number): void {
    this.#left += steps;
  }

  get spent(): boolean {
    return this.#left <= 0;
  }
}

/** What is granted for each character of the value, whatever the limit: it is read and decoded once in any case. */
export const GRANTED = 24;
/** What is charged for looking once, whatever the length. */
export const LOOK = 300;
/** For a match, whose place has to be asked for. */
export const FOUND = 3_000;
/** For each byte that a rule looks at. */
export const BYTE = 4;
/** For a validator: it may compute check digits, entropy, or look for words. */
export const VALIDATE = 6_000;
/** For each character that is folded, unescaped or read for words. */
export const CHARACTER = 8;
/** For unpacking something, whatever comes out. */
export const UNPACK = 100_000;
