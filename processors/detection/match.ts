import type { Finder, RegexEngine } from "../../policies/regex.ts";
import { ContextWords, NEAR, type Context } from "./context.ts";
import type { Detector, MatchContext } from "./detector.ts";
import { DigitRules } from "./digits.ts";
import type { Layer } from "./layer.ts";
import type { Trigger } from "./triggers.ts";
import { BYTE, CHARACTER, FOUND, LOOK, VALIDATE, type Work } from "./work.ts";

/** Bytes before and after a trigger in which a rule looks; a line that is shorter than both is looked at whole. */
const BEFORE = 512;
const AFTER = 4_096;
/** A trigger so far behind another one, in bytes, opens a window of its own: in between, both have room behind them. */
const APART = AFTER / 2;
/** A match that ends where its window ends may go on: the window grows by this factor. */
const GROWTH = 4;
/** Longest match, in bytes. */
const LONGEST = 65_536;
/** So many matches in a row may be refused, each with another look one character on, before the next is looked for behind them. */
const RETRIES = 4;
/** Added where a word speaks for a match (the number is Presidio's). */
const CONTEXT_SCORE = 0.35;
/** For finding out that a rule need not be run. */
const SKIP = 30;

/** A match that its detector stands by; places are code units of a layer. */
export interface Hit {
  readonly detector: number;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  readonly score: number;
}

/** Where a trigger was found; what is told of it is for values that are split. */
export interface TriggerWatch {
  /** Nothing was found around a trigger in this line that ends at this code unit. */
  vain(line: number, end: number): void;
  /** A trigger ends behind the lines of the layer, before this byte. */
  beyond(end: number): void;
}

/** Part of a line in which a rule is run, in bytes. */
interface Window {
  readonly line: number;
  readonly lineStart: number;
  readonly lineEnd: number;
  readonly start: number;
  readonly end: number;
}

/** Runs the rules of the detectors where triggers and digits say that it may be worth it. */
export class Matcher {
  readonly digits: DigitRules;
  readonly #detectors: readonly Detector[];
  readonly #finders: readonly (() => Finder)[];
  readonly #words: ContextWords;
  readonly #threshold: number;
  /** Detectors with several reasons to look at a line. */
  readonly #often: readonly boolean[];
  #done = new Set<number>();
  /** Where detectors have found something, for windows that overlap. */
  #starts = new Set<number>();
  /** Line → the words in it that speak for detectors. */
  #contexts = new Map<number, Context>();
  #hits: Hit[] = [];
  #most = 0;

