import type { Detection } from "../detection/detection.ts";
import type { Scan } from "../detection/finding.ts";
import type { Incomplete } from "../detection/limits.ts";
import { type Mark, Piece, type Reason } from "../detection/piece.ts";
import { type Chunk, Chunks } from "./chunk.ts";
import { Growing } from "./growing.ts";
import { Joined } from "./joined.ts";
import { type Look, read, type Reading, type Region, united } from "./region.ts";
import { WINDOW } from "./settling.ts";

/** Frameworks in which what a tool yields takes the place of what it yielded before; the last value is its result. */
const REPLACING: ReadonlySet<string> = new Set(["ai", "ai.caller"]);
/** So many values of other texts may come, or a window's length of them, until a text that does not go on is taken to be over: what stands behind it waits for it. */
const PATIENCE = 16;
/** Values that begin, twice in a row, with so much as the one before was are no pieces of a text but all of it so far; no secret repeats itself like that. */
const PREVIEW = 16;
/** Texts of one stream that are told apart; what is more is read as one. */
const MOST_TRACKS = 64;

export interface HoldBackOptions {
  /** Looks at a text. */
  readonly look: Look;
  /** The same for the text of one value, which is looked at together with others as well. */
  readonly lookAlone: Look;
  /** Every value stands for the whole result so far, and not for a piece of it. */
  readonly replaces: boolean;
  /** Prose is let go of early. Not where names are looked for, which are prose. */
  readonly eager: boolean;
  /** So many code units are let go of at once, where to look is dear. */
  readonly stride: number;
}

/** A value that was let go of. */
export interface Released {
  readonly value: unknown;
  /** Where its text is a part of a longer one. */
  readonly piece?: Piece;
}

/** One text that goes through several values, in both ways in which it may: joined, or shown anew each time. */
interface Track {
  readonly joined: Joined;
  growing: Growing;
  over: boolean;
  /** Other values, and their text, since it went on. */
  others: number;
  otherText: number;
}

/** A value with text that is held back. */
interface Held {
  readonly chunk: Chunk;
  readonly track: Track;
  readonly growing: Growing;
  /** It shows all of the text so far; of the joined text it is only what is new. */
  readonly preview: boolean;
  /** Where the text stands in the joined one. */
  readonly from: number;
  readonly to: number;
  /** What is known of its text by itself. */
  alone?: Promise<Reading>;
}

/** One that only waits for its turn. */
interface Waiting {
  readonly chunk?: undefined;
  readonly value: unknown;
}

interface Part {
  readonly start: number;
  readonly end: number;
  readonly reason: Reason;
}

/**
 * Keeps the values of a stream back until what is in their text cannot be the beginning of something. Each value stays
 * one, in its place: a secret that goes over several values is replaced in the first of them and missing in the others.
 */
export class HoldBack {
  readonly #options: HoldBackOptions;
  readonly #chunks = new Chunks();
  readonly #tracks = new Map<string, Track>();
  readonly #held: (Held | Waiting)[] = [];

  constructor(options: HoldBackOptions) {
    this.#options = options;
  }

  /** Takes a value; gives those that can go on. */
  push(value: unknown): Promise<Released[]> {
    const chunk = this.#chunks.read(value);
    if (chunk) this.#take(chunk);
    else {
      if (this.#chunks.isEnd(value)) this.#finish();
      this.#wait(undefined, 0);
      this.#held.push({ value });
    }
    return this.#release();
  }

  /** Gives all that is left. */
  async end(): Promise<Released[]> {
    this.#finish();
    const left = this.#chunks.end();
    if (left !== undefined) this.#held.push({ value: left });
    return this.#release();
  }

  #take(chunk: Chunk): void {
    const track = this.#trackOf(chunk.track);
    this.#wait(track, chunk.text.length);
    const { joined } = track;
    let shown = track.growing.grow(chunk.text);
    if (shown === undefined) {
      track.growing.over = true;
      track.growing = this.#growing();
      shown = track.growing.grow(chunk.text) ?? 0;
    }
    const { growing } = track;
    const preview = this.#options.replaces ? growing.grown > 0 : growing.grown > 1 && shown >= PREVIEW;
    const from = joined.end;
    joined.append(preview ? chunk.text.slice(shown) : chunk.text);
    this.#held.push({ chunk, track, growing, preview, from, to: joined.end });
  }

