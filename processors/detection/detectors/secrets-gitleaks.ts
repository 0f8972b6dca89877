import type { Detector } from "../detector.ts";
import { GITLEAKS_DATA } from "../secrets/gitleaks-data.ts";
import { detectorOf, type AllowList, type GitleaksRule } from "../secrets/gitleaks-rule.ts";

let detectors: readonly Detector[] | undefined;

/**
 * The rules of gitleaks, but for those of which a detector of our own finds more. Parsed on first use, then the
 * same list each time. Their order is upstream's: alphabetical.
 */
export function secretsGitleaks(): readonly Detector[] {
  if (!detectors) {
    const { rules, everywhere } = JSON.parse(GITLEAKS_DATA) as { readonly rules: readonly GitleaksRule[]; readonly everywhere: readonly AllowList[] };
    detectors = rules.map((rule) => detectorOf(rule, everywhere));
  }
  return detectors;
}
