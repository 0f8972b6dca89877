import type { Finding, Form } from "../detection/finding.ts";
import { injectionKinds } from "../detection/heavy.ts";
import type { InjectionLabel } from "../detection/injection/kind.ts";

/** What a finding stands for; `custom`: one of a detector of the policy's own. */
export type Label = InjectionLabel | "custom";

/** How sure it is that a value carries an injection, and what speaks for it. */
export interface Assessment {
  /** 0 to 1. 0: nothing speaks for it. From 0.8 it is one; from 0.5 it is worth a look. */
  readonly score: number;
  /** The surest first. */
  readonly labels: readonly Label[];
}

/** What speaks for an injection, and how much by itself. */
interface Sign {
  readonly label: Label;
  readonly weight: number;
  /** Who found it. */
  readonly source: string;
}

interface Evidence extends Sign {
  readonly start: number;
}

/** Evidence this far apart, in UTF-16 code units of one text, speaks for one injection; farther apart it is a long text with several harmless phrases. */
const SPAN = 1_500;
/** So much of the weight of further detectors of a label counts: they partly say the same in other words. */
const SAME_LABEL = 0.6;
/** A request for a tool that this agent has. */
const KNOWN_TOOL = 0.6;
/** What was found only after decoding or folding says something by that: what a tool returns has been decoded before. */
const DISGUISED: Readonly<Record<Form, number>> = { plain: 0, folded: 0.4, encoded: 0.3, split: 0.4 };
/** Labels for which it says nothing: hiding is what they are about, or their signs are escaped wherever JSON stands in a text. */
const FORMLESS: ReadonlySet<Label> = new Set<Label>(["hidden_text", "role_token", "asks_for_tool_call"]);
/** Least weight with which a label is named. */
const NAMED = 0.3;

let kinds: ReturnType<typeof injectionKinds> | undefined;
export const HARMLESS: Assessment = Object.freeze({ score: 0, labels: [] });

/**
 * Combines findings as independent evidence, `1 - Π(1 - weight)` over their labels ("noisy or", Pearl 1988): one strong
 * sign or several weaker ones of different kinds beside each other make a high score, and any number of the same weak one
 * does not. Within a label the heaviest finding counts in full, those of other detectors in part, a second one of the same
 * detector not at all. The score of a value is that of its worst stretch of {@link SPAN}. More findings never lower it.
 *
 * The weights stand beside the detectors: judgements on a kind of phrase, checked on the corpora file by file
 * (bench/accuracy/injection.mjs), and fitted to no line of them.
 *
 * @param namesTool whether a finding that asks for a tool call names a tool of this agent
 */
export function assess(findings: readonly Finding[], namesTool: (finding: Finding) => boolean = () => false): Assessment {
  const texts = new Map<string, Evidence[]>();
  for (const finding of findings) {
    if (finding.category !== "injection") continue;
    const [{ path }] = finding.places;
    const key = JSON.stringify(path);
    const known = texts.get(key);
    if (known) known.push(...evidenceOf(finding, namesTool));
    else texts.set(key, evidenceOf(finding, namesTool));
  }
  return [...texts.values()].map(worstStretch).reduce((worst, stretch) => (stretch.score > worst.score ? stretch : worst), HARMLESS);
}

/** Moves over a text and keeps count of the signs in sight, so that many findings cost little. */
function worstStretch(evidence: Evidence[]): Assessment {
  evidence.sort((a, b) => a.start - b.start);
  const sight = new Map<string, { readonly sign: Sign; count: number }>();
  let worst = HARMLESS;
  let next = 0;
  for (const first of evidence) {
    for (let one = evidence[next]; one && one.start - first.start <= SPAN; one = evidence[++next]) {
      const known = sight.get(keyOf(one));
      if (known) known.count++;
      else sight.set(keyOf(one), { sign: one, count: 1 });
    }
    const stretch = combine(Array.from(sight.values(), ({ sign }) => sign));
    if (stretch.score > worst.score) worst = stretch;
    const passed = sight.get(keyOf(first));
    if (passed && --passed.count === 0) sight.delete(keyOf(first));
  }
  return worst;
}

function keyOf({ label, source, weight }: Sign): string {
  return `${label} ${source} ${weight}`;
}

/** The surer of two, with the labels of both. */
export function surer(one: Assessment, other: Assessment): Assessment {
  const [first, second] = one.score >= other.score ? [one, other] : [other, one];
  return second.score === 0 ? first : { score: first.score, labels: [...new Set([...first.labels, ...second.labels])] };
}

function evidenceOf(finding: Finding, namesTool: (finding: Finding) => boolean): Evidence[] {
  const { detector, score, form, places: [{ start }] } = finding;
  const { label, weight, asWritten } = (kinds ??= injectionKinds()).get(detector) ?? { label: "custom" as const, weight: score, asWritten: undefined };
  if (asWritten && form === "encoded") return [];
  const one = { label, weight: label === "asks_for_tool_call" && weight < KNOWN_TOOL && namesTool(finding) ? KNOWN_TOOL : weight, source: detector, start };
  const disguise = FORMLESS.has(label) ? 0 : DISGUISED[form];
  return disguise > 0 ? [one, { label: "disguised", weight: disguise, source: form, start }] : [one];
}

function combine(signs: readonly Sign[]): Assessment {
  const labels = new Map<Label, Map<string, number>>();
  for (const { label, source, weight } of signs) {
    const sources = labels.get(label) ?? new Map<string, number>();
    labels.set(label, sources.set(source, Math.max(weight, sources.get(source) ?? 0)));
  }
  const weights = Array.from(labels, ([label, sources]) => {
    const [first = 0, ...more] = [...sources.values()].sort((a, b) => b - a);
    return [label, either([first, ...more.map((weight) => SAME_LABEL * weight)])] as const;
  }).sort(([, a], [, b]) => b - a);
  return { score: either(weights.map(([, weight]) => weight)), labels: weights.filter(([, weight]) => weight >= NAMED).map(([label]) => label) };
}

function either(weights: readonly number[]): number {
  return 1 - weights.reduce((none, weight) => none * (1 - Math.min(1, Math.max(0, weight))), 1);
}
