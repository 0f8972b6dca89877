import { compilePatterns, isWild } from "../../policies/pattern.ts";
import { nearest } from "../../policies/nearest.ts";
import type { CustomDetector } from "../../policies/schema/data.ts";
import type { Detector } from "./detector.ts";
import { allDetectors } from "./heavy.ts";

let all: readonly Detector[] | undefined;

/** Every detector that is shipped. Put together on first use: most processes that preload spangate never call a tool. */
export function builtInDetectors(): readonly Detector[] {
  return (all ??= allDetectors());
}

/** A detector of a policy, in the form of the built-in ones. */
export function custom({ needs_context: needsContext, overridable: _overridable, locale, context, ...rest }: CustomDetector): Detector {
  return { ...rest, needsContext, ...(locale !== undefined && { locale }), ...(context && { context }) };
}

/** Chooses detectors by id, category, or a pattern of either. */
export function selector(wanted: "all" | readonly string[]): (detector: { readonly id: string; readonly category: string }) => boolean {
  if (wanted === "all") return () => true;
  const fits = compilePatterns(wanted);
  return ({ id, category }) => fits(id) || fits(category);
}

/** What is wrong with a choice: an entry that chooses nothing. */
export function unknownChoice(wanted: "all" | readonly string[], known: () => readonly Pick<Detector, "id" | "category">[]): string | undefined {
  if (wanted === "all") return undefined;
  const detectors = known();
  const entry = wanted.find((one) => !detectors.some(selector([one])));
  if (entry === undefined) return undefined;
  const near = isWild(entry) ? undefined : nearest(entry, detectors.map(({ id }) => id));
  return `there is no detector "${entry}"${near ? `, did you mean "${near}"?` : ""}`;
}
