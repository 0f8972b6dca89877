import { regexEngine, type RegexEngine } from "../../policies/regex.ts";
import { derive } from "./derive.ts";
import type { Detector } from "./detector.ts";
import type { Finding, Form, Place, Scan } from "./finding.ts";
import { merge, type Found } from "./findings.ts";
import { Layer, placeOf, type Spot } from "./layer.ts";
import { DEFAULT_LIMITS, type ScanLimits } from "./limits.ts";
import { Matcher, type Hit } from "./match.ts";
import { rewriteTape } from "./rewrite.ts";
import { findEncoded } from "./runs.ts";
import { Triggers } from "./triggers.ts";
import { GRANTED } from "./work.ts";
import { Workspace } from "./workspace.ts";

/** Least score of a finding. */
const DEFAULT_THRESHOLD = 0.5;
/** Most layers: three of decoding, with folding and closing up in between. */
const MOST_LAYERS = 8;
/** Workspaces that are kept: a scan may begin while another one reads a getter. */
const KEPT = 2;

const NOTHING: Scan = { findings: [], incomplete: [] };

export interface ScannerOptions {
  /** Default: the native RE2, or re2js where there is none. */
  readonly engine?: RegexEngine;
  /** Detectors that belong to a country are used only for those named here: ISO 3166-1 alpha-2 in lower case. Default: none. */
  readonly locales?: readonly string[];
  /** Least score of a finding, 0 to 1. Default 0.5. */
  readonly threshold?: number;
  readonly limits?: Partial<ScanLimits>;
}

/** Finds what its detectors know in the keys, strings, numbers and bytes of a value. Compiled once, used for every call. */
export class Scanner {
  readonly #detectors: readonly Detector[];
  readonly #triggers: Triggers;
  readonly #matcher: Matcher;
  readonly #limits: ScanLimits;
  readonly #idle: Workspace[] = [];

  /** @throws the engine's error for a pattern that is not RE2 */
  constructor(detectors: readonly Detector[], { engine = regexEngine(), locales = [], threshold = DEFAULT_THRESHOLD, limits }: ScannerOptions = {}) {
    this.#detectors = detectors.filter(({ locale }) => locale === undefined || locales.includes(locale));
    this.#triggers = new Triggers(this.#detectors, engine);
    this.#matcher = new Matcher(this.#detectors, engine, threshold);
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  scanText(text: string): Scan {
    return this.scan(text);
  }

  /** Any value; never throws, and never changes it. Getters are read once. */
  scan(value: unknown): Scan {
    const space = this.#take();
    try {
      return this.#scan(value, space);
    } finally {
      this.#give(space);
    }
  }

  /**
   * The value with each finding replaced by what `replace` returns for it, given the text that was found; for text
   * that is returned unchanged nothing is done. What could not be looked at for a limit is replaced too, by
   * `[REDACTED:<kind>]`. Nothing is changed in place: what has to be is copied, with its class, and the rest is shared.
   */
  rewrite(value: unknown, replace: (finding: Finding, original: string) => string): { readonly value: unknown; readonly scan: Scan } {
    const space = this.#take();
    try {
      const scan = this.#scan(value, space);
      return { value: scan === NOTHING ? value : rewriteTape(space.tape, space.spots, scan, replace), scan };
    } finally {
      this.#give(space);
    }
  }

  #take(): Workspace {
    return this.#idle.pop() ?? new Workspace(this.#limits);
  }

  #give(space: Workspace): void {
    space.clear();
    if (this.#idle.length < KEPT) this.#idle.push(space);
  }

  #scan(value: unknown, space: Workspace): Scan {
    const { tape, walk, signals, digits, encoded, seams } = space;
    walk.run(value);
    const size = space.encode();
    const ascii = size === tape.text.length;
    const all = space.bytes.subarray(0, seams.write(tape, space.bytes, size, ascii));
    this.#triggers.find(all, size, ascii, signals);
    this.#matcher.digits.find(all, all.length, digits);
    findEncoded(all, size, encoded);
    // Nearly everything ends here.
    if (signals.none && ascii && digits.length === 0 && encoded.length === 0) return walk.complete ? NOTHING : { findings: [], incomplete: walk.incomplete() };
    const found = merge(this.#look(Layer.base(tape, all, size), space), this.#detectors);
    if (found.length === 0 && walk.complete) return NOTHING;
    space.spots = found.map(({ spots }) => spots);
    return { findings: found.map((one) => this.#finding(one, space)), incomplete: walk.incomplete() };
  }

  /** All layers, from the value itself up. */
  #look(base: Layer, space: Workspace): Found[] {
    const { walk, work, signals, digits, encoded, seams } = space;
    const found: Found[] = [];
    work.start(this.#limits.work + GRANTED * base.text.length);
    let busy = false;
    for (let layer = base, level = 0; ; level++) {
      const matches: Hit[] = [];
      this.#matcher.collect(matches, this.#limits.findings);
      busy = !this.#match(layer, space, level === 0) || busy;
      if (this.#matcher.full) walk.omit("too_many", 0);
      for (const { detector, line, start, end, score } of matches) {
        const spots = layer.spots(line, start, end);
        const form = formOf(layer, line);
        // A value that is split is split: within one text it would have been found in the text itself.
        if (spots.length > 0 && (form !== "split" || spots.length > 1)) found.push({ detector, score, form, spots });
      }
      const { lines, tooEncoded, complete } = derive(layer, signals, encoded, work);
      if (tooEncoded >= 0) walk.omit("too_encoded", layer.entryOf(tooEncoded));
      busy ||= !complete;
      const joined = level === 0 ? seams.join(layer, space.tape) : undefined;
      busy ||= joined?.complete === false;
      const next = joined ? [...lines, ...joined.lines] : lines;
      if (next.length === 0) break;
      if (level === MOST_LAYERS || work.spent) {
        busy = true;
        break;
      }
      layer = Layer.above(layer, next);
      digits.length = encoded.length = 0;
      signals.clear();
      this.#triggers.find(layer.bytes, layer.size, layer.ascii, signals);
      this.#matcher.digits.find(layer.bytes, layer.size, digits);
      findEncoded(layer.bytes, layer.size, encoded);
    }
    if (busy) walk.omit("too_busy", 0);
    return found;
  }

  /** False when the work ran out. */
  #match(layer: Layer, { work, signals, digits, seams }: Workspace, first: boolean): boolean {
    const watch = first ? { vain: (line: number, end: number) => seams.near(layer, line, end), beyond: (end: number) => seams.endsAt(end) } : undefined;
    if (!this.#matcher.byTriggers(layer, this.#triggers.list, signals.triggers, work, watch)) return false;
    if (first) for (let index = digits.length - 2; index >= 0 && (digits[index] as number) >= layer.size; index -= 2) seams.crossing(digits[index] as number, digits[index + 1] as number);
    return digits.length === 0 || this.#matcher.full || this.#matcher.byDigits(layer, digits, work);
  }

  #finding({ detector, score, form, spots }: Found, { tape }: Workspace): Finding {
    const { id, category } = this.#detectors[detector] as Detector;
    return { detector: id, category, score, form, places: spots.map((spot: Spot) => placeOf(tape, spot)) as [Place, ...Place[]] };
  }
}

function formOf(layer: Layer, line: number): Form {
  const derived = layer.derivation(line);
  if (!derived) return "plain";
  if (layer.splits(line)) return "split";
  return derived.decoded > 0 ? "encoded" : "folded";
}
