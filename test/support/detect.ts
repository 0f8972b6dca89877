import { regexEngine, type Finder, type RegexEngine } from "../../policies/regex.ts";
import type { Detector } from "../../processors/detection/detector.ts";

/** What one detector finds in one text by the contract of detector.ts and nothing else: no layers, no folding, no decoding, no limits. */
export interface Found {
  readonly detector: string;
  readonly text: string;
  /** Bytes of the text in UTF-8. */
  readonly start: number;
  readonly end: number;
  readonly score: number;
}

/** How far a window reaches to each side of what opened it, in bytes. */
const REACH = 128;
/** How much of the surroundings a validator sees, and context words are looked for in. */
const AROUND = 64;
const WITH_CONTEXT = 0.35;

/** Runs detectors one by one over texts. Slow, and simple enough to be believed. */
export class ContractRunner {
  readonly #engine: RegexEngine;
  readonly #finders = new Map<string, Finder>();

  constructor(engine: RegexEngine = regexEngine()) {
    this.#engine = engine;
  }

  /** Every finding of one detector; none overlaps another. */
  detect(detector: Detector, text: string): Found[] {
    const bytes = Buffer.from(text);
    const found: Found[] = [];
    const finder = this.#finder(detector.pattern, detector.group);
    for (const [low, high] of this.#windows(detector, text, bytes)) {
      const window = bytes.subarray(0, high);
      for (let from = low; from < high && finder.find(window, from);) {
        const { start, end, matchStart } = finder;
        const one = start < end ? judge(detector, bytes, start, end) : undefined;
        // After a refusal the next character is as good a beginning as any: a greedy match may have begun before the value.
        from = one ? Math.max(end, matchStart + 1) : nextCharacter(bytes, matchStart);
        if (one && found.every((other) => end <= other.start || start >= other.end)) found.push(one);
      }
    }
    return found;
  }

  /** The findings of many; of those that overlap the surest, then the longest, then the first in the catalogue. */
  detectAll(detectors: readonly Detector[], text: string): Found[] {
    const all = detectors.flatMap((detector, order) => this.detect(detector, text).map((found) => ({ ...found, order })));
    all.sort((a, b) => b.score - a.score || b.end - b.start - (a.end - a.start) || a.order - b.order);
    const kept: Found[] = [];
    for (const found of all) if (kept.every((other) => found.end <= other.start || found.start >= other.end)) kept.push(found);
    return kept.sort((a, b) => a.start - b.start);
  }

  #finder(pattern: string, group?: number): Finder {
    const name = `${group ?? 0} ${pattern}`;
    let finder = this.#finders.get(name);
    if (!finder) this.#finders.set(name, (finder = this.#engine.compileFinder(pattern, group)));
    return finder;
  }

  /** Stretches around triggers and runs of digits, merged where they meet. */
  #windows({ triggers, digits }: Detector, text: string, bytes: Buffer): (readonly [number, number])[] {
    const hits: [number, number][] = [];
    for (const trigger of triggers) {
      const finder = this.#finder(trigger);
      for (let from = 0; from < bytes.length && finder.find(bytes, from); from = Math.max(finder.matchEnd, from + 1)) hits.push([finder.matchStart, finder.matchEnd]);
    }
    if (digits) {
      for (const { 0: run, index } of text.matchAll(/\d(?:[ .\-/]?\d)*/g)) {
        const [count, at] = [run.replace(/\D/g, "").length, Buffer.byteLength(text.slice(0, index))];
        if (count >= digits[0] && count <= digits[1]) hits.push([at, at + run.length]);
      }
    }
    const merged: [number, number][] = [];
    for (const [start, end] of hits.sort((a, b) => a[0] - b[0])) {
      const [low, high] = [characterAt(bytes, start - REACH), characterAt(bytes, end + REACH)];
      const last = merged.at(-1);
      if (last && low <= last[1]) last[1] = Math.max(last[1], high);
      else merged.push([low, high]);
    }
    return merged;
  }
}

function judge({ id, validate, context = [], needsContext, score }: Detector, bytes: Buffer, start: number, end: number): Found | undefined {
  const [text, before, after] = [bytes.toString("utf8", start, end), bytes.toString("utf8", 0, start).slice(-AROUND), bytes.toString("utf8", end).slice(0, AROUND)];
  const near = `${before}\n${after}`.toLowerCase().replace(/[_-]/g, " ");
  const spoken = context.some((word) => near.includes(word.replace(/[_-]/g, " ")));
  if ((needsContext && !spoken) || !(validate?.(text, { before, after, key: "" }) ?? true)) return undefined;
  return { detector: id, text, start, end, score: Math.min(1, score + (spoken ? WITH_CONTEXT : 0)) };
}

/** The byte, or the last one before it at which a character begins. */
function characterAt(bytes: Buffer, at: number): number {
  let byte = Math.min(Math.max(at, 0), bytes.length);
  while (byte > 0 && byte < bytes.length && ((bytes[byte] as number) & 0xc0) === 0x80) byte--;
  return byte;
}

function nextCharacter(bytes: Buffer, at: number): number {
  let next = at + 1;
  while (next < bytes.length && ((bytes[next] as number) & 0xc0) === 0x80) next++;
  return next;
}
