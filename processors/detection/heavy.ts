/**
 * What only a call needs: the scanner, the detectors, the content rules. In the package this is a file of its own that
 * is loaded with the first call, since most processes that preload spangate never make one; so it has functions only.
 *
 * @module
 */
import { CATALOGUE } from "./content/catalogue.ts";
import type { ContentRule } from "./content/finding.ts";
import type { Detector } from "./detector.ts";
import { fold } from "./fold.ts";
import { Scanner, type ScannerOptions } from "./scanner.ts";

export { inspectContent } from "./content/inspect.ts";
export { canonicalPath, placeUnder } from "./content/path/canonical.ts";
export { roleOf } from "./content/role.ts";
export { allDetectors } from "./detectors/all.ts";
export { injectionKinds } from "./injection/kinds.ts";

export function createScanner(detectors: readonly Detector[], options?: ScannerOptions): Scanner {
  return new Scanner(detectors, options);
}

/** Every content rule. */
export function contentRules(): readonly ContentRule[] {
  return CATALOGUE;
}

/** A text as it reads, where that is not how it was written. */
export function folded(text: string): string | undefined {
  return fold(text, 0, text.length)?.text;
}
