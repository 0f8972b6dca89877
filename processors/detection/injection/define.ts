import type { InjectionDetector, InjectionLabel } from "./kind.ts";

/** Least score: what scores less is not found where a policy says nothing of it. What a match is worth is its weight. */
const LEAST_SCORE = 0.5;

/** What is left to say of a detector whose label is known. A space in its pattern stands for any space, and for what people write in its place. */
export type Part = Omit<InjectionDetector, "category" | "label" | "score">;

/** Detectors of one label. */
export function injections(label: InjectionLabel, parts: readonly Part[]): readonly InjectionDetector[] {
  return parts.map((part) => ({ ...part, pattern: spacious(part.pattern), category: "injection", label, score: Math.max(LEAST_SCORE, part.weight) }));
}

/** Every space that is not part of a class becomes one. */
function spacious(pattern: string): string {
  return pattern.replace(/\\.|\[(?:\\.|[^\]\\])*\]| /g, (token) => (token === " " ? String.raw`(?:[\s\x{a0}_-]+)` : token));
}
