import { messageOf } from "../errors.ts";
import type { ApplyChanges } from "./change.ts";
import type { Invocation } from "./invocation.ts";
import type { CompiledRule } from "./rule.ts";
import { type Decision, type Ruling, STRENGTH } from "./ruling.ts";
import type { Layer } from "./schema/policy.ts";
import type { ToolIndex } from "./tool-index.ts";
import type { View, World } from "./view.ts";

/** What one layer says of a call. */
interface Word {
  readonly ruling: Ruling;
  readonly overridable: boolean;
  /** No rule named the call. */
  readonly isFallback: boolean;
  /** Of the rules that stand and change arguments. */
  readonly changes: readonly ApplyChanges[];
}

/** What a layer and all that it extends say of a call. */
interface Standing {
  /** What stands whatever comes. */
  readonly fixed: Word | undefined;
  /** What a layer that extends this one may replace. */
  readonly loose: Word | undefined;
}

const UNSAID: Standing = Object.freeze({ fixed: undefined, loose: undefined });
const NO_CHANGES: ApplyChanges[] = [];
const NOTHING_SAID: Ruling = Object.freeze({ effect: "deny", rule: "default", reason: "no policy says anything of this tool" });

/**
 * Decides calls. Within a layer deny overrides, then the highest priority decides, then the strictest effect. Across
 * layers the strictest decides, so that a layer can only narrow what its parents allow, except where they say
 * `overridable`: there the layer that extends them decides.
 */
export class Decider {
  readonly #index: ToolIndex<CompiledRule>;
  /** What each layer says of a call that none of its rules names; undefined: nothing. */
  readonly #fallbacks: readonly (Word | undefined)[];
  /** Whether what the defaults before a layer say is settled by it. */
  readonly #settles: readonly boolean[];
  /** The layers that each extends; undefined: the one before it. */
  readonly #parents: readonly (readonly number[] | undefined)[];
  readonly #standings: Standing[] = [];
  readonly #world: World;
  /** What each candidate said of the call at hand; reused, since decisions are not interrupted. */
  readonly #said: (Ruling | undefined)[] = [];

  constructor(index: ToolIndex<CompiledRule>, layers: readonly Layer[], world: World) {
    this.#index = index;
    this.#world = world;
    this.#fallbacks = layers.map(fallbackOf);
    this.#parents = layers.map((layer) => layer.parents);
    this.#settles = layers.map(({ closes, overridable }) => closes && !overridable.includes("default"));
  }

  decide(invocation: Invocation): Decision {
    return this.decideView(this.#world.view(invocation), judge);
  }

  /** The rules that may have something to say of a tool, in the order in which they are looked at. */
  candidates(tool: string): readonly CompiledRule[] {
    return this.#index.of(tool);
  }

  /** @param ask how a rule is asked; whoever explains a decision asks what would be if one had answered otherwise */
  decideView(view: View, ask: (rule: CompiledRule, view: View) => Ruling | undefined): Decision {
    const candidates = this.#index.of(view.invocation.tool);
    const said = this.#said;
    let shadows = false;
    for (let position = 0; position < candidates.length; position++) {
      const candidate = candidates[position] as CompiledRule;
      const ruling = (said[position] = ask(candidate, view));
      if (ruling && candidate.isShadow) shadows = true;
    }
    const real = this.#combine(candidates, view, false);
    if (!shadows) return real;
    const would = this.#combine(candidates, view, true).ruling;
    return would.rule === real.ruling.rule && would.effect === real.ruling.effect ? real : { ...real, shadow: would };
  }

  #combine(candidates: readonly CompiledRule[], view: View, withShadows: boolean): Decision {
    const standings = this.#standings;
    let next = 0;
    let last = UNSAID;
    for (let position = 0; position < this.#fallbacks.length; position++) {
      const start = next;
      while (next < candidates.length && (candidates[next] as CompiledRule).layer === position) next++;
      const parents = this.#parents[position];
      const inherited = parents ? parents.map((parent) => standings[parent] as Standing).reduce(joined, UNSAID) : last;
      const word = this.#wordOf(candidates, start, next, withShadows) ?? this.#fallbacks[position];
      standings[position] = last = this.#standingOf(inherited, word, position);
    }
    const word = stricter(last.fixed, last.loose);
    return word ? conclude(word, view.invocation.arguments) : { ruling: NOTHING_SAID, shadow: undefined };
  }

