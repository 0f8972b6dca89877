import type { Category } from "./detector.ts";
import type { Incomplete } from "./limits.ts";

/** The keys and indices that lead to a place. Keys come from outside and may hold what was found. */
export type Path = readonly (string | number)[];

/** A piece of one leaf of a value. */
export interface Place {
  readonly path: Path;
  /** The piece is of the last key of the path, not of what stands under it. */
  readonly inKey: boolean;
  /** In UTF-16 code units of the key or of the text of the leaf; `end` is exclusive. Of a number: of its decimal text. */
  readonly start: number;
  readonly end: number;
}

/** How the value was written. `folded`: with other characters that look or are the same; `split`: over several leaves. */
export type Form = "plain" | "folded" | "encoded" | "split";

/** Something that was detected. */
export interface Finding {
  /** Id of the detector. */
  readonly detector: string;
  readonly category: Category;
  /** 0 to 1: how sure it is. */
  readonly score: number;
  readonly form: Form;
  /** One, or each part of a value that is split. Of something encoded: all of the encoded text. */
  readonly places: readonly [Place, ...Place[]];
}

/** What is known of a value: nothing was found only where both are empty. */
export interface Scan {
  readonly findings: readonly Finding[];
  readonly incomplete: readonly Incomplete[];
}
