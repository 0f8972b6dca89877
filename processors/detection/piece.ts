import type { Finding, Path, Scan } from "./finding.ts";
import type { Incomplete } from "./limits.ts";
import type { Replace } from "./rewrite.ts";

/** Why a stretch of a piece is taken out. */
export interface Reason {
  /** The surest first. */
  readonly findings: readonly Finding[];
  /** All of what was found, of which only some may be in this piece. */
  readonly original: string;
  /** Where it goes over several pieces: whether something stands in its place already. */
  readonly shared?: { replaced: boolean } | undefined;
  /** False where it began in a piece before. */
  readonly own: boolean;
}

/** A stretch of the text of a piece. None overlaps another. */
export interface Mark {
  readonly start: number;
  readonly end: number;
  /** What decides first comes first. */
  readonly reasons: readonly Reason[];
}

export interface PieceParts {
  readonly value: unknown;
  readonly text: string;
  readonly path: Path;
  readonly marks: readonly Mark[];
  readonly incomplete: readonly Incomplete[];
  /** The value with no text; undefined where the text is all there is. */
  readonly rest: unknown;
  readonly fill: (text: string, rest: unknown) => unknown;
}

/** A value whose text is a part of a longer one, with what was found by looking at the longer one. */
export class Piece {
  readonly value: unknown;
  readonly #parts: PieceParts;

  constructor(parts: PieceParts) {
    this.value = parts.value;
    this.#parts = parts;
  }

  /** It has nothing but its text. */
  get isText(): boolean {
    return this.#parts.rest === undefined;
  }

  /** @param scan looks at what else the value has */
  scan(scan: (rest: unknown) => Scan): Scan {
    const { marks, path, rest, incomplete } = this.#parts;
    const findings = marks.flatMap(({ start, end, reasons }) => reasons.filter(({ own }) => own)
      .flatMap((reason) => reason.findings.map((finding): Finding => ({ ...finding, places: [{ path, inKey: false, start, end }] }))));
    const beside = rest === undefined ? undefined : scan(rest);
    return { findings: beside ? [...findings, ...beside.findings] : findings, incomplete: beside ? [...incomplete, ...beside.incomplete] : incomplete };
  }

  /** @param rewrite treats what else the value has */
  rewrite(replace: Replace, rewrite: (rest: unknown) => unknown): unknown {
    const { value, text, marks, rest, fill } = this.#parts;
    let result = "";
    let at = 0;
    for (const mark of marks) {
      result += text.slice(at, mark.start) + replacementOf(mark, text.slice(mark.start, mark.end), replace);
      at = mark.end;
    }
    result += text.slice(at);
    const beside = rest === undefined ? undefined : rewrite(rest);
    return result === text && beside === rest ? value : fill(result, beside);
  }
}

/** What stands for something that goes over several pieces stands in the first of them. */
function replacementOf({ reasons }: Mark, original: string, replace: Replace): string {
  for (const { findings, original: whole, shared, own } of reasons) {
    if (!own) {
      if (shared?.replaced) return "";
      continue;
    }
    for (const finding of findings) {
      const replacement = replace(finding, whole);
      if (replacement === whole) continue;
      if (shared) shared.replaced = true;
      return replacement;
    }
  }
  return original;
}