  constructor(detectors: readonly Detector[], engine: RegexEngine, threshold: number) {
    this.#detectors = detectors;
    this.#threshold = threshold;
    this.#words = new ContextWords(detectors);
    this.digits = new DigitRules(detectors, engine);
    this.#often = detectors.map(({ triggers, digits }) => triggers.length + (digits ? 1 : 0) > 1);
    this.#finders = detectors.map(({ pattern, group }) => {
      let finder: Finder | undefined;
      return () => (finder ??= engine.compileFinder(pattern, group));
    });
  }

  /** Where the hits of a layer go to, and how many are wanted in all. */
  collect(into: Hit[], most: number): void {
    this.#hits = into;
    this.#most = most;
    // New ones instead of `clear()`: V8 links the emptied table to the one that follows it, and so on through all scans; once
    // the first of them is old, each keeps the next one alive until the whole heap is collected.
    if (this.#done.size > 0) this.#done = new Set();
    if (this.#starts.size > 0) this.#starts = new Set();
    if (this.#contexts.size > 0) this.#contexts = new Map();
  }

  get full(): boolean {
    return this.#hits.length >= this.#most;
  }

  /**
   * Looks around the places where triggers stand. False when the work ran out.
   *
   * @param places pairs: index of a trigger, and the byte behind it, in rising order of the bytes
   */
  byTriggers(layer: Layer, triggers: readonly Trigger[], places: readonly number[], work: Work, watch: TriggerWatch | undefined): boolean {
    if (places.length === 0) return true;
    /** Trigger → byte up to which another place of it needs no window of its own. */
    const covered = new Map<number, number>();
    for (let index = 0; index < places.length && !this.full; index += 2) {
      const [number, end] = [places[index] as number, places[index + 1] as number];
      const { detectors, splits } = triggers[number] as Trigger;
      if (!work.spend(SKIP)) return false;
      if (end > layer.size) {
        if (splits) watch?.beyond(end);
        continue;
      }
      if (end <= (covered.get(number) ?? 0)) continue;
      const line = layer.lineOf(end);
      if (line < 0) continue;
      const [lineStart, lineEnd] = [layer.byte(layer.start[line] as number), layer.byte(layer.end[line] as number)];
      const whole = lineEnd - lineStart <= BEFORE + AFTER;
      const window = {
        line, lineStart, lineEnd,
        start: whole ? lineStart : Math.max(lineStart, layer.character(end - BEFORE)),
        end: whole ? lineEnd : Math.min(lineEnd, layer.character(end + AFTER)),
      };
      const before = this.#hits.length;
      for (const detector of detectors) if (this.#mayMatch(layer, detector, window, work) && !this.#rule(layer, detector, window, work)) return false;
      if (watch && splits && this.#hits.length === before) watch.vain(line, layer.unit(end));
      covered.set(number, window.end === lineEnd ? lineEnd : end + APART);
    }
    return true;
  }

  /** Looks around runs of digits. False when the work ran out. */
  byDigits(layer: Layer, runs: readonly number[], work: Work): boolean {
    const { windows, complete } = this.digits.windows(layer, runs, work);
    if (windows.length === 0) return complete;
    const candidates = this.digits.candidates(layer.bytes, windows);
    if (candidates.length === 0) return complete;
    for (const { line, start, end } of windows) {
      const window = { line, start, end, lineStart: layer.byte(layer.start[line] as number), lineEnd: layer.byte(layer.end[line] as number) };
      for (const index of candidates) {
        if (!work.spend(SKIP)) return false;
        if (!this.#mayMatch(layer, index, window, work)) continue;
        if (!this.#rule(layer, index, window, work)) return false;
        if (this.full) return true;
      }
    }
    return complete;
  }

  /** False where a rule needs not be run, for nothing near the window speaks for it. */
  #mayMatch(layer: Layer, detector: number, { line, start, end }: Window, work: Work): boolean {
    if (!(this.#detectors[detector] as Detector).needsContext) return true;
    const offset = layer.start[line] as number;
    return this.#contextOf(layer, line, work).mayConcern(detector, layer.unit(start) - offset, layer.unit(end) - offset);
  }

  /** Runs one rule over a window. False when the work ran out. */
  #rule(layer: Layer, detector: number, window: Window, work: Work): boolean {
    const { line, lineStart, lineEnd, start: windowStart } = window;
    let windowEnd = window.end;
    if (windowStart === lineStart && windowEnd === lineEnd && this.#often[detector]) {
      const key = line * this.#detectors.length + detector;
      if (this.#done.has(key)) return true;
      this.#done.add(key);
    }
    const finder = (this.#finders[detector] as () => Finder)();
    // One character more at the beginning, where there is one, so that \b and ^ see it.
    const base = windowStart > lineStart ? layer.character(windowStart - 1) : lineStart;
    let view = layer.bytes.subarray(base, windowEnd);
    let refused = 0;
    for (let from = windowStart - base; from <= view.length;) {
      if (!finder.find(view, from)) return work.spend(LOOK + BYTE * (view.length - from));
      if (!work.spend(FOUND + BYTE * (finder.matchEnd - from))) return false;
      const { start, end, matchStart, matchEnd } = finder;
      if (base + matchEnd === windowEnd && windowEnd < lineEnd && matchEnd - matchStart < LONGEST) {
        windowEnd = Math.min(lineEnd, layer.character(base + view.length * GROWTH));
        view = layer.bytes.subarray(base, windowEnd);
        from = matchStart;
        continue;
      }
      const answer = end > start ? this.#judge(layer, detector, line, layer.unit(base + start), layer.unit(base + end), work) : "beside";
      if (this.full) return true;
      // What the validator refuses may begin with something that does not belong to it.
      refused = answer === "invalid" ? refused + 1 : 0;
      if (refused > 0 && refused <= RETRIES) from = nextCharacter(view, matchStart);
      else {
        refused = 0;
        from = Math.max(matchEnd, matchStart + 1);
      }
    }
    return true;
  }

  #judge(layer: Layer, index: number, line: number, start: number, end: number, work: Work): "hit" | "beside" | "invalid" {
    const detector = this.#detectors[index] as Detector;
    const { context, needsContext, validate } = detector;
    const offset = layer.start[line] as number;
    const spoken = context !== undefined && this.#contextOf(layer, line, work).speaksFor(index, start - offset, end - offset);
    if (needsContext && !spoken) return "beside";
    const score = Math.min(1, detector.score + (spoken ? CONTEXT_SCORE : 0));
    if (score < this.#threshold) return "beside";
    if (validate) {
      work.spend(VALIDATE);
      const before = layer.text.slice(Math.max(offset, start - NEAR), start);
      const after = layer.text.slice(end, Math.min(layer.end[line] as number, end + NEAR));
      if (!stands(validate, layer.text.slice(start, end), { before, after, key: layer.keyOf(line) })) return "invalid";
    }
    const key = start * this.#detectors.length + index;
    if (this.#starts.has(key)) return "beside";
    this.#starts.add(key);
    // A value may be full of findings, whose number has a limit of its own; what is limited here is work in vain.
    work.refund(FOUND + (validate ? VALIDATE : 0));
    this.#hits.push({ detector: index, line, start, end, score });
    return "hit";
  }

  #contextOf(layer: Layer, line: number, work: Work): Context {
    let context = this.#contexts.get(line);
    if (!context) {
      const text = layer.text.slice(layer.start[line], layer.end[line]);
      work.spend(LOOK + CHARACTER * text.length);
      this.#contexts.set(line, (context = this.#words.read(layer.keyOf(line), text)));
    }
    return context;
  }
}

/** A validator that throws has refused nothing. */
function stands(validate: NonNullable<Detector["validate"]>, value: string, context: MatchContext): boolean {
  try {
    return validate(value, context);
  } catch {
    return true;
  }
}

function nextCharacter(bytes: Buffer, at: number): number {
  let next = at + 1;
  while (next < bytes.length && ((bytes[next] as number) & 0xc0) === 0x80) next++;
  return next;
}
