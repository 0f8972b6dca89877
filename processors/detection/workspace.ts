import type { ScanLimits } from "./limits.ts";
import type { Spot } from "./layer.ts";
import { Seams } from "./seam.ts";
import { Signals } from "./signs.ts";
import { Tape } from "./tape.ts";
import { Walk } from "./walk.ts";
import { Work } from "./work.ts";

/** Bytes of a buffer that is kept; for a longer text one is made. */
const KEPT = 256 * 1024;
/** Most bytes of UTF-8 that a code unit takes. */
const WIDEST = 3;

/** What one scan needs and the next one can use again. */
export class Workspace {
  readonly tape: Tape = new Tape();
  readonly walk: Walk;
  readonly work: Work = new Work();
  readonly seams: Seams = new Seams();
  readonly signals: Signals = new Signals();
  /** Pairs of bytes of the layer that is looked at. */
  readonly digits: number[] = [];
  readonly encoded: number[] = [];
  /** Of each finding, once they are known. */
  spots: readonly (readonly Spot[])[] = [];
  bytes: Buffer;
  readonly #kept: Buffer = Buffer.allocUnsafeSlow(KEPT);

  constructor(limits: ScanLimits) {
    this.walk = new Walk(this.tape, limits);
    this.bytes = this.#kept;
  }

  /** Writes the text of the tape as UTF-8 and returns its size; there is room for as much behind it. */
  encode(): number {
    const { text } = this.tape;
    const needed = 2 * WIDEST * text.length;
    if (needed > this.bytes.length) this.bytes = Buffer.allocUnsafeSlow(needed);
    return this.bytes.write(text);
  }

  clear(): void {
    this.tape.clear();
    this.signals.clear();
    this.digits.length = this.encoded.length = 0;
    this.spots = [];
    this.bytes = this.#kept;
  }
}
