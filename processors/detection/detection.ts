import { messageOf, SpangateError } from "../../errors.ts";
import type { Detection as Section } from "../../policies/schema/data.ts";
import { builtInDetectors, custom } from "./catalogue.ts";
import type { Detector } from "./detector.ts";
import type { Scan } from "./finding.ts";
import type { Scanner } from "./scanner.ts";
import { createScanner } from "./heavy.ts";
import type { Piece } from "./piece.ts";
import type { Replace } from "./rewrite.ts";

/** What is looked for where no policy says. */
const STANDARD: Section = { locales: [], threshold: 0.5, detectors: [], incomplete: "block", unscannable: "flag" };

/** What a policy looks for in values. The scanner is made on first use, and what it says of a frozen value is remembered. */
export class Detection {
  readonly section: Section;
  readonly #own: readonly Detector[];
  #scanner: Scanner | undefined;
  readonly #known = new WeakMap<object, Scan>();
  #piece: Piece | undefined;

  /** @throws SpangateError SG_DETECTOR_INVALID when a detector of the policy fails its own examples */
  constructor(section: Section = STANDARD) {
    this.section = section;
    this.#own = section.detectors.map(custom);
    for (const detector of this.#own) tryExamples(detector);
  }

  /** The policy's own, and those that are shipped. */
  get detectors(): readonly Detector[] {
    return [...this.#own, ...builtInDetectors()];
  }

  /** All that a policy can choose: the detectors, and what a model finds. */
  get selectable(): readonly Pick<Detector, "id" | "category">[] {
    return [...this.detectors, ...Object.values(this.section.ner?.labels ?? {}).map((id) => ({ id, category: "pii" as const }))];
  }

  /** While `step` runs, the value of that piece is looked at as the part of a longer text that it is. */
  within<T>(piece: Piece, step: () => T): T {
    this.#piece = piece;
    try {
      return step();
    } finally {
      this.#piece = undefined;
    }
  }

  /** Everything that is found in a value; never throws. */
  scan(value: unknown): Scan {
    if (this.#piece && this.#piece.value === value) return this.#piece.scan((rest) => this.#get().scan(rest));
    const isFrozen = typeof value === "object" && value !== null && Object.isFrozen(value);
    const known = isFrozen ? this.#known.get(value) : undefined;
    if (known) return known;
    const scan = this.#get().scan(value);
    if (isFrozen) this.#known.set(value, scan);
    return scan;
  }

  /** The value with findings replaced; the same value where there is nothing to replace. */
  rewrite(value: unknown, replace: Replace): { readonly value: unknown; readonly scan: Scan } {
    const piece = this.#piece;
    if (piece && piece.value === value) return { value: piece.rewrite(replace, (rest) => this.#get().rewrite(rest, replace).value), scan: this.scan(value) };
    const known = typeof value === "object" && value !== null ? this.#known.get(value) : undefined;
    if (known && known.findings.length === 0 && known.incomplete.length === 0) return { value, scan: known };
    return this.#get().rewrite(value, replace);
  }

  #get(): Scanner {
    return (this.#scanner ??= createScanner(this.detectors, { locales: this.section.locales, threshold: this.section.threshold }));
  }
}

/** The contract of every detector: what it must find it finds, what it must not it does not. */
function tryExamples(detector: Detector): void {
  const refuse = (problem: string): SpangateError => new SpangateError("SG_DETECTOR_INVALID", { id: detector.id, problem });
  let missed: string | undefined;
  let wrong: string | undefined;
  try {
    const scanner = createScanner([detector], { threshold: 0, locales: detector.locale === undefined ? [] : [detector.locale] });
    const finds = (text: string): boolean => scanner.scan(text).findings.length > 0;
    missed = detector.matches.find((text) => !finds(text));
    wrong = detector.misses.find(finds);
  } catch (thrown) {
    throw refuse(`its patterns are not RE2: ${messageOf(thrown)}`);
  }
  if (missed !== undefined) throw refuse(`it does not find its own example ${JSON.stringify(missed)}`);
  if (wrong !== undefined) throw refuse(`it finds ${JSON.stringify(wrong)}, which it must not`);
}