  #trackOf(name: string): Track {
    const key = this.#tracks.has(name) || this.#tracks.size < MOST_TRACKS ? name : "";
    let track = this.#tracks.get(key);
    if (!track) this.#tracks.set(key, (track = { joined: new Joined(this.#options.look, this.#options.eager), growing: this.#growing(), over: false, others: 0, otherText: 0 }));
    return track;
  }

  #growing(): Growing {
    return new Growing(this.#options.look, this.#options.eager);
  }

  #wait(track: Track | undefined, length: number): void {
    for (const [name, other] of this.#tracks) {
      if (other === track) other.others = other.otherText = 0;
      else {
        other.others++;
        other.otherText += length;
        if (other.others >= PATIENCE || other.otherText >= WINDOW) this.#close(name, other);
      }
    }
  }

  #finish(): void {
    for (const [name, track] of this.#tracks) this.#close(name, track);
  }

  #close(name: string, track: Track): void {
    track.over = track.growing.over = true;
    this.#tracks.delete(name);
  }

  async #release(): Promise<Released[]> {
    const released: Released[] = [];
    for (let first = this.#held[0]; first; first = this.#held[0]) {
      if (!first.chunk) released.push({ value: first.value });
      else {
        const settled = await this.#settled(first, released.length > 0);
        if (!settled) break;
        released.push({ value: first.chunk.value, piece: await this.#piece(first, settled.forced) });
        first.track.joined.release(first.to);
      }
      this.#held.shift();
    }
    return released;
  }

  /** Undefined while something in the value may still turn out to be the beginning of something. */
  async #settled({ chunk, track: { over, joined }, growing, from, to }: Held, goesOn: boolean): Promise<{ readonly forced: boolean } | undefined> {
    if (over) return { forced: false };
    const shown = chunk.text.length;
    if (!growing.over && growing.length > shown && growing.settling.settled.at < shown) return undefined;
    // Where each value stands for itself a secret is in one of them, or in halves in two.
    if (this.#options.replaces) return to < joined.end || joined.settling.endsInProse ? { forced: false } : undefined;
    // A look costs more than the form of the text, which most often says no.
    const likely = joined.settling.settled.at;
    if (likely < to || (!goesOn && likely - from < this.#options.stride)) return undefined;
    const { at, forced } = await joined.settled();
    return at >= to ? { forced } : undefined;
  }

  async #piece(held: Held, forced: boolean): Promise<Piece> {
    const { chunk: { value, text, path, rest, fill }, track: { joined }, growing, from, to } = held;
    const alone = await this.#alone(held);
    const preview = growing.length > text.length ? (await growing.read()).regions : [];
    const { regions, incomplete } = await joined.read();
    const shared: Part[] = [];
    for (const region of regions) {
      if (region.start >= to || region.end <= from) continue;
      const { own, claim } = joined.claim(region);
      if (!held.preview && !(await this.#standsAlone(region, joined))) shared.push(part(region, from, to, { ...region, own, shared: claim }));
    }
    const single = [...alone.regions, ...preview].filter(({ start }) => start < text.length).map((region) => part(region, 0, text.length, { ...region, own: true }));
    const parts = [...single.filter((one) => !shared.some((other) => knowsBetter(other, one))), ...shared];
    const marks = united(parts).map(({ start, end, items }): Mark => ({ start, end, reasons: items.map(({ reason }) => reason).sort(byWeight) }));
    const cut: Incomplete[] = forced ? [{ kind: "too_large", path, count: 1 }] : [];
    return new Piece({ value, text, path, marks, incomplete: [...cut, ...alone.incomplete, ...incomplete], rest, fill });
  }

  #alone(held: Held): Promise<Reading> {
    return (held.alone ??= read(held.chunk.text, this.#options.lookAlone));
  }

  /**
   * Where each value stands for itself: whether something of a region was found in one alone, which needs no second
   * explanation that joins it to its neighbour.
   */
  async #standsAlone(region: Region, joined: Joined): Promise<boolean> {
    if (!this.#options.replaces) return false;
    for (const held of this.#held) {
      if (!held.chunk || held.track.joined !== joined || held.from >= region.end || held.to <= region.start) continue;
      const { regions } = await this.#alone(held);
      if (regions.some(({ start, end }) => start + held.from < region.end && end + held.from > region.start)) return true;
    }
    return false;
  }
}

/**
 * For the stream of one call.
 *
 * @param names looks for names, which takes time
 */
export function createHoldBack(detection: Detection, framework: string, names?: (text: string) => Promise<Scan>): HoldBack {
  const replaces = REPLACING.has(framework);
  const look = (text: string): Scan => detection.scan(text);
  if (!names) return new HoldBack({ look, lookAlone: look, replaces, eager: detection.section.detectors.length === 0, stride: 0 });
  const lookFar = async (text: string): Promise<Scan> => {
    const [patterns, found] = [look(text), await names(text)];
    return { findings: [...patterns.findings, ...found.findings], incomplete: [...patterns.incomplete, ...found.incomplete] };
  };
  return new HoldBack({ look: lookFar, lookAlone: replaces ? lookFar : look, replaces, eager: false, stride: WINDOW });
}

/** What was found in more text comes first. */
function byWeight(a: Reason, b: Reason): number {
  return Number(Boolean(b.shared)) - Number(Boolean(a.shared)) || b.original.length - a.original.length;
}

/** Something that is also seen with what stands around it ends where it is seen to end there. */
function knowsBetter(other: Part, one: Part): boolean {
  return other.start < one.end && one.start < other.end && one.reason.findings.every(({ detector }) => other.reason.findings.some((finding) => finding.detector === detector));
}

/** What of a region is in the text from one place to another, in places of that text. */
function part({ start, end }: Region, from: number, to: number, reason: Reason): Part {
  return { start: Math.max(start, from) - from, end: Math.min(end, to) - from, reason };
}
