import { SpangateError } from "../errors.ts";
import type { Composed, Source } from "./compose.ts";
import { covers, isWild } from "./pattern.ts";

interface WrittenRule {
  readonly id: string;
  readonly effect: string;
  readonly tool?: string | readonly string[];
  readonly mode?: string;
  readonly overridable?: boolean;
}

/** Keys of a rule that say nothing of when it applies. */
const UNCONDITIONAL: ReadonlySet<string> = new Set(["id", "tool", "effect", "reason", "mode", "priority", "overridable"]);

/**
 * Refuses rules and defaults that would allow what a parent does not. Decisions keep to the strictest layer anyway;
 * this is for the author, who would otherwise wonder why a rule does nothing.
 *
 * @throws SpangateError SG_POLICY_WIDENS that names both files
 */
export function refuseWidening(sources: readonly Source[], { layers }: Composed): void {
  for (const source of sources) {
    for (const ancestor of source.ancestors) {
      const parent = sources[ancestor] as Source;
      const { overridable } = layers[ancestor] as Composed["layers"][number];
      const family = [ancestor, ...parent.ancestors].sort((a, b) => b - a);
      const fallback = family.map((index) => layers[index]?.default).find((one) => one !== undefined);
      const mayAllow = fallback !== "deny" || overridable.includes("default");
      if (source.value["default"] === "allow" && !mayAllow) throw widens(source, ["default"], parent, "default: allow is looser than the parent's deny");
      // A parent that does not say its mode is enforced.
      if (source.value["mode"] === "observe" && parent.value["mode"] !== "observe" && !overridable.includes("mode")) throw widens(source, ["mode"], parent, "mode: observe is looser than enforce");
      // A default that is written down closes its own file; one that is inherited, all that the file was composed of.
      const closed = parent.value["default"] === undefined ? family.map((index) => sources[index] as Source) : [parent];
      // What an engine allows cannot be told from its file.
      const hasEngine = closed.some(({ value }) => (value["engines"] as unknown[] | undefined)?.length !== undefined);
      refuseRules(source, parent, mayAllow || hasEngine ? undefined : closed);
    }
  }
}

/** @param closed the files of which some rule must allow what the source allows; undefined where the parent leaves it open */
function refuseRules(source: Source, parent: Source, closed: readonly Source[] | undefined): void {
  const counted = (rule: WrittenRule): boolean => rule.mode !== "observe";
  const allowed = new Covering((closed ?? []).flatMap(rulesOf).filter((rule) => counted(rule) && rule.effect !== "deny" && rule.effect !== "defer"));
  const denied = new Covering(rulesOf(parent).filter((rule) => counted(rule) && rule.effect === "deny" && !rule.overridable && Object.keys(rule).every((key) => UNCONDITIONAL.has(key))));
  for (const [index, rule] of rulesOf(source).entries()) {
    if (rule.effect !== "allow" && rule.effect !== "modify") continue;
    for (const pattern of toolsOf(rule)) {
      const denial = denied.find(pattern);
      if (denial) throw widens(source, ["rules", index], parent, `rule ${rule.id} would allow ${pattern}, which rule ${denial.id} denies`);
      if (closed && !allowed.find(pattern)) throw widens(source, ["rules", index], parent, `rule ${rule.id} would allow ${pattern}, which no rule there allows`);
    }
  }
}

/** Finds a rule whose tools include all of a pattern's; names that are written out are found without a search. */
class Covering {
  readonly #exact = new Map<string, WrittenRule>();
  readonly #wild: { readonly pattern: string; readonly rule: WrittenRule }[] = [];

  constructor(rules: readonly WrittenRule[]) {
    for (const rule of rules) {
      for (const pattern of toolsOf(rule)) {
        if (isWild(pattern)) this.#wild.push({ pattern, rule });
        else this.#exact.set(pattern, rule);
      }
    }
  }

  find(special: string): WrittenRule | undefined {
    return this.#exact.get(special) ?? this.#wild.find(({ pattern }) => covers(pattern, special))?.rule;
  }
}

function rulesOf({ value }: Source): readonly WrittenRule[] {
  return (value["rules"] as WrittenRule[] | undefined) ?? [];
}

function toolsOf({ tool = "*" }: WrittenRule): readonly string[] {
  return typeof tool === "string" ? [tool] : tool;
}

function widens(source: Source, path: readonly PropertyKey[], parent: Source, problem: string): SpangateError {
  return new SpangateError("SG_POLICY_WIDENS", { place: source.place(path), parent: parent.file, problem });
}