  #standingOf(inherited: Standing, word: Word | undefined, position: number): Standing {
    const { fixed, loose } = inherited;
    if (!word) {
      // Silence is assent: a policy that extends this one finds the default as this one leaves it.
      return loose?.isFallback && this.#settles[position] ? { fixed: stricter(fixed, loose), loose: undefined } : inherited;
    }
    // A default replaces a default; against a rule that may be overruled it only counts where it is stricter.
    const stands = word.isFallback && loose && !loose.isFallback ? stricter(loose, word) as Word : word;
    return stands.overridable ? { fixed, loose: stands } : { fixed: stricter(fixed, stands), loose: undefined };
  }

  /** Deny overrides; then the highest priority; then the strictest effect. Undefined when no rule matched. */
  #wordOf(candidates: readonly CompiledRule[], start: number, end: number, withShadows: boolean): Word | undefined {
    let best: Ruling | undefined;
    let rank = -Infinity;
    let overridable = true;
    let isShadow = false;
    let changes = false;
    for (let position = start; position < end; position++) {
      const ruling = this.#said[position];
      const candidate = candidates[position] as CompiledRule;
      if (!ruling || (candidate.isShadow && !withShadows)) continue;
      const own = ruling.effect === "deny" ? Infinity : candidate.priority * 8 + STRENGTH[ruling.effect];
      // Of equals the one that cannot be overruled speaks, and a shadow last: whatever their order, what changes nothing is not told.
      const isFirst = own > rank || (own === rank && (candidate.overridable === overridable ? isShadow && !candidate.isShadow : overridable));
      if (isFirst) [best, rank, overridable, isShadow] = [ruling, own, candidate.overridable, candidate.isShadow];
      if (candidate.changes) changes = true;
    }
    if (!best) return undefined;
    if (!changes) return { ruling: best, overridable, isFallback: false, changes: NO_CHANGES };
    const priority = Math.floor(rank / 8);
    return this.#denial(candidates, start, end, withShadows, priority) ?? { ruling: best, overridable, isFallback: false, changes: this.#standing(candidates, start, end, withShadows, priority) };
  }

  /** Where a rule has the priority which decides, and cannot tell whether it was to change the call: it must not run as it is. */
  #denial(candidates: readonly CompiledRule[], start: number, end: number, withShadows: boolean, priority: number): Word | undefined {
    for (let position = start; position < end; position++) {
      const candidate = candidates[position] as CompiledRule;
      const denial = this.#said[position]?.denial;
      if (denial && candidate.priority === priority && (withShadows || !candidate.isShadow)) return { ruling: denial, overridable: candidate.overridable, isFallback: false, changes: NO_CHANGES };
    }
    return undefined;
  }

  /** The changes of the rules that have the priority which decides. */
  #standing(candidates: readonly CompiledRule[], start: number, end: number, withShadows: boolean, priority: number): ApplyChanges[] {
    return candidates.slice(start, end).flatMap((candidate, offset) =>
      (candidate.changes && this.#said[start + offset] && candidate.priority === priority && (withShadows || !candidate.isShadow) ? [candidate.changes] : []));
  }
}

function judge(rule: CompiledRule, view: View): Ruling | undefined {
  return rule.judge(view);
}

function fallbackOf(layer: Layer): Word | undefined {
  const effect = layer.default;
  if (!effect) return undefined;
  const reason = effect === "deny" ? `no rule of policy ${layer.name} allows this call` : `the default of policy ${layer.name}`;
  return { ruling: Object.freeze<Ruling>({ effect, rule: "default", reason }), overridable: layer.overridable.includes("default"), isFallback: true, changes: NO_CHANGES };
}

/** The stricter of two words, the first where they are alike; what both change is changed, and once. */
function stricter(first: Word | undefined, second: Word | undefined): Word | undefined {
  if (!first || !second) return first ?? second;
  const stronger = STRENGTH[second.ruling.effect] > STRENGTH[first.ruling.effect] ? second : first;
  if (first.changes.length === 0 && second.changes.length === 0) return stronger;
  return { ...stronger, changes: [...new Set([...first.changes, ...second.changes])] };
}

/** What two parents that do not extend each other leave to whoever extends both: neither speaks for the other. */
function joined(first: Standing, second: Standing): Standing {
  return { fixed: stricter(first.fixed, second.fixed), loose: stricter(first.loose, second.loose) };
}

function conclude({ ruling, changes }: Word, args: unknown): Decision {
  if (changes.length === 0 || ruling.effect === "deny" || ruling.effect === "defer") return { ruling, shadow: undefined };
  try {
    return { ruling, arguments: changes.reduce((value, change) => change(value), args), shadow: undefined };
  } catch (thrown) {
    const problem = `the arguments cannot be changed as rule ${ruling.rule} asks: ${messageOf(thrown)}`;
    return { ruling: { effect: "deny", rule: ruling.rule, reason: problem }, shadow: undefined };
  }
}
